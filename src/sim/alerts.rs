//! What the simulated Alertmanager tells: the plan's alerts, and others that go with the loss of a region.

use super::world::World;
use crate::model::{Duration, Sample, Time};

/// An alert that fires because of another is told nobody.
const SOURCE: &str = "RegionUnreachable";
/// Somebody works on this node; it is the last of its cluster.
const SILENCED: &str = "Ben: firmware of its cards is renewed";
/// How long after a region went dark its alerts fire.
const NOTICED: Duration = Duration::from_secs(10);

/// All alerts of the Alertmanager `connection`.
pub fn alerts(world: &World, connection: &str) -> Vec<Sample> {
    let mut all = named(world, connection);
    // One Alertmanager tells all of them; a second one would be its replica.
    let Some(primary) = world.primary_region.as_deref() else { return all };
    if world.lines.get(connection).is_some_and(|line| line.region.as_deref() == Some(primary)) {
        return all;
    }
    let dark = world.halted.filter(|_| world.is_dark(primary)).map(|at| at + NOTICED.delta());
    let fires = dark.filter(|at| *at <= world.now());
    if let Some(since) = fires {
        let lost = alert("firing", SOURCE, since, world.now())
            .label("region", primary)
            .label("severity", "critical")
            .label("@summary", format!("Nothing of {primary} can be reached"))
            .label("@runbook_url", "https://runbooks.gaudi3.example/regional-outage");
        all.push(lost);
    }
    all.extend(targets(world, primary, fires));
    all
}

/// The plan's own that live there.
fn named(world: &World, connection: &str) -> Vec<Sample> {
    let now = world.now();
    let fire = world.alerts.iter().filter(|(via, _, region)| via == connection && world.is_dark(region));
    fire.map(|(_, name, region)| Sample::bare("firing", now).label("alertname", name.as_str()).label("region", region.as_str()))
        .collect()
}

/// Targets that do not answer: nodes of the lost region go with it, services are told of, and one node is worked on.
fn targets(world: &World, region: &str, fires: Option<Time>) -> Vec<Sample> {
    let now = world.now();
    let down = |state: &str, since: Time, severity: &str| {
        alert(state, "TargetDown", since, now).label("region", region).label("severity", severity)
    };
    let mut all = Vec::new();
    for service in world.services.iter().filter(|service| fires.is_some() && service.traffic.as_deref() == Some(region)) {
        all.extend(fires.map(|since| down("firing", since, "high").label("service", service.name.as_str())));
    }
    let here = |name: &String| world.lines.get(name).is_some_and(|line| line.region.as_deref() == Some(region));
    for (_, cluster) in world.clusters.iter().filter(|(name, _)| here(name)) {
        let nodes: Vec<_> = cluster.nodes.iter().filter(|node| node.is_there(now)).collect();
        for (nth, node) in nodes.iter().enumerate() {
            let of =
                |state, since| down(state, since, "low").label("job", "gaudi-exporter").label("instance", node.name.as_str());
            if nth + 1 == nodes.len() {
                all.push(of("silenced", world.began).label("@by", SILENCED));
            } else {
                all.extend(fires.map(|since| of("inhibited", since).label("@by", SOURCE)));
            }
        }
    }
    all
}

fn alert(state: &str, name: &str, since: Time, now: Time) -> Sample {
    let since = since.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    Sample::bare(state, now).label("alertname", name).label("@since", since)
}
