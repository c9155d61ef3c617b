//! Values as they are shown: an estimate with `~`, an absent one as `—`, a stale one with `?`.

use crate::{
    incident::Status,
    model::{Duration, Freshness, Time, Verdict, time},
    picture::{LossRange, StepPicture},
    plan::RegionRole,
};

pub const ABSENT: &str = "—";

pub fn duration(value: Option<Duration>) -> String {
    value.map_or_else(|| ABSENT.into(), |d| d.to_string())
}

pub fn estimate(value: Option<Duration>) -> String {
    value.map_or_else(|| ABSENT.into(), |d| format!("~{}", d.about()))
}

/// `18m53s`, or `over 3m12s` past the deadline.
pub fn left(left: Option<Duration>, over: Option<Duration>) -> String {
    match (over, left) {
        (Some(over), _) => format!("over {over}"),
        (None, left) => duration(left),
    }
}

/// `6m10s`, `4s-18m`.
pub fn loss(value: Option<LossRange>) -> String {
    match value {
        None => ABSENT.into(),
        Some(LossRange { least, most }) => {
            let (from, to) = (Duration::from_secs(least.as_secs()), most.up_to_secs());
            if least == most || from == to { to.to_string() } else { format!("{from}-{to}") }
        }
    }
}

pub fn moment(value: Option<Time>, now: Time) -> String {
    value.map_or_else(|| ABSENT.into(), |at| time::clock(at, now))
}

/// How the knowledge stands; nothing is said of what is fresh.
pub fn freshness(known: &Freshness, now: Time) -> String {
    match known {
        Freshness::Fresh => String::new(),
        Freshness::Stale { age } => format!("? {} old", age.whole()),
        Freshness::Ahead { by } => format!("? {} ahead of now", by.whole()),
        Freshness::Failing { reason, since } => format!("? failing for {}: {reason}", Duration::between(*since, now).whole()),
        Freshness::Absent => "— never seen".into(),
    }
}

pub fn role(role: Option<RegionRole>) -> &'static str {
    match role {
        Some(RegionRole::Primary) => "primary",
        Some(RegionRole::Standby) => "standby",
        Some(RegionRole::Cold) => "cold",
        None => "",
    }
}

/// One column for a step's status; of a done one, whether it still holds.
pub fn mark(step: &StepPicture, next: bool) -> &'static str {
    match step.status {
        Status::Succeeded if step.verdict >= Verdict::AtRisk => "!",
        Status::Open | Status::Undone if next => "▶",
        Status::Open => "·",
        Status::Running | Status::Verifying => "»",
        Status::Succeeded | Status::TalkedThrough => "✓",
        Status::Partial | Status::Failed => "✗",
        Status::Unknown => "?",
        Status::Skipped | Status::NotNeeded => "–",
        Status::Undone => "‹",
    }
}
