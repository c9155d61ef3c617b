//! Observed values with the time they were measured and read, and their freshness (RULES R29).

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;

use super::{
    card::CardsSeen,
    duration::Duration,
    question::{Question, SignalKey},
    time::Time,
    value::Value,
};

/// One value of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    pub value: Value,
    pub labels: BTreeMap<String, String>,
    /// When the system measured it, by the system's own word; when it has none, when it was asked.
    pub measured: Time,
}

impl Sample {
    pub fn bare(value: impl Into<Value>, measured: Time) -> Self {
        Self { value: value.into(), labels: BTreeMap::new(), measured }
    }
    pub fn label(mut self, name: &str, value: impl Into<String>) -> Self {
        self.labels.insert(name.to_owned(), value.into());
        self
    }
}

/// A whole answer to a question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    pub samples: Vec<Sample>,
    /// When the answer arrived here.
    pub read: Time,
    /// What the system said against its own answer (Prometheus warnings of a partial response).
    pub warnings: Vec<String>,
    /// Of accelerator cards, of which there may be ten thousand.
    pub cards: CardsSeen,
}

/// Why a question is not answered at present.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    /// Since when without a good answer between.
    pub since: Time,
    pub last: Time,
    /// In words that help: who, what, why.
    pub reason: String,
}

/// The newest answer to one question, and what went wrong since. The answer is shared, not copied, between all who look.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    pub via: String,
    pub max_age: Duration,
    pub reading: Option<Arc<Reading>>,
    pub failure: Option<Failure>,
    /// By how many milliseconds the system's own clock is ahead of this machine's; negative: behind. Zero when they agree as
    /// far as clocks do.
    pub ahead_ms: i64,
}

/// The four states of a datum. Only fresh may be green.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    Fresh,
    /// Measured this long ago, which is longer than allowed.
    Stale {
        age: Duration,
    },
    /// Measured this long after now: a clock is wrong, and nobody knows how old it is.
    Ahead {
        by: Duration,
    },
    Failing {
        reason: String,
        since: Time,
    },
    Absent,
}

impl Signal {
    pub fn unanswered(via: &str, max_age: Duration) -> Self {
        Self { via: via.to_owned(), max_age, reading: None, failure: None, ahead_ms: 0 }
    }

    /// The oldest measurement in the newest answer; of cards, each of which has its own age, the newest; of an empty answer,
    /// when it was read.
    pub fn measured(&self) -> Option<Time> {
        let reading = self.reading.as_ref()?;
        let newest = reading.cards.cards.iter().map(|card| card.measured).max();
        reading.samples.iter().map(|s| s.measured).min().or(newest).or(Some(reading.read))
    }

    /// What is measured later than so far ahead of now was measured by a clock that is wrong: nobody knows how old it is.
    pub const AHEAD: Duration = Duration::from_secs(5);

    pub fn freshness(&self, now: Time) -> Freshness {
        self.freshness_within(self.max_age, now)
    }

    /// The same for somebody who wants it no older than `limit`.
    pub fn freshness_within(&self, limit: Duration, now: Time) -> Freshness {
        if let Some(failure) = &self.failure {
            return Freshness::Failing { reason: failure.reason.clone(), since: failure.since };
        }
        let newest = self.reading.iter().flat_map(|reading| &reading.samples).map(|sample| sample.measured).max();
        let ahead = Duration::between(now, newest.unwrap_or(now));
        match self.measured() {
            Some(_) if ahead > Self::AHEAD => Freshness::Ahead { by: ahead },
            Some(measured) => {
                let age = Duration::between(measured, now);
                if age > limit { Freshness::Stale { age } } else { Freshness::Fresh }
            }
            None => Freshness::Absent,
        }
    }

    /// `prom-west's clock is 1h ahead of this machine's`, when it is off by more than clocks differ.
    pub fn skew_words(&self) -> Option<String> {
        let by = Duration::from_millis(self.ahead_ms.unsigned_abs());
        let way = if self.ahead_ms > 0 { "ahead of" } else { "behind" };
        (by > Duration::ZERO).then(|| format!("{}'s clock is {} {way} this machine's", self.via, by.about()))
    }

    /// Moves all times by which it is aged.
    fn shift(&mut self, by: chrono::TimeDelta) {
        if let Some(reading) = self.reading.as_mut().map(Arc::make_mut) {
            reading.cards.cards.iter_mut().for_each(|card| card.measured += by);
            reading.read += by;
            reading.samples.iter_mut().for_each(|sample| sample.measured += by);
        }
        if let Some(failure) = &mut self.failure {
            failure.since += by;
            failure.last += by;
        }
    }

    /// The one sample with all of `labels`, if the signal is fresh.
    pub fn fresh_sample(&self, now: Time, labels: &[(&str, &str)]) -> Option<&Sample> {
        if self.freshness(now) != Freshness::Fresh {
            return None;
        }
        self.sample(labels)
    }

    /// The one sample with all of `labels`, whatever its age.
    pub fn sample(&self, labels: &[(&str, &str)]) -> Option<&Sample> {
        let wanted = |s: &&Sample| labels.iter().all(|(k, v)| s.labels.get(*k).is_some_and(|x| x == v));
        let mut found = self.reading.as_ref()?.samples.iter().filter(wanted);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}

/// Everything observed, by question. Cloned whole for a Picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signals(pub BTreeMap<SignalKey, Signal>);

impl Signals {
    pub fn get(&self, key: &SignalKey) -> Option<&Signal> {
        self.0.get(key)
    }
    /// The clock of `via` is so many milliseconds ahead of this machine's.
    pub fn clock_of(&mut self, via: &str, ahead_ms: i64) {
        self.0.values_mut().filter(|signal| signal.via == via).for_each(|signal| signal.ahead_ms = ahead_ms);
    }
    /// This machine's clock was set by so many milliseconds: everything keeps its age.
    pub fn shift(&mut self, by_ms: i64) {
        let by = chrono::TimeDelta::milliseconds(by_ms);
        self.0.values_mut().for_each(|signal| signal.shift(by));
    }
    /// Makes room for a question, so that it shows as absent until answered.
    pub fn expect(&mut self, question: &Question) {
        self.0.entry(question.key.clone()).or_insert_with(|| Signal::unanswered(&question.via, question.max_age));
    }
    /// Takes an answer or a failure in. A failure keeps the last good answer beside it.
    pub fn record(&mut self, question: &Question, answer: Result<Reading, String>, now: Time) {
        self.expect(question);
        let Some(signal) = self.0.get_mut(&question.key) else { return };
        match answer {
            Ok(reading) => {
                signal.reading = Some(Arc::new(reading));
                signal.failure = None;
            }
            Err(reason) => {
                let since = signal.failure.as_ref().map_or(now, |f| f.since);
                signal.failure = Some(Failure { since, last: now, reason });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::question::Ask;
    use chrono::TimeZone;

    #[test]
    fn r29_four_states_and_only_one_is_fresh() {
        let t0 = chrono::Utc.timestamp_opt(1_700_000_000, 0).unwrap();
        let question = Question::new("prom", Ask::Query { expr: "up".into() }, Duration::from_secs(5), None);
        let mut signals = Signals::default();
        signals.expect(&question);
        let state = |signals: &Signals, at| signals.get(&question.key).unwrap().freshness(at);
        assert_eq!(state(&signals, t0), Freshness::Absent);
        let reading = Reading { samples: vec![Sample::bare(1.0, t0)], read: t0, warnings: vec![], cards: Default::default() };
        signals.record(&question, Ok(reading), t0);
        assert_eq!(state(&signals, t0 + chrono::TimeDelta::seconds(15)), Freshness::Fresh);
        let late = t0 + chrono::TimeDelta::seconds(16);
        assert_eq!(state(&signals, late), Freshness::Stale { age: Duration::from_secs(16) });
        signals.record(&question, Err("connection refused".into()), late);
        signals.record(&question, Err("timed out".into()), late + chrono::TimeDelta::seconds(5));
        assert_eq!(state(&signals, late), Freshness::Failing { reason: "timed out".into(), since: late });
        assert!(signals.get(&question.key).unwrap().reading.is_some(), "the last good answer stays beside the failure");
    }

    #[test]
    fn r11_r29_what_was_measured_after_now_is_of_no_known_age() {
        let t = |secs: i64| chrono::Utc.timestamp_opt(1_700_000_000 + secs, 0).unwrap();
        let question = Question::new("prom", Ask::Query { expr: "up".into() }, Duration::from_secs(5), None);
        let mut signals = Signals::default();
        let state = |signals: &Signals, at| signals.get(&question.key).unwrap().freshness(at);
        let reading =
            |at| Reading { samples: vec![Sample::bare(1.0, at)], read: at, warnings: vec![], cards: Default::default() };
        signals.record(&question, Ok(reading(t(3_600))), t(3_600));
        assert_eq!(state(&signals, t(0)), Freshness::Ahead { by: Duration::from_hours(1) });
        assert_eq!(state(&signals, t(3_595)), Freshness::Fresh, "clocks differ by that much");
        // When this machine's clock is known to have been set, what was observed keeps its age.
        signals.shift(-3_600_000);
        assert_eq!(state(&signals, t(0)), Freshness::Fresh);
        assert_eq!(state(&signals, t(16)), Freshness::Stale { age: Duration::from_secs(16) });
    }
}
