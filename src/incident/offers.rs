//! What can be done with a step now, and why the rest cannot: what footers, palettes and help show.

use serde::Serialize;

use super::{
    actor::Actor,
    automation::approvals_wanted,
    command::{Command, ConditionAnswer},
    decide::allowed,
    event::RunKind,
    needs::{condition_by_state, condition_of, step_of, unmet_needs},
    refusal::Refusal,
    rules::{acting, agreeing, fencing::FENCE_WAIVER, people},
    state::State,
    step_state::Status,
};
use crate::{
    model::{StepId, Time, Value, time::full},
    plan::{Dataset, Decision, DecisionValue, StepKind},
};

/// Something a person may do with a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepAct {
    Start,
    Confirm,
    Decide,
    AnswerCondition,
    Retry,
    Undo,
    Skip,
    MarkFailed,
    TakeOver,
    TalkThrough,
    ReadBack,
    ResolveUnknown,
    AskApproval,
    Approve,
    Decline,
    BreakGlass,
    /// Over a need that did not end well.
    Waive(StepId),
    OverrideGate,
    WatchGateAgain,
    SignOutsideFence,
    AskStop,
    ChooseWay,
}

/// One act, and why not, if not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Offer {
    pub act: StepAct,
    #[serde(serialize_with = "in_words")]
    pub refusal: Option<Refusal>,
}

fn in_words<S: serde::Serializer>(refusal: &Option<Refusal>, to: S) -> Result<S::Ok, S::Error> {
    match refusal {
        Some(refusal) => to.serialize_some(&refusal.to_string()),
        None => to.serialize_none(),
    }
}

/// Everything that may be done with a step now by `actor`, and what else exists for it with why not.
/// Answers come from the rules themselves, tried dry with a stand-in for what a person would still give.
pub fn offers(state: &State, id: &StepId, actor: &Actor, now: Time) -> Vec<Offer> {
    let Some(step) = step_of(state, id) else { return Vec::new() };
    let (why, reason) = ("a reason".to_owned(), || FENCE_WAIVER.to_owned());
    let id_owned = || id.clone();
    let dry = |command: Command| allowed(state, &command, actor, now).err();
    let at = state.step(id);
    let mut all: Vec<Offer> = Vec::new();
    let mut offer = |act: StepAct, refusal: Option<Refusal>| all.push(Offer { act, refusal });
    match step.kind() {
        StepKind::Action => {
            offer(StepAct::Start, acting::may(state, id, RunKind::First).err());
            if at.is_some_and(|s| !s.failed_parts().is_empty()) {
                offer(StepAct::Retry, acting::may(state, id, RunKind::Retry).err());
            }
            if at.is_some_and(|s| !s.succeeded_parts().is_empty()) {
                offer(StepAct::Undo, acting::may(state, id, RunKind::Undo).err());
            }
            if at.is_some_and(|s| s.status == Status::Unknown) {
                offer(StepAct::ReadBack, None);
                let part = at.and_then(|s| s.unknown_parts().first().cloned()).unwrap_or_default();
                // Of a fence a person can only say that it did not happen.
                let resolve =
                    |happened| Command::ResolveUnknown { step: id_owned(), part: part.clone(), happened, why: why.clone() };
                offer(StepAct::ResolveUnknown, dry(resolve(true)).and(dry(resolve(false))));
            }
            if at.is_some_and(|s| s.status == Status::Running) {
                offer(StepAct::AskStop, dry(Command::AskStop { step: id_owned(), why: why.clone() }));
            }
            if approvals_wanted(state, step, true) > 0 {
                offer(StepAct::AskApproval, agreeing::may_ask(state, id).err());
                offer(StepAct::BreakGlass, dry(Command::BreakGlass { step: id_owned(), why: why.clone() }));
                if let Some(asked) = at.and_then(|s| s.approval_asked.as_ref()) {
                    offer(StepAct::Approve, dry(Command::Approve { step: id_owned(), binding: asked.binding.clone() }));
                    offer(StepAct::Decline, dry(Command::Decline { step: id_owned(), why: why.clone() }));
                }
            }
            if state.traits(id).is_some_and(|t| t.fences) {
                let command = Command::SignOutsideFence { step: id_owned(), how: why.clone(), effective: now };
                offer(StepAct::SignOutsideFence, dry(command));
            }
        }
        StepKind::Check | StepKind::Notice | StepKind::Runbook => {
            offer(StepAct::Confirm, dry(Command::Confirm { step: id_owned(), seen: Some(why.clone()), happened: None }));
        }
        StepKind::Decision => {
            let answer = step.decision.as_ref().map(|d| stand_in(state, d, now)).unwrap_or(Value::Truth(true));
            offer(StepAct::Decide, dry(Command::Decide { step: id_owned(), answer }));
        }
        StepKind::Gate => {}
    }
    if !step.instead.is_empty() {
        let chosen = at.and_then(|at| at.way.as_ref()?.0.clone());
        // Any way but the one it is on.
        let way = step.instead.iter().map(|way| Some(way.title.clone())).chain([None]).find(|way| *way != chosen);
        offer(StepAct::ChooseWay, dry(Command::ChooseWay { step: id_owned(), way: way.flatten(), why: why.clone() }));
    }
    if condition_of(state, id).is_some() {
        let answer = |needed| Command::AnswerCondition { step: id_owned(), answer: ConditionAnswer { needed, why: why.clone() } };
        offer(StepAct::AnswerCondition, dry(answer(true)).and(dry(answer(false))));
    }
    for unmet in unmet_needs(state, id) {
        let command = Command::Waive { step: id_owned(), need: unmet.need.clone(), why: reason() };
        offer(StepAct::Waive(unmet.need), dry(command));
    }
    if !step.gate.is_empty() {
        offer(StepAct::OverrideGate, dry(Command::OverrideGate { step: id_owned(), why: why.clone() }));
        if at.is_some_and(|s| s.status == Status::Failed) {
            offer(StepAct::WatchGateAgain, dry(Command::WatchGateAgain { step: id_owned() }));
        }
    }
    if state.is_drill() {
        offer(StepAct::TalkThrough, dry(Command::TalkThrough { step: id_owned(), note: None }));
    }
    offer(StepAct::Skip, dry(Command::Skip { step: id_owned(), why: why.clone() }));
    offer(StepAct::MarkFailed, dry(Command::MarkFailed { step: id_owned(), why: why.clone() }));
    offer(StepAct::TakeOver, dry(Command::TakeOver { step: id_owned(), how: why, happened: None }));
    all
}

/// An answer that a decision would accept, to find out whether it may be answered at all.
fn stand_in(state: &State, decision: &Decision, now: Time) -> Value {
    let datasets = state.head.iter().flat_map(|h| &h.facts.datasets);
    let source = datasets
        .filter(|d| Some(&d.name) == decision.source_of.as_ref())
        .flat_map(Dataset::recovery_sources)
        .map(|s| &s.name)
        .next();
    match (decision.options.first().or(source), decision.value) {
        (Some(choice), _) => Value::Text(choice.clone()),
        (None, Some(DecisionValue::Time)) => Value::Text(full(now)),
        (None, Some(DecisionValue::Number)) => Value::Number(1.0),
        _ => Value::Text("an answer".to_owned()),
    }
}

/// Conditions that the state itself decides by now and that are not journaled so yet: the console submits these.
/// An answer follows what it rests on (a retried step, a corrected decision) until something has begun with it.
pub fn due_answers(state: &State) -> Vec<Command> {
    let Some(book) = state.book.as_ref().filter(|_| state.is_open()) else { return Vec::new() };
    let due = book.runbook.steps().filter_map(|step| {
        let needed = condition_by_state(state, condition_of(state, &step.id)?)?;
        let answer = ConditionAnswer { needed, why: "by its `if`".to_owned() };
        people::answer_condition(state, &step.id, &answer).ok()?;
        Some(Command::AnswerCondition { step: step.id.clone(), answer })
    });
    due.collect()
}
