//! What the simulated servers answer to a question.

use std::collections::BTreeMap;

use super::{
    alerts::alerts,
    cache_facts, chance,
    cluster::Cluster,
    database::{Database, DatabaseRole},
    past,
    promql::{self, Scrape},
    series,
    world::World,
};
use crate::model::{Ask, Duration, Sample, Time, Value};

/// The samples that `connection` answers `ask` with, or why it cannot. Whether it is reachable is not asked here.
pub fn answer(world: &World, connection: &str, ask: &Ask) -> Result<Vec<Sample>, String> {
    let now = world.now();
    let other = |wanted: &str| {
        let is = world.lines.get(connection).map_or("unknown", |line| line.system);
        format!("{connection} is a {is} connection and cannot answer a question for {wanted}")
    };
    match ask {
        Ask::Query { expr } => match world.lines.get(connection) {
            Some(line) if line.system == "prometheus" => {
                promql::evaluate(expr, &Scrape { series: &world.scraped, known: series::KNOWN }, now)
            }
            _ => Err(other("prometheus")),
        },
        Ask::History { expr, span, step } => match world.lines.get(connection) {
            Some(line) if line.system == "prometheus" => past::past(world, expr, *span, *step),
            _ => Err(other("prometheus")),
        },
        Ask::Receipt { lag, connected } => match world.lines.get(connection) {
            Some(line) if line.system == "prometheus" => past::receipt(world, lag, connected),
            _ => Err(other("prometheus")),
        },
        Ask::Increase { .. } => Err(format!("{connection}: the simulated platform counts nothing that grows")),
        Ask::Sql { query } => {
            let database = world.databases.get(connection).ok_or_else(|| other("postgres"))?;
            sql(database, query).map(|value| vec![sample(value, now)])
        }
        Ask::PostgresState => {
            let database = world.databases.get(connection).ok_or_else(|| other("postgres"))?;
            Ok(postgres_facts(world, connection, database))
        }
        Ask::RedisState => {
            let server = world.caches.get(connection).ok_or_else(|| other("redis"))?;
            Ok(cache_facts::facts(world, connection, server))
        }
        Ask::SentinelState { .. } => Err(format!("{connection}: the simulated platform has no Sentinel")),
        Ask::KubernetesDeployments { namespace } => {
            let cluster = world.clusters.get(connection).ok_or_else(|| other("kubernetes"))?;
            Ok(deployments(cluster, namespace, now))
        }
        Ask::Http { .. } => match world.lines.get(connection) {
            Some(line) if line.system == "http" => Ok(http(now)),
            _ => Err(other("http")),
        },
        Ask::HttpList { .. } | Ask::Files { .. } => Err(format!("{connection}: the simulated platform lists no files")),
        Ask::Alerts => match world.lines.get(connection) {
            Some(line) if line.system == "alertmanager" => Ok(alerts(world, connection)),
            _ => Err(other("alertmanager")),
        },
        // Answered by `cards`: they are no samples.
        Ask::Cards { .. } => Ok(vec![]),
        Ask::KubernetesNodes => {
            let cluster = world.clusters.get(connection).ok_or_else(|| other("kubernetes"))?;
            Ok(nodes(cluster, now))
        }
    }
}

/// The few queries that gates ask; spaces, capitals and a last semicolon do not matter.
fn sql(database: &Database, query: &str) -> Result<Value, String> {
    let plain = query.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let recovering = database.role == DatabaseRole::Standby;
    match plain.trim_end_matches([';', ' ']) {
        "select 1" => Ok(Value::Number(1.0)),
        "select pg_is_in_recovery()" => Ok(Value::Truth(recovering)),
        "select not pg_is_in_recovery()" => Ok(Value::Truth(!recovering)),
        other => {
            let role =
                other.strip_prefix("select rolcanlogin from pg_roles where rolname = '").and_then(|r| r.strip_suffix('\''));
            let may = role.and_then(|role| database.logins.get(role)).copied();
            may.map(Value::Truth).ok_or_else(|| {
                let known = "pg_is_in_recovery(), 1 and rolcanlogin of a role that it has";
                format!("the simulated PostgreSQL cannot answer `{query}`: it can select {known}")
            })
        }
    }
}

fn postgres_facts(world: &World, connection: &str, database: &Database) -> Vec<Sample> {
    let now = world.now();
    let fact = |name: &str, value: Value| sample(value, now).label("fact", name);
    let shake = chance::tremble(world.seed, connection, now);
    let mut facts =
        vec![fact("system", Value::Text(database.system.clone())), fact("timeline", Value::Number(f64::from(database.timeline)))];
    let received = world.received(connection);
    match database.role {
        DatabaseRole::Primary => {
            facts.push(fact("role", "primary".into()));
            facts.push(fact("lsn", received.into()));
            let sessions = if database.may_write() { 38.0 + (6.0 * shake).floor() } else { 3.0 };
            facts.push(fact("connections", sessions.into()));
        }
        DatabaseRole::Standby => {
            let silent = if database.streaming { 0.0 } else { Duration::between(database.last_heard, now).as_secs_f64() };
            facts.push(fact("role", "standby".into()));
            facts.push(fact("lsn", received.into()));
            facts
                .push(fact("replayed_lsn", (received - if database.streaming { (9_000.0 * shake).floor() } else { 0.0 }).into()));
            facts.push(fact("receiver", if database.streaming { "streaming" } else { "none" }.into()));
            facts.push(fact("receipt_age", tenths(silent + 0.2 + 0.6 * shake)));
            facts.push(fact("replay_age", tenths(silent + 0.3 + 0.7 * shake)));
            facts.push(fact("connections", (4.0 + (3.0 * shake).floor()).into()));
        }
    }
    facts
}

fn deployments(cluster: &Cluster, namespace: &str, now: Time) -> Vec<Sample> {
    let mut samples = Vec::new();
    for ((_, name), deployment) in cluster.deployments.iter().filter(|((ns, _), _)| ns == namespace) {
        let mut fact = |fact: &str, value: Value| {
            samples.push(sample(value, now).label("deployment", name.as_str()).label("fact", fact));
        };
        let ready = f64::from(deployment.ready(now));
        fact("wanted", f64::from(deployment.wanted).into());
        fact("updated", f64::from(deployment.updated(now)).into());
        fact("ready", ready.into());
        fact("available", ready.into());
        fact("complete", deployment.is_complete(now).into());
    }
    samples
}

fn nodes(cluster: &Cluster, now: Time) -> Vec<Sample> {
    let mut samples = Vec::new();
    for node in cluster.nodes.iter().filter(|node| node.is_there(now)) {
        let mut fact = |fact: &str, value: Value| {
            samples.push(sample(value, now).label("node", node.name.as_str()).label("fact", fact));
        };
        fact("ready", node.up.into());
        fact("zone", Value::Text(node.zone.clone()));
        fact("gaudi_capacity", f64::from(node.cards).into());
        fact("gaudi_allocatable", f64::from(node.allocatable()).into());
        fact("gaudi_used", f64::from(cluster.used(&node.name)).into());
    }
    samples
}

/// Whoever can be reached is well; what the JSON of a real server would say nobody knows.
fn http(now: Time) -> Vec<Sample> {
    let note = Value::from("the simulated server answers without JSON");
    vec![sample(Value::Number(200.0), now).label("fact", "status"), sample(note, now).label("fact", "note")]
}

fn sample(value: Value, measured: Time) -> Sample {
    Sample { value, labels: BTreeMap::new(), measured }
}

/// Seconds to the tenth.
fn tenths(seconds: f64) -> Value {
    Value::Number((seconds * 10.0).floor() / 10.0)
}
