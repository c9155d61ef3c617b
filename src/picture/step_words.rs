//! A step in one short, true line, and what is wrong with it.

use super::inputs::Ground;
use crate::{
    gates::{Answer, Judgement, WatchState, evaluate},
    incident::{
        Run, State, Status, StepState, Unmet,
        automation::consent_for,
        needs::{condition_of, ready_since},
        standing::is_observed,
    },
    model::{Duration, Outcome, Signal, Time, Verdict, text::clean, time::clock},
    plan::{Condition, Step, StepKind},
};

/// Said of a done step that something has undone since.
pub const NO_LONGER_HOLDS: &str = "no longer holds";
/// Before the reason, of a done step whose proof cannot be seen now.
pub const STILL_HOLDS: &str = "cannot tell whether it still holds: ";

/// A line and its verdict.
pub struct Line {
    pub words: String,
    pub verdict: Verdict,
    /// Past what the plan gives it (RULES R8).
    pub late: bool,
}

fn line(verdict: Verdict, words: impl Into<String>) -> Line {
    Line { words: words.into(), verdict, late: false }
}

fn late(words: impl Into<String>) -> Line {
    Line { words: words.into(), verdict: Verdict::AtRisk, late: true }
}

const LONGER: &str = "longer than planned";

/// What is said about `step`. `number_of` numbers the steps it waits for.
pub fn line_of(
    ground: &Ground,
    state: &State,
    step: &Step,
    at: &StepState,
    unmet: &[Unmet],
    number_of: &dyn Fn(&crate::model::StepId) -> usize,
) -> Line {
    let said = || at.said.as_deref().map(clean).unwrap_or_default();
    let with = |word: &str, said: String| if said.is_empty() { word.to_owned() } else { format!("{word}: {said}") };
    match at.status {
        Status::Open | Status::Undone => open(ground, state, step, at, unmet, number_of),
        Status::Running => running(ground, step, at),
        Status::Verifying if takes_longer(step, elapsed(at, ground.now())) => {
            late(format!("{}, {}, {LONGER}", watched(ground, step, at), time_words(step, at, ground.now())))
        }
        Status::Verifying => line(Verdict::OnTrack, watched(ground, step, at)),
        Status::Succeeded => succeeded(ground, state, step, at),
        Status::Partial => {
            let failed = at.parts.iter().find(|(_, part)| matches!(part.outcome, Some(Outcome::Failed { .. })));
            let why = failed.map(|(name, part)| {
                format!(", {} failed: {}", clean(name), part.outcome.as_ref().map(|o| clean(o.text())).unwrap_or_default())
            });
            line(Verdict::AtRisk, format!("{}{}", parts_done(at), why.unwrap_or_default()))
        }
        Status::Failed => {
            let part = at.parts.values().find_map(|part| match &part.outcome {
                Some(Outcome::Failed { reason }) => Some(clean(reason)),
                _ => None,
            });
            line(Verdict::AtRisk, with("failed", if said().is_empty() { part.unwrap_or_default() } else { said() }))
        }
        Status::Unknown => line(Verdict::CannotTell, "unknown: read it back"),
        Status::Skipped => line(Verdict::OnTrack, with("skipped", said())),
        Status::NotNeeded => line(Verdict::Met, with("not needed", said())),
        Status::TalkedThrough => line(Verdict::Met, with("talked through", said())),
    }
}

fn open(
    ground: &Ground,
    state: &State,
    step: &Step,
    at: &StepState,
    unmet: &[Unmet],
    number_of: &dyn Fn(&crate::model::StepId) -> usize,
) -> Line {
    let undone = if at.status == Status::Undone { "undone, " } else { "" };
    if let Some(bad) = unmet.iter().find(|u| u.waivable) {
        let words = format!("{undone}blocked: step {} is {}", number_of(&bad.need), bad.status.words());
        return line(Verdict::AtRisk, words);
    }
    if let Some(first) = unmet.first() {
        return line(Verdict::OnTrack, format!("{undone}waits for step {}", number_of(&first.need)));
    }
    if let Some(stays) = [(state.suspended.is_some(), "suspended"), (state.hold.is_some(), "held")]
        .into_iter()
        .find_map(|(holds, word)| (holds && step.action.is_some()).then_some(word))
    {
        return line(Verdict::OnTrack, format!("{undone}{stays}"));
    }
    if let Some(declined) = &at.declined {
        return line(Verdict::AtRisk, format!("declined by {}: {}", declined.who, clean(&declined.why)));
    }
    if !at.glass_open() && at.approval_asked.is_some() && at.approvals.len() < step.approvals as usize {
        return line(Verdict::OnTrack, "waits for approval");
    }
    if let Some(late) = waits_too_long(ground, state, step, at) {
        return late;
    }
    let takes = step.takes.map(|takes| format!(", ~{}", takes.upper())).unwrap_or_default();
    let words = match (at.condition.is_none(), &step.condition, step.kind()) {
        (true, Some(Condition::Ask(_)), _) => "is it needed?".to_owned(),
        (_, _, StepKind::Gate) => match ground.inputs.watching.get(&step.id) {
            Some(WatchState::NotYet { words }) => format!("watched: {words}"),
            _ => format!("watched{takes}"),
        },
        (_, _, StepKind::Action) if consent_for(state, &step.id).is_some() && !lacks_approval(step, at, ground.now()) => {
            format!("{undone}runs by itself{takes}")
        }
        _ if lacks_approval(step, at, ground.now()) => format!("{undone}wants approval{takes}"),
        _ => format!("{undone}ready{takes}"),
    };
    line(Verdict::OnTrack, words)
}

/// What people do, and a gate that stands alone, begin once nothing else is waited for: from then on they are late.
fn waits_too_long(ground: &Ground, state: &State, step: &Step, at: &StepState) -> Option<Line> {
    let undecided = at.condition.is_none() && condition_of(state, &step.id).is_some();
    if step.kind() == StepKind::Action || undecided {
        return None;
    }
    let since = ready_since(state, &step.id)?;
    let waits = Duration::between(since, ground.now());
    let over = step.gate.iter().filter_map(|gate| gate.within).filter(|within| waits > *within).min();
    if let Some(within) = over.filter(|_| step.kind() == StepKind::Gate) {
        let mut judged = step.gate.iter().map(|gate| evaluate(&gate.probe, ground.inputs.signals, Some(since), ground.now()));
        let sees = judged.find(|judged| judged.state != Answer::Holds).map(|judged| judged.words);
        let sees = sees.unwrap_or_else(|| "it holds, not yet for long enough".into());
        return Some(late(format!("overdue by {}: {sees}", waits.saturating_sub(within).whole())));
    }
    let takes = step.takes.filter(|_| takes_longer(step, Some(waits)))?;
    Some(late(format!("waits for {} of {}, {LONGER}", waits.whole(), takes.upper())))
}

fn takes_longer(step: &Step, lasts: Option<Duration>) -> bool {
    step.takes.zip(lasts).is_some_and(|(takes, lasts)| lasts > takes.upper())
}

fn lacks_approval(step: &Step, at: &StepState, now: Time) -> bool {
    !at.glass_open() && at.approvals.iter().filter(|approval| approval.until > now).count() < step.approvals as usize
}

/// How long the newest run lasted, or lasts.
pub fn elapsed(at: &StepState, now: Time) -> Option<Duration> {
    let from = at.last_run().map(|run| run.started).or(at.began).filter(|from| !is_ahead(*from, now))?;
    match at.status {
        Status::Open | Status::Undone => None,
        Status::Running | Status::Verifying | Status::Unknown => Some(Duration::between(from, now)),
        _ => Some(Duration::between(from, at.ended.unwrap_or(now))),
    }
}

/// What began after now began by another clock: how long ago is not known (RULES R11).
fn is_ahead(from: Time, now: Time) -> bool {
    Duration::between(now, from) > Signal::AHEAD
}

/// `48s of 2m`.
fn time_words(step: &Step, at: &StepState, now: Time) -> String {
    match (elapsed(at, now), step.takes) {
        (Some(elapsed), Some(takes)) => format!("{} of {}", Duration::from_secs(elapsed.as_secs()), takes.upper()),
        (Some(elapsed), None) => Duration::from_secs(elapsed.as_secs()).to_string(),
        (None, _) => String::new(),
    }
}

fn parts_done(at: &StepState) -> String {
    format!("{} of {} done", at.succeeded_parts().len(), at.parts.len())
}

/// A run at a console of somebody else.
pub fn elsewhere<'a>(ground: &Ground, at: &'a StepState) -> Option<&'a Run> {
    let run = at.last_run().filter(|run| at.status == Status::Running && !run.lost)?;
    (run.console != ground.inputs.actor.console).then_some(run)
}

fn running(ground: &Ground, step: &Step, at: &StepState) -> Line {
    let mut words = Vec::new();
    if let Some(run) = elsewhere(ground, at) {
        words.push(format!("running at {}'s", run.who));
    }
    if at.parts.len() > 1 {
        words.push(parts_done(at));
    }
    if let Some(stop) = at.last_run().and_then(|run| run.stop_asked.as_ref()) {
        words.push(format!("asked to stop by {}", clean(stop)));
    }
    match at.last_run().filter(|run| is_ahead(run.started, ground.now())) {
        Some(run) => words.push(format!("since {} by a clock that is ahead", clock(run.started, ground.now()))),
        None => words.push(time_words(step, at, ground.now())),
    }
    if takes_longer(step, elapsed(at, ground.now())) {
        words.push(LONGER.into());
        return late(words.join(", "));
    }
    line(Verdict::OnTrack, words.join(", "))
}

fn watched(ground: &Ground, step: &Step, at: &StepState) -> String {
    if let Some(WatchState::NotYet { words } | WatchState::Missed { why: words }) = ground.inputs.watching.get(&step.id) {
        return format!("waits for proof: {words}");
    }
    let first = step.gate.first().map(|gate| evaluate(&gate.probe, ground.inputs.signals, at.watched_since, ground.now()));
    match first {
        Some(judged) => format!("waits for proof: {}", judged.words),
        None => "waits for proof".into(),
    }
}

/// A done step keeps being observed: something else may undo people's work (RULES R13). Only fresh data says that it
/// did; what cannot be told is said as such.
fn succeeded(ground: &Ground, state: &State, step: &Step, at: &StepState) -> Line {
    if state.is_open() && is_observed(state, step) {
        let judged = step.gate.iter().map(|gate| evaluate(&gate.probe, ground.inputs.signals, None, ground.now()));
        let judged: Vec<Judgement> = judged.collect();
        let first = |answer: Answer| judged.iter().find(|judged| judged.state == answer);
        if let Some(broken) = first(Answer::Fails) {
            let since = at.lost.as_ref().map(|(_, since)| format!(" since {}", clock(*since, ground.now())));
            return line(Verdict::AtRisk, format!("{NO_LONGER_HOLDS}{}: {}", since.unwrap_or_default(), broken.words));
        }
        if let Some(untold) = first(Answer::Unknown) {
            return line(Verdict::CannotTell, format!("{STILL_HOLDS}{}", untold.words));
        }
    }
    let loud = match (&at.overridden, &at.outside_fence) {
        (Some(by), _) => Some(format!("overridden by {}", by.who)),
        (None, Some((by, _))) => Some(format!("outside fence signed by {}", by.who)),
        (None, None) => None,
    };
    let seen = at.said.as_deref().map(clean);
    let time = match (at.last_run(), &at.proof) {
        (Some(_), _) => time_words(step, at, ground.now()),
        (None, Some(proof)) => format!("observed for {}", Duration::between(proof.first, proof.last)),
        // Signed off in a moment: how long it took is not known.
        (None, None) => "done".to_owned(),
    };
    line(Verdict::Met, loud.or(seen).filter(|words| !words.is_empty()).unwrap_or(time))
}
