//! What is asked of the past of a recovery source's figures.

use crate::{
    model::{Ask, Duration, Reading, Sample, Schedule},
    plan::{Kpi, KpiOf, Probe, RecoverySource, Runs},
};

const DAY: Duration = Duration::from_hours(24);
/// Moments looked at.
const POINTS: u64 = 56;
/// Recovery points that the past should hold, where it goes back so far.
const RUNS: u64 = 14;

/// Moments at which a run is looked for; each is asked for twice.
const MOMENTS: u64 = 960;

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

/// The past of `probe`, which tells when something was last done that comes by `every`, fine enough to see each of it; of the last
/// `over`, or as much of that as one answer holds.
pub fn runs_of<'a>(probe: &'a Probe, every: Option<&Schedule>, over: Duration) -> Option<(&'a str, Ask)> {
    let Probe::Query(query) = probe else { return None };
    let gap = every.map(Schedule::shortest).filter(|gap| *gap > Duration::ZERO)?;
    let step = Duration::from_secs((gap.as_secs() / 2).max(1));
    let span = over.min(step * MOMENTS);
    Some((&query.via, Ask::History { expr: query.expr.clone(), span, step }))
}

/// What the runs of `source` are counted by, of the last `over`.
pub struct Counted<'a> {
    pub points: Option<(&'a str, Ask)>,
    /// At the same moments, whether that point is no good.
    pub error: Option<(&'a str, Ask)>,
    pub succeeded: Option<(&'a str, Ask)>,
    pub failed: Option<(&'a str, Ask)>,
}

/// By its recovery points and its counters, all over the same time.
pub fn counted_of(source: &RecoverySource, over: Duration) -> Counted<'_> {
    let points = source.at.as_ref().and_then(|at| runs_of(at, source.every.as_ref(), over));
    let span = match &points {
        Some((_, Ask::History { span, .. })) => *span,
        _ => over,
    };
    let runs = source.runs.as_ref();
    let counter = |of: fn(&Runs) -> &Option<Probe>| match runs.and_then(|runs| of(runs).as_ref()) {
        Some(Probe::Query(query)) => Some((query.via.as_str(), Ask::Increase { expr: query.expr.clone(), span })),
        _ => None,
    };
    let (succeeded, failed) = (counter(|runs| &runs.succeeded), counter(|runs| &runs.failed));
    let error = runs.and_then(|runs| runs.error.as_ref()).filter(|_| points.is_some());
    let error = error.and_then(|error| runs_of(error, source.every.as_ref(), over));
    Counted { points, error, succeeded, failed }
}

/// Where and how it is asked whether the proofs of `source` came when they should, over the last `over`.
pub fn proofs_of(source: &RecoverySource, over: Duration) -> Option<(&str, Ask)> {
    let verify = source.verify.as_ref()?;
    runs_of(verify.at.as_ref()?, verify.every.as_ref(), over)
}

/// When, in whole seconds since 1970, and what.
pub type Moment = (i64, f64);

/// The moments of a past that was answered.
pub fn moments(past: &Reading) -> Vec<Moment> {
    let moment = |sample: &Sample| Some((sample.labels.get("at")?.parse::<f64>().ok()? as i64, sample.value.number()?));
    past.samples.iter().filter_map(moment).collect()
}

/// All that `kpi` asks of `source`.
pub fn asked_for<'a>(kpi: &Kpi, source: &'a RecoverySource) -> Vec<(&'a str, Ask)> {
    match kpi.of {
        KpiOf::BackupSuccess => {
            let Counted { points, error, succeeded, failed } = counted_of(source, kpi.span());
            [points, error, succeeded, failed].into_iter().flatten().collect()
        }
        KpiOf::BackupVerified => proofs_of(source, kpi.span()).into_iter().collect(),
    }
}

/// Where and how it is asked up to when a copy is proven to have everything, where its lag and its connection are told by one
/// Prometheus: once it is cut off, its lag says nothing any more.
pub fn receipt_of(source: &RecoverySource) -> Option<(&str, Ask)> {
    let (Some(Probe::Query(lag)), Some(Probe::Query(connected))) = (&source.lag, &source.connected) else { return None };
    if lag.via != connected.via || connected.each {
        return None;
    }
    let expect = connected.expect.as_ref()?;
    let connected = format!("({}) {} {}", connected.expr, expect.op.sign(), expect.operand.number()?);
    Some((&lag.via, Ask::Receipt { lag: lag.expr.clone(), connected }))
}
