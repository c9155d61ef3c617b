//! Where a PostgreSQL server stands, read from its facts.

use super::judgement::Judgement;
use crate::model::{Ask, Duration, Reading, Signal, SignalKey, Time, text::clean};

/// A receiver that heard nothing for longer is as good as gone. An idle primary sends a message at least every 30 s.
pub const RECENT: Duration = Duration::from_secs(45);

/// The facts of one answer; what the server could not say is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct PostgresFacts {
    pub primary: Option<bool>,
    pub system: Option<String>,
    /// Bytes; on a standby what was received.
    pub lsn: Option<f64>,
    /// `streaming`, another state, or `none`.
    pub receiver: Option<String>,
    /// When the last message from the primary arrived.
    pub last_receipt: Option<Time>,
    /// When the last replayed commit was made.
    pub last_commit: Option<Time>,
    pub measured: Time,
}

impl PostgresFacts {
    /// `None` for an answer without samples.
    pub fn of(reading: &Reading) -> Option<Self> {
        let measured = reading.samples.iter().map(|s| s.measured).min()?;
        let fact = |name: &str| {
            let found = reading.samples.iter().find(|s| s.labels.get("fact").is_some_and(|f| f == name))?;
            Some(&found.value)
        };
        let text = |name: &str| fact(name).map(|value| clean(&value.to_string()));
        let number = |name: &str| fact(name).and_then(|value| value.number()).filter(|n| n.is_finite());
        // An age below nothing is told by two clocks that disagree: it is no age.
        let age = |name: &str| number(name).filter(|s| *s > -Signal::AHEAD.as_secs_f64()).map(|s| s.max(0.0));
        let ago = |name: &str| age(name).map(|s| measured - Duration::from_millis((s * 1_000.0) as u64).delta());
        Some(Self {
            primary: text("role").map(|role| role == "primary"),
            system: text("system"),
            lsn: number("lsn"),
            receiver: text("receiver"),
            last_receipt: ago("receipt_age"),
            last_commit: ago("replay_age"),
            measured,
        })
    }

    /// Of a signal's newest answer, whatever its age.
    pub fn last(signal: &Signal) -> Option<Self> {
        Self::of(signal.reading.as_ref()?)
    }

    /// The receiver is attached and was heard from lately, as of the measurement.
    pub fn streams(&self) -> bool {
        self.receiver.as_deref() == Some("streaming")
            && self.last_receipt.is_some_and(|heard| Duration::between(heard, self.measured) <= RECENT)
    }

    /// `streaming, last heard just now`, or what is wrong with the connection.
    pub fn receiver_words(&self) -> String {
        let heard = self.last_receipt.map(|heard| Duration::between(heard, self.measured));
        match (self.receiver.as_deref(), heard) {
            (Some("streaming"), Some(age)) if age <= RECENT => format!("streaming, last heard {}", age.ago()),
            (Some("streaming"), Some(age)) => format!("says streaming, but heard nothing for {}", age.whole()),
            (Some("streaming"), None) => "says streaming, but not when it last heard anything".into(),
            (Some("none"), Some(age)) => format!("receiver is gone for {}: lag 0 means nothing", age.whole()),
            (Some("none"), None) => "receiver is gone: lag 0 means nothing".into(),
            (Some(other), _) => format!("receiver is {other}"),
            (None, _) => "does not say whether its receiver is attached".into(),
        }
    }
}

/// The key under which a connection's facts are kept.
pub fn key(via: &str) -> SignalKey {
    SignalKey::of(via, &Ask::PostgresState)
}

/// Holds while the receiver streams. A primary has no receiver, so it fails there.
pub fn connected(reading: &Reading) -> Judgement {
    let Some(facts) = PostgresFacts::of(reading) else { return Judgement::unknown("no sample") };
    match (facts.primary, &facts.receiver) {
        (Some(true), _) => Judgement::told(false, "is a primary: follows nothing", facts.measured),
        (_, None) => Judgement::unknown(facts.receiver_words()),
        _ => Judgement::told(facts.streams(), facts.receiver_words(), facts.measured),
    }
}
