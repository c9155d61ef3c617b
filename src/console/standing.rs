//! Proofs of done steps: seen to fail, and seen to hold again (RULES R13). One sample could be a slip; two are told.

use std::collections::BTreeMap;

use crate::{
    gates::{Answer, Watch, WatchState, evaluate},
    incident::{Command, State, standing::is_observed},
    model::{IncidentId, Signals, StepId, Time},
    plan::Step,
};

/// What was seen of each proven step since it was done.
#[derive(Debug, Default)]
pub struct Standing(BTreeMap<(IncidentId, StepId), Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// First and last failing sample since it was last seen to hold.
    failing: Option<(Time, Time)>,
    /// Looks for a proof anew, since the loss that was journaled.
    again: Option<(Time, Watch)>,
}

impl Standing {
    /// Looks at every step of `state` that goes on being observed; what changed comes back as commands, until the
    /// journal has it.
    pub fn look(&mut self, incident: &IncidentId, state: &State, signals: &Signals, now: Time) -> Vec<Command> {
        let Some(book) = state.book.as_ref().filter(|_| state.is_open()) else { return Vec::new() };
        let observed: Vec<&Step> = book.runbook.steps().filter(|step| is_observed(state, step)).collect();
        self.0.retain(|(of, id), _| of != incident || observed.iter().any(|step| step.id == *id));
        let mut commands = Vec::new();
        for step in observed {
            let seen = self.0.entry((incident.clone(), step.id.clone())).or_default();
            let lost = state.step(&step.id).and_then(|at| at.lost.as_ref());
            commands.extend(match lost {
                None => seen.fails(step, signals, now),
                Some((_, since)) => seen.holds_again(step, *since, signals, now),
            });
        }
        commands
    }
}

impl Seen {
    fn fails(&mut self, step: &Step, signals: &Signals, now: Time) -> Option<Command> {
        self.again = None;
        let judged: Vec<_> = step.gate.iter().map(|gate| evaluate(&gate.probe, signals, None, now)).collect();
        if judged.iter().all(|judged| judged.holds()) {
            self.failing = None;
        }
        // Not knowing between two failing samples makes neither of them good.
        let broken = judged.into_iter().find(|judged| judged.state == Answer::Fails);
        let (measured, seen) = broken.and_then(|judged| Some((judged.measured?, judged.words)))?;
        let (first, last) = self.failing.map_or((measured, measured), |(first, last)| (first, last.max(measured)));
        self.failing = Some((first, last));
        (last > first).then(|| Command::ReportProofLost { step: step.id.clone(), seen, since: first })
    }

    fn holds_again(&mut self, step: &Step, since: Time, signals: &Signals, now: Time) -> Option<Command> {
        self.failing = None;
        if self.again.as_ref().is_none_or(|(from, _)| *from != since) {
            self.again = Some((since, Watch::new(&step.gate, since)));
        }
        match self.again.as_mut()?.1.observe(signals, now) {
            WatchState::Held(proof) => Some(Command::ReportProofRegained { step: step.id.clone(), proof }),
            // A loss has no deadline: the same watch goes on.
            WatchState::Missed { .. } | WatchState::NotYet { .. } => None,
        }
    }
}
