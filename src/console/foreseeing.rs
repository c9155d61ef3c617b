//! What a step that recovers data would lose of it, journaled with its start: afterwards nobody can ask the old primary
//! (RULES R21).

use super::{acting::Acting, commit::NotDone};
use crate::{
    incident::{Actor, Command, Record, call_of, needs::step_of, step_state::Foreseen},
    model::{IncidentId, StepId},
    objectives::{Sight, foresee},
};

impl Acting {
    /// Carries `start` out, with what it would lose in the same append: the one is not durable without the other.
    pub(super) fn submit_start(
        &mut self,
        incident: &IncidentId,
        start: Command,
        step: &StepId,
        actor: &Actor,
    ) -> Result<Vec<Record>, NotDone> {
        let mut commands = vec![start];
        if let Command::Start { run, .. } | Command::StartByItself { run, .. } | Command::Retry { run, .. } = &commands[0] {
            let run = run.clone();
            let said = |(dataset, foreseen)| {
                let (step, run) = (step.clone(), run.clone());
                Command::ReportForeseen { step, run, dataset, foreseen }
            };
            commands.extend(self.foreseen(incident, step).into_iter().map(said));
        }
        self.commit.submit_all(incident, &commands, actor)
    }

    /// By dataset, as it is observed now.
    fn foreseen(&self, incident: &IncidentId, id: &StepId) -> Vec<(String, Foreseen)> {
        let Some(state) = self.commit.ledger.get(incident).map(|kept| &kept.state) else { return Vec::new() };
        let (Some(head), Some(step)) = (&state.head, step_of(state, id)) else { return Vec::new() };
        let via = call_of(state, id).ok().and_then(|call| call.via);
        let Some(via) = via.filter(|_| !(state.is_drill() && step.is_other_in_drill())) else { return Vec::new() };
        let now = self.core.now();
        let loses = state.scenario().and_then(|scenario| scenario.loses.as_ref());
        let sight =
            Sight { facts: &head.facts, signals: &self.core.sink.observed(), state: Some(state), loses, supposed: None, now };
        let recovered = head.facts.datasets.iter().filter(|dataset| step.recovers.has(&dataset.name));
        let seen = recovered.filter_map(|dataset| Some((dataset.name.clone(), foresee(dataset, &via, &sight)?)));
        // A server's clock that is ahead must not stand in a start's way.
        seen.map(|(dataset, seen)| (dataset, Foreseen { point: seen.point.min(now), ..seen })).collect()
    }
}
