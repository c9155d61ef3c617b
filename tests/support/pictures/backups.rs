//! Backups of each kind, the worst first.

use lifeboat::{
    model::{Freshness, Time, Verdict, time::clock_minutes},
    picture::{BackupRow, BackupState, Backups},
};

use super::{d, some};

fn backup(
    source: &str,
    dataset: &str,
    every: &'static str,
    state: BackupState,
    verdict: Verdict,
    (words, notes): (&str, &str),
) -> BackupRow {
    BackupRow {
        dataset: dataset.into(),
        source: source.into(),
        every: some(every),
        state,
        late_by: None,
        newest: None,
        known: Freshness::Fresh,
        size: None,
        odd: false,
        unproven: false,
        verdict,
        words: words.into(),
        notes: notes.into(),
        wrong: vec![],
    }
}

/// One of each state.
pub fn late(now: Time) -> Backups {
    use BackupState::*;
    let ago = |span: &str| Some(now - d(span).delta());
    let due = format!("was due {}", clock_minutes(now - d("34m").delta(), now));
    let late = format!("late by 34m, {due}; 4.1 GB");
    let mut monitoring = backup("hourly snapshot", "monitoring", "every 1h", Late, Verdict::AtRisk, (&late, &due));
    (monitoring.late_by, monitoring.newest, monitoring.size) = (Some(d("34m")), ago("94m"), Some(4_100_000_000));
    let odd = "3.1 GB, usually 9.8 GB: 68 % smaller; proof overdue since 2026-11-18 02:00Z, verified 3d04h ago";
    let words = format!("on schedule; {odd}");
    let mut nightly = backup("nightly", "production", "every day at 02:00Z", OnSchedule, Verdict::AtRisk, (&words, odd));
    (nightly.newest, nightly.size, nightly.odd, nightly.unproven) = (ago("47m"), Some(3_100_000_000), true, true);
    let never = backup("weekly", "test-data", "every Sunday at 01:00Z", Never, Verdict::AtRisk, ("never made", ""));
    let away = "prom-east does not answer: connection refused";
    let words = format!("cannot tell: {away}");
    let mut cut = backup("sealed copy", "secrets", "every 5m", CannotTell, Verdict::CannotTell, (&words, away));
    cut.known = Freshness::Failing { reason: "connection refused".into(), since: now - d("41m").delta() };
    cut.newest = ago("43m");
    let proven = ("on schedule; 48 MB; verified 3h ago", "verified 3h ago");
    let mut good = backup("point in time", "production", "every 5m", OnSchedule, Verdict::Met, proven);
    (good.newest, good.size) = (ago("2m"), Some(48_000_000));
    let changes = ("comes on change", "comes on change");
    let mut mirror = backup("git mirror", "configuration", "on change", Unscheduled, Verdict::Met, changes);
    mirror.newest = ago("40s");
    Backups {
        rows: vec![monitoring, nightly, never, cut, good, mirror],
        on_schedule: 2,
        scheduled: 5,
        cannot_tell: 1,
        line: "2 of 5 on schedule, monitoring late by 34m, 1 never made, 1 cannot tell, 1 of odd size, 1 unproven".into(),
        verdict: Some(Verdict::AtRisk),
    }
}
