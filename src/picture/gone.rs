//! A connection that has gone dark: nothing that is asked of it is answered any more.

use crate::{
    model::{Freshness, Signal, Signals, Time},
    objectives::silence::answering,
};

/// A connection of which nothing that is asked is answered any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Its last good answer; of one that never gave any, when it was first seen to fail.
    pub last: Time,
    /// When it was first seen not to answer.
    pub seen: Time,
}

/// Whether `connection` does not answer at `now`. One that was not asked yet, or of which nothing is asked, is not gone.
pub fn gone(connection: &str, signals: &Signals, now: Time) -> Option<Gone> {
    let own = || signals.0.values().filter(|signal| signal.via == connection);
    // By a clock that is wrong it is not known when it answered, but it did.
    if own().any(|signal| matches!(answering(signal, now), Freshness::Fresh | Freshness::Ahead { .. })) {
        return None;
    }
    let failing = |signal: &Signal| match (&signal.failure, &signal.reading) {
        (Some(failure), _) => Some(failure.since),
        (None, Some(reading)) => Some(reading.read + signal.max_age.delta()),
        (None, None) => None,
    };
    let seen = own().filter_map(failing).max()?;
    let last = own().filter_map(|signal| signal.reading.as_ref()).map(|reading| reading.read).max();
    Some(Gone { last: last.unwrap_or(seen), seen })
}
