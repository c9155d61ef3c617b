//! What the simulated Prometheus shows of accelerator cards: what the real source's queries would give, in one pass over what was
//! scraped here.

use std::collections::BTreeMap;

use promql_parser::parser::{self, Expr};

use super::{promql::Series, world::World};
use crate::{
    model::{CardsSeen, Time},
    systems::prometheus::{
        cards::{HABANALABS, Seen},
        reply::Point,
    },
};

/// The cards of the cluster that `select` means.
pub fn cards(world: &World, connection: &str, select: &str) -> Result<CardsSeen, String> {
    if world.lines.get(connection).is_none_or(|line| line.system != "prometheus") {
        return Err(format!("{connection} is no prometheus connection and has no cards to show"));
    }
    let Ok(Expr::VectorSelector(selector)) = parser::parse(&format!("x{{{select}}}")) else {
        return Err(format!("`{select}` are no label matchers"));
    };
    let meant = |series: &&Series| {
        let label = |name: &str| series.labels.get(name).map_or("", String::as_str);
        selector.matchers.matchers.iter().all(|m| m.name == "__name__" || m.is_match(label(&m.name)))
    };
    let (mut presence, mut ages, mut exporters): (Vec<Point>, Vec<Point>, Vec<Point>) = Default::default();
    // It keeps no history: an error that was counted here came about in the last hour.
    let mut measures: BTreeMap<usize, Vec<Point>> = BTreeMap::new();
    for series in world.scraped.iter().filter(meant) {
        if let Some(place) = HABANALABS.place_of(series.name) {
            measures.entry(place).or_default().push(point(series, series.value));
        } else if series.name == HABANALABS.presence() {
            ages.push(point(series, series.measured.timestamp_millis() as f64 / 1_000.0));
            presence.push(Point { labels: BTreeMap::clone(&series.labels), value: series.value });
        } else if series.name == "up" && series.labels.get("job").is_some_and(|job| job.contains("gaudi")) {
            exporters.push(point(series, series.value));
        }
    }
    let mut seen = Seen::default();
    let at = |seconds: f64| Time::from_timestamp_millis((seconds * 1_000.0).round() as i64);
    seen.begin(&HABANALABS, presence, &ages, at);
    measures.into_iter().for_each(|(place, points)| seen.measure(&HABANALABS, place, points));
    Ok(seen.done(&exporters))
}

/// With the labels that the real source keeps.
fn point(series: &Series, value: f64) -> Point {
    let kept = ["instance", "id", "port_type"];
    let label = |name: &str| Some((name.to_owned(), series.labels.get(name)?.clone()));
    Point { labels: kept.into_iter().filter_map(label).collect(), value }
}
