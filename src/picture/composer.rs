//! One Picture after another, of a console that goes on looking.

use std::cell::OnceCell;

use super::{compose::compose_with, inputs::Inputs, kept::Kept, scene::Picture};
use crate::incident::PlanFacts;

/// Composes Pictures of one plan, with one way to tell events, and works out anew what changed since the one before.
#[derive(Default)]
pub struct Composer {
    facts: OnceCell<PlanFacts>,
    kept: Kept,
}

impl Composer {
    /// The Picture of `inputs`: the same that [`compose`] makes of them.
    pub fn compose(&self, inputs: &Inputs) -> Picture {
        let facts = match inputs.state.and_then(|state| state.head.as_ref()) {
            Some(head) => &head.facts,
            None => self.facts.get_or_init(|| PlanFacts::of(inputs.plan)),
        };
        compose_with(inputs, facts, &self.kept)
    }
}

/// Computes everything that can be shown. Pure: the same inputs give the same Picture.
pub fn compose(inputs: &Inputs) -> Picture {
    Composer::default().compose(inputs)
}
