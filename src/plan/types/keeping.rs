//! How long a recovery source is kept, what proves that it can be restored from, and what it is for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::probe::Probe;
use crate::model::{Duration, Schedule};

/// What a recovery source is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourcePurpose {
    #[default]
    Recovery,
    LongTerm,
    /// Kept because somebody must: no recovery source.
    Compliance,
    /// Made for exercises: no recovery source.
    Drills,
}

impl SourcePurpose {
    pub const WORDS: [&'static str; 4] = ["recovery", "long-term", "compliance", "drills"];
    pub const ALL: [Self; 4] = [Self::Recovery, Self::LongTerm, Self::Compliance, Self::Drills];

    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// What needs no word in a plan.
    pub fn is_plain(&self) -> bool {
        *self == Self::Recovery
    }

    /// Whether data may be recovered from it.
    pub fn recovers(self) -> bool {
        matches!(self, Self::Recovery | Self::LongTerm)
    }
}

/// Retention: one time for all recovery points, or how far back those of each frequency go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Keep {
    For(Duration),
    Tiers(KeepTiers),
}

/// How far back recovery points go, by how often they were made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepTiers {
    /// To any moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pitr: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hourly: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly: Option<Duration>,
}

impl Keep {
    /// After this nothing is left of a recovery point.
    pub fn longest(&self) -> Duration {
        match self {
            Keep::For(span) => *span,
            Keep::Tiers(KeepTiers { pitr, hourly, daily, weekly, monthly }) => {
                [pitr, hourly, daily, weekly, monthly].into_iter().flatten().copied().max().unwrap_or_default()
            }
        }
    }
}

/// The proof that a recovery source can be restored from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// The runbook that proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// When it was last proven: a time in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Probe>,
    /// How often, or when, it is proven anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Schedule>,
}

/// What tells how runs ended, beside the recovery points that they made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Runs {
    /// A counter of runs that succeeded: a plain series, whose increase is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeded: Option<Probe>,
    /// A counter of runs that failed: a plain series, whose increase is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Probe>,
    /// Not 0 where the newest recovery point is no good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Probe>,
}
