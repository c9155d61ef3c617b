//! Will the RTO be met? The one place that turns time into a verdict (RULES R27).

use super::{clock::Clock, path::Path};
use crate::model::{Duration, Time, Verdict};

/// A verdict with its figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projection {
    pub verdict: Verdict,
    pub deadline: Option<Time>,
    /// When the service would be back. An estimate.
    pub finish: Option<Time>,
    /// `on track, 8m to spare`.
    pub words: String,
}

/// Judges a clock against its RTO. `path` is what is still to be done; `short`: cards that the standby lacks,
/// without which no time helps.
pub fn project(clock: &Clock, rto: Option<Duration>, path: Option<&Path>, short: Option<u32>, now: Time) -> Projection {
    let bare = |verdict: Verdict, words: String| Projection { verdict, deadline: None, finish: None, words };
    let Some(rto) = rto else {
        let words = if clock.running { "down, no RTO is set" } else { "restored, no RTO is set" };
        return bare(Verdict::CannotTell, words.into());
    };
    let deadline = clock.deadline(rto, now);
    if let Some(over) = clock.over(rto) {
        let finish = path.filter(|_| clock.running).map(|path| now + path.left.delta());
        return Projection {
            verdict: Verdict::Missed,
            deadline,
            finish,
            words: format!("{} by {}", Verdict::Missed, over.whole()),
        };
    }
    let left = clock.left(rto);
    if !clock.running {
        return bare(Verdict::Met, format!("{} with {} left", Verdict::Met, left.whole()));
    }
    if let Some(short) = short {
        let words = format!("{}: {short} cards short", Verdict::WillMiss);
        return Projection { verdict: Verdict::WillMiss, deadline, finish: None, words };
    }
    let tight = left.as_millis() * 10 < rto.as_millis();
    let Some(path) = path else {
        let (verdict, why) = match tight {
            true => (Verdict::AtRisk, format!("{}, {} left and no runbook is open", Verdict::AtRisk, left.whole())),
            false => (Verdict::CannotTell, format!("{}: no runbook is open", Verdict::CannotTell)),
        };
        return Projection { verdict, deadline, finish: None, words: why };
    };
    let finish = Some(now + path.left.delta());
    if path.left > left {
        let words = format!("{} by ~{}", Verdict::WillMiss, path.left.saturating_sub(left).about());
        return Projection { verdict: Verdict::WillMiss, deadline, finish, words };
    }
    let spare = left.saturating_sub(path.left);
    // Nine of ten times it was in time: that is no better than close to the edge.
    let beyond = path.slow.saturating_sub(left);
    let verdict = match spare.as_millis() * 10 < rto.as_millis() || spare < path.overrun || beyond > Duration::ZERO {
        true => Verdict::AtRisk,
        false => Verdict::OnTrack,
    };
    let slow = if beyond > Duration::ZERO { format!(", slow runs are ~{} over", beyond.about()) } else { String::new() };
    let untimed = match path.untimed {
        0 => String::new(),
        1 => ", 1 step has no time".into(),
        n => format!(", {n} steps have no time"),
    };
    Projection { verdict, deadline, finish, words: format!("{verdict}, ~{} to spare{slow}{untimed}", spare.whole()) }
}
