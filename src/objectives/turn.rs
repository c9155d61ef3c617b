//! Since when it is a step's turn: what it needs is done, and it waits for somebody to begin it.

use std::collections::BTreeMap;

use crate::{
    incident::{Book, StepState},
    model::{StepId, Time},
};

/// The end of the last of what it needs, the opening of the runbook where it needs nothing. `None` while a need is open.
pub fn since(book: &Book, steps: &BTreeMap<StepId, StepState>, step: &StepId) -> Option<Time> {
    let mut turn = book.opened;
    for need in book.runbook.needs_of(step) {
        turn = turn.max(steps.get(&need).and_then(|at| at.ended)?);
    }
    Some(turn)
}
