//! What consoles report of runs: progress, ends, a dead console, read-backs (RULES R7, R8).

use super::ground;
use crate::{
    incident::{
        actor::Actor,
        event::{Event, RunKind, Settled},
        needs::step_words,
        refusal::Refusal,
        state::State,
        step_state::{Foreseen, Run, Status},
    },
    model::{ConsoleId, FenceAnswer, Outcome, PartReport, RunId, StepId, Time, Value},
};

type Decision = Result<Vec<Event>, Refusal>;

/// The run, and whether its step is a fence, of any of the incident's runbooks: late words find their way.
fn find<'a>(state: &'a State, id: &StepId, run: &RunId) -> Result<(&'a Run, bool), Refusal> {
    let known = state.books().find_map(|(book, steps)| {
        let fences = state.traits_in(book, id).is_some_and(|traits| traits.fences);
        Some((steps.get(id)?.run(run)?, fences))
    });
    known.ok_or_else(|| Refusal::new(format!("no such run of step {id} was started"), "start it first"))
}

/// A report as it may be journaled: a fence without proof is not taken for one (RULES R19), and it holds no figure
/// that JSON cannot carry.
fn sound(report: &PartReport, run: &Run, fences: bool) -> PartReport {
    let proven = matches!(report.fence, Some(FenceAnswer::RefusesWrites { .. }));
    let outcome = match &report.outcome {
        Outcome::Succeeded { .. } if fences && run.kind != RunKind::Undo && !proven => {
            let why = match &report.fence {
                Some(FenceAnswer::StillWritable { why }) => format!("still writable: {why}"),
                Some(FenceAnswer::Unreachable { why }) => format!("unreachable: {why}"),
                _ => "it gave no proof that writes are refused".to_owned(),
            };
            Outcome::failed(why)
        }
        said => said.clone(),
    };
    let result = report.result.clone().map(|value| match value {
        Value::Number(n) if !n.is_finite() => Value::Text(n.to_string()),
        plain => plain,
    });
    PartReport { part: report.part.clone(), outcome, fence: report.fence.clone(), result }
}

/// What only the console that runs it can say.
fn own(run: &Run, who: &Actor) -> Result<(), Refusal> {
    if run.console == who.console {
        return Ok(());
    }
    Err(Refusal::new(format!("it runs at {}'s", run.who), "only the console that runs it reports its course"))
}

/// What is known of a dataset while the step that recovers it has just been started (RULES R21).
pub fn foreseen(state: &State, id: &StepId, run: &RunId, dataset: &str, seen: &Foreseen, who: &Actor, now: Time) -> Decision {
    let (known, _) = find(state, id, run)?;
    own(known, who)?;
    let (step, at) = ground::step(state, id)?;
    if at.status != Status::Running || at.last_run().is_none_or(|newest| newest.id != *run) {
        return Err(Refusal::new(format!("{} is not being started", step_words(state, id)), "it is said with its start"));
    }
    if !step.recovers.has(dataset) {
        return Err(Refusal::new(format!("{} does not recover {dataset}", step_words(state, id)), "nothing is needed"));
    }
    if seen.least > seen.most {
        return Err(Refusal::new("its least is more than its most", "look at its source again"));
    }
    ground::past(seen.point, now + ground::CLOCKS_DIFFER.delta(), "its recovery point")?;
    let Foreseen { source, point, least, most } = seen.clone();
    Ok(vec![Event::LossForeseen { step: id.clone(), run: run.clone(), dataset: dataset.to_owned(), source, point, least, most }])
}

pub fn progress(state: &State, id: &StepId, run: &RunId, part: &str, text: &str, who: &Actor) -> Decision {
    let (known, _) = find(state, id, run)?;
    own(known, who)?;
    if known.reported.iter().any(|p| p == part) {
        return Err(Refusal::new(format!("{part} has ended"), "nothing is needed"));
    }
    Ok(vec![Event::PartProgressed { step: id.clone(), run: run.clone(), part: part.to_owned(), text: text.to_owned() }])
}

/// Late outcomes are always accepted: also after a close, and after the console was taken for dead.
pub fn part(state: &State, id: &StepId, run: &RunId, report: &PartReport, who: &Actor) -> Decision {
    let (known, fences) = find(state, id, run)?;
    own(known, who)?;
    if !known.parts.contains(&report.part) {
        return Err(Refusal::new(
            format!("{} is no part of that run", report.part),
            format!("it has {}", known.parts.join(", ")),
        ));
    }
    if known.reported.contains(&report.part) {
        return Err(Refusal::new(format!("{} has ended already", report.part), "nothing is needed"));
    }
    Ok(vec![Event::PartEnded { step: id.clone(), run: run.clone(), report: sound(report, known, fences) }])
}

/// Only a console that obtained the dead one's lock may say so; it is never the same one.
pub fn console_lost(state: &State, id: &StepId, run: &RunId, console: &ConsoleId, who: &Actor) -> Decision {
    let (known, _) = find(state, id, run)?;
    if known.console != *console || *console == who.console {
        return Err(Refusal::new(format!("it runs at {}'s", known.who), "only a proof that that console is dead ends it"));
    }
    if known.ended.is_some() || known.lost {
        return Err(Refusal::new("that run has ended", "nothing is needed"));
    }
    Ok(vec![Event::ConsoleLost { step: id.clone(), run: run.clone(), console: console.clone() }])
}

/// What the servers say about unknown parts; those they cannot tell stay unknown.
pub fn read_back(state: &State, id: &StepId, run: &RunId, reports: &[PartReport]) -> Decision {
    let (_, at) = ground::step(state, id)?;
    let (known, fences) = find(state, id, run)?;
    let unknown = at.unknown_parts();
    if unknown.is_empty() {
        return Err(Refusal::new(format!("nothing of {} is unknown", step_words(state, id)), "there is nothing to read back"));
    }
    // What this run left unknown: another run's word about a part says nothing about this one's.
    let of_run = |part: &str| at.parts.get(part).is_some_and(|p| p.run.as_ref() == Some(run));
    let told: Vec<_> = reports.iter().filter(|r| unknown.contains(&r.part) && of_run(&r.part)).collect();
    let settled: Vec<Event> = told
        .iter()
        .filter(|r| !matches!(r.outcome, Outcome::Unknown { .. }))
        .map(|r| Event::PartSettled {
            step: id.clone(),
            run: run.clone(),
            report: sound(r, known, fences),
            by: Settled::ReadBack,
        })
        .collect();
    if settled.is_empty() {
        let why = told.first().map_or("the server said nothing about it", |r| r.outcome.text());
        return Err(Refusal::new(
            format!("it cannot be told: {why}"),
            "try again later, or look yourself and resolve it with a reason",
        ));
    }
    Ok(settled)
}

pub fn resolve(state: &State, id: &StepId, part: &str, happened: bool, why: &str) -> Decision {
    let (_, at) = ground::step(state, id)?;
    ground::reason(why)?;
    if at.status == Status::Running || !at.unknown_parts().iter().any(|p| p == part) {
        return Err(Refusal::new(format!("{part} of {} is not unknown", step_words(state, id)), "there is nothing to resolve"));
    }
    let Some(run) = at.parts.get(part).and_then(|p| p.run.clone()) else {
        return Err(Refusal::new(format!("{part} was never run"), "start the step"));
    };
    let (known, fences) = find(state, id, &run)?;
    if fences && happened && known.kind != RunKind::Undo {
        return Err(Refusal::new(
            "a person's word is no proof that a server refuses writes",
            "read it back, sign an outside fence, or say that it did not happen",
        ));
    }
    let outcome = if happened { Outcome::succeeded(why) } else { Outcome::failed(why) };
    let by = Settled::Person { why: why.to_owned() };
    Ok(vec![Event::PartSettled { step: id.clone(), run, report: PartReport::new(part, outcome), by }])
}
