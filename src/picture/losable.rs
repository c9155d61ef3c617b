//! What can be supposed to be lost: what the plan names, and the nodes that are seen.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    inputs::Ground,
    scene::{Losable, LossChoice},
};
use crate::{
    model::{Ask, Loss, Signal, SignalKey, loss::LossOf},
    plan::{Link, RegionRole},
};

/// Regions, zones, clusters, datasets and nodes, in this order.
pub fn choices(ground: &Ground) -> Losable {
    let plan = ground.inputs.plan;
    let mut all = Vec::new();
    for region in &ground.facts.regions {
        let role = match region.role {
            Some(RegionRole::Primary) => "region, primary",
            Some(RegionRole::Standby) => "region, standby",
            Some(RegionRole::Cold) => "region, cold",
            None => "region",
        };
        all.push(choice(LossOf::Region(region.name.clone()), role.into()));
    }
    for region in &ground.facts.regions {
        let zones = region.zones.iter().map(|zone| choice(LossOf::Zone(zone.clone()), format!("zone of {}", region.name)));
        all.extend(zones);
    }
    for cluster in &plan.accelerators {
        all.push(choice(LossOf::Cluster(cluster.name.clone()), "cluster of cards".into()));
    }
    for (name, connection) in &plan.connections {
        let told = plan.accelerators.iter().any(|cluster| cluster.via.as_deref() == Some(name));
        if matches!(connection.link, Link::Kubernetes(_)) && !told {
            all.push(choice(LossOf::Cluster(name.clone()), "cluster".into()));
        }
    }
    for dataset in ground.facts.datasets.iter().filter(|dataset| dataset.excluded.is_none()) {
        all.push(choice(LossOf::Data(dataset.name.clone()), "dataset".into()));
    }
    let seen = plan.accelerators.iter().filter_map(|cluster| {
        let signal = ground.inputs.signals.get(&SignalKey::of(cluster.via.as_deref()?, &Ask::KubernetesNodes));
        Some(ground.kept.nodes.by_answer(&cluster.name, signal, || Arc::new(nodes(&cluster.name, signal))))
    });
    Losable { named: all, nodes: seen.collect() }
}

fn choice(loss: LossOf, words: String) -> LossChoice {
    LossChoice { loss: Loss::Of(loss), words }
}

/// The nodes that the Kubernetes connection of a cluster sees.
fn nodes(cluster: &str, signal: Option<&Signal>) -> Vec<LossChoice> {
    let samples = signal.and_then(|signal| signal.reading.as_ref()).into_iter().flat_map(|reading| &reading.samples);
    let names: BTreeSet<&str> = samples.filter_map(|sample| sample.labels.get("node").map(String::as_str)).collect();
    names.into_iter().map(|node| choice(LossOf::Node(node.to_owned()), format!("node of {cluster}"))).collect()
}
