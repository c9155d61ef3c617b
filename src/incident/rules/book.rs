//! The runbook: open, switch, adopt a changed one, insert a step (RULES R6).

use std::collections::BTreeMap;

use super::ground;
use crate::{
    incident::{
        event::Event,
        evolve::insert_step,
        needs::step_words,
        refusal::Refusal,
        state::{Book, State},
        step_state::Status,
        ways,
    },
    model::{Digest, StepId, catalogue::ActionTraits, text},
    plan::{DrillForm, Runbook, Step, StepKind},
};

type Decision = Result<Vec<Event>, Refusal>;
type Traits = BTreeMap<StepId, ActionTraits>;

/// Opens the first runbook, or switches to another; what was left keeps its place.
pub fn open(state: &State, runbook: &Runbook, traits: &Traits, drill_traits: &Traits) -> Decision {
    ground::open(state)?;
    if let Some(book) = &state.book {
        if book.runbook.name == runbook.name {
            return Err(Refusal::new(format!("{} is open already", runbook.name), "go on with its next step"));
        }
        let busy = state.steps.iter().find(|(_, s)| matches!(s.status, Status::Running | Status::Unknown));
        if let Some((id, step)) = busy {
            let words = format!("{} is {}", step_words(state, id), step.status.words());
            return Err(Refusal::new(words, "bring it to an end before you switch"));
        }
    }
    complete(runbook, traits, drill_traits)?;
    // One that was left goes on as it was journaled; a changed file is adopted by name.
    let left = state.shelf.get(&runbook.name).map(|(book, _)| book);
    let opened = left.map_or((runbook, traits, drill_traits), |book| (&book.runbook, &book.traits, &book.drill_traits));
    Ok(vec![Event::RunbookOpened {
        digest: left.map_or_else(|| Digest::of_json(runbook), |book| book.digest.clone()),
        runbook: Box::new(opened.0.clone()),
        traits: opened.1.clone(),
        drill_traits: opened.2.clone(),
    }])
}

/// A step that stands for another runbook is done when that one was gone through in this incident.
pub fn gone_through(state: &State, name: &str) -> Result<(), Refusal> {
    let Some((book, steps)) = state.shelf.get(name) else {
        let why = format!("the runbook {name} does this, and it was not opened in this incident");
        return Err(Refusal::new(why, "open it, go through it, come back and confirm; or skip this step and say why"));
    };
    let is_over = |id: &StepId| steps.get(id).is_some_and(|s| s.status.satisfies() || s.status == Status::Skipped);
    match book.runbook.steps().find(|step| !is_over(&step.id)) {
        None => Ok(()),
        Some(left) => Err(Refusal::new(
            format!("the runbook {name} does this, and its step \"{}\" is not done", left.title),
            "go back to it, bring it to its end, come back and confirm; or skip this step and say why",
        )),
    }
}

/// Takes the file's new form over, but never for started steps: they stay as they were when they started.
pub fn adopt(state: &State, runbook: &Runbook, traits: &Traits, drill_traits: &Traits) -> Decision {
    ground::open(state)?;
    let book = state.book.as_ref().ok_or_else(|| Refusal::new("no runbook is open", "open one"))?;
    if book.runbook.name != runbook.name {
        return Err(Refusal::new(format!("{} is another runbook", runbook.name), "switch to it instead"));
    }
    complete(runbook, traits, drill_traits)?;
    let (mut merged, mut traits, mut drill_traits) = (runbook.clone(), traits.clone(), drill_traits.clone());
    // The file never had what was inserted by hand; it stays where it was put, or last where its place is gone.
    for (after, id) in &book.inserted {
        let Some(step) = book.runbook.step(id).filter(|_| merged.step(id).is_none()) else { continue };
        let last = || merged.steps().last().map(|step| step.id.clone());
        let after = after.clone().filter(|id| merged.step(id).is_some()).or_else(|| after.as_ref().and_then(|_| last()));
        insert_step(&mut merged, after.as_ref(), step, |_| false);
    }
    for started in book.runbook.steps().filter(|s| state.step(&s.id).is_some_and(|s| s.status != Status::Open)) {
        let place = merged.phases.iter_mut().flat_map(|p| &mut p.steps).find(|s| s.id == started.id);
        let Some(place) = place else {
            return Err(Refusal::new(
                format!("the changed file no longer has {}, which has begun", step_words(state, &started.id)),
                "put that step back into the file",
            ));
        };
        // Its default need is the step above it, which the new file may have moved.
        *place = Step { needs: Some(book.runbook.needs_of(&started.id)), ..started.clone() };
        let names = (0..=started.instead.len()).map(|n| ways::flags_of(&started.id, n)).chain([started.id.clone()]);
        for id in names {
            for (new, old) in [(&mut traits, &book.traits), (&mut drill_traits, &book.drill_traits)] {
                match old.get(&id) {
                    Some(kept) => new.insert(id.clone(), kept.clone()),
                    None => new.remove(&id),
                };
            }
        }
    }
    let mut adopted = Book { runbook: merged, traits, drill_traits, planned: BTreeMap::new(), ..book.clone() };
    for (id, planned) in &book.planned {
        match state.status(id) {
            // Another way was chosen for a step that reads as it did.
            Status::Open if adopted.runbook.step(id) == Some(planned) => {
                let way = state.step(id).and_then(|s| s.way.as_ref()?.0.as_deref());
                ways::choose(&mut adopted, id, way);
            }
            _ => {}
        }
    }
    let Book { runbook: merged, traits, drill_traits, .. } = adopted;
    if merged == book.runbook {
        return Err(Refusal::new("nothing in it differs from what is open", "nothing is needed"));
    }
    Ok(vec![Event::RunbookAdopted { digest: Digest::of_json(runbook), runbook: Box::new(merged), traits, drill_traits }])
}

/// By hand, journaled as such; only steps that send nothing.
pub fn insert(state: &State, after: Option<&StepId>, step: &Step, why: &str) -> Decision {
    ground::open(state)?;
    ground::reason(why)?;
    let book = state.book.as_ref().ok_or_else(|| Refusal::new("no runbook is open", "open one"))?;
    if let Some(missing) = after.filter(|id| book.runbook.step(id).is_none()) {
        return Err(Refusal::new(format!("there is no step {missing}"), "choose the step after which it comes"));
    }
    if book.runbook.step(&step.id).is_some() {
        return Err(Refusal::new(format!("there is a step {} already", step.id), "give it another name"));
    }
    if step.id.as_str().trim().is_empty() || text::clean(step.id.as_str()) != step.id.as_str() {
        return Err(Refusal::new("a step needs a name of plain characters", "give it a short one"));
    }
    if step.title.trim().is_empty() {
        return Err(Refusal::new("a step needs a title", "say what is to be done"));
    }
    let sends_nothing = matches!(step.kind(), StepKind::Check | StepKind::Notice | StepKind::Decision);
    if !sends_nothing || !step.gate.is_empty() || !step.instead.is_empty() {
        return Err(Refusal::new("a step inserted by hand sends nothing", "write it as a check; actions come from the plan"));
    }
    let mut with_it = book.runbook.clone();
    insert_step(&mut with_it, after, step, |id| state.status(id) != Status::Open);
    if let Some(missing) = step.needs.iter().flatten().find(|need| with_it.step(need).is_none()) {
        return Err(Refusal::new(format!("it needs {missing}, which is no step"), "let it need steps of the open runbook"));
    }
    if leads_to(&with_it, &step.id) {
        return Err(Refusal::new("it would wait for a step that waits for it", "let it need only steps that come before it"));
    }
    Ok(vec![Event::StepInserted { after: after.cloned(), step: Box::new(step.clone()), why: why.to_owned() }])
}

/// Whether `id` waits, through any number of steps, for itself.
fn leads_to(runbook: &Runbook, id: &StepId) -> bool {
    let (mut seen, mut todo) = (Vec::new(), runbook.needs_of(id));
    while let Some(next) = todo.pop() {
        if next == *id {
            return true;
        }
        if !seen.contains(&next) {
            todo.extend(runbook.needs_of(&next));
            seen.push(next);
        }
    }
    false
}

/// Every action's flags travel with the runbook; one without would be taken for harmless.
pub fn complete(runbook: &Runbook, traits: &Traits, drill_traits: &Traits) -> Result<(), Refusal> {
    let unknown = runbook.steps().find_map(|step| {
        let own = step.action.as_deref().filter(|_| !traits.contains_key(&step.id));
        let way = step.instead.iter().enumerate().find(|(n, _)| !traits.contains_key(&ways::flags_of(&step.id, *n)));
        let drill = match &step.drill {
            Some(DrillForm::Other(other)) if !drill_traits.contains_key(&step.id) => Some(other.action.as_str()),
            _ => None,
        };
        Some((own.or(way.map(|(_, way)| way.action.as_str())).or(drill)?, &step.id))
    });
    match unknown {
        None => Ok(()),
        Some((action, id)) => Err(Refusal::new(
            format!("this Lifeboat does not know the action {action} of step {id}"),
            "check the plan, or use the Lifeboat that knows it",
        )),
    }
}
