//! Gates of open incidents: which are waited for, and what they have been seen to do (RULES R12).

use std::collections::BTreeMap;

use crate::{
    gates::{Watch, WatchState},
    incident::{Command, State, Status, needs::ready_since, rules::proving},
    model::{IncidentId, Signals, StepId, Time},
    plan::{Gate, StepKind},
};

/// One accumulator a gate that waits; a new one when its step is tried anew.
#[derive(Debug, Default)]
pub struct Proofs(BTreeMap<(IncidentId, StepId), Waiting>);

#[derive(Debug)]
struct Waiting {
    after: Time,
    watch: Watch,
    seen: WatchState,
}

impl Waiting {
    fn new(gates: &[Gate], after: Time) -> Self {
        Self { after, watch: Watch::new(gates, after), seen: WatchState::NotYet { words: "waits for samples".into() } }
    }
}

impl Proofs {
    /// Looks at every waiting gate of `state`; what is settled comes back as commands.
    pub fn look(&mut self, incident: &IncidentId, state: &State, signals: &Signals, now: Time) -> Vec<Command> {
        let Some(book) = state.book.as_ref().filter(|_| state.is_open()) else { return Vec::new() };
        // What was watched for a runbook that was left is not.
        self.0.retain(|(of, step), _| of != incident || book.runbook.step(step).is_some());
        let mut commands = Vec::new();
        for step in book.runbook.steps().filter(|step| !step.gate.is_empty()) {
            let key = (incident.clone(), step.id.clone());
            let at = state.step(&step.id).cloned().unwrap_or_default();
            if proving::watched(state, step, &at).is_err() {
                self.0.remove(&key);
                continue;
            }
            // A lone gate's time runs from when nothing else is waited for.
            let after = at.watched_since.or_else(|| ready_since(state, &step.id)).unwrap_or(book.opened);
            let waiting = self.0.entry(key.clone()).or_insert_with(|| Waiting::new(&step.gate, after));
            if waiting.after != after {
                *waiting = Waiting::new(&step.gate, after);
            }
            waiting.seen = waiting.watch.observe(signals, now);
            match waiting.seen.clone() {
                WatchState::NotYet { .. } => {}
                WatchState::Held(proof) => commands.push(Command::ReportGateHeld { step: step.id.clone(), proof }),
                // A gate that stands alone waits for its moment, however long, by the same watch; that it is late is shown.
                WatchState::Missed { .. } if step.kind() == StepKind::Gate && at.status == Status::Open => {}
                WatchState::Missed { why } => commands.push(Command::ReportGateMissed { step: step.id.clone(), why }),
            }
        }
        commands
    }

    /// How far the waiting gates of an incident have come.
    pub fn seen(&self, incident: &IncidentId) -> BTreeMap<StepId, WatchState> {
        let own = self.0.iter().filter(|((of, _), _)| of == incident);
        own.map(|((_, step), waiting)| (step.clone(), waiting.seen.clone())).collect()
    }
}
