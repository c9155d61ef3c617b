//! Everything that the report says, as data: what `--json` prints and Markdown is made from.

use serde::Serialize;

use super::{
    actuals::{self, DatasetFact, ServiceFact, TierFact},
    exceptions,
    spans::{self, SpanFact},
    steps::{self, BookFact},
};
use crate::{
    incident::{Event, Record, Scope, State, UNVERIFIED, event::rests_on_a_name, is_loud, sentence},
    journal::Head,
    model::{Digest, IncidentId, Severity, StepId, Time, Verdict, text},
    objectives::split::{Split, split},
};

/// Who commanded, since when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommandFact {
    pub who: String,
    pub since: Time,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PersonFact {
    pub who: String,
    pub roles: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClosedFact {
    pub at: Time,
    pub who: String,
    /// `resolved`, `false alarm`, `duplicate`.
    pub resolution: &'static str,
    pub why: String,
}

/// One record, told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineFact {
    pub seq: u64,
    /// When it happened.
    pub at: Time,
    /// When it was recorded, if that was another time (RULES R11).
    pub recorded: Option<Time>,
    pub who: String,
    pub text: String,
    pub loud: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Facts {
    pub incident: IncidentId,
    pub title: String,
    pub plan: String,
    pub drill: bool,
    pub severity: Severity,
    pub scenario: Option<String>,
    pub scenario_title: Option<String>,
    pub began: Time,
    pub declared: Time,
    pub declared_by: String,
    /// Of the plan's facts as they were when it was declared.
    pub plan_digest: Digest,
    pub clean_before: Option<Time>,
    /// What people said is affected.
    pub scope: Option<Scope>,
    pub closed: Option<ClosedFact>,
    pub commanders: Vec<CommandFact>,
    pub people: Vec<PersonFact>,
    /// The worst of all objectives; `None` when there was none.
    pub verdict: Option<Verdict>,
    /// Exceptions to the rules, in order.
    pub exceptions: Vec<LineFact>,
    pub tiers: Vec<TierFact>,
    pub services: Vec<ServiceFact>,
    pub datasets: Vec<DatasetFact>,
    /// What the time of the outage went to.
    pub split: Option<Split>,
    pub spans: Vec<SpanFact>,
    /// The open one first, then those that were switched away from, with their steps.
    pub runbooks: Vec<BookFact>,
    pub timeline: Vec<LineFact>,
    /// `SEQ:HASH` of the journal when the report was made.
    pub head: String,
    pub made: Time,
}

/// The facts of the incident whose `records` these are, folded to `state`; `None` when it was never declared.
/// `head` is the journal's newest record, `now` when the report is made.
pub fn facts(records: &[Record], state: &State, head: &Head, now: Time) -> Option<Facts> {
    let declared = state.head.as_ref()?;
    let services = actuals::services(state, &declared.facts, now);
    let datasets = actuals::datasets(state, &declared.facts, now);
    let timeline = timeline(records, state);
    // A line a record, in the same order.
    let told = timeline.iter().zip(records).filter(|(_, record)| exceptions::is_exception(&record.event));
    let exceptions = told.map(|(line, _)| line.clone()).collect();
    Some(Facts {
        incident: declared.id.clone(),
        title: text::clean(&declared.title),
        plan: declared.facts.plan.clone(),
        drill: declared.drill,
        severity: declared.severity,
        scenario: declared.scenario.clone(),
        scenario_title: state.scenario().and_then(|scenario| scenario.title.clone()),
        began: declared.began,
        declared: declared.declared,
        declared_by: declared.declared_by.clone(),
        plan_digest: declared.digest.clone(),
        clean_before: declared.clean_before,
        scope: declared.scope.clone(),
        closed: declared.closed.as_ref().map(|(resolution, closed)| ClosedFact {
            at: closed.at,
            who: closed.who.clone(),
            resolution: resolution.words(),
            why: closed.why.clone(),
        }),
        commanders: commanders(records),
        people: state.people.iter().map(|(who, p)| PersonFact { who: who.clone(), roles: p.roles.clone() }).collect(),
        verdict: services.iter().filter_map(|s| s.verdict).chain(datasets.iter().filter_map(|d| d.verdict)).max(),
        exceptions,
        tiers: actuals::tiers(&services),
        services,
        datasets,
        split: split(state, spans::end(state).unwrap_or(now)),
        spans: spans::spans(records, state),
        runbooks: steps::books(records, state),
        timeline,
        head: head.to_string(),
        made: now,
    })
}

/// Whoever declares commands, until it is handed over.
fn commanders(records: &[Record]) -> Vec<CommandFact> {
    let commander = |record: &Record| match &record.event {
        Event::Declared { .. } => Some(CommandFact { who: record.who.name.clone(), since: record.time() }),
        Event::CommandHandedOver { to } => Some(CommandFact { who: text::clean(to), since: record.time() }),
        _ => None,
    };
    records.iter().filter_map(commander).collect()
}

fn timeline(records: &[Record], state: &State) -> Vec<LineFact> {
    let title = |id: &StepId| {
        let step = state.books().find_map(|(book, _)| book.runbook.step(id));
        step.map(|step| step.title.clone()).unwrap_or_default()
    };
    let line = |record: &Record| LineFact {
        seq: record.seq,
        at: record.time(),
        recorded: record.happened.filter(|happened| *happened != record.recorded).map(|_| record.recorded),
        who: text::clean(&record.who.name),
        text: {
            let said = sentence(&record.event, &title);
            if rests_on_a_name(&record.event) { format!("{UNVERIFIED} {said}") } else { said }
        },
        loud: is_loud(&record.event),
    };
    records.iter().map(line).collect()
}
