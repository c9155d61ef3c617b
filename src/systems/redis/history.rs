//! What an observer remembers of a server between two answers: when a replica last heard of its primary, and how far a
//! primary was at earlier moments.

use std::collections::VecDeque;

use super::info::Info;
use crate::{
    model::{Duration, Time},
    plan::RedisRole,
};

/// How long ago the offsets are that are told, seconds. Fine where it matters, coarse where a loss is large anyway.
const TOLD: [u64; 10] = [5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600];
/// Between two offsets that are kept.
const APART: Duration = Duration::from_secs(2);

/// Of one run of one server.
#[derive(Default)]
pub struct History {
    run: String,
    role: Option<RedisRole>,
    /// The last word of the primary, seconds since 1970 by the replica's clock. A replica stops telling when its link is
    /// down, which is exactly when the age of that word matters.
    heard: Option<f64>,
    /// Offsets by this console's clock, oldest first.
    offsets: VecDeque<(Time, f64)>,
}

impl History {
    /// Takes an answer in that arrived at `now`.
    pub fn note(&mut self, info: &Info, now: Time) {
        if self.run != info.run || self.role != Some(info.role) {
            *self = Self { run: info.run.clone(), role: Some(info.role), ..Self::default() };
        }
        if let (Some(clock), Some(age)) = (info.clock, info.heard) {
            self.heard = Some(clock - age);
        }
        let Some(offset) = info.offset.filter(|_| info.role == RedisRole::Primary) else { return };
        // After the clock was set back, what was kept says nothing.
        if self.offsets.back().is_some_and(|(at, _)| *at > now) {
            self.offsets.clear();
        }
        if self.offsets.back().is_none_or(|(at, _)| *at + APART.delta() <= now) {
            self.offsets.push_back((now, offset));
        }
        // One older than the longest age stays, to answer for that age.
        let oldest = now - Duration::from_secs(TOLD[TOLD.len() - 1]).delta();
        while self.offsets.get(1).is_some_and(|(at, _)| *at <= oldest) {
            self.offsets.pop_front();
        }
    }

    /// Seconds since the primary was last heard, by the replica's own clock, also while the link is down.
    pub fn heard_age(&self, info: &Info) -> Option<f64> {
        info.heard.or_else(|| Some((info.clock? - self.heard?).max(0.0)))
    }

    /// The primary's offset so many seconds ago: the newest that is at least that old, each kept one told once.
    pub fn written(&self, now: Time) -> Vec<(f64, f64)> {
        let mut told: Vec<(f64, f64)> = Vec::new();
        for age in TOLD {
            let then = now - Duration::from_secs(age).delta();
            let Some((at, offset)) = self.offsets.iter().rev().find(|(at, _)| *at <= then) else { break };
            let ago = Duration::between(*at, now).as_secs_f64();
            if told.last().is_none_or(|(last, _)| *last < ago) {
                told.push((ago, *offset));
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }
    fn info(run: &str, role: RedisRole, offset: f64, clock: f64, heard: Option<f64>) -> Info {
        Info {
            run: run.into(),
            role,
            replid: None,
            offset: Some(offset),
            link: heard.map(|_| "up"),
            heard,
            replicas: None,
            good_replicas: None,
            clients: None,
            saves: None,
            last_save: None,
            save_ok: None,
            saving: false,
            saving_for: None,
            aof: None,
            clock: Some(clock),
        }
    }

    #[test]
    fn r21_the_age_of_the_last_word_goes_on_growing_when_the_link_is_down() {
        let mut history = History::default();
        let mut age = |run: &str, clock: f64, heard| {
            let info = info(run, RedisRole::Replica, 1.0, clock, heard);
            history.note(&info, at(0));
            history.heard_age(&info)
        };
        assert_eq!(age("a", 100.0, None), None, "never heard: nothing is made up");
        assert_eq!(age("a", 110.0, Some(2.0)), Some(2.0));
        assert_eq!(age("a", 150.0, None), Some(42.0));
        assert_eq!(age("b", 160.0, None), None, "another run inherits nothing");
    }

    #[test]
    fn earlier_offsets_of_a_primary_are_kept_for_an_hour_and_no_longer() {
        let mut history = History::default();
        for second in (0..8_000).step_by(5) {
            history.note(&info("a", RedisRole::Primary, second as f64, 0.0, None), at(second));
        }
        let told = history.written(at(7_995));
        assert_eq!(told.first(), Some(&(5.0, 7_990.0)));
        assert_eq!(told.last(), Some(&(3_600.0, 4_395.0)));
        assert_eq!(told.len(), TOLD.len());
        assert!(history.offsets.len() < 800);
        history.note(&info("a", RedisRole::Replica, 9.0, 0.0, None), at(8_000));
        assert!(history.written(at(8_010)).is_empty(), "a replica tells nothing of a primary");
    }
}
