//! The six words of a verdict (RULES R27), the same everywhere.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Ordered from best to worst, so that `max` is the one to say first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Met,
    OnTrack,
    CannotTell,
    AtRisk,
    WillMiss,
    Missed,
}

impl Verdict {
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::OnTrack => "on track",
            Verdict::AtRisk => "at risk",
            Verdict::WillMiss => "will miss",
            Verdict::Missed => "MISSED",
            Verdict::CannotTell => "cannot tell",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::*;

    #[test]
    fn r27_verdict_words_and_their_order() {
        let words: Vec<_> = [Met, OnTrack, AtRisk, WillMiss, Missed, CannotTell].iter().map(|v| v.word()).collect();
        assert_eq!(words, ["met", "on track", "at risk", "will miss", "MISSED", "cannot tell"]);
        assert!(Missed > WillMiss && WillMiss > AtRisk && AtRisk > CannotTell && CannotTell > OnTrack && OnTrack > Met);
    }
}
