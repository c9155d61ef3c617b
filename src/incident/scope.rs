//! What an incident affects, as people know it.

use serde::{Deserialize, Serialize};

/// Names of the plan. What is observed comes beside it: a service that is seen failing is down, named here or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    #[serde(default)]
    pub services: Vec<String>,
    #[serde(default)]
    pub regions: Vec<String>,
    #[serde(default)]
    pub datasets: Vec<String>,
}

impl Scope {
    pub fn is_empty(&self) -> bool {
        self.services.is_empty() && self.regions.is_empty() && self.datasets.is_empty()
    }

    /// `training-api, eval-api; region us-east-1; data production-db`.
    pub fn words(&self) -> String {
        let named = |what: &str, names: &[String]| (!names.is_empty()).then(|| format!("{what}{}", names.join(", ")));
        let parts = [named("", &self.services), named("region ", &self.regions), named("data ", &self.datasets)];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}
