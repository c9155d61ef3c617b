//! Silence of every observer in a region: evidence about the region, never health and never death (RULES R28).

use crate::model::{Duration, Freshness, Signal, Signals, Time};

/// How the connections of a region do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Connections that are asked anything.
    pub observers: usize,
    pub answering: usize,
    /// When the last good answer of any of them came, if none answers now but one did before (or tried and failed since).
    pub since: Option<Time>,
}

/// When a connection answered last, and how its answering is: by the time answers came, not by how old their samples are.
pub fn answering(signal: &Signal, now: Time) -> Freshness {
    if let Some(failure) = &signal.failure {
        return Freshness::Failing { reason: failure.reason.clone(), since: failure.since };
    }
    match &signal.reading {
        None => Freshness::Absent,
        Some(reading) if Duration::between(now, reading.read) > Signal::AHEAD => {
            Freshness::Ahead { by: Duration::between(now, reading.read) }
        }
        Some(reading) => {
            let age = Duration::between(reading.read, now);
            if age > signal.max_age { Freshness::Stale { age } } else { Freshness::Fresh }
        }
    }
}

/// The silence of the region in which `connections` stand.
pub fn silence_of<'a>(connections: impl IntoIterator<Item = &'a str>, signals: &Signals, now: Time) -> Silence {
    let (mut observers, mut talking) = (0, 0);
    let (mut last, mut first_failure): (Option<Time>, Option<Time>) = (None, None);
    for name in connections {
        let own: Vec<&Signal> = signals.0.values().filter(|s| s.via == name).collect();
        observers += usize::from(!own.is_empty());
        talking += usize::from(own.iter().any(|s| answering(s, now) == Freshness::Fresh));
        last = last.max(own.iter().filter_map(|s| s.reading.as_ref()).map(|r| r.read).max());
        let failed = own.iter().filter_map(|s| s.failure.as_ref()).map(|f| f.since).min();
        first_failure = match (first_failure, failed) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    let silent = observers > 0 && talking == 0;
    Silence { observers, answering: talking, since: if silent { last.or(first_failure) } else { None } }
}
