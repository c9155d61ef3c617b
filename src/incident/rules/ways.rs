//! Choosing another way to do a step (`instead`).

use super::ground;
use crate::{
    incident::{event::Event, needs::step_words, refusal::Refusal, state::State, step_state::Status},
    model::{StepId, text},
    plan::DrillForm,
};

/// Only while nothing of the step stands: two ways of doing one thing are never both under way.
pub fn choose(state: &State, id: &StepId, way: Option<&str>, why: &str) -> Result<Vec<Event>, Refusal> {
    let (step, at) = ground::step(state, id)?;
    ground::reason(why)?;
    let words = || step_words(state, id);
    let titles: Vec<&str> = step.instead.iter().map(|way| way.title.as_str()).collect();
    if titles.is_empty() {
        return Err(Refusal::new(format!("the plan has one way to do {}", words()), "do it, or take it over by hand"));
    }
    if state.is_drill() && matches!(step.drill, Some(DrillForm::Other(_) | DrillForm::Talk)) {
        return Err(Refusal::new("in this drill the step is done in its drill form", "start it, or talk it through"));
    }
    if let Some(stranger) = way.filter(|way| !titles.contains(way)) {
        let why = format!("the plan has no way `{}` to do {}", text::clean(stranger), words());
        return Err(Refusal::new(why, format!("choose one of {}", titles.join(", "))));
    }
    if at.way.as_ref().and_then(|(chosen, _)| chosen.as_deref()) == way {
        return Err(Refusal::new("that is the way it is done already", "start the step"));
    }
    ground::not_done(state, id, at.status)?;
    let stands = at.parts.values().any(|part| part.outcome.as_ref().is_some_and(|outcome| outcome.is_success()));
    if at.status == Status::Partial || stands {
        return Err(Refusal::new(
            format!("{} has changed something that stands", words()),
            "undo it, or go on with what failed; then choose another way",
        ));
    }
    Ok(vec![Event::WayChosen { step: id.clone(), way: way.map(str::to_owned), why: why.to_owned() }])
}
