//! This console's plan beside those that the incident on screen was declared with, and that failovers were armed with
//! (RULES R4, R6).

use std::sync::Arc;

use crate::{
    incident::{Armed, PlanFacts, State},
    model::{Digest, IncidentId},
    plan::{
        Plan,
        differences::{differences, in_brief},
    },
};

/// Compares once an incident: what it was declared with does not change.
pub struct DeclaredWith {
    plan: Arc<Plan>,
    own: PlanFacts,
    digest: Digest,
    said: Option<(IncidentId, Option<String>)>,
}

impl DeclaredWith {
    pub fn new(plan: Arc<Plan>) -> Self {
        let own = PlanFacts::of(&plan);
        Self { plan, digest: own.digest(), own, said: None }
    }

    /// What differs, while the incident is open; its own facts count there, on every console.
    pub fn look(&mut self, id: &IncidentId, state: &State) -> Option<String> {
        if let Some((_, said)) = self.said.as_ref().filter(|(of, _)| of == id) {
            return said.clone().filter(|_| state.is_open());
        }
        let head = state.head.as_ref()?;
        let found = if head.digest == self.digest { Vec::new() } else { differences(&head.facts, &self.own) };
        let said = (!found.is_empty()).then(|| {
            format!(
                "{id} was declared with another plan than this console's ({}): it goes on with what it was declared with, \
                 this console's connections are its own",
                in_brief(&found)
            )
        });
        self.said = Some((id.clone(), said.clone()));
        said.filter(|_| state.is_open())
    }

    /// What differs for the first armed failover that would start as another plan had it.
    pub fn look_at_armed(&self, standing: &State) -> Option<String> {
        let waiting = standing.armed.iter().filter(|(_, armed)| armed.triggered.is_none());
        waiting.filter_map(|(scenario, armed)| Some((scenario, self.armed_otherwise(armed)?))).next().map(|(scenario, found)| {
            format!(
                "the failover for {scenario} was armed with another plan than this console's ({found}): it starts as it was \
                 armed; :disarm it and :arm it again to have it start as in this plan"
            )
        })
    }

    fn armed_otherwise(&self, armed: &Armed) -> Option<String> {
        let own = self.plan.runbook(&armed.runbook.name);
        let found = match own {
            None => vec![format!("the runbook {} is gone", armed.runbook.name)],
            Some(own) if *own != armed.runbook => differences(&armed.runbook, own),
            Some(_) if armed.facts != self.own => differences(&armed.facts, &self.own),
            Some(_) => return None,
        };
        Some(in_brief(&found))
    }
}
