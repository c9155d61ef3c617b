//! Backups in the status.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    model::{Duration, Time, Verdict},
    picture::{BackupRow, BackupState, KpiRow, Picture},
};

/// How many come when they should, and each of them.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Backups {
    pub on_schedule: usize,
    /// Of so many that have a schedule.
    pub scheduled: usize,
    /// Among them those of which it cannot be told.
    pub cannot_tell: usize,
    /// All of it in a line; empty where the plan schedules none.
    pub words: String,
    /// The worst first.
    pub each: Vec<Backup>,
    /// How often backups succeed and are proven, against the plan's targets, in its order.
    pub kpis: Vec<Kpi>,
}

/// How often what should be done is done.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Kpi {
    pub name: String,
    /// What the plan wants, such as `> 99.9%`.
    pub target: String,
    /// Of 1; null: there is no news of any run.
    pub share: Option<f64>,
    /// Runs that it rests on.
    pub runs: u64,
    /// That succeeded.
    pub good: u64,
    /// The shortest time that one of its sources was seen for.
    pub seen_seconds: u64,
    pub verdict: Verdict,
    pub words: String,
    /// The worst first.
    pub each: Vec<KpiSource>,
}

/// The part of one recovery source.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct KpiSource {
    pub dataset: String,
    pub source: String,
    /// Runs that were seen; 0: there is no news of it.
    pub runs: u64,
    pub good: u64,
    pub seen_seconds: u64,
    pub words: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Backup {
    pub dataset: String,
    pub source: String,
    pub state: State,
    pub verdict: Verdict,
    pub words: String,
    /// The newest recovery point.
    pub newest: Option<Time>,
    /// A run is under way.
    pub running: bool,
    /// Since when, where that is told.
    pub running_since: Option<Time>,
    /// Since it was due.
    pub late_seconds: Option<u64>,
    pub size_bytes: Option<u64>,
    /// Its size is out of the ordinary.
    pub odd_size: bool,
    /// Its proof that it restores is overdue, or was never made.
    pub unproven: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    OnSchedule,
    Late,
    /// It should be there, and is being made.
    Running,
    Never,
    CannotTell,
    Unscheduled,
}

pub fn backups(picture: &Picture) -> Backups {
    let backups = &picture.backups;
    let each = |row: &BackupRow| Backup {
        dataset: row.dataset.clone(),
        source: row.source.clone(),
        state: match row.state {
            BackupState::OnSchedule => State::OnSchedule,
            BackupState::Late => State::Late,
            BackupState::Running => State::Running,
            BackupState::Never => State::Never,
            BackupState::CannotTell => State::CannotTell,
            BackupState::Unscheduled => State::Unscheduled,
        },
        verdict: row.verdict,
        words: row.words.clone(),
        newest: row.newest,
        running: row.running,
        running_since: row.running_since,
        late_seconds: row.late_by.map(Duration::as_secs),
        size_bytes: row.size,
        odd_size: row.odd,
        unproven: row.unproven,
    };
    Backups {
        on_schedule: backups.on_schedule,
        scheduled: backups.scheduled,
        cannot_tell: backups.cannot_tell,
        words: backups.line.clone(),
        each: backups.rows.iter().map(each).collect(),
        kpis: backups.kpis.iter().map(kpi).collect(),
    }
}

fn kpi(row: &KpiRow) -> Kpi {
    let source = |one: &crate::picture::KpiSource| KpiSource {
        dataset: one.dataset.clone(),
        source: one.source.clone(),
        runs: one.runs,
        good: one.good,
        seen_seconds: one.seen.as_secs(),
        words: one.words.clone(),
    };
    Kpi {
        name: row.name.clone(),
        target: row.target.clone(),
        share: row.share,
        runs: row.runs,
        good: row.good,
        seen_seconds: row.seen.as_secs(),
        verdict: row.verdict,
        words: row.words.clone(),
        each: row.each.iter().map(source).collect(),
    }
}
