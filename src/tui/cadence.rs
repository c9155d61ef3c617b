//! How often the screen paints. The one place of the screen that looks at a clock, a monotonic one.
#![allow(clippy::disallowed_methods, reason = "frames are paced by real time; nothing that is shown comes from it")]

use std::time::{Duration, Instant};

/// At most thirty frames a second for what nobody pressed.
const FRAME: Duration = Duration::from_millis(33);

pub struct Cadence {
    started: Instant,
    painted: Option<Instant>,
}

impl Cadence {
    pub fn new() -> Self {
        Self { started: Instant::now(), painted: None }
    }

    /// Since the screen began.
    pub fn uptime(&self) -> crate::model::Duration {
        crate::model::Duration::from_millis(self.started.elapsed().as_millis() as u64)
    }

    pub fn painted(&mut self) {
        self.painted = Some(Instant::now());
    }

    /// How long until the next frame may be painted.
    pub fn wait(&self) -> Duration {
        self.painted.map_or(Duration::ZERO, |at| FRAME.saturating_sub(at.elapsed()))
    }
}

impl Default for Cadence {
    fn default() -> Self {
        Self::new()
    }
}
