//! A stretch of data that would be lost, and how it stands to an RPO.

use serde::Serialize;

use crate::model::{Duration, Verdict, duration::between_words};

/// From the least to the most that is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    pub least: Duration,
    pub most: Duration,
}

impl Span {
    pub const NONE: Span = Span { least: Duration::ZERO, most: Duration::ZERO };

    pub fn exactly(loss: Duration) -> Self {
        Self { least: loss, most: loss }
    }
    pub fn between(least: Duration, most: Duration) -> Self {
        Self { least: least.min(most), most }
    }

    /// `4s to 18m`, or one figure; in whole seconds, never less than the most that is lost.
    pub fn words(self) -> String {
        between_words(self.least, self.most)
    }

    /// What a loss that would be suffered means: `holding` when all of it is clearly allowed.
    pub fn judge(self, rpo: Option<Duration>, holding: Verdict) -> Verdict {
        let Some(rpo) = rpo else { return holding };
        if self.least > rpo {
            return Verdict::WillMiss;
        }
        // Over nine tenths of what is allowed is close to the edge; nothing lost never is.
        if self.most > rpo || (self.most > Duration::ZERO && self.most.as_millis() * 10 > rpo.as_millis().saturating_mul(9)) {
            return Verdict::AtRisk;
        }
        holding
    }

    /// What a loss that was suffered means.
    pub fn judge_past(self, rpo: Option<Duration>) -> Verdict {
        match rpo {
            Some(rpo) if self.least > rpo => Verdict::Missed,
            Some(rpo) if self.most > rpo => Verdict::CannotTell,
            _ => Verdict::Met,
        }
    }
}
