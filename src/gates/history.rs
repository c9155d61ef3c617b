//! What is asked of the past of a recovery source's figures.

use crate::{
    model::{Ask, Duration},
    plan::{Probe, RecoverySource},
};

const DAY: Duration = Duration::from_hours(24);
/// Moments looked at.
const POINTS: u64 = 56;
/// Recovery points that the past should hold, where it goes back so far.
const RUNS: u64 = 14;

/// Where and how the past of `probe`, a figure of `source`, is asked; none where its server keeps no past.
pub fn history_of<'a>(probe: &'a Probe, source: &RecoverySource) -> Option<(&'a str, Ask)> {
    let Probe::Query(query) = probe else { return None };
    let interval = source.every.as_ref().map(crate::model::Schedule::interval).unwrap_or_default();
    let span = (interval * RUNS).clamp(DAY * 14, DAY * 180);
    let step = Duration::from_secs(span.as_secs() / POINTS);
    Some((&query.via, Ask::History { expr: query.expr.clone(), span, step }))
}

/// All that is asked of the past of `source`: of its size, of how long it took, and beside them of which recovery point
/// that was.
pub fn histories(source: &RecoverySource) -> Vec<(&str, Ask)> {
    let figures: Vec<_> =
        [&source.size, &source.took].into_iter().flatten().filter_map(|probe| history_of(probe, source)).collect();
    let point = source.at.as_ref().filter(|_| !figures.is_empty()).and_then(|at| history_of(at, source));
    point.into_iter().chain(figures).collect()
}
