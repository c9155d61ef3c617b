//! Copies that follow, as facts.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{model::Verdict, objectives::Follows, picture::Picture};

/// A replica of a dataset.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Copy {
    pub dataset: String,
    pub source: String,
    pub how: Option<String>,
    pub region: Option<String>,
    pub follows: Follows,
    /// From the least to the most; absent where a lag means nothing.
    pub behind_seconds: Option<[u64; 2]>,
    /// The lag that the plan allows.
    pub limit: Option<String>,
    pub over_limit: bool,
    pub verdict: Verdict,
    pub words: String,
}

impl Copy {
    /// Over the limit comes before how it follows.
    pub fn word(&self) -> &'static str {
        if self.over_limit { "over its limit" } else { self.follows.word() }
    }
}

/// The worst first.
pub fn copies(picture: &Picture) -> Vec<Copy> {
    let copy = |row: &crate::picture::ReplicationRow| Copy {
        dataset: row.dataset.clone(),
        source: row.source.clone(),
        how: row.how.clone(),
        region: row.region.clone(),
        follows: row.follows,
        behind_seconds: row.behind.map(|behind| [behind.least.as_secs(), behind.most.up_to_secs().as_secs()]),
        limit: row.limit.clone(),
        over_limit: row.over,
        verdict: row.verdict,
        words: row.words.clone(),
    };
    picture.replication.iter().map(copy).collect()
}
