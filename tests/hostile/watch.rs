//! Watches what sources say of their questions.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use lifeboat::{
    model::{Clock, Freshness, Question, Signal},
    systems::{Sink, Source},
};
use tokio_util::sync::CancellationToken;

use super::{fault::harmless, hurry::Pace};

/// Sources that run until this is dropped.
pub struct Watch {
    pub sink: Sink,
    pub clock: Arc<dyn Clock>,
    pub pace: Pace,
    stop: CancellationToken,
}

impl Watch {
    pub fn new() -> Self {
        let pace = Pace::new();
        Self { sink: Sink::default(), clock: pace.clock(), pace, stop: CancellationToken::new() }
    }

    pub fn begin(&self, source: Box<dyn Source>, questions: Vec<Question>) {
        self.sink.expect(&questions);
        tokio::spawn(source.run(questions, self.sink.clone(), self.clock.clone(), self.stop.clone()));
    }

    /// The signal as soon as `good` says so of it; at most half a minute.
    async fn becomes(&self, question: &Question, what: &str, good: impl Fn(&Signal) -> bool) -> Signal {
        let seen = async {
            loop {
                match self.sink.observed().get(&question.key) {
                    Some(signal) if good(signal) => return signal.clone(),
                    _ => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
                }
            }
        };
        let seen = tokio::time::timeout(std::time::Duration::from_secs(30), seen).await;
        let said = || format!("{:?} does not become {what}: {:?}", question.ask, self.sink.observed().get(&question.key));
        seen.unwrap_or_else(|_| panic!("{}", said()))
    }

    pub async fn fresh(&self, question: &Question) -> Signal {
        let signal = self.becomes(question, "fresh", |s| s.freshness(self.clock.now()) == Freshness::Fresh).await;
        harmless_all(&signal);
        signal
    }

    /// Why it fails, once it does.
    pub async fn reason(&self, question: &Question) -> String {
        let signal = self.becomes(question, "failing", |s| s.failure.is_some()).await;
        assert!(matches!(signal.freshness(self.clock.now()), Freshness::Failing { .. }));
        harmless_all(&signal);
        signal.failure.unwrap().reason
    }

    /// Fails if the question was ever answered.
    pub fn never_answered(&self, question: &Question) {
        let signal = self.sink.observed().get(&question.key).cloned().unwrap();
        assert!(signal.reading.is_none(), "{signal:?}");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Every text in it can be drawn.
fn harmless_all(signal: &Signal) {
    signal.failure.iter().for_each(|failure| harmless(&failure.reason));
    if let Some(reading) = &signal.reading {
        reading.warnings.iter().for_each(|warning| harmless(warning));
        for sample in &reading.samples {
            harmless(&sample.value.to_string());
            sample.labels.iter().for_each(|(name, value)| (harmless(name), harmless(value), ()).2);
        }
    }
}

/// Runs all of `work`, a few at a time: more of them than cores only makes each slow.
pub async fn all(work: impl IntoIterator<Item = impl Future<Output = ()>>) {
    stream::iter(work).buffer_unordered(4).collect::<Vec<()>>().await;
}
