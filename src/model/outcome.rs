//! How a part of an action ended, and what a fence answered.

use serde::{Deserialize, Serialize};

use super::{time::Time, value::Value};

/// A part's end. *Unknown* until read back: never sent again by itself (RULES R8).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// `detail` is a short past-tense sentence: "3 replicas to 0".
    Succeeded { detail: String },
    /// It certainly did not take effect, and why.
    Failed { reason: String },
    /// It may have taken effect, and why that is not known.
    Unknown { reason: String },
}

impl Outcome {
    pub fn succeeded(detail: impl Into<String>) -> Self {
        Outcome::Succeeded { detail: detail.into() }
    }
    pub fn failed(reason: impl Into<String>) -> Self {
        Outcome::Failed { reason: reason.into() }
    }
    pub fn unknown(reason: impl Into<String>) -> Self {
        Outcome::Unknown { reason: reason.into() }
    }
    pub fn is_success(&self) -> bool {
        matches!(self, Outcome::Succeeded { .. })
    }
    /// The sentence in it.
    pub fn text(&self) -> &str {
        match self {
            Outcome::Succeeded { detail: t } | Outcome::Failed { reason: t } | Outcome::Unknown { reason: t } => t,
        }
    }
}

/// The three answers of a fence (RULES R19).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FenceAnswer {
    /// Proven at this moment by the server itself.
    RefusesWrites {
        proven: Time,
    },
    StillWritable {
        why: String,
    },
    Unreachable {
        why: String,
    },
}

/// What one part reports when it ended or was read back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartReport {
    pub part: String,
    pub outcome: Outcome,
    /// Only from actions that fence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<FenceAnswer>,
    /// A value later steps may use by `{result: step}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
}

impl PartReport {
    pub fn new(part: impl Into<String>, outcome: Outcome) -> Self {
        Self { part: part.into(), outcome, fence: None, result: None }
    }
    pub fn fenced(mut self, answer: FenceAnswer) -> Self {
        self.fence = Some(answer);
        self
    }
}
