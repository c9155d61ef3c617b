//! Whether recovery points come when they should: each source against its own schedule.

use super::{
    point::{Told, told},
    underway::Underway,
};
use crate::{
    model::{Duration, Freshness, Signals, Time, Value, time::clock_minutes},
    plan::RecoverySource,
};

/// How a source keeps its schedule.
#[derive(Clone, Debug, PartialEq)]
pub enum Timely {
    OnSchedule,
    /// Since it was due; a stream without a schedule: since it was over its limit.
    Late {
        by: Duration,
        due: Time,
    },
    /// It should be there, and is being made; not for longer than that may take.
    Running {
        underway: Underway,
    },
    Never,
    CannotTell {
        words: String,
    },
    /// Nothing says when one should come, and why.
    Unscheduled {
        words: &'static str,
    },
}

/// Of one source, with its newest recovery point.
#[derive(Clone, Debug, PartialEq)]
pub struct Keeping {
    pub timely: Timely,
    pub newest: Option<Time>,
    pub known: Freshness,
}

/// How `source` keeps its schedule. One that runs has made nothing yet: only what is done counts, as `at` tells it.
pub fn keeping(source: &RecoverySource, signals: &Signals, now: Time) -> Keeping {
    let Some(at) = &source.at else {
        let timely = match source.every {
            Some(_) => Timely::CannotTell { words: "nothing observes it".into() },
            None => Timely::Unscheduled { words: "nothing observes it, and no schedule is named" },
        };
        return Keeping { timely, newest: None, known: Freshness::Absent };
    };
    match told(at, "its recovery point", signals, now) {
        Told::At { at, known, doubt: None } => Keeping { timely: judge(source, at, now), newest: Some(at), known },
        Told::At { at, known, doubt: Some(words) } => Keeping { timely: Timely::CannotTell { words }, newest: Some(at), known },
        Told::Never { known: Freshness::Fresh } => Keeping { timely: Timely::Never, newest: None, known: Freshness::Fresh },
        Told::Never { known } => {
            let words = "none was made when last asked".to_owned();
            Keeping { timely: Timely::CannotTell { words }, newest: None, known }
        }
        Told::Nothing { known, words } => Keeping { timely: Timely::CannotTell { words }, newest: None, known },
    }
}

fn judge(source: &RecoverySource, point: Time, now: Time) -> Timely {
    let Some(every) = &source.every else { return Timely::Unscheduled { words: "no schedule is named" } };
    if let Some(due) = every.due_after(point) {
        return if now > due.late {
            Timely::Late { by: Duration::between(due.at, now), due: due.at }
        } else {
            Timely::OnSchedule
        };
    }
    let age = Duration::between(point, now);
    let holds = source.limit.as_ref().and_then(|limit| limit.holds(&Value::Number(age.as_secs_f64())).ok());
    match holds {
        Some(true) => Timely::OnSchedule,
        Some(false) => Timely::Late { by: age, due: point },
        None if every.is_continuous() => Timely::Unscheduled { words: "continuous, and no limit says how old it may be" },
        None => Timely::Unscheduled { words: "comes on change" },
    }
}

impl Timely {
    /// While the run that should be done is under way it is not late, for twice as long as one usually takes.
    pub fn with(self, underway: Option<Underway>, usual: Option<Duration>, now: Time) -> Self {
        match (&self, underway) {
            (Timely::Late { due, .. }, Some(underway)) if underway.in_time(usual, *due, now) => Timely::Running { underway },
            _ => self,
        }
    }

    pub fn is_scheduled(&self) -> bool {
        !matches!(self, Timely::Unscheduled { .. })
    }

    /// `on schedule`, `late by 34m, was due 01:47Z`, `never made`, `cannot tell: ..`.
    pub fn words(&self, now: Time) -> String {
        match self {
            Timely::OnSchedule => "on schedule".into(),
            Timely::Late { by, due } => format!("late by {}, was due {}", by.whole(), clock_minutes(*due, now)),
            Timely::Running { underway } => underway.words(now),
            Timely::Never => "never made".into(),
            Timely::CannotTell { words } => format!("cannot tell: {words}"),
            Timely::Unscheduled { words } => (*words).to_owned(),
        }
    }
}
