//! If this were lost now, as facts.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    model::{Duration, Verdict},
    picture::{LossRow, Picture},
};

/// What the loss of one thing would cost now.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Loss {
    /// `us-east-1`, `any node`.
    pub what: String,
    pub verdict: Verdict,
    /// Tiers that it would hit.
    pub tiers: Vec<TierLoss>,
    /// The dataset that would fare worst.
    pub dataset: Option<String>,
    /// What it would lose: at the least and at the most.
    pub loses_seconds: Option<[u64; 2]>,
    /// What would mend what is not in plan, the worst first.
    pub mends: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TierLoss {
    pub tier: String,
    pub verdict: Verdict,
    pub rto_seconds: Option<u64>,
    /// From the impact until it is back; an estimate.
    pub back_seconds: Option<u64>,
    /// Accelerator cards that it would lack.
    pub short: Option<u32>,
}

fn seconds(span: Duration) -> u64 {
    span.as_millis() / 1000
}

/// In peace, each region and any node; in an incident none.
pub fn losses(picture: &Picture) -> Vec<Loss> {
    picture.losses.iter().map(loss).collect()
}

fn loss(row: &LossRow) -> Loss {
    let tier = |tier: &crate::picture::TierLoss| TierLoss {
        tier: tier.tier.clone(),
        verdict: tier.verdict,
        rto_seconds: tier.rto.map(seconds),
        back_seconds: tier.back.map(seconds),
        short: tier.short,
    };
    Loss {
        what: row.what.clone(),
        verdict: row.verdict,
        tiers: row.tiers.iter().filter(|tier| tier.hit || tier.short.is_some()).map(tier).collect(),
        dataset: row.data.as_ref().map(|data| data.dataset.clone()),
        loses_seconds: row.data.as_ref().and_then(|data| data.loses).map(|l| [seconds(l.least), seconds(l.most)]),
        mends: row.mends.clone(),
    }
}
