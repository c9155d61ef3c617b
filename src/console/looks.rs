//! Which preview a person saw: of what, and what had happened by then.

use std::collections::VecDeque;

use crate::{
    incident::RunKind,
    model::{Duration, IncidentId, Preview, StepId, Time},
};

/// A preview that was shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    pub incident: IncidentId,
    pub step: StepId,
    pub kind: RunKind,
    pub made: Time,
    /// The newest record that the person could know of.
    pub seq: u64,
    /// When it was shown, by the clock that nobody sets.
    pub steady: Option<Duration>,
}

impl Look {
    /// How long ago it was shown; by the wall where there is no other clock.
    pub fn age(&self, now: Time, steady: Option<Duration>) -> Duration {
        match (self.steady, steady) {
            (Some(then), Some(now)) => now.saturating_sub(then),
            _ => Duration::between(self.made, now),
        }
    }
}

/// More than anybody has open at once.
const KEPT: usize = 64;

pub fn remember(looks: &mut VecDeque<Look>, look: Look) {
    looks.push_back(look);
    if looks.len() > KEPT {
        looks.pop_front();
    }
}

/// The look at which `seen` was shown.
pub fn find<'a>(looks: &'a VecDeque<Look>, step: &StepId, kind: RunKind, seen: &Preview) -> Option<&'a Look> {
    looks.iter().rev().find(|look| look.step == *step && look.kind == kind && look.made == seen.made)
}
