//! How long steps took in this team's own incidents and drills, as the journal tells it.

use std::collections::BTreeMap;

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
    /// From its start to its proof.
    pub took: Duration,
}

/// What past runs of one step come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usual {
    pub median: Duration,
    /// Nine of ten took no longer.
    pub slow: Duration,
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
    pub const ENOUGH: usize = 3;
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
                let Some((ended, took)) = steps.get(&step.id).and_then(|at| carried_out(step, at, state.is_drill())) else {
                    continue;
                };
                let runs = self.0.entry(book.runbook.name.clone()).or_default().entry(step.id.clone()).or_default();
                runs.push(PastRun { incident: incident.clone(), drill: state.is_drill(), ended, took });
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
    pub fn of(&self, runbook: &str, step: &StepId) -> Option<Usual> {
        let runs = self.0.get(runbook)?.get(step).filter(|runs| !runs.is_empty())?;
        let mut took: Vec<Duration> = runs.iter().map(|run| run.took).collect();
        took.sort();
        // By rank: the smallest that so many are not above.
        let rank = |tenths: usize| took[(took.len() * tenths).div_ceil(10).clamp(1, took.len()) - 1];
        Some(Usual {
            median: rank(5),
            slow: rank(9),
            runs: runs.len(),
            drills: runs.iter().filter(|run| run.drill).count(),
            newest: runs.iter().take(Self::SHOWN).cloned().collect(),
        })
    }

    /// What counts in place of the plan's `takes`.
    pub fn usual(&self, runbook: &str, step: &StepId) -> Option<Usual> {
        self.of(runbook, step).filter(|usual| usual.runs >= Self::ENOUGH)
    }
}

/// When it came to a good end, and how long it took. Only what the console itself measured: an action up to its proof, or a
/// gate that was watched. How long a person thought is not told by when they pressed a key, and what a drill does in a
/// step's place says nothing of the step.
fn carried_out(step: &Step, at: &StepState, drill: bool) -> Option<(Time, Duration)> {
    if drill && matches!(step.drill, Some(DrillForm::Other(_) | DrillForm::Talk)) {
        return None;
    }
    if at.status != Status::Succeeded {
        return None;
    }
    let run = at.runs.iter().rfind(|run| run.kind != RunKind::Undo);
    let (from, to) = match run {
        // Whoever signed it off by hand ended the waiting for its proof, not the work.
        Some(run) if at.ended_by_hand => (run.started, run.ended?),
        Some(run) => (run.started, at.ended.or(run.ended)?),
        None if step.action.is_none() && !step.gate.is_empty() && !at.ended_by_hand => (at.began?, at.ended?),
        None => return None,
    };
    Some((to, Duration::between(from, to)))
}
