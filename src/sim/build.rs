//! The simulated platform of a plan: its connections become servers, its services deployments, its accelerators nodes.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    cache::Cache,
    chance,
    cluster::{Cluster, Shape},
    database::Database,
    story::Story,
    tick,
    world::{Line, Service, World},
};
use crate::{
    model::{Time, loss::LossKind},
    plan::{Connection, Link, Plan, Probe, Region, RegionRole, probe::is_address},
};

/// What `plan` describes, in good health, with what `story` has in store for it.
pub fn build(plan: &Plan, story: &Story, seed: u64, began: Time) -> World {
    let mut world = World::empty(seed, began);
    let region = |role| plan.regions.iter().find(|region: &&Region| region.role == Some(role)).map(|region| region.name.clone());
    world.regions = plan.regions.iter().map(|region| region.name.clone()).collect();
    world.primary_region = region(RegionRole::Primary);
    world.standby_region = region(RegionRole::Standby);
    world.lines = plan.connections.iter().map(|(name, connection)| (name.clone(), line(connection))).collect();
    addresses(plan, &mut world);
    alerts(plan, &mut world);
    world.services = plan
        .services
        .iter()
        .map(|s| Service { name: s.name.clone(), traffic: s.region.clone(), instances: s.instances.unwrap_or(1) })
        .collect();
    databases(plan, &mut world);
    caches(plan, &mut world);
    clusters(plan, &mut world);
    world.story = story.turns.clone();
    world.settle();
    tick::tick(&mut world, began);
    world
}

fn line(connection: &Connection) -> Line {
    let address = match &connection.link {
        Link::Prometheus(link) => link.url.clone(),
        Link::Kubernetes(link) => link.observing().map(|login| format!("context {}", login.context)).unwrap_or_default(),
        Link::Postgres(link) => link.address(),
        Link::Http(link) => link.url.clone(),
        Link::Alertmanager(link) => link.url.clone(),
        Link::Redis(link) => link.address(),
        Link::Sentinel(link) => link.address(),
    };
    Line { region: connection.region.clone(), system: connection.link.system(), address }
}

/// Web servers that probes name by their address; a service's own stands where the service does.
fn addresses(plan: &Plan, world: &mut World) {
    let healths = plan.services.iter().filter_map(|service| Some((service.region.clone(), service.health_probe()?)));
    let gates = plan.runbooks.iter().flat_map(|book| book.steps()).flat_map(|step| &step.gate);
    for (region, probe) in healths.chain(gates.map(|gate| (None, &gate.probe))) {
        for via in probe.leaves().into_iter().filter_map(Probe::via).filter(|via| is_address(via)) {
            let line = Line { region: region.clone(), system: "http", address: via.to_owned() };
            world.lines.entry(via.to_owned()).or_insert(line);
        }
    }
}

/// Alerts that live in an Alertmanager and point to the loss of a region fire while it is dark.
fn alerts(plan: &Plan, world: &mut World) {
    for rule in plan.alerts.iter().filter(|rule| rule.expr.is_none()) {
        let loses = rule.scenario.as_ref().and_then(|name| plan.scenarios.get(name)?.loses.clone());
        let region = match &loses {
            Some(loss) if loss.kind() == LossKind::Region => loss.name().map(str::to_owned).or(world.primary_region.clone()),
            _ => None,
        };
        if let (Some(via), Some(region)) = (rule.via.clone(), region) {
            world.alerts.push((via, rule.name.clone(), region));
        }
    }
}

/// The server in the primary region is the primary; the others follow it.
fn databases(plan: &Plan, world: &mut World) {
    let links: Vec<_> = plan
        .connections
        .iter()
        .filter_map(|(name, connection)| match &connection.link {
            Link::Postgres(link) => Some((name, connection.region.as_ref(), link)),
            _ => None,
        })
        .collect();
    let primary = links
        .iter()
        .find(|(_, region, _)| region.is_some() && *region == world.primary_region.as_ref())
        .or(links.first())
        .map(|(name, ..)| (*name).clone());
    let system = format!("7412{:015}", chance::hash(world.seed, "system") % 1_000_000_000_000_000);
    for (name, _, link) in links {
        let mut logins: BTreeSet<String> = link.application.iter().map(|login| login.user.clone()).collect();
        logins.extend(roles_in_steps(plan));
        if logins.is_empty() {
            logins.insert("app".into());
        }
        let logins: Vec<String> = logins.into_iter().collect();
        let follows = primary.clone().filter(|primary| primary != name);
        let database = Database::new(&link.host, link.port(), system.clone(), follows, &logins, world.began);
        world.databases.insert(name.clone(), database);
    }
}

/// As with databases: the one in the primary region is written to.
fn caches(plan: &Plan, world: &mut World) {
    let links = || plan.connections.iter().filter(|(_, connection)| matches!(connection.link, Link::Redis(_)));
    let home = |connection: &Connection| connection.region.is_some() && connection.region == world.primary_region;
    let primary = links().find(|(_, connection)| home(connection)).or(links().next()).map(|(name, _)| name.clone());
    let cache = |name: &String| Cache { follows: primary.clone().filter(|primary| primary != name), cut: None };
    world.caches = links().map(|(name, _)| (name.clone(), cache(name))).collect();
}

fn roles_in_steps(plan: &Plan) -> Vec<String> {
    let steps = plan.runbooks.iter().flat_map(|book| book.steps());
    let ours = steps.filter(|step| step.action.as_deref().is_some_and(|action| action.starts_with("postgres.")));
    ours.flat_map(|step| [step.with.get("roles"), step.with.get("role")]).flatten().flat_map(words).collect()
}

/// Names in a field that is one text or a list; `all` is no name.
fn words(value: &serde_json::Value) -> Vec<String> {
    let many = match value {
        serde_json::Value::Array(many) => many.as_slice(),
        one => std::slice::from_ref(one),
    };
    many.iter().filter_map(|v| v.as_str()).filter(|word| *word != "all").map(str::to_owned).collect()
}

fn clusters(plan: &Plan, world: &mut World) {
    let primary_host = world.databases.values().find(|db| db.follows.is_none()).map(|db| db.host.clone());
    let env: BTreeMap<String, String> = primary_host.map(|host| ("DB_HOST".to_owned(), host)).into_iter().collect();
    let strictest = plan.services.iter().filter_map(|s| plan.tiers.get(s.tier.as_ref()?)?.rto).min();
    for (name, connection) in &plan.connections {
        if !matches!(connection.link, Link::Kubernetes(_)) {
            continue;
        }
        let cards = plan
            .accelerators
            .iter()
            .find(|a| a.via.as_ref() == Some(name))
            .or_else(|| plan.accelerators.iter().find(|a| a.region.is_some() && a.region == connection.region));
        let shape = Shape {
            prefix: format!("gaudi-{}", name.chars().next().unwrap_or('n')),
            zones: zones(plan, connection),
            nodes: cards.map_or(3, |a| a.nodes),
            up_to: cards.map_or(3, |a| a.up_to.unwrap_or(a.nodes)),
            cards_per_node: cards.map_or(0, |a| a.cards_per_node),
        };
        let uid = format!("{:08x}-c1u5-7e12", chance::hash(world.seed, name) as u32);
        let mut cluster = Cluster::new(world.seed, uid, shape, world.began);
        let (namespace, mut names) = deployments_in_steps(plan, name);
        names.extend(plan.services.iter().filter(|s| s.stands_in_for.is_none()).map(|s| s.name.clone()));
        for deployment in names {
            let service = plan.service(&deployment);
            let planned = service.and_then(|s| s.instances).unwrap_or(1);
            let cards = service.and_then(|s| s.cards).unwrap_or(0).div_ceil(planned.max(1));
            let home = service.is_none_or(|s| s.region.is_none() || s.region == connection.region);
            let urgent = service.and_then(|s| plan.tiers.get(s.tier.as_ref()?)?.rto).is_some_and(|rto| Some(rto) == strictest);
            // elsewhere than at home, one pod of what is most urgent is kept warm
            let replicas = if home { planned } else { u32::from(urgent) };
            cluster.deploy((namespace.clone(), deployment), replicas, cards, env.clone(), world.began);
        }
        world.clusters.insert(name.clone(), cluster);
    }
}

fn zones(plan: &Plan, connection: &Connection) -> Vec<String> {
    let region = plan.regions.iter().find(|region| Some(&region.name) == connection.region.as_ref());
    match region {
        Some(region) if !region.zones.is_empty() => region.zones.clone(),
        Some(region) => vec![region.name.clone()],
        None => vec!["nowhere".into()],
    }
}

/// The namespace and the deployments that the plan's steps and gates name on this connection.
fn deployments_in_steps(plan: &Plan, connection: &str) -> (String, BTreeSet<String>) {
    let mut namespace = None;
    let mut names = BTreeSet::new();
    for step in plan.runbooks.iter().flat_map(|book| book.steps()) {
        if step.with.get("via").and_then(|via| via.as_str()) == Some(connection) {
            let said = step.with.get("namespace").and_then(|n| n.as_str());
            namespace = namespace.or(said.map(str::to_owned));
            names.extend(step.with.get("deployments").map(words).unwrap_or_default());
            names.extend(step.with.get("statefulsets").map(words).unwrap_or_default());
        }
        for leaf in step.gate.iter().flat_map(|gate| gate.probe.leaves()) {
            if let Probe::Kubernetes(probe) = leaf
                && probe.via == connection
            {
                namespace.get_or_insert(probe.namespace.clone());
                names.extend(probe.deployments.iter().cloned());
            }
        }
    }
    (namespace.unwrap_or_else(|| "default".into()), names)
}
