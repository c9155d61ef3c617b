//! The whole plan, as loaded from its directory.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    connection::Connections,
    dataset::Dataset,
    kpi::Kpi,
    objective::{Objectives, Region, Tier},
    person::{Escalation, Person, Role},
    runbook::Runbook,
    scenario::{AlertRule, Scenario},
    service::{Accelerators, Service},
};
use crate::model::Severity;

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// Document control.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct About {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<String>,
    /// `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_by: Option<String>,
    /// The document whose lines `origin` counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
}

/// `plan.yaml` and its runbooks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub name: String,
    #[serde(default)]
    pub about: About,
    #[serde(default)]
    pub objectives: Objectives,
    #[serde(default)]
    pub tiers: BTreeMap<String, Tier>,
    #[serde(default)]
    pub regions: Vec<Region>,
    #[serde(default)]
    pub connections: Connections,
    #[serde(default)]
    pub services: Vec<Service>,
    #[serde(default)]
    pub accelerators: Vec<Accelerators>,
    #[serde(default)]
    pub datasets: Vec<Dataset>,
    /// The plan's own words, worst first.
    #[serde(default)]
    pub severities: Vec<String>,
    #[serde(default)]
    pub scenarios: BTreeMap<String, Scenario>,
    #[serde(default)]
    pub alerts: Vec<AlertRule>,
    #[serde(default)]
    pub roles: BTreeMap<String, Role>,
    #[serde(default)]
    pub people: Vec<Person>,
    #[serde(default)]
    pub escalation: Vec<Escalation>,
    #[serde(default)]
    pub kpis: Vec<Kpi>,
    /// From `runbooks/*.yaml`; not a key of `plan.yaml`.
    #[serde(skip)]
    #[schemars(skip)]
    pub runbooks: Vec<Runbook>,
}

impl Plan {
    pub fn runbook(&self, name: &str) -> Option<&Runbook> {
        self.runbooks.iter().find(|r| r.name == name)
    }
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.name == name)
    }
    pub fn dataset(&self, name: &str) -> Option<&Dataset> {
        self.datasets.iter().find(|d| d.name == name)
    }
    /// SEV 1 to 4 of a word of `severities`, by its place; the last words share SEV 4.
    pub fn severity(&self, word: &str) -> Option<Severity> {
        let place = self.severities.iter().position(|w| w == word)?;
        Some(Severity::new((place + 1).min(4) as u8))
    }
    /// Runbooks that answer `scenario`, in order of file name.
    pub fn runbooks_for<'a>(&'a self, scenario: &'a str) -> impl Iterator<Item = &'a Runbook> {
        self.runbooks.iter().filter(move |r| r.answers(scenario))
    }
}
