//! Where a number comes from: what was asked, of whom, when it was measured and read, the rule that made the verdict, the reply.

use serde::Serialize;

use crate::model::{Duration, Freshness, Time, Verdict};

/// What kind of thing a shown value is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginKind {
    Service,
    Data,
    Cards,
    Gate,
    Alert,
}

/// One shown thing and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Origin {
    pub kind: OriginKind,
    /// `training-api`, `production-db from us-west-2 replica`, `gate of step 8`.
    pub what: String,
    /// What the screens say of it.
    pub says: String,
    pub verdict: Verdict,
    /// Which rule makes that of the answers.
    pub rule: &'static str,
    pub asks: Vec<Asked>,
}

/// One question behind it, and the newest answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    pub via: String,
    /// `prometheus https://prometheus.us-west-2.example`; without any login.
    pub server: String,
    /// The query or call.
    pub question: String,
    pub every: Option<Duration>,
    /// Older than this it is stale.
    pub max_age: Duration,
    pub known: Freshness,
    /// By the system's own word, where it has one.
    pub measured: Option<Time>,
    pub read: Option<Time>,
    /// What went wrong since, and what the system said against its own answer.
    pub against: Vec<String>,
    /// The answer, a line a sample.
    pub reply: Vec<String>,
    /// Samples that are not in it.
    pub more: usize,
}
