//! How long steps took in this team's own incidents and drills, as the journal tells it.

use std::collections::BTreeMap;

use super::turn;
use crate::{
    incident::{RunKind, State, Status, StepState},
    model::{Duration, IncidentId, StepId, Time},
    plan::{DrillForm, Step},
};

/// One time that a step was carried out to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRun {
    pub incident: IncidentId,
    pub drill: bool,
    pub ended: Time,
    /// What it did then; a step that does another thing now is another step.
    action: Option<String>,
    /// From its turn until somebody began it.
    pub waited: Duration,
    /// From its start to its proof.
    pub took: Duration,
}

/// What past runs of one step come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usual {
    pub median: Duration,
    /// Nine of ten took no longer.
    pub slow: Duration,
    /// The median of how long it waited for people to begin it.
    pub waited: Duration,
    /// The same figures of wait and work together.
    pub whole: Duration,
    pub whole_slow: Duration,
    pub runs: usize,
    /// Of these.
    pub drills: usize,
    /// The last ones, the newest first.
    pub newest: Vec<PastRun>,
}

/// By runbook and step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past(BTreeMap<String, BTreeMap<StepId, Vec<PastRun>>>);

impl Past {
    /// From so many runs on their figures count in place of the plan's `takes`.
    pub const ENOUGH: usize = 5;
    /// Of one step so many are kept: what was long ago was another system.
    const KEPT: usize = 50;
    const SHOWN: usize = 5;

    /// Takes in a closed incident, in place of what was known of it before. An open one is not the past.
    pub fn learn(&mut self, incident: &IncidentId, state: &State) {
        if state.is_open() || state.head.is_none() {
            return;
        }
        for (book, steps) in state.books() {
            for step in book.runbook.steps() {
                let known = self.0.get_mut(&book.runbook.name).and_then(|steps| steps.get_mut(&step.id));
                if let Some(known) = known {
                    known.retain(|run| run.incident != *incident);
                }
                let Some((from, to)) = steps.get(&step.id).and_then(|at| carried_out(step, at, state.is_drill())) else {
                    continue;
                };
                let turn = turn::since(book, steps, &step.id).unwrap_or(from);
                let runs = self.0.entry(book.runbook.name.clone()).or_default().entry(step.id.clone()).or_default();
                runs.push(PastRun {
                    incident: incident.clone(),
                    drill: state.is_drill(),
                    ended: to,
                    action: step.action.clone(),
                    waited: Duration::between(turn, from),
                    took: Duration::between(from, to),
                });
                runs.sort_by_key(|run| std::cmp::Reverse(run.ended));
                runs.truncate(Self::KEPT);
            }
        }
    }

    /// Whether any step of that runbook was ever carried out.
    pub fn knows(&self, runbook: &str) -> bool {
        self.0.contains_key(runbook)
    }

    /// What is known of a step, however few its runs.
    pub fn of(&self, runbook: &str, step: &Step) -> Option<Usual> {
        let runs: Vec<&PastRun> = self.0.get(runbook)?.get(&step.id)?.iter().filter(|run| run.action == step.action).collect();
        if runs.is_empty() {
            return None;
        }
        let took = Ranked::of(runs.iter().map(|run| run.took));
        let whole = Ranked::of(runs.iter().map(|run| run.waited + run.took));
        Some(Usual {
            median: took.at(5),
            slow: took.at(9),
            waited: Ranked::of(runs.iter().map(|run| run.waited)).at(5),
            whole: whole.at(5),
            whole_slow: whole.at(9),
            runs: runs.len(),
            drills: runs.iter().filter(|run| run.drill).count(),
            newest: runs.into_iter().take(Self::SHOWN).cloned().collect(),
        })
    }

    /// What counts in place of the plan's `takes`.
    pub fn usual(&self, runbook: &str, step: &Step) -> Option<Usual> {
        self.of(runbook, step).filter(|usual| usual.runs >= Self::ENOUGH)
    }
}

/// Durations, the shortest first.
struct Ranked(Vec<Duration>);

impl Ranked {
    fn of(durations: impl Iterator<Item = Duration>) -> Self {
        let mut all: Vec<Duration> = durations.collect();
        all.sort();
        Self(all)
    }

    /// The smallest that so many tenths are not above.
    fn at(&self, tenths: usize) -> Duration {
        let place = (self.0.len() * tenths).div_ceil(10).max(1) - 1;
        self.0.get(place).copied().unwrap_or_default()
    }
}

/// From when to when it was carried out to a good end. What a drill does in a step's place says nothing of the step, and
/// a gate that somebody waved through nothing of how long its proof takes.
fn carried_out(step: &Step, at: &StepState, drill: bool) -> Option<(Time, Time)> {
    if drill && matches!(step.drill, Some(DrillForm::Other(_) | DrillForm::Talk)) {
        return None;
    }
    if at.status != Status::Succeeded {
        return None;
    }
    match at.runs.iter().rfind(|run| run.kind != RunKind::Undo) {
        // Whoever signed it off by hand ended the waiting for its proof, not the work.
        Some(run) if at.ended_by_hand => Some((run.started, run.ended?)),
        Some(run) => Some((run.started, at.ended.or(run.ended)?)),
        None if step.action.is_some() || (at.ended_by_hand && !step.gate.is_empty()) => None,
        None => Some((at.began.or(at.ended)?, at.ended?)),
    }
}
