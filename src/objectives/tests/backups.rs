//! Whether a backup comes when it should, and was proven to restore: what cannot be told is never well.

use serde_json::json;

use super::data::{of, probe, query, t};
use crate::{
    model::{Signals, Time},
    objectives::{
        exposure::past_keep,
        proof::proof_of,
        timely::{Timely, keeping},
    },
    plan::RecoverySource,
};

const HOUR: i64 = 3_600;

fn backup(more: serde_json::Value) -> RecoverySource {
    let mut source = json!({"name": "dump", "kind": "backup", "at": probe("at", None)});
    source.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    of(source)
}

/// Seconds since 1970, so long ago.
fn ago(seconds: i64) -> f64 {
    t(-seconds).timestamp() as f64
}

#[test]
fn each_backup_is_held_against_its_own_schedule() {
    // It is 2027-01-15 08:00Z, a Friday.
    assert_eq!(t(0), "2027-01-15T08:00:00Z".parse::<Time>().unwrap());
    for (name, more, at, age, words) in [
        ("in time", json!({"every": "1h"}), Some(ago(HOUR)), 0, "on schedule"),
        ("within its patience", json!({"every": "1h"}), Some(ago(90 * 60)), 0, "on schedule"),
        ("late", json!({"every": "1h"}), Some(ago(94 * 60)), 0, "late by 34m, was due 07:26Z"),
        ("by the calendar", json!({"every": "day at 02:00"}), Some(ago(29 * HOUR)), 0, "on schedule"),
        ("a night was missed", json!({"every": "day at 21:00"}), Some(ago(34 * HOUR)), 0, "on schedule"),
        ("two nights", json!({"every": "day at 21:00"}), Some(ago(58 * HOUR)), 0, "late by 35h, was due 2027-01-13 21:00Z"),
        ("weekly", json!({"every": "sunday at 01:00"}), Some(ago(8 * 24 * HOUR)), 0, "late by 5d07h, was due 2027-01-10 01:00Z"),
        ("cron", json!({"every": {"cron": "0 */6 * * *"}}), Some(ago(3 * HOUR)), 0, "on schedule"),
        ("never: -1", json!({"every": "1h"}), Some(-1.0), 0, "never made"),
        ("never: 0", json!({"every": "1h"}), Some(0.0), 0, "never made"),
        ("no sample", json!({"every": "1h"}), None, 0, "cannot tell: prom has not answered yet"),
        ("stale", json!({"every": "1h"}), Some(ago(HOUR)), 600, "cannot tell: stale: last measured 10m ago"),
        ("stale and never", json!({"every": "1h"}), Some(-1.0), 600, "cannot tell: none was made when last asked"),
        ("NaN", json!({"every": "1h"}), Some(f64::NAN), 0, "cannot tell: the value is NaN"),
        (
            "ahead of now",
            json!({"every": "1h"}),
            Some(ago(-HOUR)),
            0,
            "cannot tell: its recovery point lies in the future: a clock is wrong",
        ),
        ("no schedule", json!({}), Some(ago(900 * HOUR)), 0, "no schedule is named"),
        ("on change", json!({"every": "change"}), Some(ago(900 * HOUR)), 0, "comes on change"),
        ("a stream", json!({"every": "continuous"}), Some(ago(HOUR)), 0, "continuous, and no limit says how old it may be"),
        ("a stream in time", json!({"every": "continuous", "limit": "< 5m"}), Some(ago(60)), 0, "on schedule"),
        (
            "a stream over its limit",
            json!({"every": "continuous", "limit": "< 5m"}),
            Some(ago(600)),
            0,
            "late by 10m, was due 07:50Z",
        ),
    ] {
        let mut signals = Signals::default();
        at.into_iter().for_each(|value| query(&mut signals, "at", value, age));
        let seen = keeping(&backup(more), &signals, t(0));
        assert_eq!(seen.timely.words(t(0)), words, "{name}");
    }
    let unseen: RecoverySource = of(json!({"name": "dump", "kind": "backup", "every": "1h"}));
    assert!(
        matches!(keeping(&unseen, &Signals::default(), t(0)).timely, Timely::CannotTell { .. }),
        "a schedule that nobody sees kept"
    );
}

#[test]
fn a_proof_has_its_own_schedule() {
    let at = |every: &str| json!({"verify": {"at": probe("proof", None), "every": every}});
    for (name, verify, value, age, words) in [
        ("proven", at("1day"), Some(ago(3 * HOUR)), 0, Some("verified 3h ago")),
        ("overdue", at("1day"), Some(ago(76 * HOUR)), 0, Some("proof overdue since 2027-01-13 04:00Z, verified 3d04h ago")),
        ("by the calendar", at("week 1 of month"), Some(ago(9 * 24 * HOUR)), 0, Some("verified 9d ago")),
        ("never", at("1day"), Some(-1.0), 0, Some("never verified")),
        ("stale", at("1day"), Some(ago(HOUR)), 600, Some("cannot tell when it was verified: stale: last measured 10m ago")),
        ("unanswered", at("1day"), None, 0, Some("cannot tell when it was verified: prom has not answered yet")),
        (
            "by a runbook alone",
            json!({"verify": {"runbook": "restore-test", "every": "1day"}}),
            None,
            0,
            Some("verified by the runbook restore-test, whose runs are not counted yet"),
        ),
        ("none named", json!({}), None, 0, None),
    ] {
        let mut signals = Signals::default();
        value.into_iter().for_each(|value| query(&mut signals, "proof", value, age));
        assert_eq!(proof_of(&backup(verify), &signals, t(0)).words(t(0)).as_deref(), words, "{name}");
    }
}

#[test]
fn what_is_past_its_retention_may_be_gone() {
    let tiers = backup(json!({"keep": {"daily": "7days", "weekly": "28days"}}));
    assert_eq!(past_keep(&tiers, Some(t(-27 * 24 * HOUR)), t(0)), None, "the longest one counts");
    let gone = past_keep(&tiers, Some(t(-29 * 24 * HOUR)), t(0));
    assert_eq!(gone.as_deref(), Some("older than its retention of 28d: it may be gone"));
    assert_eq!(past_keep(&backup(json!({"keep": "7days"})), None, t(0)), None);
}
