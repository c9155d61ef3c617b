//! A procedure: phases of steps.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::step::{Condition, Names, Origin, Owner, Step};
use crate::model::{Duration, Range, StepId};

/// What a procedure is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Use {
    Prepare,
    #[default]
    Respond,
    Return,
    Review,
    Verify,
}

impl Use {
    pub const WORDS: [&'static str; 5] = ["prepare", "respond", "return", "review", "verify"];
}

/// Steps that belong together. Phases come in order unless `alongside`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it lies on the outage clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Range>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes: Option<Range>,
    #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// Its first step waits for nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alongside: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    pub steps: Vec<Step>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// A runbook as loaded: bare `steps` have become one phase without a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Runbook {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Whose incidents it answers: names, or `any`; none: a procedure that others call.
    #[serde(default, skip_serializing_if = "Names::is_none")]
    pub scenario: Names,
    #[serde(default, rename = "use")]
    pub purpose: Use,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    pub phases: Vec<Phase>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl Runbook {
    /// All steps in the order of the file.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.phases.iter().flat_map(|phase| &phase.steps)
    }

    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps().find(|step| step.id == *id)
    }

    /// What `id` waits for: its `needs`, else the step above it; the first step of a phase waits for the last
    /// step of the phase before, unless the phase runs alongside.
    pub fn needs_of(&self, id: &StepId) -> Vec<StepId> {
        let mut above: Option<&StepId> = None;
        for phase in &self.phases {
            let mut previous = if phase.alongside { None } else { above };
            for step in &phase.steps {
                if step.id == *id {
                    return match &step.needs {
                        Some(said) => said.clone(),
                        None => previous.cloned().into_iter().collect(),
                    };
                }
                previous = Some(&step.id);
            }
            if !phase.alongside {
                above = previous;
            }
        }
        Vec::new()
    }

    /// Steps that wait for `id`, directly.
    pub fn dependents_of(&self, id: &StepId) -> Vec<StepId> {
        self.steps().filter(|step| self.needs_of(&step.id).contains(id)).map(|step| step.id.clone()).collect()
    }

    /// Who carries `step` out: its owner, else its phase's, else the runbook's.
    pub fn owner_of(&self, id: &StepId) -> Option<&str> {
        for phase in &self.phases {
            if let Some(step) = phase.steps.iter().find(|step| step.id == *id) {
                return step.owner.as_deref().or(phase.owner.as_deref()).or(self.owner.as_deref());
            }
        }
        None
    }

    /// Whether it answers incidents of `scenario`.
    pub fn answers(&self, scenario: &str) -> bool {
        self.scenario.has(scenario) || matches!(&self.scenario, Names::One(word) if word == "any")
    }
}
