//! How long the rest of a runbook takes: the longest way through what is not done, by how long its steps took in the past,
//! else by the plan's `takes` (RULES R26).

use std::collections::BTreeMap;

use super::{past::Past, turn};
use crate::{
    incident::{RunKind, State, Status},
    model::{Duration, StepId, Time},
    plan::{DrillForm, Due, Phase, Runbook, Step},
};

/// The remaining critical path. An estimate: medians of past runs, else upper ends of `takes`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    pub left: Duration,
    /// The same if each step took as long as nine of ten of its past runs did.
    pub slow: Duration,
    /// Unfinished steps whose time is that of past runs.
    pub learned: usize,
    /// Unfinished steps on no known time; they count as nothing.
    pub untimed: usize,
    /// The most by which a step of this runbook has gone past its `takes` so far.
    pub overrun: Duration,
}

/// Which of a step's past runs is reckoned with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    Median,
    Slow,
}

/// What is known of how long steps take.
struct Experience<'a> {
    runbook: &'a str,
    past: &'a Past,
    pace: Pace,
}

impl Experience<'_> {
    /// From its start to its proof.
    fn work(&self, step: &Step) -> Option<Duration> {
        match self.past.usual(self.runbook, step) {
            Some(usual) if self.pace == Pace::Slow => Some(usual.slow),
            Some(usual) => Some(usual.median),
            None => planned(step),
        }
    }

    /// Its work, and before it what is left of the usual wait for people to begin it.
    fn whole(&self, step: &Step, state: &State, now: Time) -> Option<Duration> {
        let Some(usual) = self.past.usual(self.runbook, step) else { return planned(step) };
        let (whole, work) = if self.pace == Pace::Slow { (usual.whole_slow, usual.slow) } else { (usual.whole, usual.median) };
        let turn = state.book.as_ref().and_then(|book| turn::since(book, &state.steps, &step.id));
        let waited = turn.map_or(Duration::ZERO, |turn| Duration::between(turn, now));
        Some(whole.saturating_sub(waited).max(work))
    }
}

/// What a step is planned to take: its `takes`, else the longest `for` of its gates.
pub fn planned(step: &Step) -> Option<Duration> {
    step.takes.map(|takes| takes.upper()).or_else(|| step.gate.iter().filter_map(|gate| gate.hold).max())
}

/// Work that comes after the outage holds nobody up.
fn is_afterwards(step: &Step) -> bool {
    matches!(step.due, Some(Due::Restored(_) | Due::Closed(_)))
}

/// What a drill does instead says nothing of how long the step itself takes, and the plan nothing of how long that takes
/// (RULES R26).
fn in_drill_form(step: &Step, state: &State) -> bool {
    state.is_drill() && matches!(step.drill, Some(DrillForm::Other(_) | DrillForm::Talk))
}

/// How long `step` still takes at `now`; `None` when nothing says so.
fn rest(step: &Step, state: &State, experience: &Experience, now: Time) -> Option<Duration> {
    let at = state.step(&step.id);
    match state.status(&step.id) {
        Status::Succeeded | Status::NotNeeded | Status::TalkedThrough | Status::Skipped => Some(Duration::ZERO),
        _ if in_drill_form(step, state) => None,
        Status::Running | Status::Verifying => {
            let began = at.and_then(|s| s.last_run().map(|run| run.started).or(s.began)).unwrap_or(now);
            experience.work(step).map(|work| work.saturating_sub(Duration::between(began, now)))
        }
        _ => experience.whole(step, state, now),
    }
}

/// By how much `step` went past its `takes`. Only runs of the step itself tell: no undo, no drill form, and not how long
/// somebody thought before skipping it.
fn overrun(step: &Step, state: &State, now: Time) -> Duration {
    let (Some(takes), Some(at)) = (step.takes, state.step(&step.id)) else { return Duration::ZERO };
    let own = at.runs.iter().rfind(|run| run.kind != RunKind::Undo);
    let Some(run) = own.filter(|_| !in_drill_form(step, state)) else { return Duration::ZERO };
    let until = match at.status {
        Status::Running | Status::Verifying => now,
        // Its gate belongs to what the plan says it takes.
        Status::Succeeded if !at.ended_by_hand => at.ended.or(run.ended).unwrap_or(run.started),
        _ => run.ended.unwrap_or(run.started),
    };
    Duration::between(run.started, until).saturating_sub(takes.upper())
}

/// A step on the longest way: what it takes beyond its time moves the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overrun<'a> {
    pub step: &'a StepId,
    /// By how much it is past its `takes` already.
    pub over: Duration,
    /// From now to the end of the way it lies on.
    way: Duration,
}

impl Overrun<'_> {
    /// How long the way takes that it lies on.
    pub fn left(&self) -> Duration {
        self.way
    }
}

/// A runbook laid out in time: computed once, asked for several goals.
pub struct Course<'a> {
    steps: Vec<&'a Step>,
    /// What is under way, by place in `steps`, with how far it is past its time.
    under_way: Vec<Option<Duration>>,
    /// By place in `steps`.
    needs: Vec<Vec<usize>>,
    rests: Vec<Option<Duration>>,
    /// From now to the end of each step.
    finish: Vec<Duration>,
    /// The same at the pace of the slow ones.
    slow: Vec<Duration>,
    /// By place in `steps`: unfinished, and its time is that of past runs.
    learned: Vec<bool>,
    overrun: Duration,
}

impl<'a> Course<'a> {
    /// `None` when no runbook is open.
    pub fn of(state: &'a State, past: &Past, now: Time) -> Option<Self> {
        Some(Self::lay(&state.book.as_ref()?.runbook, state, past, now))
    }

    /// One that nobody has opened, from its first step on.
    pub fn planned(runbook: &'a Runbook, past: &Past, now: Time) -> Self {
        Self::lay(runbook, &State::default(), past, now)
    }

    fn lay(runbook: &'a Runbook, state: &State, past: &Past, now: Time) -> Self {
        let steps: Vec<&Step> = runbook.steps().filter(|step| !is_afterwards(step)).collect();
        let needs = needs_by_place(runbook, &steps);
        let at_pace = |pace| {
            let experience = Experience { runbook: &runbook.name, past, pace };
            let mut rests: Vec<_> = steps.iter().map(|step| rest(step, state, &experience, now)).collect();
            for phase in &runbook.phases {
                wait_for_people(phase, state, &steps, &needs, &mut rests, now);
            }
            let finish = finishes(&needs, &rests);
            (rests, finish)
        };
        let (rests, finish) = at_pace(Pace::Median);
        let slow = if past.knows(&runbook.name) { at_pace(Pace::Slow).1 } else { finish.clone() };
        let counts = |i: usize| rests[i].is_some_and(|rest| rest > Duration::ZERO);
        let learned = (0..steps.len()).map(|i| counts(i) && past.usual(&runbook.name, steps[i]).is_some()).collect();
        let overruns: Vec<Duration> = steps.iter().map(|step| overrun(step, state, now)).collect();
        let runs = |step: &Step| matches!(state.status(&step.id), Status::Running | Status::Verifying);
        let under_way = steps.iter().zip(&overruns).map(|(step, over)| runs(step).then_some(*over)).collect();
        let overrun = overruns.into_iter().max().unwrap_or_default();
        Self { steps, under_way, needs, rests, finish, slow, learned, overrun }
    }

    /// Which step may use up what is to spare on the longest way to `service`'s return: the one under way, else the one
    /// that takes longest.
    pub fn may_overrun(&self, service: Option<&str>) -> Option<Overrun<'a>> {
        let mut at = self.goals(service).into_iter().max_by_key(|goal| self.finish[*goal])?;
        let (way, mut found): (Duration, Option<usize>) = (self.finish[at], None);
        // No longer than there are steps, so that a circle in `needs` ends too.
        for _ in 0..self.steps.len() {
            let rank = |i: usize| (self.under_way[i], self.rests[i].unwrap_or_default());
            let counts = self.under_way[at].is_some() || self.rests[at].is_some_and(|rest| rest > Duration::ZERO);
            if counts && found.is_none_or(|known| rank(at) > rank(known)) {
                found = Some(at);
            }
            match self.needs[at].iter().copied().max_by_key(|need| self.finish[*need]) {
                Some(before) => at = before,
                None => break,
            }
        }
        let found = found?;
        Some(Overrun { step: &self.steps[found].id, over: self.under_way[found].unwrap_or_default(), way })
    }

    /// The way to the last step that restores `service`; of all of the runbook, when none is named or no step names it.
    pub fn path(&self, service: Option<&str>) -> Path {
        let goals = self.goals(service);
        let ahead = ancestors(&self.needs, &goals);
        let last = |finish: &[Duration]| goals.iter().map(|goal| finish[*goal]).max().unwrap_or_default();
        Path {
            left: last(&self.finish),
            // Never less than what is usual, whatever mixed the two.
            slow: last(&self.slow).max(last(&self.finish)),
            learned: ahead.iter().filter(|i| self.learned[**i]).count(),
            untimed: ahead.iter().filter(|i| self.rests[**i].is_none()).count(),
            overrun: self.overrun,
        }
    }
}

impl Course<'_> {
    /// The steps at whose end `service` is back, by place; all of them where none names it.
    fn goals(&self, service: Option<&str>) -> Vec<usize> {
        let all = 0..self.steps.len();
        let named = |i: &usize| service.is_some_and(|service| self.steps[*i].restores.has(service));
        let restores: Vec<usize> = all.clone().filter(named).collect();
        if restores.is_empty() { all.collect() } else { restores }
    }
}

/// What a phase takes beyond its steps is waiting for people, as far as the plan says it: it comes before the end of what
/// is last in the phase.
fn wait_for_people(
    phase: &Phase,
    state: &State,
    steps: &[&Step],
    needs: &[Vec<usize>],
    rests: &mut [Option<Duration>],
    now: Time,
) {
    let Some(takes) = phase.takes else { return };
    let own: Vec<usize> = (0..steps.len()).filter(|i| phase.steps.iter().any(|step| step.id == steps[*i].id)).collect();
    let open = |i: &usize| !(state.status(&steps[*i].id).satisfies() || state.status(&steps[*i].id) == Status::Skipped);
    let began = own.iter().filter_map(|i| state.step(&steps[*i].id)?.began).min();
    let planned = takes.upper().saturating_sub(began.map_or(Duration::ZERO, |began| Duration::between(began, now)));
    let within: Vec<Vec<usize>> = (0..steps.len())
        .map(|i| if own.contains(&i) { needs[i].iter().filter(|need| own.contains(need)).copied().collect() } else { vec![] })
        .collect();
    let ends = finishes(&within, rests);
    let work = own.iter().map(|i| ends[*i]).max().unwrap_or_default();
    let waiting = planned.saturating_sub(work);
    let last = own.iter().filter(|i| open(i) && !own.iter().any(|other| needs[*other].contains(i)));
    for i in last.copied().collect::<Vec<_>>() {
        rests[i] = Some(rests[i].unwrap_or_default() + waiting);
    }
}

fn needs_by_place(runbook: &Runbook, steps: &[&Step]) -> Vec<Vec<usize>> {
    let places: BTreeMap<&StepId, usize> = steps.iter().enumerate().map(|(i, step)| (&step.id, i)).collect();
    steps.iter().map(|step| runbook.needs_of(&step.id).iter().filter_map(|need| places.get(need).copied()).collect()).collect()
}

/// When each step would be done, from now. As many rounds as steps at most, so that a circle in `needs` ends too.
fn finishes(needs: &[Vec<usize>], rests: &[Option<Duration>]) -> Vec<Duration> {
    let mut finish = vec![Duration::ZERO; needs.len()];
    for _ in 0..needs.len() {
        let mut changed = false;
        for i in 0..needs.len() {
            let start = needs[i].iter().map(|need| finish[*need]).max().unwrap_or_default();
            let end = start + rests[i].unwrap_or_default();
            changed |= std::mem::replace(&mut finish[i], end) != end;
        }
        if !changed {
            break;
        }
    }
    finish
}

/// `goals` and everything they wait for.
fn ancestors(needs: &[Vec<usize>], goals: &[usize]) -> Vec<usize> {
    let (mut seen, mut todo) = (vec![false; needs.len()], goals.to_vec());
    while let Some(next) = todo.pop() {
        if !std::mem::replace(&mut seen[next], true) {
            todo.extend(&needs[next]);
        }
    }
    (0..needs.len()).filter(|i| seen[*i]).collect()
}
