//! What can be supposed to be lost: what the plan names, and the nodes that are seen.

use std::collections::BTreeSet;

use super::{inputs::Ground, scene::LossChoice};
use crate::{
    model::{Ask, Loss, SignalKey, Signals, loss::LossOf},
    plan::{Link, RegionRole},
};

/// Regions, zones, clusters, datasets and nodes, in this order.
pub fn choices(ground: &Ground) -> Vec<LossChoice> {
    let plan = ground.inputs.plan;
    let choice = |loss: LossOf, words: String| LossChoice { loss: Loss::Of(loss), words };
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
    for cluster in &plan.accelerators {
        let Some(via) = &cluster.via else { continue };
        let seen = nodes(via, ground.inputs.signals);
        all.extend(seen.into_iter().map(|node| choice(LossOf::Node(node.to_owned()), format!("node of {}", cluster.name))));
    }
    all
}

/// Names of the nodes that a Kubernetes connection sees.
fn nodes<'a>(via: &str, signals: &'a Signals) -> BTreeSet<&'a str> {
    let signal = signals.get(&SignalKey::of(via, &Ask::KubernetesNodes));
    let samples = signal.and_then(|signal| signal.reading.as_ref()).into_iter().flat_map(|reading| &reading.samples);
    samples.filter_map(|sample| sample.labels.get("node").map(String::as_str)).collect()
}
