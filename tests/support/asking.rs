//! One source with one question, until it has answered as wanted.

use std::{sync::Arc, time::Duration as Limit};

use lifeboat::{
    model::{Ask, Duration, Question, Signal},
    systems::{Sink, Source, clock::SystemClock},
};
use tokio_util::sync::CancellationToken;

/// A running source. Ended when dropped.
pub struct Asking {
    sink: Sink,
    question: Question,
    stop: CancellationToken,
}

impl Asking {
    pub fn begin(source: Box<dyn Source>, ask: Ask) -> Self {
        let (sink, stop) = (Sink::default(), CancellationToken::new());
        let question = Question::new(source.name(), ask, Duration::from_millis(200), Some(Duration::from_secs(5)));
        tokio::spawn(source.run(vec![question.clone()], sink.clone(), Arc::new(SystemClock), stop.clone()));
        Self { sink, question, stop }
    }

    /// The signal as soon as `good` says so of it; fails the test after half a minute.
    pub async fn becomes(&self, good: impl Fn(&Signal) -> bool) -> Signal {
        let seen = async {
            loop {
                match self.sink.observed().get(&self.question.key) {
                    Some(signal) if good(signal) => return signal.clone(),
                    _ => self.sink.changed().await,
                }
            }
        };
        let seen = tokio::time::timeout(Limit::from_secs(30), seen).await;
        seen.unwrap_or_else(|_| panic!("{:?}: {:?}", self.question.ask, self.sink.observed().get(&self.question.key)))
    }

    /// Its first answer, good or bad.
    pub async fn first(&self) -> Signal {
        self.becomes(|signal| signal.reading.is_some() || signal.failure.is_some()).await
    }

    /// Why it fails, as soon as it does.
    pub async fn reason(&self) -> String {
        self.becomes(|signal| signal.failure.is_some()).await.failure.map(|failure| failure.reason).unwrap_or_default()
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
