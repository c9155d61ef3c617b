//! Backups: whether each comes when it should, is as large as usual, and was proven to restore.

use serde::Serialize;

use crate::model::{Duration, Freshness, Time, Verdict};

/// How a backup keeps its schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupState {
    OnSchedule,
    Late,
    /// It should be there, and is being made.
    Running,
    /// None was ever made.
    Never,
    CannotTell,
    /// Nothing says when one should come.
    Unscheduled,
}

impl BackupState {
    pub fn word(self) -> &'static str {
        match self {
            BackupState::OnSchedule => "on schedule",
            BackupState::Late => "late",
            BackupState::Running => "running",
            BackupState::Never => "never made",
            BackupState::CannotTell => "cannot tell",
            BackupState::Unscheduled => "no schedule",
        }
    }
}

/// What can be wrong with a backup, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    Never,
    Late,
    Gone,
    Odd,
    Unproven,
}

impl Wrong {
    pub const ALL: [Self; 5] = [Self::Never, Self::Late, Self::Gone, Self::Odd, Self::Unproven];

    /// It did not come when it should.
    pub fn is_of_schedule(self) -> bool {
        matches!(self, Wrong::Never | Wrong::Late)
    }

    /// After a number of backups.
    pub fn word(self) -> &'static str {
        match self {
            Wrong::Never => "never made",
            Wrong::Late => "late",
            Wrong::Gone => "past retention",
            Wrong::Odd => "of odd size",
            Wrong::Unproven => "unproven",
        }
    }
}

/// A recovery source that is made again and again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BackupRow {
    pub dataset: String,
    pub source: String,
    /// `every 1h`, `every day at 02:00Z`.
    pub every: Option<String>,
    pub state: BackupState,
    /// Since it was due.
    pub late_by: Option<Duration>,
    /// The newest recovery point.
    pub newest: Option<Time>,
    pub known: Freshness,
    /// A run is under way.
    pub running: bool,
    /// Since when, where that is told.
    pub running_since: Option<Time>,
    /// Of the newest one, in bytes.
    pub size: Option<u64>,
    /// Its size is out of the ordinary.
    pub odd: bool,
    /// What its proof is not what the plan wants: overdue, or never done.
    pub unproven: bool,
    pub verdict: Verdict,
    /// `late by 34m, was due 01:47Z; 3.1 GB, usually 9.8 GB: 68 % smaller; verified 3h ago`.
    pub words: String,
    /// The same without what has a place of its own in a row (state, size): what is wrong first.
    pub notes: String,
    /// What of it is wrong, each a part of a sentence after its name: `is late by 34m: planned every 1h`.
    pub wrong: Vec<(Wrong, String)>,
}

/// How often what should be done is done, against the plan's target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KpiRow {
    pub name: String,
    /// `> 99.9%`.
    pub target: String,
    /// Of 1; `None`: no run was seen.
    pub share: Option<f64>,
    /// Runs that it rests on, and how many of them succeeded.
    pub runs: u64,
    pub good: u64,
    /// The shortest of the times that its sources were seen for.
    pub seen: Duration,
    /// What it rests on, the worst first; without those whose past nothing keeps.
    pub each: Vec<KpiSource>,
    pub verdict: Verdict,
    /// `99.2 % of 512 runs in 14d succeeded, wanted > 99.9%; nightly snapshot of production-db 12 of 14`.
    pub words: String,
    /// The same in few words: `Backup success: 99.2 %, wanted > 99.9%`.
    pub brief: String,
}

/// The part of one recovery source in such a figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KpiSource {
    pub dataset: String,
    pub source: String,
    /// Runs that were seen; zero: there is no news of it.
    pub runs: u64,
    pub good: u64,
    pub seen: Duration,
    /// `12 of 14 in 14d`, `no news: ..`.
    pub words: String,
}

/// All backups.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Backups {
    /// Worst first.
    pub rows: Vec<BackupRow>,
    pub on_schedule: usize,
    /// Of so many that have a schedule.
    pub scheduled: usize,
    /// Among them those of which it cannot be told.
    pub cannot_tell: usize,
    /// `6 of 7 on schedule, monitoring late by 4m`; empty where the plan names none.
    pub line: String,
    pub verdict: Option<Verdict>,
    /// How often they succeed, and are proven: in the order of the plan.
    pub kpis: Vec<KpiRow>,
}
