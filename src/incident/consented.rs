//! What a commander consented to, as the state keeps it (RULES R4).

use std::collections::BTreeMap;

use serde::Serialize;

use super::{facts::PlanFacts, step_state::Exception};
use crate::{
    model::{Digest, IncidentId, StepId, Time, catalogue::ActionTraits},
    plan::{Automatic, Runbook},
};

/// What a commander consented to for the open runbook.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Automation {
    pub by: String,
    pub at: Time,
    pub steps: Vec<StepId>,
    /// At which step, if at one, and why. It does not go on by itself.
    pub stopped: Option<(Option<StepId>, Exception)>,
}

/// A failover that starts by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Armed {
    pub by: String,
    pub at: Time,
    pub facts: PlanFacts,
    pub runbook: Runbook,
    pub digest: Digest,
    pub traits: BTreeMap<StepId, ActionTraits>,
    pub drill_traits: BTreeMap<StepId, ActionTraits>,
    pub steps: Vec<StepId>,
    /// It has started, once: it is armed anew by a commander.
    pub triggered: Option<(IncidentId, Time)>,
}

impl Armed {
    /// What it waits for, as it read when it was armed.
    pub fn automatic(&self, scenario: &str) -> Option<&Automatic> {
        self.facts.scenarios.get(scenario)?.automatic.as_ref()
    }
}
