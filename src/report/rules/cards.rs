//! Accelerator cards: an exporter that is blind or away, lost cards and nodes, heat, memory, ports, and what Kubernetes may give out.

use std::collections::BTreeSet;

use super::rule::{Rule, Rules, Says};
use crate::{
    gates::questions::cards_asked,
    model::{Ask, Duration},
    objectives::cards::{EXTERNAL_PORTS, INTERNAL_PORTS},
    plan::{Accelerators, Plan},
};

const A_WHILE: Duration = Duration::from_mins(2);
/// °C to where a card slows itself down.
const HOT: u32 = 5;
/// The resource of the cards, as kube-state-metrics spells `habana.ai/gaudi`.
const RESOURCE: &str = r#"resource="habana_ai_gaudi""#;

pub fn cards(plan: &Plan, rules: &mut Rules) {
    let mut given_out = BTreeSet::new();
    for cluster in &plan.accelerators {
        match cards_asked(cluster, plan) {
            Some((via, Ask::Cards { select })) => {
                of_cluster(plan, cluster, via, select.as_deref().unwrap_or_default(), rules);
                if given_out.insert(via) {
                    allocatable(plan, via, rules);
                }
            }
            _ => rules.left_out.push(format!("cluster {}: the plan names no Prometheus that scrapes its cards", cluster.name)),
        }
    }
}

fn of_cluster(plan: &Plan, cluster: &Accelerators, via: &str, select: &str, rules: &mut Rules) {
    let and = |more: &str| match (select.is_empty(), more.is_empty()) {
        (true, _) => more.to_owned(),
        (false, true) => select.to_owned(),
        (false, false) => format!("{select}, {more}"),
    };
    let s = and("");
    let up = format!("up{{{}}}", and(r#"job=~".*(gaudi|habana|hpu).*""#));
    let (habana, hpu) = (format!("habanalabs_device_config{{{s}}}"), format!("hpu_utilization_percent{{{s}}}"));
    let (name, nodes, per_node) = (&cluster.name, cluster.nodes, cluster.cards_per_node);
    let rule = |alert: &str, says: Says, expr: String, summary: String| {
        let rule = Rule::new(plan, alert, expr, says, summary).label("cluster", Some(name)).held(Some(A_WHILE));
        rule.label("region", cluster.region.as_deref()).promised(Some(format!("{nodes} nodes with {per_node} cards each")))
    };
    let mut say = |alert: &str, says: Says, expr: String, summary: String| rules.add(via, rule(alert, says, expr, summary));
    say(
        "GaudiCannotTell",
        Says::CannotTell,
        format!("absent({up})"),
        format!("No exporter of cards in {name} is scraped at all"),
    );
    say("GaudiExporterDown", Says::CannotTell, format!("{up} == 0"), format!("An exporter of cards in {name} does not answer"));
    let blind = format!("{up} == 1 unless on (instance) ({habana} or {hpu})");
    say("GaudiExporterBlind", Says::CannotTell, blind, format!("An exporter in {name} answers, and shows no card"));
    // Each vocabulary is counted by itself: a node that speaks both would hide the loss of its cards.
    let (habana_nodes, hpu_nodes) = (format!("count by (instance) ({habana})"), format!("count by (node_id) ({hpu})"));
    let lost = format!("{habana_nodes} < {per_node} or {hpu_nodes} < {per_node}");
    say("GaudiCardLost", Says::Wrong, lost, format!("A node of {name} shows fewer than its {per_node} cards"));
    // A node that is no longer scraped takes all its series with it.
    let missing = format!("count({habana_nodes} or {hpu_nodes}) < {nodes}");
    say("GaudiNodeMissing", Says::Wrong, missing, format!("Fewer than the {nodes} nodes of {name} show cards"));
    let spare = format!("(habanalabs_temperature_threshold_slowdown{{{s}}} > 0) - (habanalabs_temperature_onchip{{{s}}} > 0)");
    let heat = rule(
        "GaudiHot",
        Says::Wrong,
        format!("{spare} < {HOT}"),
        format!("A card of {name} is within {HOT} °C of slowing itself down"),
    );
    rules.add(via, heat.because("hpu_temperature_celsius has no threshold beside it: there only Lifeboat shows the heat"));
    // A reading that failed is shown as 0, and 0 is no temperature.
    let unread = format!("{habana} unless on (instance, id) ({spare})");
    let summary = format!("How hot a card of {name} is cannot be told");
    rules.add(via, rule("GaudiHeatCannotTell", Says::CannotTell, unread, summary));
    let memory = format!(
        "habanalabs_pending_rows_state{{{s}}} > 0 or increase(habanalabs_pending_rows_with_double_bit_ecc_errors{{{s}}}[1h]) > 0"
    );
    let summary = format!("A card of {name} has bad memory rows, or wants a reset for them");
    rules.add(via, rule("GaudiMemory", Says::Wrong, memory, summary));
    for (kind, ports) in [("internal", INTERNAL_PORTS), ("external", EXTERNAL_PORTS)] {
        let one = and(&format!(r#"port_type="{kind}""#));
        let down = format!("sum by (instance, id) (habanalabs_nic_port_status{{{one}}}) < {ports}");
        let summary = format!("A card of {name} has fewer than its {ports} {kind} ports up");
        rules.add(via, rule("GaudiPortDown", Says::Wrong, down, summary).label("ports", Some(kind)));
    }
}

/// Cards that a node has and Kubernetes does not give out: one marked unhealthy comes back only with its device plugin's pod. Once a
/// Prometheus, for `select` means the exporters and not kube-state-metrics.
fn allocatable(plan: &Plan, via: &str, rules: &mut Rules) {
    let (has, gives) =
        (format!("kube_node_status_capacity{{{RESOURCE}}}"), format!("kube_node_status_allocatable{{{RESOURCE}}}"));
    // The clusters that it is about are told by the node; who tells, by this.
    let with = |rule: Rule| rule.label("prometheus", Some(via)).held(Some(A_WHILE));
    let summary = "A node gives out fewer cards than it has: one is marked unhealthy";
    let fewer = Rule::new(plan, "GaudiNotAllocatable", format!("{has} unless ({gives} >= {has})"), Says::Wrong, summary);
    rules.add(via, with(fewer));
    let summary = "Whether nodes give out all their cards cannot be told";
    let untold = Rule::new(plan, "GaudiAllocatableCannotTell", format!("absent({has})"), Says::CannotTell, summary);
    rules.add(via, with(untold).because("kube-state-metrics tells it; where none is scraped, this goes on firing"));
}
