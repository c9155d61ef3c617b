//! What observes: a source answers the questions of one connection, on its own task.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::model::{Clock, Question, Reading, Signals};

/// Where all sources put what they observe; the newest answer to a question wins.
#[derive(Clone, Default)]
pub struct Sink(Arc<Inner>);

#[derive(Default)]
struct Inner {
    signals: Mutex<Signals>,
    changed: Notify,
}

/// A consistent copy of everything observed.
pub type Observed = Signals;

impl Sink {
    /// Makes room for questions, so that they show as absent until answered.
    pub fn expect(&self, questions: &[Question]) {
        let mut signals = self.0.signals.lock().unwrap_or_else(PoisonError::into_inner);
        for question in questions {
            signals.expect(question);
        }
    }
    /// Takes an answer in; `now` is the reading console's clock.
    pub fn record(&self, question: &Question, answer: Result<Reading, String>, now: crate::model::Time) {
        let answer = answer.map_err(|reason| crate::model::text::brief(&reason));
        self.0.signals.lock().unwrap_or_else(PoisonError::into_inner).record(question, answer, now);
        self.0.changed.notify_one();
    }
    /// The clock of `via` is so many milliseconds ahead of this machine's (negative: behind), which is more than clocks
    /// differ; zero: it is not.
    pub fn clock_of(&self, via: &str, ahead_ms: i64) {
        self.0.signals.lock().unwrap_or_else(PoisonError::into_inner).clock_of(via, ahead_ms);
    }
    /// This machine's clock was set by so many milliseconds: what was observed keeps its age (RULES R11).
    pub fn shift(&self, by_ms: i64) {
        self.0.signals.lock().unwrap_or_else(PoisonError::into_inner).shift(by_ms);
        self.0.changed.notify_one();
    }
    pub fn observed(&self) -> Observed {
        self.0.signals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Ends when something was recorded since the last call.
    pub async fn changed(&self) {
        self.0.changed.notified().await;
    }
}

/// One connection's observer.
#[async_trait]
pub trait Source: Send {
    /// The connection's name.
    fn name(&self) -> &str;

    /// Answers `questions` into `sink`, each about as often as it says, until `stop`. Never gives up: failures are
    /// recorded with a reason that helps (who, what, why, what to do) and tried again with a jittered, capped backoff.
    /// Every request has a timeout and every reply a bound on its size.
    async fn run(self: Box<Self>, questions: Vec<Question>, sink: Sink, clock: Arc<dyn Clock>, stop: CancellationToken);
}

/// Builds the observers of a platform: real systems, or the simulated one.
pub trait Sources: Send + Sync {
    /// A source for `connection`, or why there can be none.
    fn source(&self, connection: &str) -> Result<Box<dyn Source>, String>;
}
