//! Whether an answer may be used at all: fresh, complete and, where asked for, from after a moment.

use crate::{
    model::{Ask, Duration, Freshness, Reading, Signal, SignalKey, Signals, Time, text::clean, time::clock},
    plan::probe::is_folder,
};

/// Why an answer says nothing, in words, and how old the knowledge is; never *fresh*.
#[derive(Clone, Debug, PartialEq)]
pub struct Unusable {
    pub words: String,
    pub known: Freshness,
}

/// The freshness of `signal` where the asker wants its samples no older than `max_age`.
pub fn freshness(signal: &Signal, max_age: Option<Duration>, now: Time) -> Freshness {
    signal.freshness_within(max_age.unwrap_or(signal.max_age), now)
}

/// Why a datum in this state says nothing: the same words everywhere.
pub fn reason(via: &str, known: &Freshness) -> String {
    let via = if is_folder(via) { "this machine" } else { via };
    match known {
        Freshness::Fresh => format!("{via} answers"),
        Freshness::Stale { age } => format!("stale: last measured {}", age.ago()),
        Freshness::Ahead { by } => format!("measured {} ahead of now: a clock is wrong", by.whole()),
        Freshness::Failing { reason, .. } => format!("{via} does not answer: {}", clean(reason)),
        Freshness::Absent => format!("{via} has not answered yet"),
    }
}

/// The answer of `via` to `ask`, if it may be used: fresh, without a warning against itself, and measured after `after`.
pub fn usable<'a>(
    via: &str,
    ask: &Ask,
    max_age: Option<Duration>,
    signals: &'a Signals,
    after: Option<Time>,
    now: Time,
) -> Result<&'a Reading, Unusable> {
    let absent = || Unusable { words: reason(via, &Freshness::Absent), known: Freshness::Absent };
    let signal = signals.get(&SignalKey::of(via, ask)).ok_or_else(absent)?;
    let known = freshness(signal, max_age, now);
    if known != Freshness::Fresh {
        return Err(Unusable { words: reason(via, &known), known });
    }
    let reading = signal.reading.as_ref().ok_or_else(absent)?;
    if let Some(warning) = reading.warnings.first() {
        // A partial answer may lack just the series that matters.
        let words = format!("{via} answers only in part: {}", clean(warning));
        return Err(Unusable { known: Freshness::Failing { reason: words.clone(), since: reading.read }, words });
    }
    if let Some(after) = after
        && signal.measured().is_some_and(|measured| measured <= after)
    {
        return Err(Unusable { words: format!("no sample since {} yet", clock(after, now)), known: Freshness::Absent });
    }
    Ok(reading)
}
