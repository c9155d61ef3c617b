//! What can happen, how it is noticed, and the alert rules that point to it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    probe::{AbsentMeans, AlertProbe, Probe},
    step::Origin,
};
use crate::model::{Duration, Loss, Range};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Detect {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
}

/// A failover that starts by itself while a commander has armed it (RULES R4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Automatic {
    /// What it opens.
    pub runbook: String,
    /// It starts once this has held for `for`, by fresh samples only.
    pub when: Probe,
    #[serde(rename = "for")]
    pub hold: Duration,
}

/// Its objectives replace the tiers' while it is declared (RULES R24).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A word of `severities`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loses: Option<Loss>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detect: Option<Detect>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo: Option<Duration>,
    /// A finer RTO by tier.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tiers: BTreeMap<String, Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Range>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<Automatic>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// An alert rule. Without `expr` it lives in an Alertmanager, where its name is its label `alertname`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertRule {
    pub name: String,
    /// The Prometheus connection that evaluates `expr`; without `expr` the Alertmanager connection, which need not be said where the
    /// plan has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Fires while it returns a sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expr: Option<String>,
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub hold: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<AbsentMeans>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl AlertRule {
    /// The rule as a probe that holds while it fires.
    pub fn probe(&self) -> AlertProbe {
        AlertProbe {
            name: self.name.clone(),
            via: self.via.clone(),
            expr: self.expr.clone(),
            hold: self.hold,
            absent: self.absent,
        }
    }
}
