//! What came of each step, and its evidence.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    incident::{Book, Event, Proof, Record, State, StepState, UNVERIFIED, step_state::Exception},
    model::{Digest, Duration, FenceAnswer, Identity, Outcome, StepId, Time, Value, time},
    plan::Step,
};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartFact {
    pub name: String,
    /// `succeeded`, `failed`, `unknown`, `running`.
    pub outcome: &'static str,
    pub text: String,
}

/// One attempt, and what the server said it was (RULES R14).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunFact {
    /// `postgres.promote`.
    pub action: String,
    pub target: String,
    pub who: String,
    pub console: String,
    pub started: Time,
    pub ended: Option<Time>,
    pub identity: Identity,
    /// Of the preview that was agreed to (RULES R16).
    pub binding: Digest,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ApprovalFact {
    pub who: String,
    pub at: Time,
    pub until: Time,
    pub binding: Digest,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepFact {
    /// From 1, over the whole runbook.
    pub number: usize,
    pub id: StepId,
    pub title: String,
    pub kind: &'static str,
    pub status: &'static str,
    pub owner: Option<String>,
    pub who: Option<String>,
    pub began: Option<Time>,
    pub ended: Option<Time>,
    pub took: Option<Duration>,
    pub irreversible: bool,
    pub parts: Vec<PartFact>,
    pub runs: Vec<RunFact>,
    pub approvals: Vec<ApprovalFact>,
    /// Sentences: waived needs, broken glass, overridden gates, outside fences.
    pub exceptions: Vec<String>,
    /// What its gate saw.
    pub proof: Option<Proof>,
    /// What a person saw, or why they said so.
    pub said: Option<String>,
    pub result: Option<Value>,
}

/// A runbook that was followed, and what came of its steps, in their order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BookFact {
    pub name: String,
    pub title: Option<String>,
    pub digest: Digest,
    pub opened: Time,
    pub steps: Vec<StepFact>,
}

/// The open runbook, then those that were switched away from.
pub(super) fn books(records: &[Record], state: &State) -> Vec<BookFact> {
    let fact = |(book, at): (&Book, &BTreeMap<StepId, StepState>)| BookFact {
        name: book.runbook.name.clone(),
        title: book.runbook.title.clone(),
        digest: book.digest.clone(),
        opened: book.opened,
        steps: steps(records, book, at),
    };
    state.books().map(fact).collect()
}

fn steps(records: &[Record], book: &Book, states: &BTreeMap<StepId, StepState>) -> Vec<StepFact> {
    let none = StepState::default();
    let fact = |(number, step): (usize, &Step)| {
        let at = states.get(&step.id).unwrap_or(&none);
        StepFact {
            number,
            id: step.id.clone(),
            title: step.title.clone(),
            kind: step.kind().word(),
            status: at.status.words(),
            owner: book.runbook.owner_of(&step.id).map(str::to_owned),
            who: at.who.clone(),
            began: at.began,
            ended: at.ended,
            took: at.began.zip(at.ended).map(|(began, ended)| Duration::between(began, ended)),
            irreversible: step.irreversible,
            parts: parts(at),
            runs: runs(at),
            approvals: approvals(records, &step.id),
            exceptions: exceptions(at),
            proof: at.proof.clone(),
            said: at.said.clone(),
            result: at.result.clone(),
        }
    };
    (1..).zip(book.runbook.steps()).map(fact).collect()
}

fn parts(step: &StepState) -> Vec<PartFact> {
    let fact = |(name, part): (&String, &crate::incident::PartState)| {
        let (outcome, mut text) = match &part.outcome {
            None => ("running", part.progress.clone().unwrap_or_default()),
            Some(Outcome::Succeeded { detail }) => ("succeeded", detail.clone()),
            Some(Outcome::Failed { reason }) => ("failed", reason.clone()),
            Some(Outcome::Unknown { reason }) => ("unknown", reason.clone()),
        };
        let fence = match &part.fence {
            None => String::new(),
            Some(FenceAnswer::RefusesWrites { proven }) => format!("refuses writes, proven {}", time::full(*proven)),
            Some(FenceAnswer::StillWritable { why }) => format!("STILL WRITABLE: {why}"),
            Some(FenceAnswer::Unreachable { why }) => format!("unreachable: {why}"),
        };
        if !fence.is_empty() {
            text = if text.is_empty() { fence } else { format!("{text}; {fence}") };
        }
        PartFact { name: name.clone(), outcome, text }
    };
    step.parts.iter().map(fact).collect()
}

fn runs(step: &StepState) -> Vec<RunFact> {
    let fact = |run: &crate::incident::Run| RunFact {
        action: run.call.action.clone(),
        target: run.target.clone(),
        who: run.who.clone(),
        console: run.console.to_string(),
        started: run.started,
        ended: run.ended,
        identity: run.identity.clone(),
        binding: run.binding.clone(),
    };
    step.runs.iter().map(fact).collect()
}

/// Every approval that was given: a start uses them up, the records keep them.
fn approvals(records: &[Record], id: &StepId) -> Vec<ApprovalFact> {
    let fact = |record: &Record| match &record.event {
        Event::Approved { step, binding, until } if step == id => {
            Some(ApprovalFact { who: record.who.name.clone(), at: record.time(), until: *until, binding: binding.clone() })
        }
        _ => None,
    };
    records.iter().filter_map(fact).collect()
}

fn exceptions(step: &StepState) -> Vec<String> {
    let tell = |what: &str, e: &Exception| format!("{what} by {} {UNVERIFIED} at {}: {}", e.who, time::full(e.at), e.why);
    let waived: &BTreeMap<StepId, Exception> = &step.waived;
    let mut told: Vec<String> = waived.iter().map(|(need, e)| tell(&format!("need of step {need} waived"), e)).collect();
    let single =
        [("glass broken", &step.broke_glass), ("gate overridden", &step.overridden), ("approval declined", &step.declined)];
    told.extend(single.into_iter().filter_map(|(what, e)| e.as_ref().map(|e| tell(what, e))));
    if let Some((e, effective)) = &step.outside_fence {
        told.push(tell(&format!("outside fence, in effect since {}, signed", time::full(*effective)), e));
    }
    if let Some((false, e)) = &step.condition {
        told.push(tell("said to be not needed", e));
    }
    told
}
