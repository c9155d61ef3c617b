//! A service's outage clock (RULES R24): from its own impact to the start of health that held; a relapse resumes it.

use crate::{
    incident::ServiceState,
    model::{Duration, Time},
};

/// How long a service has been down in this incident, over all its outages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    pub elapsed: Duration,
    /// Still down.
    pub running: bool,
    /// Since when the present outage lasts; of a service that is back, when it came back.
    pub since: Time,
}

impl Clock {
    /// What is left of `rto`; zero once it is used up.
    pub fn left(&self, rto: Duration) -> Duration {
        rto.saturating_sub(self.elapsed)
    }
    /// By how much `rto` is exceeded, if it is. Exactly reaching it is not.
    pub fn over(&self, rto: Duration) -> Option<Duration> {
        (self.elapsed > rto).then(|| self.elapsed.saturating_sub(rto))
    }
    /// When `rto` is used up, while the clock runs.
    pub fn deadline(&self, rto: Duration, now: Time) -> Option<Time> {
        self.running.then(|| match self.over(rto) {
            Some(over) => now - over.delta(),
            None => now + self.left(rto).delta(),
        })
    }
}

/// The clock of a service that was down in this incident; `None` for one that was not.
pub fn clock_of(service: &ServiceState, now: Time) -> Option<Clock> {
    let last = service.outages.last()?;
    let elapsed = service.outages.iter().map(|o| Duration::between(o.from, o.until.unwrap_or(now))).sum();
    Some(Clock { elapsed, running: last.until.is_none(), since: last.until.unwrap_or(last.from) })
}
