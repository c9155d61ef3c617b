//! Objectives and what they rest on: services, tiers, regions, data, cards.

use serde::Serialize;

use crate::model::{Duration, Freshness, Time, Verdict};
use crate::objectives::Follows;
use crate::plan::RegionRole;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceHealth {
    Healthy,
    Failing,
    /// Its proof is stale, failing or absent, or it has none.
    CannotTell,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceRow {
    pub name: String,
    pub region: Option<String>,
    pub health: ServiceHealth,
    /// `failing since 02:06:06Z`, `prometheus prom-west does not answer: connection refused`.
    pub words: String,
    /// The first failing sample of the stretch in which it fails.
    pub failing_since: Option<Time>,
    /// The newest sample by which it was well.
    pub well_at: Option<Time>,
    /// Down in this incident.
    pub down: bool,
    pub rto: Option<Duration>,
    pub elapsed: Option<Duration>,
    pub left: Option<Duration>,
    /// Past the deadline by this much.
    pub over: Option<Duration>,
    pub verdict: Verdict,
}

/// A tier shows its worst service (RULES R24).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TierRow {
    pub name: String,
    pub rto: Option<Duration>,
    /// `4h by scenario, tier 1h`, when the two differ.
    pub rto_note: Option<String>,
    pub left: Option<Duration>,
    pub over: Option<Duration>,
    pub deadline: Option<Time>,
    /// Projected finish, an estimate.
    pub projected: Option<Time>,
    pub verdict: Verdict,
    /// Why, in a few words: `on track, 8m to spare`.
    pub words: String,
    pub services: Vec<ServiceRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegionRow {
    pub name: String,
    pub role: Option<RegionRole>,
    /// Everything that observes from inside it is silent: a verdict of its own (RULES R28).
    pub silent_since: Option<Time>,
    pub verdict: Verdict,
    /// `silent for 41m, cannot tell`, `3 of 3 observers answer`.
    pub words: String,
}

/// What would be lost, or was: from the least to the most (RULES R21).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LossRange {
    pub least: Duration,
    pub most: Duration,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceRow {
    pub name: String,
    pub kind: String,
    pub region: Option<String>,
    pub point: Option<Time>,
    /// Age of the knowledge.
    pub known: Freshness,
    pub loses: Option<LossRange>,
    pub restore: Option<Duration>,
    pub verdict: Verdict,
    /// Not lost in the scenario that is declared.
    pub usable: bool,
    pub best: bool,
    /// Loses more than the best and is back sooner: the choice is the commander's.
    pub faster: bool,
    /// `outlives the primary region, corruption; not a breach`.
    pub outlives: Option<String>,
    /// After corruption or a breach: nothing has proven that it can be restored from.
    pub unverified: bool,
    /// `verified 3h ago`, `proof overdue since 02:00Z`, `never verified`; none where the plan names no proof.
    pub proof: Option<String>,
    /// `streaming, last heard 0.4s ago`, `receiver is gone for 3m: lag 0 means nothing`.
    pub words: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DatasetRow {
    pub name: String,
    pub rpo: Option<Duration>,
    pub rpo_note: Option<String>,
    pub best: Option<String>,
    pub loses: Option<LossRange>,
    pub restore: Option<Duration>,
    pub verdict: Verdict,
    /// `would lose 4s to 18m`, after recovery `did lose 0s`.
    pub words: String,
    /// Why the best source is the best: `loses least; hourly snapshot is ~20m faster, and loses 41m`.
    pub why_best: Option<String>,
    /// Writes provably stopped since.
    pub frozen: Option<Time>,
    pub sources: Vec<SourceRow>,
}

/// A copy that follows what it copies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplicationRow {
    pub dataset: String,
    pub source: String,
    /// `streaming`, `mirrormaker`, `s3`, as the plan says.
    pub how: Option<String>,
    pub region: Option<String>,
    pub follows: Follows,
    /// `None` where a lag means nothing.
    pub behind: Option<LossRange>,
    /// The lag that the plan allows.
    pub limit: Option<String>,
    /// Behind by more than that.
    pub over: bool,
    pub known: Freshness,
    pub verdict: Verdict,
    /// `streaming, last heard just now`, `not connected (is 0, wanted > 0): lag means nothing`.
    pub words: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClusterRow {
    pub name: String,
    pub region: Option<String>,
    pub role: Option<RegionRole>,
    pub nodes: Option<u32>,
    pub cards: Option<u32>,
    pub healthy_cards: Option<u32>,
    pub known: Freshness,
    pub verdict: Verdict,
    /// `31 of 32 cards allocatable`, `no data for 41m`.
    pub words: String,
    /// `needed: critical 24 fits, standard 40 of 32: 8 short`.
    pub fits: Option<String>,
}
