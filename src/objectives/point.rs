//! A moment that a probe tells, in seconds since 1970: a recovery point, or when something was last proven.

use crate::{
    gates::{
        listing::{is_listing, listed},
        redis::last_save,
        value,
    },
    model::{Duration, Freshness, Signal, SignalKey, Signals, Time, time},
    plan::Probe,
};

/// What is known of such a moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// With why it is not known whether there is a newer one, where it is not.
    At {
        at: Time,
        known: Freshness,
        doubt: Option<String>,
    },
    /// 0 or -1: there never was one.
    Never {
        known: Freshness,
    },
    Nothing {
        known: Freshness,
        words: String,
    },
}

/// Asks `probe` for the moment of `what`.
pub fn told(probe: &Probe, what: &str, signals: &Signals, now: Time) -> Told {
    let (seconds, known, doubt) = match value(probe, signals, now) {
        Ok((value, _)) => (value.number(), Freshness::Fresh, None),
        // The last known one stays one; only whether there is a newer one is not known.
        Err(unusable) => (last_known(probe, signals), unusable.known, Some(unusable.words)),
    };
    let no_time = || format!("{what} is no time");
    let Some(seconds) = seconds.filter(|s| s.is_finite()) else {
        let known = if doubt.is_some() { known } else { Freshness::Absent };
        return Told::Nothing { known, words: doubt.unwrap_or_else(no_time) };
    };
    if seconds <= 0.0 {
        return Told::Never { known };
    }
    let Some(at) = time::of_millis((seconds * 1_000.0) as i64) else {
        return Told::Nothing { known: Freshness::Absent, words: no_time() };
    };
    if at > now + Duration::from_mins(1).delta() {
        return Told::Nothing { known: Freshness::Absent, words: format!("{what} lies in the future: a clock is wrong") };
    }
    Told::At { at, known, doubt }
}

/// The signal that answers `probe`.
pub fn signal_of<'a>(probe: &Probe, signals: &'a Signals) -> Option<&'a Signal> {
    signals.get(&SignalKey::of(probe.via()?, &probe.ask()?))
}

/// The one sample of the newest good answer, however old.
fn last_known(probe: &Probe, signals: &Signals) -> Option<f64> {
    let signal = signal_of(probe, signals)?;
    match probe {
        listing if is_listing(listing) => Some(listed(signal.reading.as_ref()?).last()?.at),
        Probe::Redis(_) => last_save(signal.reading.as_ref()?).ok()?.0.number(),
        _ => signal.sample(&[])?.value.number(),
    }
}
