//! Asks one system its questions again and again: each about as often as it says, with a limit a round and a backoff after failures.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    backoff::Backoff,
    source::{Sink, Source},
};
use crate::model::{Clock, Duration, Question, Reading, SignalKey, Time};

/// The first wait after a round in which nothing was answered; doubles up to [`CAP`].
pub const FIRST: Duration = Duration::from_millis(500);
pub const CAP: Duration = Duration::from_secs(10);
/// A question is never asked more often, whatever its plan says.
const SHORTEST: Duration = Duration::from_millis(100);

/// A system that can be asked.
#[async_trait]
pub trait Respondent: Send {
    /// Answers each question once. May be dropped at any await (a limit, the end): what was half done must not be used again.
    async fn ask(&mut self, questions: &[Question], clock: &Arc<dyn Clock>) -> Vec<(SignalKey, Result<Reading, String>)>;

    /// By how many milliseconds the system's clock was ahead of this machine's when it was last asked, where it tells the
    /// time: zero when they agree as far as clocks do. Times in its answers are by this machine's clock all the same.
    fn clock_ahead_ms(&self) -> Option<i64> {
        None
    }
}

/// A [`Source`] of anything that can be asked.
pub struct Polling<A> {
    name: String,
    system: A,
    round: Duration,
}

impl<A: Respondent> Polling<A> {
    /// `round` bounds a whole round of questions; requests inside it should have shorter limits of their own.
    pub fn new(name: &str, system: A, round: Duration) -> Self {
        Self { name: name.to_owned(), system, round }
    }
}

#[async_trait]
impl<A: Respondent> Source for Polling<A> {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(mut self: Box<Self>, questions: Vec<Question>, sink: Sink, clock: Arc<dyn Clock>, stop: CancellationToken) {
        sink.expect(&questions);
        if questions.is_empty() {
            return;
        }
        let mut backoff = Backoff::new(FIRST, CAP, seed(&format!("{} {}", self.name, questions[0].key)));
        let mut plan = Schedule::new(questions, clock.now());
        loop {
            let now = clock.now();
            let due = plan.due(now);
            if due.is_empty() {
                tokio::select! {
                    () = clock.sleep(plan.wait(now)) => continue,
                    () = stop.cancelled() => return,
                }
            }
            let answers = tokio::select! {
                answers = self.system.ask(&due, &clock) => answers,
                () = clock.sleep(self.round) => Vec::new(),
                () = stop.cancelled() => return,
            };
            let now = clock.now();
            if let Some(ahead_ms) = self.system.clock_ahead_ms() {
                sink.clock_of(&self.name, ahead_ms);
            }
            let mut failed = Vec::new();
            for question in &due {
                let answer = answers.iter().find(|(key, _)| *key == question.key).map(|(_, answer)| answer.clone());
                let answer = answer.unwrap_or_else(|| Err(format!("{} did not answer within {}", self.name, self.round)));
                if answer.is_err() {
                    failed.push(question.key.clone());
                }
                sink.record(question, answer, now);
            }
            // When one question alone is bad, the system is well: then it waits its usual time.
            let retry = if failed.len() == due.len() { Some(backoff.after_failure()) } else { None };
            if retry.is_none() {
                backoff.reset();
            }
            for question in &due {
                plan.again(&question.key, now, retry.unwrap_or(question.every).max(SHORTEST));
            }
        }
    }
}

/// When each question is due next.
struct Schedule {
    entries: Vec<(Question, Time)>,
    last: Time,
}

impl Schedule {
    fn new(questions: Vec<Question>, now: Time) -> Self {
        Self { entries: questions.into_iter().map(|question| (question, now)).collect(), last: now }
    }
    /// The questions to ask now. After the clock was set back all are: else they would wait until it has caught up.
    fn due(&mut self, now: Time) -> Vec<Question> {
        let set_back = now < self.last;
        self.last = now;
        self.entries.iter().filter(|(_, at)| set_back || *at <= now).map(|(question, _)| question.clone()).collect()
    }
    fn wait(&self, now: Time) -> Duration {
        let next = self.entries.iter().map(|(_, at)| *at).min().unwrap_or(now);
        Duration::between(now, next).max(Duration::from_millis(1))
    }
    fn again(&mut self, key: &SignalKey, now: Time, wait: Duration) {
        for (_, at) in self.entries.iter_mut().filter(|(question, _)| question.key == *key) {
            *at = now + wait.delta();
        }
        self.last = now;
    }
}

/// Differs by connection, so that many do not ask in step.
fn seed(name: &str) -> u64 {
    let number =
        name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    number ^ u64::from(std::process::id()) << 32
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::model::{Ask, Freshness, Sample};

    /// Time that passes only when somebody sleeps.
    struct Paused(tokio::time::Instant, Time);
    impl Clock for Paused {
        fn now(&self) -> Time {
            self.1 + chrono::TimeDelta::from_std(self.0.elapsed()).unwrap()
        }
        fn sleep(&self, span: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(tokio::time::sleep(span.std()))
        }
    }

    type Asks = Arc<Mutex<Vec<(String, u64)>>>;

    /// Answers, fails or hangs as its questions' words say; notes when it was asked what.
    struct Scripted(Asks, Time);
    #[async_trait]
    impl Respondent for Scripted {
        async fn ask(&mut self, questions: &[Question], clock: &Arc<dyn Clock>) -> Vec<(SignalKey, Result<Reading, String>)> {
            let mut answers = Vec::new();
            for question in questions {
                let Ask::Query { expr } = &question.ask else { continue };
                let now = clock.now();
                self.0.lock().unwrap().push((expr.clone(), Duration::between(self.1, now).as_millis()));
                match expr.as_str() {
                    "hangs" => std::future::pending().await,
                    "fails" => answers.push((question.key.clone(), Err("refused".to_owned()))),
                    _ => answers.push((
                        question.key.clone(),
                        Ok(Reading {
                            samples: vec![Sample::bare(1.0, now)],
                            read: now,
                            warnings: vec![],
                            cards: Default::default(),
                        }),
                    )),
                }
            }
            answers
        }
    }

    fn question(expr: &str, every: u64) -> Question {
        Question::new("prom", Ask::Query { expr: expr.into() }, Duration::from_secs(every), None)
    }

    /// When each was asked, in milliseconds, within `secs`.
    async fn watch(questions: Vec<Question>, secs: u64) -> (Vec<(String, u64)>, Sink) {
        let start = Time::from_timestamp(1_700_000_000, 0).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(Paused(tokio::time::Instant::now(), start));
        let (asks, sink, stop) = (Asks::default(), Sink::default(), CancellationToken::new());
        let source = Box::new(Polling::new("prom", Scripted(asks.clone(), start), Duration::from_secs(3)));
        let running = tokio::spawn(source.run(questions, sink.clone(), clock.clone(), stop.clone()));
        clock.sleep(Duration::from_secs(secs)).await;
        stop.cancel();
        running.await.unwrap();
        let asks = asks.lock().unwrap().clone();
        (asks, sink)
    }

    #[tokio::test(start_paused = true)]
    async fn each_question_is_asked_as_often_as_it_says() {
        let (asks, _) = watch(vec![question("often", 2), question("seldom", 9), question("fails", 4)], 19).await;
        let times = |expr: &str| asks.iter().filter(|(e, _)| e == expr).map(|(_, at)| at / 1000).collect::<Vec<_>>();
        assert_eq!(times("often"), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
        assert_eq!(times("seldom"), [0, 9, 18]);
        assert_eq!(times("fails"), [0, 4, 8, 12, 16], "one bad question among good ones waits its usual time");
    }

    #[tokio::test(start_paused = true)]
    async fn a_system_that_does_not_answer_is_asked_ever_less_but_never_given_up() {
        let (asks, sink) = watch(vec![question("fails", 1)], 120).await;
        let waits: Vec<u64> = asks.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
        assert!(waits[0] <= 500 && waits.iter().all(|w| *w <= 10_001) && *waits.last().unwrap() >= 5_000, "{waits:?}");
        assert!(asks.last().unwrap().1 > 105_000);
        let signal = sink.observed().0.into_values().next().unwrap();
        assert!(matches!(signal.freshness(Time::MAX_UTC), Freshness::Failing { reason, .. } if reason == "refused"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_system_that_hangs_fails_every_question_of_its_round() {
        let questions = vec![question("first", 5), question("hangs", 5), question("last", 5)];
        let (_, sink) = watch(questions, 4).await;
        let observed = sink.observed();
        assert_eq!(observed.0.len(), 3);
        assert!(observed.0.values().all(|s| s.failure.as_ref().is_some_and(|f| f.reason == "prom did not answer within 3s")));
    }

    #[test]
    fn a_clock_set_back_does_not_silence_anything() {
        let t = |s: i64| Time::from_timestamp(1_700_000_000 + s, 0).unwrap();
        let mut schedule = Schedule::new(vec![question("up", 5)], t(0));
        assert_eq!(schedule.due(t(0)).len(), 1);
        schedule.again(&question("up", 5).key, t(0), Duration::from_secs(5));
        assert!(schedule.due(t(3)).is_empty());
        assert_eq!(schedule.due(t(-3600)).len(), 1, "an hour back: asked at once");
    }
}
