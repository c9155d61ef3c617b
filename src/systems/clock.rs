//! The machine's clock: the one place that asks it.
#![allow(clippy::disallowed_methods)]

use std::{future::Future, pin::Pin};

use crate::model::{Clock, Duration, Time};

/// Wall-clock time of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        chrono::Utc::now()
    }
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(span.std()))
    }
    fn steady(&self) -> Option<Duration> {
        Some(steady())
    }
}

/// Goes on while the machine sleeps, as the outage does: waking up is no jump.
#[cfg(target_os = "linux")]
fn steady() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::from_millis(now.tv_sec.unsigned_abs() * 1_000 + now.tv_nsec.unsigned_abs() / 1_000_000)
}

#[cfg(not(target_os = "linux"))]
fn steady() -> Duration {
    static FIRST: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    Duration::from_millis(FIRST.get_or_init(std::time::Instant::now).elapsed().as_millis() as u64)
}
