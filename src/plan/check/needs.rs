//! Who waits for whom: no circles, no answer used before its question, no choice that cannot be made.

use std::collections::HashMap;

use super::{
    calls::ResultUse,
    graph::{Graph, Steps},
    names::Index,
};
use crate::plan::{
    decode::context::{Chosen, Sort},
    findings::{Finding, Findings, Place, quoted},
    types::{Plan, Runbook, StepKind},
};

/// Circles among services, recovery sources and runbooks that call each other.
pub fn check_plan(plan: &Plan, index: &Index<'_>, findings: &mut Findings) {
    let services: Vec<(&str, Vec<&str>)> =
        plan.services.iter().map(|s| (s.name.as_str(), s.needs.iter().map(String::as_str).collect())).collect();
    circles(&services, "services need each other in a circle", findings, |name| index.place(Sort::Service, name, "needs"));
    for dataset in &plan.datasets {
        let sources: Vec<(&str, Vec<&str>)> =
            dataset.sources.iter().map(|s| (s.name.as_str(), s.base.iter().map(String::as_str).collect())).collect();
        let inside = index.get(Sort::Dataset, &dataset.name).map_or(0, |named| named.inside);
        let place = |name: &str| index.place(Sort::Source(inside), name, "base");
        circles(&sources, "recovery sources are each other's base in a circle", findings, place);
    }
    let runbooks: Vec<(&str, Vec<&str>)> =
        plan.runbooks.iter().map(|r| (r.name.as_str(), r.steps().filter_map(|s| s.runbook.as_deref()).collect())).collect();
    circles(&runbooks, "runbooks run each other in a circle", findings, |name| {
        let runbook = plan.runbook(name)?;
        let step = runbook.steps().find(|step| step.runbook.is_some())?;
        index.step_place(name, step.id.as_str(), "runbook")
    });
}

fn circles(things: &[(&str, Vec<&str>)], what: &str, findings: &mut Findings, place: impl Fn(&str) -> Option<Place>) {
    let number: HashMap<&str, usize> = things.iter().enumerate().rev().map(|(n, (name, _))| (*name, n)).collect();
    let needs = things.iter().map(|(_, needs)| needs.iter().filter_map(|name| number.get(name).copied()).collect()).collect();
    for circle in (Graph { needs }).circles() {
        let names: Vec<&str> = circle.iter().map(|n| things[*n].0).collect();
        report(&names, what, findings, &place);
    }
}

fn report(names: &[&str], what: &str, findings: &mut Findings, place: &dyn Fn(&str) -> Option<Place>) {
    let Some(at) = names.first().and_then(|name| place(name)) else { return };
    let mut way: Vec<String> = names.iter().take(12).map(|name| quoted(name)).collect();
    if names.len() > 12 {
        way.push("…".into());
    }
    way.extend(way.first().cloned());
    findings.push(Finding::error("cycle", &at, format!("{what}: {}", way.join(" → "))).help("take one of these out"));
}

/// Circles among the steps of a runbook, and results that are used too early.
pub fn check_runbook(runbook: &Runbook, index: &Index<'_>, results: &[ResultUse<'_>], findings: &mut Findings) {
    let steps = Steps::of(runbook);
    let name = runbook.name.as_str();
    let found = steps.graph.circles();
    for circle in &found {
        let names: Vec<&str> = circle.iter().map(|n| steps.all[*n].id.as_str()).collect();
        report(&names, "steps wait for each other in a circle", findings, &|id| index.step_place(name, id, "needs"));
    }
    let Some(inside) = index.get(Sort::Runbook, name).map(|named| named.inside).filter(|_| found.is_empty()) else { return };
    let number: HashMap<&str, usize> = steps.all.iter().enumerate().map(|(n, step)| (step.id.as_str(), n)).collect();
    for result in results.iter().filter(|result| result.runbook == inside) {
        let (Some(&user), Some(&source)) = (result.step.and_then(|id| number.get(id)), number.get(result.of)) else { continue };
        if steps.graph.before(user).contains(&source) {
            continue;
        }
        let message = format!("the result of {} is used, but this step does not wait for it", quoted(result.of));
        findings.push(Finding::error("result-too-early", result.place, message).help(format!("add {} to `needs`", result.of)));
    }
}

/// A `chosen` condition names a decision of this runbook and one of its options.
pub fn check_choices(plan: &Plan, index: &Index<'_>, chosen: &[Chosen<'_>], findings: &mut Findings) {
    for choice in chosen {
        let runbook =
            plan.runbooks.iter().find(|r| index.get(Sort::Runbook, &r.name).is_some_and(|n| n.inside == choice.runbook));
        let Some(step) = runbook.and_then(|r| r.steps().find(|step| step.id.as_str() == choice.step)) else { continue };
        let place = &choice.option.place;
        let Some(decision) = step.decision.as_ref().filter(|_| step.kind() == StepKind::Decision) else {
            let message = format!("{} is no decision", quoted(choice.step));
            findings.push(Finding::error("no-decision", place, message).expected("a step with `decision`"));
            continue;
        };
        let said = choice.option.text().unwrap_or_default();
        if !decision.options.is_empty() && !decision.options.iter().any(|option| option == said) {
            let options: Vec<&str> = decision.options.iter().map(String::as_str).collect();
            let message = format!("{} is no option of {}", quoted(said), quoted(choice.step));
            let close = crate::plan::nearest::nearest(said, options.iter().copied());
            findings.push(Finding::error("no-option", place, message).expected(super::names::some(&options)).nearest(close));
        }
    }
}
