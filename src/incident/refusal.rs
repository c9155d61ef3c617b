//! Why a command is refused, and what would make it possible.

use std::fmt;

/// Both sentences are for a person under stress: short, no blame, the mend first in reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub why: String,
    /// What would make it possible.
    pub instead: String,
}

impl Refusal {
    pub fn new(why: impl Into<String>, instead: impl Into<String>) -> Self {
        Self { why: why.into(), instead: instead.into() }
    }

    /// `why. Instead: …` on one line.
    pub fn in_words(&self) -> String {
        let end = if self.why.ends_with(['.', '?', '!']) { "" } else { "." };
        format!("{}{end} Instead: {}", self.why, self.instead)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.why, self.instead)
    }
}

impl std::error::Error for Refusal {}
