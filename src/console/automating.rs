//! What a console does without a person: arms and watches failovers, starts them, and carries out what was consented to
//! (RULES R4). It stops by the rules themselves; here nothing decides whether something may run.

use super::{
    acting::Acting,
    commit::NotDone,
    hands::{Looked, Purpose, Ticket},
    port::Reply,
};
use crate::{
    incident::{Actor, Arming, Command, DueAct, PlanFacts, Refusal, RunKind, call_of, due, traits_of},
    model::{Duration, IncidentId, Preview, RunId, StepId},
    systems::ActionFault,
};

/// How often it is tried while the journal cannot be written.
const WHILE_BROKEN: Duration = Duration::from_secs(5);

impl Acting {
    pub(super) fn arm(&mut self, scenario: String, steps: Vec<StepId>) {
        let named = self.core.plan.scenarios.get(&scenario).and_then(|found| found.automatic.as_ref());
        let runbook = named.and_then(|automatic| self.runbook(&automatic.runbook));
        let Some(runbook) = runbook else {
            let name = crate::model::text::clean(&scenario);
            let refusal =
                Refusal::new(format!("the plan has no automatic failover for {name}"), "add `automatic` to the scenario");
            return self.core.refuse("not armed", refusal);
        };
        let (traits, drill_traits) = traits_of(&runbook, &self.core.catalogue);
        let facts = PlanFacts::of(&self.core.plan);
        let arming = Arming { scenario, facts, runbook, traits, drill_traits, steps };
        let done = self.commit.submit(&IncidentId::standing(), &Command::Arm(Box::new(arming)), &self.core.actor);
        self.say(done);
    }

    pub(super) fn disarm(&mut self, scenario: String, why: String) {
        let command = Command::Disarm { scenario, why };
        let done = self.commit.submit(&IncidentId::standing(), &command, &self.core.actor);
        self.say(done);
    }

    fn lifeboat(&self) -> Actor {
        Actor::lifeboat(&self.core.actor.console)
    }

    /// Starts what is armed and seen, and looks at the steps that go on by themselves.
    pub(super) fn automate(&mut self) {
        let now = self.core.now();
        // While nothing can be written nothing starts: servers are not asked over and over for that.
        let broken = self.core.trouble.contains_key("journal");
        if broken && self.automated.is_some_and(|last| last <= now && Duration::between(last, now) < WHILE_BROKEN) {
            return;
        }
        self.automated = Some(now);
        let console = self.core.actor.console.clone();
        for seen in self.core.look_at_triggers(&self.commit.ledger) {
            let impacts = self.impacts.at_declaration(&self.core.plan, Some(&seen.scenario), seen.proof.first);
            match self.commit.trigger(&seen, &impacts, &console) {
                Ok(_) => self.written(),
                // Another console was faster, or a commander disarmed it.
                Err(NotDone::Refused(_)) => {}
                Err(error) => drop(self.not_written(&error)),
            }
        }
        let open = self.commit.ledger.open_ones().filter_map(|(id, kept)| Some((id.clone(), due(&kept.state, now)?)));
        for (incident, due) in open.collect::<Vec<_>>() {
            let purpose = match due.act {
                DueAct::Ask => Purpose::ApprovalByItself,
                DueAct::Start => Purpose::ByItself,
            };
            self.look_by_itself(incident, due.step, purpose);
        }
    }

    fn look_by_itself(&mut self, incident: IncidentId, step: StepId, purpose: Purpose) {
        if !self.looking.insert((incident.clone(), step.clone())) {
            return;
        }
        let state = self.commit.ledger.get(&incident).map(|kept| kept.state.clone()).unwrap_or_default();
        let since = self.commit.ledger.newest();
        let ticket = Ticket { incident, step, kind: RunKind::First, purpose, since };
        match call_of(&state, &ticket.step) {
            Ok(call) => self.hands.preview(ticket, call, Looked::Whole),
            Err(refusal) => self.looked_by_itself(ticket, Err(ActionFault::new(refusal.to_string()))),
        }
    }

    /// What a look came to that no person asked for. What could not be looked at has failed, and a person goes on.
    pub(super) fn looked_by_itself(&mut self, ticket: Ticket, result: Result<Preview, ActionFault>) {
        let Ticket { incident, step, purpose, .. } = ticket;
        self.looking.remove(&(incident.clone(), step.clone()));
        // What others did by this moment counts.
        self.hear_others();
        let preview = match result {
            Ok(preview) => Box::new(preview),
            Err(fault) => return self.fail_by_itself(&incident, step, &fault),
        };
        match purpose {
            Purpose::ApprovalByItself => self.ask_by_itself(&incident, step, preview),
            _ => self.start_by_itself(incident, step, preview),
        }
    }

    /// Whether `step` still goes on by itself, and how.
    fn still_due(&self, incident: &IncidentId, step: &StepId) -> Option<DueAct> {
        let state = &self.commit.ledger.get(incident)?.state;
        due(state, self.core.now()).filter(|due| due.step == *step).map(|due| due.act)
    }

    fn ask_by_itself(&mut self, incident: &IncidentId, step: StepId, preview: Box<Preview>) {
        if self.still_due(incident, &step) == Some(DueAct::Ask) {
            // Refused: somebody else asked, or it is not wanted any more.
            let _ = self.commit.submit(incident, &Command::AskApproval { step, preview }, &self.lifeboat());
        }
    }

    fn start_by_itself(&mut self, incident: IncidentId, step: StepId, preview: Box<Preview>) {
        let state = self.commit.ledger.get(&incident).map(|kept| &kept.state);
        let asked = state.and_then(|state| state.step(&step)?.approval_asked.as_ref());
        let broke_glass = state.and_then(|state| state.step(&step)).is_some_and(|at| at.broke_glass.is_some() && !at.glass_spent);
        let changed = asked.is_some_and(|asked| asked.binding != preview.binding()) && !broke_glass;
        if self.still_due(&incident, &step) != Some(DueAct::Start) {
            return;
        }
        if changed {
            // What was approved is not what would be sent now (RULES R16): a person is asked again.
            let _ = self.commit.submit(&incident, &Command::AskApproval { step, preview }, &self.lifeboat());
            return;
        }
        let run = RunId::from(uuid::Uuid::now_v7().to_string());
        let command = Command::StartByItself { step: step.clone(), run, preview };
        match self.submit_start(&incident, command, &step, &self.lifeboat()) {
            Ok(records) => {
                self.written();
                if let Some(record) = records.into_iter().next() {
                    self.set_going(incident, step, RunKind::First, record);
                }
            }
            // Refused where another console was faster: then it is not due any more. Else a person must see why.
            Err(NotDone::Refused(refusal)) => {
                if self.still_due(&incident, &step).is_some() {
                    self.fail_by_itself(&incident, step, &ActionFault::new(refusal.to_string()));
                }
            }
            Err(error) => drop(self.not_written(&error)),
        }
    }

    /// It did not get as far as being sent. By the rules that stops what runs by itself. A fence of which nothing answers
    /// has given one of its three answers (RULES R19).
    fn fail_by_itself(&mut self, incident: &IncidentId, step: StepId, fault: &ActionFault) {
        if self.still_due(incident, &step).is_none() {
            return;
        }
        let why = fault.reason.clone();
        let answer = fault.unreachable.then(|| Command::ReportFenceUnreachable { step: step.clone(), why });
        let failed = Command::MarkFailed { step, why: format!("it could not be started by itself: {}", fault.reason) };
        for command in answer.into_iter().chain([failed]) {
            match self.commit.submit(incident, &command, &self.lifeboat()) {
                Ok(_) => return self.written(),
                // It is no fence, or it is not its turn any more.
                Err(NotDone::Refused(_)) => {}
                Err(error) => {
                    let reason = self.not_written(&error);
                    return self.core.reply(Reply::Fault { what: "go on by itself".into(), reason });
                }
            }
        }
    }
}
