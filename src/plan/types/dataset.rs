//! Data, and the places to recover it from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    keeping::{Keep, Runs, SourcePurpose, Verify},
    probe::Probe,
    step::Origin,
};
use crate::model::{Duration, Limit, Loss, Schedule};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    Replica,
    Wal,
    Snapshot,
    Backup,
    Archive,
    Git,
}

impl SourceKind {
    pub const WORDS: [&'static str; 6] = ["replica", "wal", "snapshot", "backup", "archive", "git"];

    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }
}

/// A place to recover a dataset from: it has a recovery point (a time) and a restore time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoverySource {
    pub name: String,
    pub kind: SourceKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// How long a recovery from it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore: Option<Duration>,
    /// How often, or when, a recovery point comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Schedule>,
    /// How long recovery points are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
    /// Usable only on top of that one; its restore time is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The place, as a person would type it.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The method: streaming, sentinel, mirrormaker, s3, rds, pgbackrest, pg_dump, velero, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// The newest recovery point: a time in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Probe>,
    /// How far it is behind, in seconds. Needs `connected` beside it for a replica (RULES R23).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<Probe>,
    /// Proof that the receiver is attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected: Option<Probe>,
    /// Bytes of the newest recovery point. By a query, its past is asked too, to tell when it is out of the ordinary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Probe>,
    /// Seconds that the newest recovery point took to make; its past as that of `size`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<Probe>,
    /// When the run began that is under way: a time in seconds since 1970; 0 while none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<Probe>,
    /// How its runs ended, where something counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<Runs>,
    /// What proves that it can be restored from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
    /// What it is for: `recovery` unless said.
    #[serde(default, skip_serializing_if = "SourcePurpose::is_plain")]
    pub purpose: SourcePurpose,
    /// The lag that the plan allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// Absent is no alarm.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub encrypted: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub versioned: bool,
    /// By default from kind and region: a replica survives all but corruption and compromise; a backup in a region dies with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survives: Option<Vec<Loss>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl RecoverySource {
    /// Everything that is observed of it.
    pub fn probes(&self) -> impl Iterator<Item = &Probe> {
        let proof = self.verify.as_ref().and_then(|verify| verify.at.as_ref());
        let own = [&self.at, &self.lag, &self.connected, &self.size, &self.took, &self.running];
        own.into_iter().flatten().chain(proof)
    }
}

impl Dataset {
    /// Those that data may be recovered from.
    pub fn recovery_sources(&self) -> impl Iterator<Item = &RecoverySource> {
        self.sources.iter().filter(|source| source.purpose.recovers())
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo: Option<Duration>,
    /// Why it is not backed up, on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<RecoverySource>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}
