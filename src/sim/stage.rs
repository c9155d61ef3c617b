//! The simulated platform, shared by all that look at it and act on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{tick::tick, world::World};
use crate::model::Time;

#[derive(Clone)]
pub struct Stage(Arc<Mutex<World>>);

impl Stage {
    pub fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    /// The platform as it is at `now`. Never held while waiting.
    pub fn at(&self, now: Time) -> MutexGuard<'_, World> {
        let mut world = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tick(&mut world, now);
        world
    }
}
