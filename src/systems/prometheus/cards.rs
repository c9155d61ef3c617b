//! Accelerator cards by their exporters' metrics, whichever of the two vocabularies they speak. A node's cards are as old as
//! their scrape; the labels of each series are cut to node and card, so that ten thousand cards stay a small answer.

use std::collections::{BTreeMap, BTreeSet};

use super::reply::Point;
use crate::model::{Card, CardsSeen, Time, Vitals};

/// One exporter's words.
pub struct Vocabulary {
    /// The label with the node, and with the card.
    node: &'static str,
    card: &'static str,
    /// There is one of it a card.
    presence: &'static str,
    /// Labels of `presence` that tell the card's serial number and driver.
    identity: &'static [&'static str],
    measures: &'static [Measure],
}

struct Measure {
    metric: &'static str,
    /// `%` is the selector of the metric.
    expr: &'static str,
    take: fn(&mut Vitals, f64, &BTreeMap<String, String>),
}

const fn newest(metric: &'static str, take: fn(&mut Vitals, f64, &BTreeMap<String, String>)) -> Measure {
    Measure { metric, expr: "%", take }
}

/// A reading that failed is shown as zero; where nothing can be zero, it is none.
fn real(value: f64) -> Option<f64> {
    (value.is_finite() && value > 0.0).then_some(value)
}

fn any(value: f64) -> Option<f64> {
    (value.is_finite() && value >= 0.0).then_some(value)
}

/// Intel's gaudi-metric-exporter.
pub const HABANALABS: Vocabulary = Vocabulary {
    node: "instance",
    card: "id",
    presence: "habanalabs_device_config",
    identity: &["Serial", "driver"],
    measures: &[
        newest("habanalabs_utilization", |v, value, _| v.utilization = any(value)),
        newest("habanalabs_memory_used_bytes", |v, value, _| v.used = any(value)),
        newest("habanalabs_memory_total_bytes", |v, value, _| v.total = real(value)),
        newest("habanalabs_temperature_onchip", |v, value, _| v.temperature = real(value)),
        newest("habanalabs_temperature_threshold_slowdown", |v, value, _| v.throttles = real(value)),
        newest("habanalabs_power_mW", |v, value, _| v.power = real(value).map(|mw| mw / 1_000.0)),
        newest("habanalabs_power_default_limit_mW", |v, value, _| v.power_limit = real(value).map(|mw| mw / 1_000.0)),
        newest("habanalabs_pci_link_width", |v, value, _| v.link_width = real(value)),
        newest("habanalabs_pending_rows_state", |v, value, _| v.pending_rows = any(value).map(|state| state > 0.0)),
        Measure {
            metric: "habanalabs_pending_rows_with_double_bit_ecc_errors",
            expr: "increase(%[1h])",
            take: |v, value, _| v.new_double_errors = any(value),
        },
        newest("habanalabs_nic_port_status", |v, value, labels| match labels.get("port_type").map(String::as_str) {
            Some("internal") => v.internal_ports = any(value),
            Some("external") => v.external_ports = any(value),
            _ => {}
        }),
    ],
};

/// The exporter of the Gaudi3 Scale platform.
pub const HPU: Vocabulary = Vocabulary {
    node: "node_id",
    card: "hpu_id",
    presence: "hpu_utilization_percent",
    identity: &[],
    measures: &[
        newest("hpu_utilization_percent", |v, value, _| v.utilization = any(value)),
        newest("hpu_memory_used_bytes", |v, value, _| v.used = any(value)),
        newest("hpu_memory_total_bytes", |v, value, _| v.total = real(value)),
        newest("hpu_temperature_celsius", |v, value, _| v.temperature = real(value)),
        newest("hpu_power_watts", |v, value, _| v.power = real(value)),
    ],
};

impl Vocabulary {
    /// Whether cards are there, with what they are called.
    pub fn presence_query(&self, select: &str) -> String {
        let identity: String = self.identity.iter().map(|label| format!(", {label}")).collect();
        format!("group by ({}, {}{identity}) ({}{{{select}}})", self.node, self.card, self.presence)
    }

    /// When each node was scraped.
    pub fn age_query(&self, select: &str) -> String {
        format!("min by ({}) (timestamp({}{{{select}}}))", self.node, self.presence)
    }

    /// There is one series of it a card.
    pub fn presence(&self) -> &'static str {
        self.presence
    }

    /// The place of a metric among the measures.
    pub fn place_of(&self, metric: &str) -> Option<usize> {
        self.measures.iter().position(|measure| measure.metric == metric)
    }

    /// Where cards name their nodes themselves: which exporters show any, so that none of these passes for blind.
    pub fn seeing_query(&self, select: &str) -> Option<String> {
        (self.node != "instance").then(|| format!("group by (instance) ({}{{{select}}})", self.presence))
    }

    /// One query a measure, in the order in which [`Seen::measure`] wants their answers.
    pub fn measure_queries(&self, select: &str) -> Vec<String> {
        let query = |measure: &Measure| {
            let inner = measure.expr.replace('%', &format!("{}{{{select}}}", measure.metric));
            let (how, also) = match measure.metric.ends_with("nic_port_status") {
                true => ("sum", ", port_type"),
                false => ("max", ""),
            };
            format!("{how} by ({}, {}{also}) ({inner})", self.node, self.card)
        };
        self.measures.iter().map(query).collect()
    }
}

/// Whether the exporters are reached, whatever they show.
pub fn exporters_query(select: &str) -> String {
    let and = if select.trim().is_empty() { String::new() } else { format!(", {select}") };
    format!(r#"max by (instance) (up{{job=~".*(gaudi|habana|hpu).*"{and}}})"#)
}

/// A node's name without its port.
pub fn node_name(instance: &str) -> &str {
    match instance.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && !host.contains(':') => host,
        _ => instance,
    }
}

/// Cards as they come together, by node and card.
#[derive(Default)]
pub struct Seen {
    cards: BTreeMap<(String, u32, String), Card>,
    /// Exporters whose cards go by other names.
    seeing: BTreeSet<String>,
}

impl Seen {
    fn key(words: &Vocabulary, labels: &BTreeMap<String, String>) -> Option<(String, u32, String)> {
        let id = labels.get(words.card)?;
        Some((labels.get(words.node)?.clone(), id.parse().unwrap_or(u32::MAX), id.clone()))
    }

    /// The answers to the presence and age queries of one vocabulary. `at`: a moment by Prometheus' clock, as here.
    pub fn begin(&mut self, words: &Vocabulary, presence: Vec<Point>, ages: &[Point], at: impl Fn(f64) -> Option<Time>) {
        let scraped: BTreeMap<&str, Time> =
            ages.iter().filter_map(|point| Some((point.labels.get(words.node)?.as_str(), at(point.value)?))).collect();
        for point in presence {
            let Some(key) = Self::key(words, &point.labels) else { continue };
            let Some(measured) = scraped.get(key.0.as_str()) else { continue };
            let label = |place: usize| words.identity.get(place).and_then(|name| point.labels.get(*name)).cloned();
            let (node, id) = (key.0.clone(), key.2.clone());
            let card = Card { node, id, serial: label(0), driver: label(1), measured: *measured, vitals: Vitals::default() };
            self.cards.insert(key, card);
        }
    }

    /// The answer to the measure query at that place; each is taken as it comes, so that no two are held at once.
    pub fn measure(&mut self, words: &Vocabulary, place: usize, points: Vec<Point>) {
        let Some(measure) = words.measures.get(place) else { return };
        for point in points {
            let card = Self::key(words, &point.labels).and_then(|key| self.cards.get_mut(&key));
            if let Some(card) = card {
                (measure.take)(&mut card.vitals, point.value, &point.labels);
            }
        }
    }

    /// The answer to the seeing query.
    pub fn sees(&mut self, exporters: &[Point]) {
        self.seeing.extend(exporters.iter().filter_map(|point| point.labels.get("instance")).cloned());
    }

    /// All of them, by node and card.
    pub fn done(self, exporters: &[Point]) -> CardsSeen {
        let mut up: BTreeMap<&str, bool> = BTreeMap::new();
        for point in exporters {
            if let Some(instance) = point.labels.get("instance").filter(|name| !self.seeing.contains(*name)) {
                *up.entry(instance).or_default() |= point.value == 1.0;
            }
        }
        let mut cards: Vec<Card> = self.cards.into_values().collect();
        // A port says nothing, unless it is all that tells two exporters on one host apart.
        let full: BTreeSet<&str> = up.keys().copied().chain(cards.iter().map(|card| card.node.as_str())).collect();
        let hosts: BTreeSet<&str> = full.iter().map(|name| node_name(name)).collect();
        let shorten = hosts.len() == full.len();
        let name = |node: &str| if shorten { node_name(node).to_owned() } else { node.to_owned() };
        let exporters = up.iter().map(|(node, up)| (name(node), *up)).collect();
        cards.iter_mut().for_each(|card| card.node = name(&card.node));
        CardsSeen { exporters, cards }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(labels: &[(&str, &str)], value: f64) -> Point {
        Point { labels: labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(), value }
    }

    #[test]
    fn a_query_names_its_cluster_and_keeps_only_what_tells_the_card() {
        let select = r#"region="us-west-2""#;
        let presence = r#"group by (instance, id, Serial, driver) (habanalabs_device_config{region="us-west-2"})"#;
        assert_eq!(HABANALABS.presence_query(select), presence);
        let queries = HABANALABS.measure_queries(select);
        let double =
            r#"max by (instance, id) (increase(habanalabs_pending_rows_with_double_bit_ecc_errors{region="us-west-2"}[1h]))"#;
        assert_eq!(queries[9], double);
        assert_eq!(queries[10], r#"sum by (instance, id, port_type) (habanalabs_nic_port_status{region="us-west-2"})"#);
        assert_eq!(exporters_query(""), r#"max by (instance) (up{job=~".*(gaudi|habana|hpu).*"})"#);
        for query in queries.iter().chain(&HPU.measure_queries("")).chain([&HPU.age_query(""), &exporters_query(select)]) {
            promql_parser::parser::parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        }
    }

    #[test]
    fn a_zero_that_cannot_be_is_missing_and_one_that_can_is_a_zero() {
        let card = [("instance", "gaudi-w01:41611"), ("id", "3")];
        let mut seen = Seen::default();
        let ports = vec![
            point(&[("instance", "gaudi-w01:41611"), ("id", "3"), ("port_type", "internal")], 21.0),
            point(&[("instance", "gaudi-w01:41611"), ("id", "3"), ("port_type", "external")], 0.0),
        ];
        let ages = [point(&[("instance", "gaudi-w01:41611")], 1_700_000_000.0)];
        let at = |seconds: f64| Time::from_timestamp_millis((seconds * 1_000.0) as i64);
        seen.begin(&HABANALABS, vec![point(&card, 1.0)], &ages, at);
        (0..10).for_each(|place| seen.measure(&HABANALABS, place, vec![point(&card, 0.0)]));
        seen.measure(&HABANALABS, 10, ports);
        let up = [point(&[("instance", "gaudi-w01:41611")], 1.0), point(&[("instance", "gaudi-w02:41611")], 0.0)];
        let seen = seen.done(&up);
        assert_eq!(seen.exporters, [("gaudi-w01".to_owned(), true), ("gaudi-w02".to_owned(), false)]);
        let vitals = &seen.cards[0].vitals;
        assert_eq!((seen.cards[0].node.as_str(), seen.cards[0].id.as_str()), ("gaudi-w01", "3"));
        assert_eq!((vitals.utilization, vitals.temperature, vitals.power, vitals.total), (Some(0.0), None, None, None));
        assert_eq!((vitals.internal_ports, vitals.external_ports), (Some(21.0), Some(0.0)));
    }

    #[test]
    fn a_port_is_no_part_of_a_nodes_name() {
        let names = ["gaudi-w01:41611", "10.2.0.4:41611", "gaudi-w01", "fd00::1", "a:b"].map(node_name);
        assert_eq!(names, ["gaudi-w01", "10.2.0.4", "gaudi-w01", "fd00::1", "a:b"]);
    }
}
