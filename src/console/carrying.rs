//! What comes of previews, runs and read-backs: consent that still holds starts a run, every outcome is journaled.

use super::{
    acting::Acting,
    commit::NotDone,
    hands::{Job, News, Purpose, RunOf, Ticket},
    looks::{self, Look},
    port::Reply,
};
use crate::{
    incident::{Command, Consent, Event, Record, RunKind, UndoCall, replay, rules::fencing, undo_of},
    model::{Clock, Duration, IncidentId, Outcome, PartReport, Preview, RunId, StepId, Time},
    systems::{ActionFault, Order},
};

fn is_by_itself(purpose: &Purpose) -> bool {
    matches!(purpose, Purpose::ByItself | Purpose::ApprovalByItself)
}

/// A part's progress is journaled at most this often, and only what is new.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

impl Acting {
    pub(super) fn take(&mut self, news: News) {
        // Should this break, `finish` takes it in.
        self.in_hand = Some(news.clone());
        match news {
            News::Previewed { ticket, result } if is_by_itself(&ticket.purpose) => self.looked_by_itself(ticket, result),
            News::Previewed { ticket, result: Err(fault) } => self.looked_in_vain(&ticket, &fault),
            News::Previewed { ticket, result: Ok(preview) } => self.previewed(ticket, Box::new(preview)),
            News::Progressed { of, part, text } => self.progressed(of, part, text),
            News::PartEnded { of, report } => self.report(&of, report),
            News::Over { of, reports } => self.over(&of, &reports),
            News::Readiness { about, result } => self.heard_whether_ready(about, result),
            News::ReadBack { of, reports } => {
                let command = Command::ReadBack { step: of.step, run: of.run, reports };
                let done = self.commit.submit(&of.incident, &command, &self.core.actor);
                self.say(done);
            }
        }
        self.publish();
        self.in_hand = None;
    }

    /// A fence of which nothing answers has failed (RULES R19): the try is journaled, and the way on is said.
    fn looked_in_vain(&mut self, ticket: &Ticket, fault: &ActionFault) {
        let mut reason = fault.reason.clone();
        if fault.unreachable && ticket.kind != RunKind::Undo {
            let command = Command::ReportFenceUnreachable { step: ticket.step.clone(), why: reason.clone() };
            match self.commit.submit(&ticket.incident, &command, &self.core.actor) {
                Ok(_) => {
                    self.written();
                    reason = format!("{reason}; the fence counts as failed: {}", fencing::way_on());
                }
                // It is no fence, or it was not its turn.
                Err(NotDone::Refused(_)) => {}
                Err(error) => drop(self.not_written(&error)),
            }
        }
        self.core.reply(Reply::Fault { what: format!("look at step {}", ticket.step), reason });
    }

    pub(super) fn progressed(&mut self, of: RunOf, part: String, text: String) {
        let now = self.core.now();
        let key = (of.clone(), part.clone());
        let too_soon = |(last, said): &(Time, String)| *said == text || Duration::between(*last, now) < PROGRESS_EVERY;
        if self.told.get(&key).is_some_and(too_soon) {
            return;
        }
        self.told.insert(key, (now, text.clone()));
        let command = Command::ReportProgress { step: of.step, run: of.run, part, text };
        // Progress is a courtesy: what cannot be written now is overtaken by the next.
        let _ = self.commit.submit(&of.incident, &command, &self.core.actor);
    }

    /// Parts of which nothing was said are unknown: they may have taken effect.
    pub(super) fn over(&mut self, of: &RunOf, reports: &[PartReport]) {
        // First: whatever comes of journaling it, nothing runs any more.
        self.hands.over(of);
        let books = self.commit.ledger.get(&of.incident).into_iter().flat_map(|kept| kept.state.books());
        let run = books.filter_map(|(_, steps)| steps.get(&of.step)?.run(&of.run)).next();
        let open: Vec<String> =
            run.iter().flat_map(|run| run.parts.iter().filter(|part| !run.reported.contains(part))).cloned().collect();
        for part in open {
            let said = reports.iter().find(|report| report.part == part).cloned();
            let why = "the action ended without saying how this went";
            self.report(of, said.unwrap_or_else(|| PartReport::new(part, Outcome::unknown(why))));
        }
        self.told.retain(|(run, _), _| run != of);
    }

    /// An outcome is never dropped: what cannot be journaled is kept and said again.
    pub(super) fn report(&mut self, of: &RunOf, report: PartReport) {
        let command = Command::ReportPart { step: of.step.clone(), run: of.run.clone(), report };
        match self.commit.submit(&of.incident, &command, &self.core.actor) {
            Ok(_) => self.written(),
            // It is in the journal already.
            Err(NotDone::Refused(_)) => {}
            Err(error) => {
                self.not_written(&error);
                let unsaid = (of.incident.clone(), command);
                if !self.unsaid.contains(&unsaid) {
                    self.unsaid.push(unsaid);
                }
            }
        }
    }

    fn previewed(&mut self, ticket: Ticket, preview: Box<Preview>) {
        let Ticket { incident, step, kind, purpose, since } = ticket;
        let steady = self.core.clock.steady();
        let look = |seq| Look { incident: incident.clone(), step: step.clone(), kind, made: preview.made, seq, steady };
        match purpose {
            Purpose::Show => {
                looks::remember(&mut self.looks, look(since));
                self.core.reply(Reply::Preview { step, kind, preview });
            }
            // `looked_by_itself` has these.
            Purpose::ByItself | Purpose::ApprovalByItself => {}
            Purpose::Approval => {
                let done = self.commit.submit(&incident, &Command::AskApproval { step, preview }, &self.core.actor);
                self.say(done);
            }
            Purpose::Agree { seen, typed } => {
                // What others did by this moment counts, heard of or not.
                self.hear_others();
                let mut why = preview.must_ask_again(&seen);
                why.extend(self.happened_since(&incident, &step, kind, &seen));
                let looked = looks::find(&self.looks, &step, kind, &seen);
                let age = looked
                    .map_or_else(|| Duration::between(seen.made, self.core.now()), |look| look.age(self.core.now(), steady));
                if age > Preview::VALID {
                    why.push(format!("what you agreed to was looked at {age} ago"));
                }
                if why.is_empty() {
                    return self.start(incident, step, kind, Consent { preview: *preview, typed });
                }
                // All of it is told now.
                looks::remember(&mut self.looks, look(self.commit.ledger.newest()));
                self.core.reply(Reply::AskAgain { step, kind, preview, why });
            }
        }
    }

    /// What was done to that step while the dialog stood (RULES R15), by the order of records and not by clocks. Approvals
    /// are what one waits for; what this console's own person did to be allowed to start is no news to them.
    fn happened_since(&self, incident: &IncidentId, step: &StepId, kind: RunKind, seen: &Preview) -> Vec<String> {
        let records = self.commit.ledger.get(incident).map(|kept| kept.records.as_slice()).unwrap_or_default();
        let looked = looks::find(&self.looks, step, kind, seen).map(|look| look.seq);
        let newer = |record: &&Record| looked.map_or(record.recorded > seen.made, |seq| record.seq > seq);
        let own = |record: &Record| {
            let prepares = matches!(record.event, Event::ApprovalAsked { .. } | Event::BrokeGlass { .. } | Event::Waived { .. });
            prepares && record.who.console == self.core.actor.console
        };
        let waited_for = |event: &Event| matches!(event, Event::Approved { .. } | Event::PartProgressed { .. });
        let news = records.iter().rev().take_while(newer).filter(|record| record.event.step() == Some(step));
        let mut news: Vec<_> = news
            .filter(|record| !waited_for(&record.event) && !own(record))
            .map(|record| format!("{} {}", record.who.name, self.sentence(record)))
            .collect();
        news.reverse();
        news
    }

    fn start(&mut self, incident: IncidentId, step: StepId, kind: RunKind, consent: Consent) {
        let run = RunId::from(uuid::Uuid::now_v7().to_string());
        let command = match kind {
            RunKind::First => Command::Start { step: step.clone(), run, consent },
            RunKind::Retry => Command::Retry { step: step.clone(), run, consent },
            RunKind::Undo => Command::Undo { step: step.clone(), run, consent },
        };
        let done = self.submit_start(&incident, command, &step, &self.core.actor.clone());
        let started = done.as_ref().ok().and_then(|records| records.first().cloned());
        self.say(done);
        let Some(record) = started else { return };
        self.set_going(incident, step, kind, record);
    }

    /// Carries out what `record` started: it is durable by now.
    pub(super) fn set_going(&mut self, incident: IncidentId, step: StepId, kind: RunKind, record: Record) {
        let own_undo = kind == RunKind::Undo && self.was_own_undo(&record, &step);
        if let Event::ActionStarted { run, call, identity, parts, remembered, .. } = record.event {
            let of = RunOf { incident, step, run };
            self.hands.run(Job { of, call, own_undo, order: Order { parts, identity, remembered } });
        }
    }

    /// Whether the undo that `record` started puts back what was remembered, by the state it was decided on.
    fn was_own_undo(&self, record: &Record, step: &StepId) -> bool {
        let records = self.commit.ledger.get(&record.incident).map(|kept| kept.records.as_slice()).unwrap_or_default();
        let before = replay(records.iter().filter(|earlier| earlier.seq < record.seq));
        matches!(undo_of(&before, step), Ok(UndoCall::Remembered { .. }))
    }
}
