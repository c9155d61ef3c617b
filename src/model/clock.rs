//! Time as a thing that is handed in, so that drills, tests and the simulated platform have their own.

use std::{future::Future, pin::Pin};

use super::{duration::Duration, time::Time};

pub trait Clock: Send + Sync {
    fn now(&self) -> Time;
    /// Ends after `span` of this clock's time.
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
    /// Time since some moment of this process, which no correction of the clock moves. `None` where there is no such thing:
    /// simulated time never jumps.
    fn steady(&self) -> Option<Duration> {
        None
    }
    /// To measure how long something takes: the steady clock where there is one, else this one. Only differences of it
    /// mean anything.
    fn passed(&self) -> Duration {
        self.steady().unwrap_or_else(|| Duration::from_millis(self.now().timestamp_millis().unsigned_abs()))
    }
}
