//! Rows of the Board: services, tiers, datasets and what they can be recovered from.
#![allow(clippy::too_many_arguments, reason = "a row of a table reads best as a row")]

use lifeboat::{
    model::{Freshness, Verdict},
    picture::*,
};

use super::{at, d, some};

pub(super) fn service(name: &str, health: ServiceHealth, down: bool, words: &str, verdict: Verdict) -> ServiceRow {
    ServiceRow {
        name: name.into(),
        region: some("us-east-1"),
        health,
        words: words.into(),
        failing_since: None,
        well_at: None,
        down,
        rto: Some(d("1h")),
        elapsed: down.then(|| d("41m7s")),
        left: down.then(|| d("18m53s")),
        over: None,
        verdict,
    }
}

pub(super) fn tier(
    name: &str,
    rto: &str,
    left: &str,
    deadline: &str,
    projected: Option<&str>,
    verdict: Verdict,
    words: &str,
    services: Vec<ServiceRow>,
) -> TierRow {
    TierRow {
        name: name.into(),
        rto: Some(d(rto)),
        rto_note: None,
        left: Some(d(left)),
        over: None,
        deadline: Some(at(deadline)),
        projected: projected.map(at),
        verdict,
        words: words.into(),
        services,
    }
}

pub(super) fn source(
    name: &str,
    kind: &str,
    region: &str,
    point: &str,
    loses: (&str, &str),
    restore: &str,
    verdict: Verdict,
    words: &str,
) -> SourceRow {
    SourceRow {
        name: name.into(),
        kind: kind.into(),
        region: Some(region.into()),
        point: Some(at(point)),
        known: Freshness::Fresh,
        loses: Some(LossRange { least: d(loses.0), most: d(loses.1) }),
        restore: Some(d(restore)),
        verdict,
        usable: true,
        best: false,
        faster: false,
        outlives: None,
        unverified: false,
        proof: None,
        words: words.into(),
    }
}

pub(super) fn dataset(
    name: &str,
    rpo: &str,
    best: &str,
    loses: (&str, &str),
    restore: &str,
    verdict: Verdict,
    words: &str,
    sources: Vec<SourceRow>,
) -> DatasetRow {
    DatasetRow {
        name: name.into(),
        rpo: Some(d(rpo)),
        rpo_note: None,
        best: Some(best.into()),
        loses: Some(LossRange { least: d(loses.0), most: d(loses.1) }),
        restore: Some(d(restore)),
        verdict,
        words: words.into(),
        why_best: None,
        frozen: None,
        sources,
    }
}
