//! What is at stake with a step that cannot be taken back: what would be lost by it, and whose word it rests on.

use super::{datasets, inputs::Ground};
use crate::{
    incident::{State, StepState, UNVERIFIED, needs::step_words},
    model::{
        Duration, StepId,
        duration::between_words,
        text::clean,
        time::{Time, clock},
    },
    objectives::{foresee, stop_of},
    plan::{Dataset, Step},
};

/// A line for each dataset that `step`, which acts on connection `via`, recovers, while it could still be started (RULES R21):
/// `database would lose 4s to 18m: from 02:06:02Z, the newest on us-west-2 replica, to 02:24:00Z, when writes stopped`.
pub fn loses(ground: &Ground, step: &Step, via: Option<&str>, at: &StepState) -> Vec<String> {
    if !at.status.may_start() {
        return Vec::new();
    }
    let recovered = ground.facts.datasets.iter().filter(|dataset| step.recovers.has(&dataset.name));
    recovered.map(|dataset| loss(ground, dataset, via)).collect()
}

fn loss(ground: &Ground, dataset: &Dataset, via: Option<&str>) -> String {
    let (name, now) = (clean(&dataset.name), ground.now());
    let Some(seen) = via.and_then(|via| foresee(dataset, via, &datasets::sight(ground))) else {
        return format!("{name}: {}", datasets::row(ground, dataset).words);
    };
    let stop = stop_of(ground.inputs.state, &dataset.name, now);
    let until = match stop.frozen {
        true => format!("{}, when writes stopped", clock(stop.at, now)),
        false => "now: that writes stopped is not proven".to_owned(),
    };
    let (span, from, source) = (between_words(seen.least, seen.most), clock(seen.point, now), clean(&seen.source));
    if seen.most == Duration::ZERO && stop.frozen {
        return format!("{name} would lose {span}: {source} has everything up to {from}");
    }
    format!("{name} would lose {span}: from {from}, the newest on {source}, to {until}")
}

/// The outside fences among everything that `step` needs, with who signed them: no server has proven them (RULES R19).
pub fn rests_on(state: &State, step: &Step, now: Time) -> Vec<String> {
    let Some(book) = state.book.as_ref().filter(|_| step.irreversible) else { return Vec::new() };
    let (mut seen, mut todo): (Vec<StepId>, Vec<StepId>) = (Vec::new(), book.runbook.needs_of(&step.id));
    while let Some(need) = todo.pop() {
        if !seen.contains(&need) {
            todo.extend(book.runbook.needs_of(&need));
            seen.push(need);
        }
    }
    let signed = book.runbook.steps().filter(|need| seen.contains(&need.id)).filter_map(|need| {
        let (by, effective) = state.step(&need.id)?.outside_fence.as_ref()?;
        let (words, since) = (step_words(state, &need.id), clock(*effective, now));
        Some(format!("{words}: outside fence since {since}, signed by {} {UNVERIFIED}: {}", by.who, clean(&by.why)))
    });
    signed.collect()
}
