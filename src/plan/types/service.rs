//! What runs: services, and the accelerator clusters they need.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    probe::Probe,
    step::{Gate, Origin},
};

/// How warm a stand-in is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Hot,
    Warm,
    Cold,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Without one: the strictest of what needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Planned size; `replicas: planned` scales to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instances: Option<u32>,
    /// Accelerator cards that it needs in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cards: Option<u32>,
    /// Services it cannot run without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// The service whose place it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_in_for: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// What proves that it serves. Its RTO ends when this has held for its `for`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthy: Option<Gate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// A cluster of accelerator cards (Gaudi3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accelerators {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    pub nodes: u32,
    /// How far it may grow, in nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<u32>,
    pub cards_per_node: u32,
    /// Where its cards are seen: a Prometheus (exporter metrics) or a Kubernetes connection (capacity and allocatable).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Where its exporters' metrics are seen, when `via` is a Kubernetes: heat, memory, power, ports of each card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<CardMetrics>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_in_for: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// A Prometheus that scrapes the exporters of the cards, in either vocabulary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CardMetrics {
    pub via: String,
    /// Label matchers that mean this cluster among all that it scrapes: `region="us-west-2"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<String>,
}

impl Service {
    /// The probe of `healthy`.
    pub fn health_probe(&self) -> Option<&Probe> {
        self.healthy.as_ref().map(|gate| &gate.probe)
    }
}
