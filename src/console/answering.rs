//! What people ask of a console that acts, and what they are answered.

use super::{
    acting::Acting,
    hands::{Looked, Purpose, RunOf, Ticket},
    looks,
    port::{DeclareForm, Reply, Request},
};
use crate::{
    incident::{Command, Declaration, PlanFacts, Refusal, RunKind, State, UndoCall, call_of, retry_of, traits_of, undo_of},
    model::{IncidentId, StepId},
    plan::Runbook,
};

impl Acting {
    pub(super) fn answer(&mut self, request: Request) {
        let shown = self.core.shown.clone();
        self.answer_on(shown, request);
        self.publish();
    }

    fn answer_on(&mut self, incident: Option<IncidentId>, request: Request) {
        match request {
            Request::For { incident, request } => return self.answer_on(Some(incident), *request),
            Request::Declare(form) => return self.declare(form),
            Request::Show(incident) => return self.show(incident),
            Request::Arm { scenario, steps } => return self.arm(scenario, steps),
            Request::Disarm { scenario, why } => return self.disarm(scenario, why),
            Request::AskNow => {
                self.rounds.want();
                return self.observe_anew();
            }
            Request::Suppose(loss) => return self.core.supposed = loss,
            Request::Explain(on) => return self.core.explain = on,
            // The loop ends by it; it never comes here.
            Request::Quit => return,
            _ => {}
        }
        let Some(incident) = incident.filter(|id| self.load(id)) else {
            let refusal = Refusal::new("no incident is on screen", "declare one, or choose one of the journal");
            return self.core.refuse("not done", refusal);
        };
        match request {
            Request::OpenRunbook { name } => self.open_runbook(&incident, &name, None),
            Request::OpenConsented { name, steps } => self.open_runbook(&incident, &name, Some(steps)),
            Request::AdoptRunbook => self.adopt_runbook(&incident),
            Request::Preview { step, kind } => self.preview(incident, step, kind, Purpose::Show),
            Request::Agree { step, kind, seen, typed } => {
                // The one that was looked at, whichever is on screen by now.
                let looked_at = looks::find(&self.looks, &step, kind, &seen).map(|look| look.incident.clone());
                self.preview(looked_at.unwrap_or(incident), step, kind, Purpose::Agree { seen, typed });
            }
            Request::AskApproval { step } => {
                // Approved is what will be sent: of a second try only what failed.
                let kind = if retry_of(&self.state(&incident), &step).is_ok() { RunKind::Retry } else { RunKind::First };
                self.preview(incident, step, kind, Purpose::Approval);
            }
            Request::ReadBack { step } => self.read_back(incident, step),
            Request::Do(Command::ResumeDrill) => {
                let done = self.commit.resume_drill(&incident, &self.core.actor);
                self.say(done);
            }
            Request::Do(command) if a_person_says(&command) => drop(self.carry_out(&incident, &command)),
            Request::Do(_) => {
                let refusal = Refusal::new("only a console itself may say that", "ask for it by its own request");
                self.core.refuse("not done", refusal);
            }
            Request::Arm { .. } | Request::Disarm { .. } => {}
            Request::For { .. }
            | Request::Declare(_)
            | Request::Show(_)
            | Request::AskNow
            | Request::Suppose(_)
            | Request::Explain(_)
            | Request::Quit => {}
        }
    }

    /// Whether there is such an incident; it is read whole by now.
    fn load(&mut self, incident: &IncidentId) -> bool {
        if let Err(error) = self.commit.ledger.load(incident, &self.commit.writer) {
            self.core.reply(Reply::Fault { what: format!("read {incident}"), reason: error.to_string() });
        }
        self.commit.ledger.get(incident).is_some()
    }

    fn state(&self, incident: &IncidentId) -> State {
        self.commit.ledger.get(incident).map(|kept| kept.state.clone()).unwrap_or_default()
    }

    fn show(&mut self, incident: IncidentId) {
        if self.load(&incident) && self.state(&incident).head.is_some() {
            return self.core.choose(incident);
        }
        let refusal = Refusal::new(format!("there is no incident {incident} in this journal"), "choose one of its list");
        self.core.refuse("not shown", refusal);
    }

    fn declare(&mut self, form: DeclareForm) {
        let DeclareForm { title, drill, scenario, severity, began, mut scope, alert } = form;
        let plan = &self.core.plan;
        let impacts = match drill {
            true => Vec::new(),
            false => self.impacts.at_declaration(plan, scenario.as_deref(), began),
        };
        let facts = PlanFacts::of(plan);
        let mut more = Vec::new();
        if !scope.is_empty() {
            // What is said to be affected replaces what was known: what is seen to be down belongs to it.
            let seen = impacts.iter().map(|impact| &impact.service).filter(|seen| !scope.services.contains(seen));
            let seen: Vec<String> = seen.cloned().collect();
            scope.services.extend(seen);
            let why = alert.map_or_else(|| "said when it was declared".to_owned(), |alert| format!("by the alert {alert}"));
            more.push(Command::ChangeScope { scope, since: began, why });
        }
        let declaration = Declaration { title, drill, scenario, severity, began, impacts, facts };
        let done = self.commit.declare(&declaration, &more, &self.core.actor);
        let declared = done.as_ref().ok().and_then(|records| records.first()).map(|record| record.incident.clone());
        self.say(done);
        if let Some(declared) = declared {
            self.core.choose(declared);
            // It goes with its incident when that is closed.
            self.core.chosen = false;
        }
    }

    /// The plan's runbook of that name, as it is on disk if it is.
    pub(super) fn runbook(&self, name: &str) -> Option<Runbook> {
        let on_disk = self.core.disk.as_ref().and_then(|disk| disk.runbook(name));
        on_disk.or_else(|| self.core.plan.runbook(name)).cloned()
    }

    /// `consented`: what the commander lets run by itself, in the same breath.
    fn open_runbook(&mut self, incident: &IncidentId, name: &str, consented: Option<Vec<StepId>>) {
        let Some(runbook) = self.runbook(name) else {
            let known: Vec<_> = self.core.plan.runbooks.iter().map(|r| r.name.as_str()).collect();
            let name = crate::model::text::clean(name);
            let refusal = Refusal::new(format!("the plan has no runbook {name}"), format!("choose one of {}", known.join(", ")));
            return self.core.refuse("open a runbook", refusal);
        };
        let (traits, drill_traits) = traits_of(&runbook, &self.core.catalogue);
        let mut commands = vec![Command::OpenRunbook { runbook: Box::new(runbook), traits, drill_traits }];
        commands.extend(consented.map(|steps| Command::ConsentToAutomation { steps, by: None }));
        let done = self.commit.submit_all(incident, &commands, &self.core.actor);
        self.say(done);
    }

    /// What is taken over is what was last read, and so what the screen told the difference of.
    fn adopt_runbook(&mut self, incident: &IncidentId) {
        let name = self.commit.ledger.get(incident).and_then(|kept| kept.state.book.as_ref()).map(|book| &book.runbook.name);
        let found = name.and_then(|name| self.core.disk.as_ref()?.runbook(name));
        let Some(runbook): Option<Runbook> = found.cloned() else {
            let refusal =
                Refusal::new("there is no changed runbook on disk", "correct the file, check it with `plan check`, then adopt");
            return self.core.refuse("adopt the changed runbook", refusal);
        };
        let (traits, drill_traits) = traits_of(&runbook, &self.core.catalogue);
        self.carry_out(incident, &Command::AdoptRunbook { runbook: Box::new(runbook), traits, drill_traits });
    }

    fn preview(&mut self, incident: IncidentId, step: StepId, kind: RunKind, purpose: Purpose) {
        let state = self.state(&incident);
        let looked = match kind {
            RunKind::First => call_of(&state, &step).map(|call| (call, Looked::Whole)),
            RunKind::Retry => retry_of(&state, &step).map(|(call, failed)| (call, Looked::Parts(failed))),
            RunKind::Undo => undo_of(&state, &step).map(|undo| (undo.call().clone(), Looked::Undo(undo))),
        };
        let since = self.commit.ledger.newest();
        match looked {
            Ok((call, looked)) => self.hands.preview(Ticket { incident, step, kind, purpose, since }, call, looked),
            Err(refusal) => self.core.refuse(format!("look at step {step}"), refusal),
        }
    }

    fn read_back(&mut self, incident: IncidentId, step: StepId) {
        let state = self.state(&incident);
        let at = state.step(&step);
        let unknown = at.map(|s| s.unknown_parts()).unwrap_or_default();
        let run = at.and_then(|s| s.run(s.parts.get(unknown.first()?)?.run.as_ref()?)).cloned();
        let Some(run) = run else {
            let refusal = Refusal::new("nothing of this step is unknown", "there is nothing to read back");
            return self.core.refuse(format!("read back step {step}"), refusal);
        };
        let undo: Option<UndoCall> = match run.kind {
            RunKind::Undo => undo_of(&state, &step).ok(),
            RunKind::First | RunKind::Retry => None,
        };
        let of_run = |part: &String| at.and_then(|s| s.parts.get(part)?.run.as_ref()) == Some(&run.id);
        let unknown = unknown.iter().filter(|part| of_run(part)).cloned().collect();
        let of = RunOf { incident, step, run: run.id.clone() };
        self.hands.read_back(of, run.call, undo, unknown, run.identity, run.started);
    }

    /// Carries a command out and says how it went. Whether it was done.
    fn carry_out(&mut self, incident: &IncidentId, command: &Command) -> bool {
        let done = self.commit.submit(incident, command, &self.core.actor);
        self.say(done)
    }
}

/// What a person may say by themselves. Everything else carries something that a console must have seen with its own
/// eyes: a preview, a server's answer, a gate's samples, the plan's file.
fn a_person_says(command: &Command) -> bool {
    use Command::*;
    match command {
        Join { .. } | HandOver { .. } | ChangeSeverity { .. } | CorrectOutageStart { .. } | SetCleanBefore { .. } => true,
        Hold { .. } | Release | Note { .. } | Close { .. } | Reopen { .. } | MarkServiceRestored { .. } => true,
        InsertStep { .. } | Approve { .. } | Decline { .. } | BreakGlass { .. } | Waive { .. } => true,
        ResolveUnknown { .. } | AskStop { .. } | WatchGateAgain { .. } | OverrideGate { .. } | SignOutsideFence { .. } => true,
        Confirm { .. } | Decide { .. } | AnswerCondition { .. } | Skip { .. } | MarkFailed { .. } => true,
        TakeOver { .. } | TalkThrough { .. } | ChooseWay { .. } | StopAutomation { .. } => true,
        ConsentToAutomation { by, .. } => by.is_none(),
        ChangeScope { .. } | RecordNotice { .. } | SuspendDrill { .. } | ResumeDrill => true,
        Declare(_) | OpenRunbook { .. } | AdoptRunbook { .. } | AskApproval { .. } => false,
        Arm(_) | Disarm { .. } | Trigger { .. } | StartByItself { .. } => false,
        Start { .. } | Retry { .. } | Undo { .. } | ReadBack { .. } => false,
        ReportClockJump { .. } | ReportServiceDown { .. } | ReportServiceHealthy { .. } | ReportProgress { .. } => false,
        ReportForeseen { .. } => false,
        ReportPart { .. } | ReportConsoleLost { .. } | ReportGateHeld { .. } | ReportGateMissed { .. } => false,
        ReportFenceUnreachable { .. } | ReportProofLost { .. } | ReportProofRegained { .. } => false,
    }
}
