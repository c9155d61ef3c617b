//! Backups of each kind, the worst first.

use lifeboat::{
    model::{Freshness, Time, Verdict, time::clock_minutes},
    picture::{BackupRow, BackupState, Backups, KpiRow},
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
        running: false,
        running_since: None,
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
    let since = format!("running since {}", clock_minutes(now - d("12m").delta(), now));
    let mut running = backup("nightly", "users", "every day at 02:00Z", Running, Verdict::Met, (&since, ""));
    (running.newest, running.running) = (ago("38h"), true);
    let changes = ("comes on change", "comes on change");
    let mut mirror = backup("git mirror", "configuration", "on change", Unscheduled, Verdict::Met, changes);
    mirror.newest = ago("40s");
    Backups {
        rows: vec![monitoring, nightly, never, cut, running, good, mirror],
        on_schedule: 2,
        scheduled: 6,
        cannot_tell: 1,
        line: "2 of 6 on schedule, monitoring late by 34m, 1 never made, 1 running, 1 cannot tell, 1 of odd size, 1 unproven"
            .into(),
        verdict: Some(Verdict::AtRisk),
        kpis: vec![
            kpi(
                "Backup success",
                Verdict::AtRisk,
                "98.1 % of 480 runs in 40h to 14d succeeded, wanted > 99.9%; worst nightly of production, 12 of 14; no news of 1",
                "Backup success: 98.1 %, wanted > 99.9%",
            ),
            kpi(
                "Backups verified",
                Verdict::Met,
                "100 % of 14 proofs in 14d came, wanted == 100%",
                "Backups verified: 100 %, wanted == 100%",
            ),
        ],
    }
}

fn kpi(name: &str, verdict: Verdict, words: &str, brief: &str) -> KpiRow {
    KpiRow {
        name: name.into(),
        target: "> 99.9%".into(),
        share: Some(0.981),
        runs: 480,
        good: 471,
        seen: d("14days"),
        each: vec![],
        verdict,
        words: words.into(),
        brief: brief.into(),
    }
}
