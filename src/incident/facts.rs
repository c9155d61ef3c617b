//! The facts of a plan that decide an incident, journaled with its declaration (RULES R6).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ways::flags_of;
use crate::{
    model::{Catalogue, Digest, Severity, StepId, Time, catalogue::ActionTraits},
    plan::{Dataset, DrillForm, Objectives, Person, Plan, Region, Role, Runbook, Scenario, Service, Tier},
};

/// From here on every console uses these, not the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanFacts {
    pub plan: String,
    pub objectives: Objectives,
    pub tiers: BTreeMap<String, Tier>,
    pub regions: Vec<Region>,
    pub services: Vec<Service>,
    pub datasets: Vec<Dataset>,
    pub severities: Vec<String>,
    pub scenarios: BTreeMap<String, Scenario>,
    pub roles: BTreeMap<String, Role>,
    pub people: Vec<Person>,
    /// Connections that a drill may change.
    pub drill_connections: Vec<String>,
    /// The digest of each connection as the plan wrote it: addresses and logins are not journaled, that they changed is seen.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub connections: BTreeMap<String, Digest>,
}

impl PlanFacts {
    pub fn of(plan: &Plan) -> Self {
        let marked = plan.connections.iter().filter(|(_, connection)| connection.drill);
        Self {
            plan: plan.name.clone(),
            objectives: plan.objectives.clone(),
            tiers: plan.tiers.clone(),
            regions: plan.regions.clone(),
            services: plan.services.clone(),
            datasets: plan.datasets.clone(),
            severities: plan.severities.clone(),
            scenarios: plan.scenarios.clone(),
            roles: plan.roles.clone(),
            people: plan.people.clone(),
            drill_connections: marked.map(|(name, _)| name.clone()).collect(),
            connections: plan.connections.iter().map(|(name, made)| (name.clone(), Digest::of_json(made))).collect(),
        }
    }

    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }

    /// SEV 1 to 4 of a word of the plan's scale.
    pub fn severity(&self, word: &str) -> Option<Severity> {
        let place = self.severities.iter().position(|w| w == word)?;
        Some(Severity::new((place + 1).min(4) as u8))
    }
}

/// A service that is down, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    pub service: String,
    pub since: Time,
}

/// The flags of a runbook's actions, and of their drill forms: journaled with it, so that replay needs no catalogue.
pub fn traits_of(runbook: &Runbook, catalogue: &Catalogue) -> (BTreeMap<StepId, ActionTraits>, BTreeMap<StepId, ActionTraits>) {
    let flags = |action: &str, with: &BTreeMap<String, serde_json::Value>| catalogue.get(action).map(|spec| spec.traits(with));
    let (mut own, mut drill) = (BTreeMap::new(), BTreeMap::new());
    for step in runbook.steps() {
        if let Some(traits) = step.action.as_ref().and_then(|action| flags(action, &step.with)) {
            own.insert(step.id.clone(), traits);
        }
        for (n, way) in step.instead.iter().enumerate() {
            if let Some(traits) = flags(&way.action, &way.with) {
                own.insert(flags_of(&step.id, n), traits);
            }
        }
        if let Some(DrillForm::Other(other)) = &step.drill
            && let Some(traits) = flags(&other.action, &other.with)
        {
            drill.insert(step.id.clone(), traits);
        }
    }
    (own, drill)
}
