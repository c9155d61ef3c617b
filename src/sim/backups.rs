//! Backups of the simulated platform: when they were made, how large they are, when a restore of them was last tried.

use std::sync::Arc;

use super::{chance, promql::Series, world::World};
use crate::model::{Duration, Time};

/// A backup that the primary region makes: how often, and its age when the platform began.
struct Backup {
    set: &'static str,
    every: Duration,
    age: Duration,
    /// It missed its runs since, and does not come any more.
    stuck: bool,
    /// Usual size in bytes, and what the newest one before the platform began had of it.
    size: f64,
    shrunk: f64,
    takes: Duration,
    /// When a restore was last tried, before the platform began; and how often one is.
    tried: Option<(Duration, Duration)>,
}

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

const BACKUPS: &[Backup] = &[
    Backup {
        set: "production-db-hourly",
        every: HOUR,
        age: Duration::from_mins(22),
        stuck: false,
        size: 42.6e9,
        shrunk: 1.0,
        takes: Duration::from_mins(9),
        tried: Some((Duration::from_hours(3), DAY)),
    },
    // It ran out of time the night before last, and the one after it never came.
    Backup {
        set: "production-db-nightly",
        every: DAY,
        age: Duration::from_hours(39),
        stuck: true,
        size: 61.3e9,
        shrunk: 0.31,
        takes: Duration::from_mins(31),
        tried: None,
    },
    Backup {
        set: "production-db-wal",
        every: Duration::from_mins(5),
        age: Duration::from_mins(2),
        stuck: false,
        size: 48e6,
        shrunk: 1.0,
        takes: Duration::from_secs(4),
        tried: None,
    },
    Backup {
        set: "secrets",
        every: Duration::from_mins(5),
        age: Duration::from_mins(3),
        stuck: false,
        size: 1.9e6,
        shrunk: 1.0,
        takes: Duration::from_secs(2),
        tried: Some((Duration::from_hours(12 * 24), Duration::from_hours(90 * 24))),
    },
    Backup {
        set: "test-data",
        every: Duration::from_hours(168),
        age: Duration::from_hours(76),
        stuck: false,
        size: 310e9,
        shrunk: 1.0,
        takes: Duration::from_hours(2),
        tried: None,
    },
    // It missed its last run.
    Backup {
        set: "monitoring",
        every: HOUR,
        age: Duration::from_mins(78),
        stuck: true,
        size: 5.2e9,
        shrunk: 1.0,
        takes: Duration::from_mins(6),
        tried: None,
    },
];

/// All series at `at`, of what was made until `until`; also of before the platform began.
pub fn series(world: &World, until: Time, at: Time) -> Vec<Series> {
    series_of(world, until, at, |_| true)
}

/// The same of those sets only that `expr` may mean: the past asks a thousand times.
pub fn series_for(expr: &str, world: &World, until: Time, at: Time) -> Vec<Series> {
    let selects = expr.contains("{set=\"");
    series_of(world, until, at, |set| !selects || expr.contains(set))
}

fn series_of(world: &World, until: Time, at: Time, wanted: impl Fn(&str) -> bool) -> Vec<Series> {
    let mut all = Vec::new();
    for backup in BACKUPS.iter().filter(|backup| wanted(backup.set)) {
        let labels = Arc::new([("set".to_owned(), backup.set.to_owned())].into());
        let mut add = |name, value| all.push(Series { name, labels: Arc::clone(&labels), value, measured: at });
        let first = world.began - backup.age.delta();
        let runs = runs(first, until, backup.every);
        let runs = if backup.stuck { runs.min(0) } else { runs };
        let made = first + chrono::TimeDelta::milliseconds(runs * backup.every.as_millis() as i64);
        let shake = chance::unit(world.seed, &format!("{} {runs}", backup.set));
        let share = if runs == 0 { backup.shrunk } else { 1.0 };
        add("backup_last_success_timestamp_seconds", seconds(made));
        add("backup_last_size_bytes", (backup.size * share * (0.97 + 0.06 * shake)).round());
        add("backup_last_duration_seconds", (backup.takes.as_secs_f64() * (0.9 + 0.2 * shake)).round());
        if let Some((before, every)) = backup.tried {
            let first = world.began - before.delta();
            let tried = first + chrono::TimeDelta::milliseconds(self::runs(first, until, every) * every.as_millis() as i64);
            add("backup_last_restore_test_timestamp_seconds", seconds(tried));
        }
    }
    all
}

/// How many were made since `first`; below zero before it.
fn runs(first: Time, until: Time, every: Duration) -> i64 {
    (until - first).num_milliseconds().div_euclid(every.as_millis().max(1) as i64)
}

fn seconds(time: Time) -> f64 {
    time.timestamp_millis() as f64 / 1_000.0
}
