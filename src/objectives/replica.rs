//! What would be lost by promoting a PostgreSQL standby, from what both servers say.

use super::{loss::Span, sight::Follows, stop::Stop};
use crate::{
    gates::{PostgresFacts, usable::reason},
    model::{Duration, Freshness, Signal, SignalKey, Signals, Time, size},
};

/// A standby as a recovery source.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaExposure {
    /// Everything up to here is on it.
    pub point: Option<Time>,
    pub loses: Option<Span>,
    pub known: Freshness,
    pub words: String,
    pub follows: Follows,
    /// The primary does not answer, so that nobody knows what it wrote since.
    pub primary_away: bool,
}

impl ReplicaExposure {
    pub(super) fn untold(known: Freshness, words: impl Into<String>) -> Self {
        Self { point: None, loses: None, known, words: words.into(), follows: Follows::CannotTell, primary_away: false }
    }

    pub(super) fn cut_off(known: Freshness, words: impl Into<String>) -> Self {
        Self { follows: Follows::CutOff, ..Self::untold(known, words) }
    }

    pub(super) fn caught_up(point: Time, known: Freshness, words: String) -> Self {
        let loses = Some(Span::NONE);
        Self { point: Some(point), loses, known, words, follows: Follows::CaughtUp, primary_away: false }
    }
}

/// The standby behind connection `via`. `began`: when impact began, the earliest moment at which the primary may have stopped.
pub fn replica_exposure(via: &str, signals: &Signals, stop: Stop, began: Option<Time>, now: Time) -> ReplicaExposure {
    let absent = || ReplicaExposure::untold(Freshness::Absent, reason(via, &Freshness::Absent));
    let Some(signal) = signals.get(&key(via)) else { return absent() };
    let known = signal.freshness(now);
    if known != Freshness::Fresh {
        return ReplicaExposure::untold(known.clone(), reason(via, &known));
    }
    let Some(standby) = PostgresFacts::last(signal) else { return absent() };
    if standby.primary == Some(true) {
        return ReplicaExposure::cut_off(known, "is a primary itself: follows nothing");
    }
    let primary = primary_of(via, &standby, signals, now);
    let words = standby.receiver_words();
    match (standby.streams(), primary) {
        (true, Some(primary)) => match (primary.lsn, standby.lsn) {
            (Some(written), Some(received)) if written <= received => {
                let point = standby.measured.min(primary.measured).min(stop.at);
                ReplicaExposure::caught_up(point, known, words)
            }
            (Some(written), Some(received)) => behind(&standby, written - received, stop, known, &words),
            _ => ReplicaExposure::untold(known, format!("{words}, but how far it is cannot be told")),
        },
        // Attached and heard from, or the last that was heard of it: since then the primary may have written.
        (streams, primary) => {
            let away = primary.is_none();
            let Some(point) = standby.last_receipt.or(standby.last_commit) else {
                let words = format!("{words}, since when is not known");
                return ReplicaExposure {
                    follows: unseen(standby.receiver.is_some(), streams),
                    ..ReplicaExposure::untold(known, words)
                };
            };
            let most = Duration::between(point, stop.at);
            let least = match (away, streams) {
                (true, true) => Duration::ZERO,
                (true, false) => began.map_or(Duration::ZERO, |began| Duration::between(point, began)),
                (false, _) => most,
            };
            let words = if away { format!("{words}; the primary does not answer") } else { words };
            let loses = Some(Span::between(least, most));
            ReplicaExposure {
                point: Some(point),
                loses,
                known,
                words,
                follows: unseen(standby.receiver.is_some(), streams),
                primary_away: away,
            }
        }
    }
}

/// Attached, but not everything has arrived: no commit older than the last one replayed is missing.
fn behind(standby: &PostgresFacts, bytes: f64, stop: Stop, known: Freshness, words: &str) -> ReplicaExposure {
    let words = format!("{words}, {} behind", size(bytes));
    let Some(point) = standby.last_commit else {
        return ReplicaExposure { follows: Follows::Behind, ..ReplicaExposure::untold(known, words) };
    };
    let until = standby.measured.min(stop.at);
    let loses = Some(Span::between(Duration::ZERO, Duration::between(point, until)));
    ReplicaExposure { point: Some(point), loses, known, words, follows: Follows::Behind, primary_away: false }
}

/// Of a copy whose primary is not heard of: attached it may have everything. `told`: it says whether it is.
pub(super) fn unseen(told: bool, attached: bool) -> Follows {
    if told && !attached { Follows::CutOff } else { Follows::CannotTell }
}

/// The primary that `standby` belongs to, if it answers now: another server of the same system.
fn primary_of(via: &str, standby: &PostgresFacts, signals: &Signals, now: Time) -> Option<PostgresFacts> {
    let others = signals.0.iter().filter(|(own, signal)| **own == key(&signal.via) && signal.via != via);
    let answering = others.filter(|(_, signal)| signal.freshness(now) == Freshness::Fresh);
    let facts = answering.filter_map(|(_, signal): (_, &Signal)| PostgresFacts::last(signal));
    facts
        .filter(|facts| facts.primary == Some(true) && standby.system.is_some() && facts.system == standby.system)
        .max_by(|a, b| a.lsn.unwrap_or(0.0).total_cmp(&b.lsn.unwrap_or(0.0)))
}

fn key(via: &str) -> SignalKey {
    crate::gates::postgres::key(via)
}
