//! What would be lost by promoting a Redis replica, from what both servers say.

use super::{
    loss::Span,
    replica::{ReplicaExposure, unseen},
    sight::Follows,
    stop::Stop,
};
use crate::{
    gates::{RedisFacts, redis::key, usable::reason},
    model::{Duration, Freshness, Signal, Signals, Time, size},
    plan::RedisRole,
};

/// The replica behind connection `via`. `began`: when impact began, the earliest moment at which the primary may have stopped.
pub fn redis_exposure(via: &str, signals: &Signals, stop: Stop, began: Option<Time>, now: Time) -> ReplicaExposure {
    let absent = || ReplicaExposure::untold(Freshness::Absent, reason(via, &Freshness::Absent));
    let Some(signal) = signals.get(&key(via)) else { return absent() };
    let known = signal.freshness(now);
    if known != Freshness::Fresh {
        return ReplicaExposure::untold(known.clone(), reason(via, &known));
    }
    let Some(replica) = RedisFacts::last(signal) else { return absent() };
    let words = replica.link_words();
    match replica.role {
        Some(RedisRole::Replica) => {}
        Some(RedisRole::Primary) => return ReplicaExposure::cut_off(known, "is a primary itself: follows nothing"),
        None => return ReplicaExposure::untold(known, "does not say what it is"),
    }
    if replica.link.as_deref() == Some("syncing") {
        return ReplicaExposure::cut_off(known, words);
    }
    let primary = primary_of(via, &replica, signals, now);
    match (replica.linked(), primary) {
        (true, Some(primary)) => match (primary.offset, replica.offset) {
            (Some(written), Some(received)) if written <= received => {
                let point = replica.measured.min(stop.at);
                ReplicaExposure::caught_up(point, known, words)
            }
            (Some(written), Some(received)) => behind(&primary, written, received, stop, known, &words),
            _ => ReplicaExposure::untold(known, format!("{words}, but how far it is cannot be told")),
        },
        // Linked and heard from, or the last that was heard of it: since then the primary may have written.
        (linked, primary) => {
            let away = primary.is_none();
            let Some(point) = replica.heard else {
                let words = format!("{words}, since when is not known");
                return ReplicaExposure {
                    follows: unseen(replica.link.is_some(), linked),
                    ..ReplicaExposure::untold(known, words)
                };
            };
            let most = Duration::between(point, stop.at);
            let least = match (away, linked) {
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
                follows: unseen(replica.link.is_some(), linked),
                primary_away: away,
            }
        }
    }
}

/// Linked, but not everything has arrived: all that the primary had written when its offset was still the replica's has.
fn behind(primary: &RedisFacts, written: f64, received: f64, stop: Stop, known: Freshness, words: &str) -> ReplicaExposure {
    let words = format!("{words}, {} behind", size(written - received));
    let Some((point, _)) = primary.written.iter().find(|(_, offset)| *offset <= received) else {
        let words = format!("{words}, since when is not known");
        return ReplicaExposure { follows: Follows::Behind, ..ReplicaExposure::untold(known, words) };
    };
    let until = primary.measured.min(stop.at);
    let loses = Some(Span::between(Duration::ZERO, Duration::between(*point, until)));
    ReplicaExposure { point: Some(*point), loses, known, words, follows: Follows::Behind, primary_away: false }
}

/// The primary that `replica` follows, if it answers now: another server with the same history.
fn primary_of(via: &str, replica: &RedisFacts, signals: &Signals, now: Time) -> Option<RedisFacts> {
    let others = signals.0.iter().filter(|(own, signal)| **own == key(&signal.via) && signal.via != via);
    let answering = others.filter(|(_, signal)| signal.freshness(now) == Freshness::Fresh);
    let facts = answering.filter_map(|(_, signal): (_, &Signal)| RedisFacts::last(signal));
    facts
        .filter(|facts| facts.role == Some(RedisRole::Primary) && replica.replid.is_some() && facts.replid == replica.replid)
        .max_by(|a, b| a.offset.unwrap_or(0.0).total_cmp(&b.offset.unwrap_or(0.0)))
}
