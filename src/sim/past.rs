//! What the simulated Prometheus says of the past.

use super::{
    backups,
    promql::{self, Scrape},
    series::{self, KNOWN},
    world::World,
};
use crate::model::{Duration, Sample, Time};

/// `expr` over the past, which only knows backups.
pub fn past(world: &World, expr: &str, span: Duration, step: Duration) -> Result<Vec<Sample>, String> {
    let now = world.now();
    let step_ms = (step.as_millis() as i64).max(1_000);
    let last = now.timestamp_millis().div_euclid(step_ms) * step_ms;
    let steps = (span.as_millis() as i64 / step_ms).min(1_000);
    let read = promql::read(expr)?;
    let mut samples = Vec::new();
    for moment in (0..=steps).rev().filter_map(|back| Time::from_timestamp_millis(last - back * step_ms)) {
        let until = world.halted.unwrap_or(moment).min(moment);
        let scraped = backups::series_for(expr, world, until, moment);
        let found = promql::evaluate_read(&read, expr, &Scrape { series: &scraped, known: KNOWN }, moment)?;
        match &found[..] {
            [] => {}
            [one] => samples.push(Sample::bare(one.value.clone(), now).label("at", moment.timestamp().to_string())),
            many => return Err(format!("`{expr}` gives {} series over time: aggregate it to one", many.len())),
        }
    }
    Ok(samples)
}

/// Up to when a copy is proven to have everything: its lag before now while it is connected, else before it was cut off.
pub fn receipt(world: &World, lag: &str, connected: &str) -> Result<Vec<Sample>, String> {
    let now = world.now();
    let at = |scraped: &[promql::Series], moment: Time| {
        let scrape = Scrape { series: scraped, known: KNOWN };
        if promql::evaluate(connected, &scrape, moment)?.is_empty() {
            return Ok(None);
        }
        let lag = promql::evaluate(lag, &scrape, moment)?;
        let seconds = lag.first().and_then(|sample| sample.value.number()).filter(|seconds| seconds.is_finite());
        Ok::<_, String>(seconds.map(|seconds| moment.timestamp_millis() as f64 / 1_000.0 - seconds))
    };
    let mut point = at(&world.scraped, now)?;
    // Of the moments at which something stopped the last before which it still went.
    let mut stops: Vec<Time> = world.stopped.values().copied().chain(world.halted).collect();
    stops.sort();
    while let (None, Some(stop)) = (point, stops.pop()) {
        let before = stop - series::EVERY.delta();
        point = at(&series::scrape(world, before), before)?;
    }
    Ok(point.map(|point| Sample::bare(point, now)).into_iter().collect())
}
