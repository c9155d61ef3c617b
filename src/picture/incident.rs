//! The incident on screen, with its two clocks.

use super::{inputs::Ground, scene::IncidentPicture};
use crate::{
    incident::State,
    model::{Duration, time::clock},
    objectives::{
        split::{Split, split},
        survival::spoils_points,
    },
};

pub fn incident(ground: &Ground) -> Option<IncidentPicture> {
    let state = ground.inputs.state?;
    let head = state.head.as_ref()?;
    let back = state.services.values().filter(|s| !s.outages.is_empty());
    let ends: Option<Vec<_>> = back.map(|s| s.outages.last().and_then(|o| o.until)).collect();
    // All that were down are back: the clock stands at the last of them.
    let restored = ends.and_then(|ends| ends.into_iter().max());
    let until = restored.unwrap_or(ground.clock_at);
    Some(IncidentPicture {
        id: head.id.clone(),
        title: head.title.clone(),
        severity: head.severity,
        scenario: head.scenario.clone(),
        drill: head.drill,
        began: head.began,
        declared: head.declared,
        declared_by: head.declared_by.clone(),
        commander: state.commander.clone(),
        outage: Duration::between(head.began, until),
        outage_over: restored.is_some() || head.closed.is_some(),
        since_declared: Duration::between(head.declared, ground.clock_at),
        split: split(state, until).map(Split::words).unwrap_or_default(),
        hold: state.hold.as_ref().map(|hold| (hold.who.clone(), hold.why.clone(), hold.since)),
        suspended: state.suspended.as_ref().map(|suspended| (suspended.by.why.clone(), suspended.by.at)),
        scope: head.scope.clone(),
        clean_before: clean_before(ground),
        closed: head.closed.as_ref().map(|(resolution, by)| format!("{} by {}", resolution.words(), by.who)),
        broken_glass: ground.open().map(broken_glass).unwrap_or_default(),
    })
}

/// RULES R22: estimated by the start of impact until somebody says it.
fn clean_before(ground: &Ground) -> Option<String> {
    let head = ground.inputs.state?.head.as_ref().filter(|_| spoils_points(ground.loses))?;
    Some(match head.clean_before {
        Some(at) => clock(at, ground.now()),
        None => format!("~{}", clock(head.began, ground.now())),
    })
}

/// In any of the incident's runbooks: it stays loud whatever became of the step (RULES R16).
fn broken_glass(state: &State) -> Vec<String> {
    let broken = state.books().flat_map(|(book, steps)| {
        let open = state.book.as_ref().is_some_and(|open| open.runbook.name == book.runbook.name);
        let of = if open { String::new() } else { format!(" of {}", book.runbook.name) };
        let steps =
            book.runbook.steps().zip(1..).filter(|(step, _)| steps.get(&step.id).is_some_and(|s| s.broke_glass.is_some()));
        steps.map(move |(_, number)| format!("step {number}{of}")).collect::<Vec<_>>()
    });
    broken.collect()
}
