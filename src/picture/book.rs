//! The open runbook: phases, steps, what is next, and how long the rest takes.

use std::collections::BTreeMap;

use super::{
    automatic::own_steps,
    inputs::Ground,
    scene::{AutomationPicture, BookPicture, PhasePicture, StepPicture},
    step::step_picture,
};
use crate::{
    incident::{Status, automation},
    model::{Duration, StepId},
};

pub fn book(ground: &Ground) -> Option<BookPicture> {
    let state = ground.inputs.state?;
    let runbook = &state.book.as_ref()?.runbook;
    let numbers: BTreeMap<&StepId, usize> = runbook.steps().enumerate().map(|(i, step)| (&step.id, i + 1)).collect();
    let number_of = |id: &StepId| numbers.get(id).copied().unwrap_or_default();
    let placed = runbook.phases.iter().enumerate().flat_map(|(phase, p)| p.steps.iter().map(move |step| (phase, step)));
    let steps: Vec<StepPicture> =
        placed.enumerate().map(|(i, (phase, step))| step_picture(ground, state, step, i + 1, phase, &number_of)).collect();
    let done = steps.iter().filter(|step| is_done(step.status)).count();
    let course = ground.course().filter(|_| done < steps.len());
    let path = course.map(|course| course.path(None));
    let outage = state.head.as_ref().map(|head| Duration::between(head.began, ground.clock_at));
    let phases = runbook.phases.iter().enumerate().map(|(i, phase)| {
        let over = phase.window.and_then(|w| w.most).zip(outage).is_some_and(|(end, outage)| outage > end);
        PhasePicture {
            name: phase.name.clone(),
            window: phase.window.map(|window| format!("{window} on the outage clock")),
            late: over && steps.iter().any(|step| step.phase == i && !is_done(step.status)),
        }
    });
    Some(BookPicture {
        name: runbook.name.clone(),
        title: runbook.title.clone(),
        done,
        total: steps.len(),
        left: path.as_ref().map(|path| path.left),
        left_slow: path.as_ref().filter(|path| path.slow > path.left).map(|path| path.slow),
        learned: path.map_or(0, |path| path.learned),
        phases: phases.collect(),
        by_itself: own_steps(runbook, &automation::list_of(state)),
        automation: state.book.as_ref().and_then(|book| book.automation.as_ref()).map(|automation| AutomationPicture {
            by: automation.by.clone(),
            since: automation.at,
            steps: automation.steps.clone(),
            stopped: automation.stopped.as_ref().map(|(_, by)| by.why.clone()),
        }),
        next: next(&steps),
        steps,
        changed_on_disk: ground.inputs.changed_on_disk.clone(),
    })
}

fn is_done(status: Status) -> bool {
    status.satisfies() || status == Status::Skipped
}

/// The first step that can be done now or that went wrong and wants a decision; else the one that runs.
fn next(steps: &[StepPicture]) -> Option<usize> {
    let under_way = |s: &StepPicture| matches!(s.status, Status::Running | Status::Verifying);
    let wrong = |s: &StepPicture| matches!(s.status, Status::Unknown | Status::Partial | Status::Failed);
    let first = |wanted: &dyn Fn(&StepPicture) -> bool| steps.iter().position(wanted);
    first(&|s| s.ready || wrong(s)).or_else(|| first(&under_way))
}
