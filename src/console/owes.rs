//! Whether a console that was asked to end cannot do so yet, told to whoever waits for it (RULES R9).

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Set once a console that is to end has found actions that still run, or outcomes that the journal does not have yet.
#[derive(Clone, Debug, Default)]
pub struct Owes(Arc<AtomicBool>);

impl Owes {
    pub fn tell(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub fn something(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
