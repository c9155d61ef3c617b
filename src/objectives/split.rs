//! What the time of an outage went to: noticing it, deciding, carrying out, proving, and waiting for people.

use serde::Serialize;

use crate::{
    incident::{RunKind, State, Status},
    model::{Duration, Time},
};

/// The whole time from the start of impact, each moment of it once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Split {
    /// Until it was declared.
    pub detect: Duration,
    /// From then until the first step was set going.
    pub decide: Duration,
    /// While an action ran.
    pub execute: Duration,
    /// While none ran and a gate waited to be seen to hold.
    pub verify: Duration,
    /// All else: somebody had to read, agree, approve or do it by hand.
    pub people: Duration,
}

impl Split {
    /// `detect 11m17s, decide 2m03s, execute 3m12s, verify 40s, people 24m08s`; what took no time is left out.
    pub fn words(self) -> String {
        let parts = [
            ("detect", self.detect),
            ("decide", self.decide),
            ("execute", self.execute),
            ("verify", self.verify),
            ("people", self.people),
        ];
        let said =
            parts.into_iter().filter(|(_, span)| span.as_secs() > 0).map(|(word, span)| format!("{word} {}", span.whole()));
        said.collect::<Vec<_>>().join(", ")
    }
}

/// From, to.
type Stretch = (Time, Time);

/// What the time until `until` went to. `None` before the declaration is known.
pub fn split(state: &State, until: Time) -> Option<Split> {
    let head = state.head.as_ref()?;
    let declared = head.declared.clamp(head.began, until.max(head.began));
    let (mut runs, mut proofs) = (Vec::<Stretch>::new(), Vec::<Stretch>::new());
    let mut first: Option<Time> = None;
    for (book, steps) in state.books() {
        for step in book.runbook.steps() {
            let Some(at) = steps.get(&step.id) else { continue };
            first = [first, at.began].into_iter().flatten().min();
            let own = at.runs.iter().filter(|run| run.kind != RunKind::Undo);
            runs.extend(own.clone().map(|run| (run.started, run.ended.unwrap_or(until))));
            if step.gate.is_empty() {
                continue;
            }
            // A lone gate is watched from its turn on; the gate of an action from its end on.
            let from = own.filter_map(|run| run.ended).next_back().or(at.began.filter(|_| step.action.is_none()));
            let to = match at.status {
                Status::Verifying => Some(until),
                Status::Succeeded => at.ended,
                _ => None,
            };
            proofs.extend(from.zip(to));
        }
    }
    let mut edges: Vec<Time> = runs.iter().chain(&proofs).flat_map(|(from, to)| [*from, *to]).collect();
    edges.extend([declared, until]);
    edges.extend(first);
    edges.retain(|at| *at >= declared && *at <= until);
    edges.sort();
    let mut split = Split { detect: Duration::between(head.began, declared), ..Split::default() };
    for pair in edges.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let within = |spans: &[Stretch]| spans.iter().any(|(begins, ends)| *begins <= from && to <= *ends);
        let span = Duration::between(from, to);
        match () {
            () if within(&runs) => split.execute = split.execute + span,
            () if within(&proofs) => split.verify = split.verify + span,
            () if first.is_none_or(|first| to <= first) => split.decide = split.decide + span,
            () => split.people = split.people + span,
        }
    }
    Some(split)
}
