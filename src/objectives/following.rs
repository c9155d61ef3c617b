//! How far a copy is behind what it copies, now: never by a lag alone (RULES R23).

use super::{
    loss::Span,
    redis_replica::redis_exposure,
    replica::{ReplicaExposure, replica_exposure},
    sight::Follows,
    stop::Stop,
};
use crate::{
    gates::{Answer, evaluate, value},
    model::{Duration, Freshness, Signals, Time, Value, text::clean},
    plan::{Probe, RecoverySource, SourceKind},
};

/// One copy that follows, as it is now, whatever incident is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Following {
    pub follows: Follows,
    /// How far it is behind; `None` where that means nothing.
    pub behind: Option<Span>,
    pub known: Freshness,
    /// Whether it is within the lag that the plan allows; `None`: no limit, or it cannot be told.
    pub within: Option<bool>,
    pub words: String,
}

impl Following {
    fn untold(known: Freshness, words: impl Into<String>) -> Self {
        Self { follows: Follows::CannotTell, behind: None, known, within: None, words: words.into() }
    }

    /// Connected and so far behind. Less than a second is the time that news takes to be scraped.
    fn by_lag(behind: Duration, words: String) -> Self {
        let follows = if behind.as_millis() < 1_000 { Follows::CaughtUp } else { Follows::Behind };
        Self { follows, behind: Some(Span::exactly(behind)), known: Freshness::Fresh, within: None, words }
    }
}

/// How `source` follows; `None`: it is no copy that does.
pub fn following(source: &RecoverySource, signals: &Signals, now: Time) -> Option<Following> {
    if source.kind != SourceKind::Replica && source.lag.is_none() {
        return None;
    }
    let mut seen = look(source, signals, now);
    let limit = source.limit.as_ref();
    seen.within = seen.behind.zip(limit).and_then(|(behind, limit)| {
        let holds = |lag: Duration| limit.holds(&Value::Number(lag.as_secs_f64())).ok();
        // Of a range whose ends differ it cannot be told.
        holds(behind.least).filter(|least| holds(behind.most) == Some(*least))
    });
    Some(seen)
}

fn look(source: &RecoverySource, signals: &Signals, now: Time) -> Following {
    let servers = [&source.lag, &source.connected].into_iter().flatten();
    for probe in servers {
        let stop = Stop { at: now, frozen: false };
        match probe {
            Probe::Postgres(server) => return of_server(replica_exposure(&server.via, signals, stop, None, now)),
            Probe::Redis(server) => return of_server(redis_exposure(&server.via, signals, stop, None, now)),
            _ => {}
        }
    }
    let connected = source.connected.as_ref().map(|connected| evaluate(connected, signals, None, now));
    if let Some(connected) = &connected {
        match connected.state {
            Answer::Holds => {}
            Answer::Fails => {
                let words = format!("not connected ({}): lag means nothing", connected.words);
                return Following { follows: Follows::CutOff, ..Following::untold(Freshness::Fresh, words) };
            }
            Answer::Unknown => {
                let words = format!("whether it is connected: {}", connected.words);
                return Following::untold(Freshness::Absent, words);
            }
        }
    }
    match (&source.lag, &source.at, connected) {
        (Some(_), _, None) => Following::untold(Freshness::Absent, "no proof of connection: lag alone means nothing"),
        (Some(lag), _, Some(_)) => by_lag(lag, signals, now),
        (None, Some(at), _) => by_point(at, signals, now),
        (None, None, _) => Following::untold(Freshness::Absent, "nothing observes how far it is behind"),
    }
}

fn of_server(seen: ReplicaExposure) -> Following {
    let ReplicaExposure { follows, loses, known, words, .. } = seen;
    let behind = loses.filter(|_| matches!(follows, Follows::CaughtUp | Follows::Behind));
    Following { follows, behind, known, within: None, words }
}

fn by_lag(lag: &Probe, signals: &Signals, now: Time) -> Following {
    match value(lag, signals, now) {
        Err(unusable) => Following::untold(unusable.known, unusable.words),
        Ok((value, _)) => match value.number() {
            Some(seconds) if seconds.is_finite() && seconds >= 0.0 => {
                let behind = Duration::from_millis((seconds * 1_000.0) as u64);
                Following::by_lag(behind, format!("{} behind, connected", behind.up_to_secs()))
            }
            _ => Following::untold(Freshness::Absent, format!("its lag is no number: {}", clean(&value.to_string()))),
        },
    }
}

/// What arrived last, such as a row or an object that is written all the time, is its own proof of connection.
fn by_point(at: &Probe, signals: &Signals, now: Time) -> Following {
    let (value, measured) = match value(at, signals, now) {
        Ok(both) => both,
        Err(unusable) => return Following::untold(unusable.known, unusable.words),
    };
    let point = value.number().filter(|seconds| seconds.is_finite() && *seconds > 0.0);
    let Some(point) = point.and_then(|seconds| Time::from_timestamp_millis((seconds * 1_000.0) as i64)) else {
        return Following::untold(Freshness::Absent, "nothing ever arrived");
    };
    let behind = Duration::between(point, measured);
    Following::by_lag(behind, format!("what arrived last is {} old", behind.up_to_secs()))
}
