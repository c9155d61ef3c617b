//! What a team measures itself by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{dataset::Dataset, step::Origin};
use crate::model::{Duration, Limit};

/// What a figure is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KpiOf {
    /// Backups that were made, of those that should have been.
    BackupSuccess,
    /// Proofs that backups restore, of those that should have been.
    BackupVerified,
}

impl KpiOf {
    pub const WORDS: [&'static str; 2] = ["backup_success", "backup_verified"];
    pub const ALL: [Self; 2] = [Self::BackupSuccess, Self::BackupVerified];
}

/// A figure with a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kpi {
    pub name: String,
    pub of: KpiOf,
    /// What it must be: `"> 99.9%"`.
    pub target: Limit,
    /// The time that it is taken over: a year unless said. Where the past does not reach so far, what there is of it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Duration>,
    /// Only of the data of this tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl Kpi {
    const OVER: Duration = Duration::from_hours(365 * 24);

    /// The time that it is taken over.
    pub fn span(&self) -> Duration {
        self.over.unwrap_or(Self::OVER)
    }

    /// Whether it is taken of the sources of `dataset` too.
    pub fn counts(&self, dataset: &Dataset) -> bool {
        dataset.excluded.is_none() && (self.tier.is_none() || self.tier == dataset.tier)
    }
}
