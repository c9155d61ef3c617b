//! If this were lost: what it would cost, and what would mend it.

use std::sync::Arc;

use serde::Serialize;

use super::objectives::LossRange;
use crate::{
    model::{Duration, Loss, Verdict},
    plan::RegionRole,
};

/// What a loss would mean for a tier.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TierLoss {
    pub tier: String,
    pub rto: Option<Duration>,
    /// Some of its services would be down.
    pub hit: bool,
    /// From the impact until its last service is back, by the plan; an estimate.
    pub back: Option<Duration>,
    /// Cards that it would lack.
    pub short: Option<u32>,
    pub verdict: Verdict,
    pub words: String,
}

/// The dataset that would fare worst.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataLoss {
    pub dataset: String,
    pub rpo: Option<Duration>,
    pub loses: Option<LossRange>,
    pub verdict: Verdict,
    pub words: String,
}

/// What the loss of one thing would mean now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LossRow {
    /// `us-east-1`, `any node`.
    pub what: String,
    pub role: Option<RegionRole>,
    /// In the order of the plan's promises, the strictest first.
    pub tiers: Vec<TierLoss>,
    /// `None` where the plan puts no data.
    pub data: Option<DataLoss>,
    /// Datasets that would lose nothing, and have no place left to recover from.
    pub bare: Vec<String>,
    /// Steps of the runbook that would act in what is lost, by number.
    pub steps_there: Vec<usize>,
    pub verdict: Verdict,
    /// What would mend what is not in plan, the worst first.
    pub mends: Vec<String>,
}

/// Something that can be supposed to be lost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LossChoice {
    pub loss: Loss,
    /// `region, primary`, `node of gaudi-west`.
    pub words: String,
}

/// All that can be supposed to be lost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Losable {
    /// What the plan names.
    pub named: Vec<LossChoice>,
    /// The nodes that are seen, by cluster.
    pub nodes: Vec<Arc<Vec<LossChoice>>>,
}

impl Losable {
    pub fn iter(&self) -> impl Iterator<Item = &LossChoice> {
        self.named.iter().chain(self.nodes.iter().flat_map(|nodes| nodes.iter()))
    }

    pub fn get(&self, at: usize) -> Option<&LossChoice> {
        self.iter().nth(at)
    }
}
