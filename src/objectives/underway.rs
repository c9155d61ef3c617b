//! A run that is under way: it is not late before its usual length is over twice.

use super::point::{Told, told};
use crate::{
    model::{Duration, Freshness, Signals, Time, time::clock_minutes},
    plan::RecoverySource,
};

/// A run of a recovery source that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Underway {
    /// `None`: only that one runs is told.
    pub since: Option<Time>,
}

/// No run of today began earlier: such a small number only says that one runs.
const EARLIEST: i64 = 1_000_000_000;

/// The run of `source` that is under way, by a fresh answer.
pub fn underway(source: &RecoverySource, signals: &Signals, now: Time) -> Option<Underway> {
    match told(source.running.as_ref()?, "when it began", signals, now) {
        Told::At { at, known: Freshness::Fresh, doubt: None } => {
            Some(Underway { since: Some(at).filter(|at| at.timestamp() >= EARLIEST) })
        }
        _ => None,
    }
}

impl Underway {
    /// Whether it may still be at it: not twice as long as is `usual`. Of one that does not say since when, it is reckoned from when it
    /// was `due`.
    pub fn in_time(&self, usual: Option<Duration>, due: Time, now: Time) -> bool {
        usual.is_some_and(|usual| Duration::between(self.since.unwrap_or(due), now) <= usual * 2)
    }

    /// `running since 01:47Z`.
    pub fn words(&self, now: Time) -> String {
        self.since.map_or_else(|| "running".into(), |since| format!("running since {}", clock_minutes(since, now)))
    }
}
