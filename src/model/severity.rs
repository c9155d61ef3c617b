//! SEV 1 to 4, the scale every screen uses (RULES R27).

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 1 is the worst. A plan's own words map to it by their order in `severities`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Severity(u8);

impl Severity {
    /// `level` is clamped to 1..=4.
    pub fn new(level: u8) -> Self {
        Self(level.clamp(1, 4))
    }
    pub fn level(self) -> u8 {
        self.0
    }
    /// The same of one that may not be known: behind all that are.
    pub fn level_of(severity: Option<Self>) -> u8 {
        severity.map_or(u8::MAX, Self::level)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SEV {}", self.0)
    }
}
