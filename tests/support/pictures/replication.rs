//! Copies that follow, of each kind.

use lifeboat::{
    model::{Freshness, Verdict},
    objectives::Follows,
    picture::{LossRange, ReplicationRow},
};

use super::{d, some};

fn copy(
    dataset: &str,
    how: &'static str,
    follows: Follows,
    behind: Option<&str>,
    verdict: Verdict,
    words: &str,
) -> ReplicationRow {
    ReplicationRow {
        dataset: dataset.into(),
        source: "us-west-2".into(),
        how: some(how),
        region: some("us-west-2"),
        follows,
        behind: behind.map(|behind| LossRange { least: d(behind), most: d(behind) }),
        limit: some("< 5m"),
        over: false,
        known: Freshness::Fresh,
        verdict,
        words: words.into(),
    }
}

/// One of each way to follow, the worst first.
pub fn in_peace() -> Vec<ReplicationRow> {
    let mut checkpoints =
        copy("checkpoints", "s3", Follows::Behind, Some("6m10s"), Verdict::AtRisk, "what arrived last is 6m10s old");
    checkpoints.over = true;
    let cut = "not connected (is 0, wanted > 0): lag means nothing";
    let (stale, away) = (Freshness::Stale { age: d("3m") }, "prom-west does not answer: connection refused");
    vec![
        copy("events", "mirrormaker", Follows::CutOff, None, Verdict::AtRisk, cut),
        checkpoints,
        ReplicationRow { known: stale, ..copy("sessions", "sentinel", Follows::CannotTell, None, Verdict::CannotTell, away) },
        copy("production", "streaming", Follows::CaughtUp, Some("0s"), Verdict::Met, "streaming, last heard just now"),
    ]
}

/// What is lost has cut them off.
pub fn in_outage() -> Vec<ReplicationRow> {
    let gone = "receiver is gone for 41m11s: lag 0 means nothing";
    vec![copy("production", "streaming", Follows::CutOff, None, Verdict::AtRisk, gone)]
}
