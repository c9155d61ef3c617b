//! What an exposure depends on, and what it comes to.

use schemars::JsonSchema;
use serde::Serialize;

use super::{loss::Span, proof::Proof, survival::unusable_after};
use crate::{
    incident::{PlanFacts, State},
    model::{Duration, Freshness, Loss, Signals, Time, Verdict, time::clock},
    plan::{RecoverySource, SourceKind},
};

/// Everything an exposure depends on.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    pub facts: &'a PlanFacts,
    pub signals: &'a Signals,
    pub state: Option<&'a State>,
    /// What the declared scenario loses.
    pub loses: Option<&'a Loss>,
    /// What somebody supposes to be lost besides.
    pub supposed: Option<&'a Loss>,
    pub now: Time,
}

impl Sight<'_> {
    /// Why `source` is of no use after what is lost, and what is supposed to be.
    pub fn useless(&self, source: &RecoverySource) -> Option<String> {
        self.loses.into_iter().chain(self.supposed).find_map(|loss| unusable_after(source, loss, self.facts))
    }
}

/// How a copy stands to what it copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Follows {
    /// Connected, and nothing is missing.
    CaughtUp,
    /// Connected, and something has not arrived.
    Behind,
    /// Not connected: whatever its lag says, nothing more arrives.
    CutOff,
    /// No news, or not enough to tell.
    CannotTell,
}

impl Follows {
    pub fn word(self) -> &'static str {
        match self {
            Follows::CaughtUp => "caught up",
            Follows::Behind => "behind",
            Follows::CutOff => "CUT OFF",
            Follows::CannotTell => "cannot tell",
        }
    }
}

/// One place to recover from.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceExposure {
    pub name: String,
    pub kind: SourceKind,
    pub region: Option<String>,
    pub point: Option<Time>,
    pub known: Freshness,
    pub loses: Option<Span>,
    /// With that of its base.
    pub restore: Option<Duration>,
    pub verdict: Verdict,
    pub usable: bool,
    pub best: bool,
    /// Loses more than the best, and restores faster than all that lose less: a choice for the commander.
    pub faster: bool,
    /// Nothing has proven that it can be restored from.
    pub unverified: bool,
    /// What is known of a restore from it.
    pub proof: Proof,
    pub words: String,
}

/// A dataset over all its sources.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetExposure {
    pub loses: Option<Span>,
    pub verdict: Verdict,
    /// `would lose 4s to 18m`, after recovery `did lose 0s`.
    pub words: String,
    pub frozen: Option<Time>,
    pub recovered: Option<Time>,
    /// The source that the commander decided for, whatever the best one is.
    pub chosen: Option<String>,
    pub sources: Vec<SourceExposure>,
}

impl DatasetExposure {
    pub fn best(&self) -> Option<&SourceExposure> {
        self.sources.iter().find(|s| s.best)
    }

    /// Where it is recovered from as things stand: the chosen one, else the best.
    pub fn from(&self) -> Option<&SourceExposure> {
        let chosen = self.chosen.as_ref().and_then(|name| self.sources.iter().find(|s| s.name == *name));
        chosen.or_else(|| self.best())
    }
}

/// The last clean moment (RULES R22).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanBefore {
    pub at: Time,
    /// Nobody has said it yet.
    pub estimated: bool,
}

impl CleanBefore {
    /// `02:06:06Z`, `~02:06:06Z` while it is only estimated.
    pub fn words(self, now: Time) -> String {
        format!("{}{}", if self.estimated { "~" } else { "" }, clock(self.at, now))
    }
}
