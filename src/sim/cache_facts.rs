//! What a simulated Redis server tells of itself.

use super::{cache::Cache, chance, world::World};
use crate::model::{Duration, Sample, Time, Value};

/// How fast the primary is written to, in bytes a second.
const WRITES: f64 = 24_000.0;
/// How often each writes a snapshot of its own.
const SAVES: Duration = Duration::from_mins(5);
/// Moments whose offset a primary remembers, in seconds ago.
const REMEMBERED: [u64; 6] = [1, 5, 15, 60, 300, 900];

/// The facts that the server behind `connection` tells of itself.
pub fn facts(world: &World, connection: &str, cache: &Cache) -> Vec<Sample> {
    let now = world.now();
    let fact = |name: &str, value: Value| Sample::bare(value, now).label("fact", name);
    let run = format!("{:016x}", chance::hash(world.seed, connection));
    let saved = Duration::from_millis(Duration::between(world.began - SAVES.delta(), now).as_millis() % SAVES.as_millis());
    let mut facts = vec![
        fact("run", Value::Text(run)),
        fact("replid", Value::Text(format!("{:016x}", chance::hash(world.seed, "replication")))),
        fact("save_age", saved.as_secs_f64().into()),
        fact("save_ok", true.into()),
        fact("aof", true.into()),
    ];
    let Some(primary) = &cache.follows else {
        let attached = world.caches.values().filter(|other| other.follows.as_deref() == Some(connection) && other.cut.is_none());
        facts.push(fact("role", "primary".into()));
        facts.push(fact("offset", written(world, now).into()));
        facts.push(fact("replicas", (attached.count() as f64).into()));
        facts.extend(REMEMBERED.map(|ago| {
            let then = now - Duration::from_secs(ago).delta();
            fact("written", written(world, then).into()).label("ago", ago.to_string())
        }));
        return facts;
    };
    let dark = world.lines.get(primary).and_then(|line| line.region.as_deref()).is_some_and(|region| world.is_dark(region));
    let cut = cache.cut.or(world.halted.filter(|_| dark).map(|at| (at, 0.0)));
    let shake = chance::tremble(world.seed, connection, now);
    let (offset, link, heard) = match cut {
        Some((at, unreceived)) => (written(world, at) - unreceived, "down", Duration::between(at, now).as_secs_f64()),
        None => (written(world, now), "up", (10.0 * shake).floor() / 10.0),
    };
    facts.push(fact("role", "replica".into()));
    facts.push(fact("offset", offset.into()));
    facts.push(fact("link", link.into()));
    facts.push(fact("heard_age", heard.into()));
    facts
}

/// What the primary had written by `at`; without power it writes no more.
fn written(world: &World, at: Time) -> f64 {
    let until = world.halted.unwrap_or(at).min(at);
    (9e9 + WRITES * (until - world.began).num_milliseconds() as f64 / 1_000.0).floor()
}
