//! Starting, retrying, undoing and stopping actions (RULES R2, R3, R5, R7, R14, R15).

use std::collections::BTreeMap;

use super::{agreeing, ground};
use crate::{
    incident::{
        actor::Actor,
        automation::may_run,
        command::Consent,
        event::{Event, RunKind},
        needs::{begun_dependents, results_used, step_words},
        refusal::Refusal,
        resolve::{UndoCall, call_of, effective, retry_of, undo_of},
        state::State,
        step_state::{Status, StepState},
    },
    model::{Call, Duration, Preview, RunId, StepId, Time},
    plan::{Step, StepKind},
};

type Decision = Result<Vec<Event>, Refusal>;

/// Whether `id` could be started, retried or undone now, apart from consent. The call that it would make.
pub fn may(state: &State, id: &StepId, kind: RunKind) -> Result<Call, Refusal> {
    let (step, at) = ground::step(state, id)?;
    if step.kind() != StepKind::Action {
        let (is, instead) = match step.kind() {
            StepKind::Check | StepKind::Notice | StepKind::Runbook => ("a check", "confirm it when it is done"),
            StepKind::Gate => ("a gate", "it passes by itself once it is observed, or is overridden by name"),
            _ => ("a decision", "answer it"),
        };
        return Err(Refusal::new(format!("{} is {is}", step_words(state, id)), instead));
    }
    ground::not_held(state)?;
    let call = match kind {
        RunKind::First => may_start(state, step, &at)?,
        RunKind::Retry => may_retry(state, step, &at)?,
        RunKind::Undo => may_undo(state, step, &at)?,
    };
    in_drill(state, step, kind, &call)?;
    Ok(call)
}

fn may_start(state: &State, step: &Step, at: &StepState) -> Result<Call, Refusal> {
    // Parts that were all put back again are as if nobody had touched them.
    let tried = at.parts.values().any(|part| part.outcome.is_some());
    if matches!(at.status, Status::Failed | Status::Partial) && tried {
        let instead = match (at.failed_parts().is_empty(), step.gate.is_empty()) {
            (false, _) => "retry what failed",
            (true, false) => "watch its gate again, override it by name, or undo the step",
            (true, true) => "undo it, or take it over by hand",
        };
        return Err(Refusal::new(format!("{} was tried and is {}", step_words(state, &step.id), at.status.words()), instead));
    }
    ground::not_done(state, &step.id, at.status)?;
    ground::ready(state, &step.id)?;
    call_of(state, &step.id)
}

/// Touches parts that failed, never unknown ones.
fn may_retry(state: &State, step: &Step, at: &StepState) -> Result<Call, Refusal> {
    if at.status == Status::Unknown {
        ground::not_done(state, &step.id, at.status)?;
    }
    if !matches!(at.status, Status::Failed | Status::Partial) {
        return Err(Refusal::new(format!("nothing of {} failed", step_words(state, &step.id)), "there is nothing to retry"));
    }
    let (call, _) = retry_of(state, &step.id)?;
    ground::ready(state, &step.id)?;
    Ok(call)
}

/// Refused once a dependent has begun, and for good past an irreversible step.
fn may_undo(state: &State, step: &Step, at: &StepState) -> Result<Call, Refusal> {
    if matches!(at.status, Status::Running | Status::Unknown) {
        ground::not_done(state, &step.id, at.status)?;
    }
    if at.succeeded_parts().is_empty() {
        return Err(Refusal::new(format!("nothing of {} was changed", step_words(state, &step.id)), "there is nothing to undo"));
    }
    if step.irreversible {
        return Err(Refusal::new(
            format!("{} cannot be taken back", step_words(state, &step.id)),
            "go on, or use the way-back runbook",
        ));
    }
    // The oldest change of it that stands: a retry after an irreversible step does not reopen the way back for the rest.
    let changed = at.runs.iter().filter(|run| run.kind != RunKind::Undo && run.seq > last_undone(at));
    if let Some(past) = changed.map(|run| run.seq).min().and_then(|oldest| state.irreversible_after(oldest)) {
        return Err(Refusal::new(
            format!("{past} came after it and cannot be taken back"),
            "go on; the way back is a runbook of its own",
        ));
    }
    if let Some(dependent) = begun_dependents(state, &step.id).first() {
        let undoable =
            state.step(dependent).is_some_and(|s| !s.succeeded_parts().is_empty()) && undo_of(state, dependent).is_ok();
        let instead = if undoable { "undo that one first" } else { "go on, or take this one back by hand and note it" };
        return Err(Refusal::new(format!("{} builds on it and has begun", step_words(state, dependent)), instead));
    }
    Ok(undo_of(state, &step.id)?.call().clone())
}

/// The last undo that took all of it back; 0 for none.
fn last_undone(at: &StepState) -> u64 {
    let undone = at.runs.iter().zip(at.runs.iter().skip(1)).filter(|(undo, next)| {
        // Only a step that was undone as a whole is started from the beginning again.
        undo.kind == RunKind::Undo && next.kind == RunKind::First
    });
    undone.map(|(undo, _)| undo.seq).max().unwrap_or(0)
}

/// A drill never touches a production target.
fn in_drill(state: &State, step: &Step, kind: RunKind, call: &Call) -> Result<(), Refusal> {
    // The flags speak of the step's own action; what takes it back changes something in any case.
    if !state.is_drill() || (kind != RunKind::Undo && !state.traits(&step.id).is_some_and(|t| t.mutating)) {
        return Ok(());
    }
    let marked =
        state.head.as_ref().is_some_and(|h| call.via.as_ref().is_some_and(|via| h.facts.drill_connections.contains(via)));
    if marked {
        return Ok(());
    }
    let target = call.via.as_deref().unwrap_or("this machine");
    Err(Refusal::new(format!("this is a drill, and {target} is not marked `drill: true`"), "talk the step through"))
}

/// By a person who saw what would be sent.
pub fn start(state: &State, id: &StepId, run: &RunId, kind: RunKind, consent: &Consent, who: &Actor, now: Time) -> Decision {
    let agreed = Agreed::Person { typed: consent.typed.as_deref() };
    start_as(state, (id, run, kind), &consent.preview, agreed, who, now)
}

/// By a console, as the plan says and a commander consented to (RULES R4). Nobody types the target's name: what cannot be
/// taken back waits for another person's approval instead.
pub fn start_by_itself(state: &State, id: &StepId, run: &RunId, preview: &Preview, who: &Actor, now: Time) -> Decision {
    if !who.is_lifeboat() {
        return Err(Refusal::new("a person starts a step by looking at it and agreeing", "start it so"));
    }
    ground::step(state, id)?;
    may_run(state, id)?;
    start_as(state, (id, run, RunKind::First), preview, Agreed::ByItself, who, now)
}

/// How somebody agreed to what is sent.
enum Agreed<'a> {
    Person { typed: Option<&'a str> },
    ByItself,
}

/// The start itself: everything is durable before anything is sent (RULES R7).
fn start_as(
    state: &State,
    (id, run, kind): (&StepId, &RunId, RunKind),
    preview: &Preview,
    agreed: Agreed<'_>,
    who: &Actor,
    now: Time,
) -> Decision {
    let call = may(state, id, kind)?;
    let (step, at) = ground::step(state, id)?;
    if state.books().flat_map(|(_, steps)| steps.values()).any(|s| s.run(run).is_some()) {
        return Err(Refusal::new("this run has been started", "nothing is needed"));
    }
    fresh_and_fitting(preview, &call, now)?;
    unchanged_since(state, step, preview.made)?;
    let mutating = kind == RunKind::Undo || state.traits(id).is_some_and(|t| t.mutating);
    if mutating && call.via.is_some() && preview.identity.0.is_empty() {
        return Err(Refusal::new(
            format!("{} did not say which server it is", preview.target),
            "look at the step again; nothing is sent to a server that is not known",
        ));
    }
    let drill_form = state.is_drill() && effective(state, step).is_some_and(|(action, _)| Some(action) != step.action.as_deref());
    if kind != RunKind::Undo && !drill_form {
        let named = match agreed {
            Agreed::Person { typed } => typed.map(str::trim) == Some(preview.target.as_str()),
            Agreed::ByItself => true,
        };
        if step.irreversible && !named {
            return Err(Refusal::new("this cannot be taken back", format!("type the name of its target: {}", preview.target)));
        }
        agreeing::approved(state, step, &at, preview, who, now)?;
    }
    same_server(state, &at, &call, preview, id)?;
    let parts = parts_of(state, id, kind, &at, preview)?;
    let before = |name: &String| preview.parts.iter().find(|p| p.name == *name).and_then(|p| p.before.clone());
    let remembered: BTreeMap<_, _> = match kind {
        RunKind::Undo => match undo_of(state, id)? {
            UndoCall::Remembered { remembered, .. } => remembered,
            UndoCall::Other { .. } => BTreeMap::new(),
        },
        _ => parts.iter().filter_map(|name| Some((name.clone(), before(name)?))).collect(),
    };
    Ok(vec![Event::ActionStarted {
        step: id.clone(),
        run: run.clone(),
        kind,
        call,
        target: preview.target.clone(),
        identity: preview.identity.clone(),
        binding: preview.binding(),
        parts,
        remembered,
    }])
}

fn fresh_and_fitting(preview: &Preview, call: &Call, now: Time) -> Result<(), Refusal> {
    let age = Duration::between(preview.made, now);
    if age > Preview::VALID {
        return Err(Refusal::new(format!("the preview is {age} old"), "look at it again: it expires after 2m"));
    }
    // A clock that was set back would keep an old preview young.
    let ahead = Duration::between(now, preview.made);
    if ahead > ground::CLOCKS_DIFFER {
        return Err(Refusal::new(format!("the preview is {ahead} ahead of this machine's clock"), "look at it again"));
    }
    agreeing::fits(preview, call)
}

/// Nothing that decides what is sent may be younger than what was looked at (RULES R15).
fn unchanged_since(state: &State, step: &Step, made: Time) -> Result<(), Refusal> {
    if state.book.as_ref().and_then(|book| book.adopted).is_some_and(|adopted| adopted > made) {
        return Err(Refusal::new("the runbook was changed after this preview was made", "look at the step again"));
    }
    let newer = |used: &&str| state.step(&StepId::from(*used)).and_then(|s| s.ended).is_some_and(|ended| ended > made);
    if let Some(used) = results_used(step).find(newer) {
        let words = step_words(state, &StepId::from(used));
        return Err(Refusal::new(format!("{words} has another result since this preview was made"), "look at the step again"));
    }
    Ok(())
}

/// A second try goes to the server of the first one (RULES R14).
fn same_server(state: &State, at: &StepState, call: &Call, preview: &Preview, id: &StepId) -> Result<(), Refusal> {
    let begun = at.runs.iter().rposition(|run| run.kind == RunKind::First).filter(|_| at.status != Status::Undone);
    // An undo by another action may have a connection of its own.
    let first = begun.and_then(|begun| at.runs[begun..].iter().find(|run| run.call.via == call.via));
    let Some(first) = first else { return Ok(()) };
    let changes = state.traits(id).map(|t| t.changes.clone()).unwrap_or_default();
    let allowed: Vec<&str> = changes.iter().map(String::as_str).collect();
    let differences = preview.identity.differences(&first.identity, &allowed);
    if differences.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(
        format!("this is another server than at the first try: {}", differences.join("; ")),
        "find out what moved; take the step over by hand if it is right",
    ))
}

fn parts_of(state: &State, id: &StepId, kind: RunKind, at: &StepState, preview: &Preview) -> Result<Vec<String>, Refusal> {
    let all = || preview.parts.iter().map(|p| p.name.clone()).collect::<Vec<_>>();
    let parts = match kind {
        RunKind::First => all(),
        RunKind::Retry => {
            let failed = at.failed_parts();
            if let Some(more) = preview.parts.iter().find(|part| !failed.contains(&part.name)) {
                return Err(Refusal::new(
                    format!("{} did not fail, and the preview shows it", more.name),
                    "look at the step again: a retry touches only what failed",
                ));
            }
            all()
        }
        RunKind::Undo => match undo_of(state, id)? {
            UndoCall::Remembered { .. } => at.succeeded_parts(),
            UndoCall::Other { .. } => all(),
        },
    };
    if parts.is_empty() {
        return Err(Refusal::new("there is nothing that it would act on", "check the names in the step's `with`"));
    }
    Ok(parts)
}

pub fn ask_stop(state: &State, id: &StepId, why: &str) -> Decision {
    let (_, at) = ground::step(state, id)?;
    ground::reason(why)?;
    match at.last_run().filter(|run| run.ended.is_none() && at.status == Status::Running) {
        Some(run) if run.stop_asked.is_none() => {
            Ok(vec![Event::StopAsked { step: id.clone(), run: run.id.clone(), why: why.to_owned() }])
        }
        Some(_) => Err(Refusal::new("it was asked to stop already", "wait for its end")),
        None => Err(Refusal::new(format!("{} is not running", step_words(state, id)), "there is nothing to stop")),
    }
}
