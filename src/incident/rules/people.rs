//! What people say about steps: confirm, decide, answer, skip, fail, take over, talk through.

use super::{book, ground};
use crate::{
    incident::{
        command::ConditionAnswer,
        event::Event,
        needs::{begun_dependents, condition_by_state, condition_of, step_words},
        refusal::Refusal,
        state::State,
        step_state::Status,
    },
    model::{StepId, Time, Value, time},
    plan::{Condition, Dataset, DecisionValue, StepKind},
};

type Decision = Result<Vec<Event>, Refusal>;

pub fn confirm(state: &State, id: &StepId, seen: Option<&str>, happened: Option<Time>, now: Time) -> Decision {
    let (step, at) = ground::step(state, id)?;
    match step.kind() {
        StepKind::Check | StepKind::Notice => {}
        StepKind::Runbook => step.runbook.iter().try_for_each(|name| book::gone_through(state, name))?,
        StepKind::Action => {
            return Err(Refusal::new(format!("{} calls a backend", step_words(state, id)), "start it, or take it over by hand"));
        }
        StepKind::Gate => return Err(Refusal::new("Lifeboat observes this itself", "wait for it, or override it by name")),
        StepKind::Decision => return Err(Refusal::new("this step asks something", "answer it")),
    }
    happened.map_or(Ok(()), |at| ground::past(at, now, "the moment it was done"))?;
    ground::not_done(state, id, at.status)?;
    ground::ready(state, id)?;
    let seen = seen.map(str::trim).filter(|text| !text.is_empty());
    if let Some(what) = step.check.as_ref().and_then(|check| check.see.as_ref()).filter(|_| seen.is_none()) {
        return Err(Refusal::new(format!("this check wants what you saw: {what}"), "write it down with the confirmation"));
    }
    Ok(vec![Event::Confirmed { step: id.clone(), seen: seen.map(str::to_owned) }])
}

pub fn decide(state: &State, id: &StepId, answer: &Value, now: Time) -> Decision {
    let (step, at) = ground::step(state, id)?;
    let question = step
        .decision
        .as_ref()
        .ok_or_else(|| Refusal::new(format!("{} asks nothing", step_words(state, id)), "confirm or start it"))?;
    if at.status == Status::Succeeded {
        if let Some(dependent) = begun_dependents(state, id).first() {
            return Err(Refusal::new(format!("{} has begun with that answer", step_words(state, dependent)), "it stands"));
        }
    } else {
        ground::not_done(state, id, at.status)?;
        ground::ready(state, id)?;
    }
    // JSON has no word for these: the journal could not be read again.
    if matches!(answer, Value::Number(n) if !n.is_finite()) {
        return Err(Refusal::new(format!("`{answer}` is no number"), question.ask.clone()));
    }
    let text = answer.to_string();
    if text.trim().is_empty() {
        return Err(Refusal::new("the answer is empty", question.ask.clone()));
    }
    let mut choices = question.options.clone();
    if let Some(dataset) = &question.source_of {
        let datasets = state.head.iter().flat_map(|h| &h.facts.datasets);
        choices.extend(datasets.filter(|d| d.name == *dataset).flat_map(Dataset::recovery_sources).map(|s| s.name.clone()));
    }
    if !choices.is_empty() && !choices.contains(&text) {
        return Err(Refusal::new(format!("`{text}` is not among the answers"), format!("choose one of: {}", choices.join(", "))));
    }
    let fits = match question.value {
        Some(DecisionValue::Time) => time::parse(&text, now).map(|_| ()),
        Some(DecisionValue::Number) => answer.number().map(|_| ()).ok_or_else(|| format!("`{text}` is no number")),
        Some(DecisionValue::Text) | None => Ok(()),
    };
    fits.map_err(|why| Refusal::new(why, "write it in the form that the question asks for"))?;
    Ok(vec![Event::Decided { step: id.clone(), answer: answer.clone() }])
}

/// Yes or no to an `if`; one that the state decides can only be answered as it is.
pub fn answer_condition(state: &State, id: &StepId, answer: &ConditionAnswer) -> Decision {
    let (_, at) = ground::step(state, id)?;
    let condition = condition_of(state, id)
        .ok_or_else(|| Refusal::new(format!("{} has no `if`", step_words(state, id)), "skip it with a reason instead"))?;
    if !matches!(at.status, Status::Open | Status::NotNeeded) {
        return Err(Refusal::new(format!("{} has begun", step_words(state, id)), "its answer stands"));
    }
    if let Some(dependent) = begun_dependents(state, id).first().filter(|_| at.status == Status::NotNeeded) {
        return Err(Refusal::new(format!("{} has begun with that answer", step_words(state, dependent)), "it stands"));
    }
    if !answer.needed && state.traits(id).is_some_and(|t| t.fences) {
        return Err(Refusal::new("a fence is always needed", "run it, or sign an outside fence"));
    }
    if !matches!(condition, Condition::Ask(_)) {
        match condition_by_state(state, condition) {
            None => return Err(Refusal::new("the step that its `if` names has not ended", "finish that first")),
            Some(needed) if needed != answer.needed => {
                let is = if needed { "needed" } else { "not needed" };
                return Err(Refusal::new(format!("by its `if` it is {is}"), "skip it with a reason if you know better"));
            }
            Some(_) => {}
        }
    }
    if at.condition.as_ref().is_some_and(|(needed, _)| *needed == answer.needed) {
        return Err(Refusal::new("it is answered so already", "nothing is needed"));
    }
    Ok(vec![Event::ConditionAnswered { step: id.clone(), needed: answer.needed, why: answer.why.clone() }])
}

pub fn skip(state: &State, id: &StepId, why: &str) -> Decision {
    let (_, at) = ground::step(state, id)?;
    ground::reason(why)?;
    ground::not_done(state, id, at.status)?;
    Ok(vec![Event::Skipped { step: id.clone(), why: why.to_owned() }])
}

pub fn mark_failed(state: &State, id: &StepId, why: &str) -> Decision {
    let (_, at) = ground::step(state, id)?;
    ground::reason(why)?;
    if at.status != Status::Verifying {
        ground::not_done(state, id, at.status)?;
    }
    if at.status == Status::Failed {
        return Err(Refusal::new(format!("{} has failed already", step_words(state, id)), "retry it, skip it or take it over"));
    }
    Ok(vec![Event::MarkedFailed { step: id.clone(), why: why.to_owned() }])
}

/// It was done by other means; its gate, if it has one, still has to be seen.
pub fn take_over(state: &State, id: &StepId, how: &str, happened: Option<Time>, now: Time) -> Decision {
    let (step, at) = ground::step(state, id)?;
    ground::reason(how)?;
    happened.map_or(Ok(()), |at| ground::past(at, now, "the moment it was done"))?;
    ground::not_done(state, id, at.status)?;
    match step.kind() {
        StepKind::Gate => return Err(Refusal::new("Lifeboat observes this itself", "wait for it, or override it by name")),
        StepKind::Decision => return Err(Refusal::new("this step asks something", "answer it")),
        _ => {}
    }
    if state.traits(id).is_some_and(|t| t.fences) {
        return Err(Refusal::new("a fence by other means is an outside fence", "sign it with the time it took effect"));
    }
    Ok(vec![Event::TakenOver { step: id.clone(), how: how.to_owned() }])
}

/// Only in a drill.
pub fn talk_through(state: &State, id: &StepId, note: Option<&str>) -> Decision {
    let (_, at) = ground::step(state, id)?;
    if !state.is_drill() {
        return Err(Refusal::new("this is no drill", "start, confirm or skip the step"));
    }
    ground::not_held(state)?;
    ground::not_done(state, id, at.status)?;
    ground::ready(state, id)?;
    Ok(vec![Event::TalkedThrough { step: id.clone(), note: note.map(str::to_owned) }])
}
