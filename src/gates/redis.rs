//! Where a Redis server stands, read from its facts.

use super::judgement::Judgement;
use crate::{
    model::{Ask, Duration, Reading, Signal, SignalKey, Time, Value, text::clean},
    plan::RedisRole,
};

/// A replica that heard nothing for longer is as good as cut off. An idle primary says something every 10 s by default.
pub const RECENT: Duration = Duration::from_secs(30);

/// The facts of one answer; what the server could not say is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct RedisFacts {
    pub role: Option<RedisRole>,
    /// Names one history of writes: a primary and those that follow it have the same.
    pub replid: Option<String>,
    /// Bytes of that history; on a replica what it has received.
    pub offset: Option<f64>,
    /// `up`, `down` or `syncing`.
    pub link: Option<String>,
    /// When the last word from the primary arrived.
    pub heard: Option<Time>,
    /// When the last snapshot was written, if one was since the server started.
    pub saved: Option<Time>,
    /// The offsets of earlier moments, newest first.
    pub written: Vec<(Time, f64)>,
    pub measured: Time,
}

impl RedisFacts {
    /// `None` for an answer without samples.
    pub fn of(reading: &Reading) -> Option<Self> {
        let measured = reading.samples.iter().map(|s| s.measured).min()?;
        let fact = |name: &str| {
            let found = reading.samples.iter().find(|s| s.labels.get("fact").is_some_and(|f| f == name))?;
            Some(&found.value)
        };
        let text = |name: &str| fact(name).map(|value| clean(&value.to_string()));
        let number = |name: &str| fact(name).and_then(Value::number).filter(|n| n.is_finite());
        let earlier = |seconds: f64| measured - Duration::from_millis((seconds.max(0.0) * 1_000.0) as u64).delta();
        let role = match text("role").as_deref() {
            Some("primary") => Some(RedisRole::Primary),
            Some("replica") => Some(RedisRole::Replica),
            _ => None,
        };
        let written = reading.samples.iter().filter(|s| s.labels.get("fact").is_some_and(|f| f == "written"));
        let mut written: Vec<(Time, f64)> = written
            .filter_map(|s| Some((earlier(s.labels.get("ago")?.parse().ok()?), s.value.number()?)))
            .filter(|(_, offset)| offset.is_finite())
            .collect();
        written.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        Some(Self {
            role,
            replid: text("replid"),
            offset: number("offset"),
            link: text("link"),
            heard: number("heard_age").map(earlier),
            saved: number("save_age").map(earlier),
            written,
            measured,
        })
    }

    /// Of a signal's newest answer, whatever its age.
    pub fn last(signal: &Signal) -> Option<Self> {
        Self::of(signal.reading.as_ref()?)
    }

    /// The link is up and was heard from lately, as of the measurement.
    pub fn linked(&self) -> bool {
        self.link.as_deref() == Some("up") && self.heard.is_some_and(|heard| Duration::between(heard, self.measured) <= RECENT)
    }

    /// `linked, last heard just now`, or what is wrong with the connection.
    pub fn link_words(&self) -> String {
        let heard = self.heard.map(|heard| Duration::between(heard, self.measured));
        match (self.link.as_deref(), heard) {
            (Some("up"), Some(age)) if age <= RECENT => format!("linked, last heard {}", age.ago()),
            (Some("up"), Some(age)) => format!("says linked, but heard nothing for {}", age.whole()),
            (Some("up"), None) => "says linked, but not when it last heard anything".into(),
            (Some("syncing"), _) => "is being filled by its primary: what it had is gone".into(),
            (Some("down"), Some(age)) => format!("link is down, last heard {}: lag 0 means nothing", age.ago()),
            (Some("down"), None) => "link is down: lag 0 means nothing".into(),
            (Some(other), _) => format!("link is {other}"),
            (None, _) => "does not say whether its link is up".into(),
        }
    }
}

/// The key under which a connection's facts are kept.
pub fn key(via: &str) -> SignalKey {
    SignalKey::of(via, &Ask::RedisState)
}

/// Holds while the server is in `role`; without one, while its link to its primary is up. A primary has no link.
pub fn holds(reading: &Reading, role: Option<RedisRole>) -> Judgement {
    let Some(facts) = RedisFacts::of(reading) else { return Judgement::unknown("no sample") };
    let Some(is) = facts.role else { return Judgement::unknown("does not say what it is") };
    match (role, is) {
        (Some(wanted), is) => Judgement::told(is == wanted, format!("is a {}", is.word()), facts.measured),
        (None, RedisRole::Primary) => Judgement::told(false, "is a primary: follows nothing", facts.measured),
        (None, RedisRole::Replica) if facts.link.is_none() => Judgement::unknown(facts.link_words()),
        (None, RedisRole::Replica) => Judgement::told(facts.linked(), facts.link_words(), facts.measured),
    }
}

/// The moment of the last snapshot in seconds since 1970, and when that was measured. A server's own word for it counts
/// from its start, so a server that has made none has said nothing.
pub fn last_save(reading: &Reading) -> Result<(Value, Time), String> {
    let facts = RedisFacts::of(reading).ok_or("no sample")?;
    let saved = facts.saved.ok_or("it wrote no snapshot since it started")?;
    Ok((Value::Number(saved.timestamp_millis() as f64 / 1_000.0), facts.measured))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{gates::judgement::Answer, model::Sample};

    fn reading(facts: &[(&str, Value)]) -> Reading {
        let at = Time::from_timestamp(1_700_000_000, 0).unwrap();
        let samples = facts.iter().map(|(fact, value)| Sample::bare(value.clone(), at).label("fact", *fact)).collect();
        Reading { samples, read: at, warnings: Vec::new(), cards: Default::default() }
    }
    fn replica(link: &str, heard: Option<f64>) -> Reading {
        let mut facts = vec![("role", "replica".into()), ("offset", Value::Number(7.0)), ("link", link.into())];
        facts.extend(heard.map(|age| ("heard_age", Value::Number(age))));
        reading(&facts)
    }

    #[test]
    fn r23_only_an_up_link_that_was_heard_from_lately_is_a_connection() {
        let judged = |link: &str, heard| holds(&replica(link, heard), None);
        assert!(judged("up", Some(1.0)).holds());
        for (link, heard, words) in [
            ("up", Some(31.0), "heard nothing for 31s"),
            ("up", None, "not when it last heard"),
            ("down", Some(0.0), "lag 0 means nothing"),
            ("syncing", Some(0.0), "being filled"),
        ] {
            let judged = judged(link, heard);
            assert!(judged.state == Answer::Fails && judged.words.contains(words), "{judged:?}");
        }
        let untold = holds(&reading(&[("role", "replica".into()), ("offset", Value::Number(7.0))]), None);
        assert_eq!(untold.state, Answer::Unknown);
        assert_eq!(holds(&reading(&[("role", "primary".into())]), None).state, Answer::Fails);
        assert!(holds(&reading(&[("role", "primary".into())]), Some(RedisRole::Primary)).holds());
        assert_eq!(holds(&reading(&[("link", "up".into())]), Some(RedisRole::Primary)).state, Answer::Unknown);
    }

    #[test]
    fn r29_a_server_that_never_saved_has_no_recovery_point() {
        assert!(
            last_save(&reading(&[("role", "primary".into()), ("save_ok", true.into())])).unwrap_err().contains("no snapshot")
        );
        let (at, _) = last_save(&reading(&[("save_age", Value::Number(60.0))])).unwrap();
        assert_eq!(at, Value::Number(1_699_999_940.0));
    }
}
