//! The running observers: started for what plan and open runbooks ask, ended and started again when that changes.

use std::{collections::BTreeMap, sync::Arc};

use tokio::{runtime::Handle, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    gates::{questions, questions_for, questions_of},
    model::{Clock, Duration, Question},
    plan::{Plan, Probe, Runbook},
    systems::{Sink, Sources},
};

pub struct Observing {
    sources: Arc<dyn Sources>,
    clock: Arc<dyn Clock>,
    runtime: Handle,
    stop: CancellationToken,
}

impl Observing {
    pub fn new(sources: Arc<dyn Sources>, clock: Arc<dyn Clock>, runtime: Handle) -> Self {
        Self { sources, clock, runtime, stop: CancellationToken::new() }
    }

    /// Asks every connection now, and goes on.
    /// `triggers` are those of armed failovers, which stay as they were armed.
    pub fn start<'a>(
        &mut self,
        plan: &Plan,
        books: impl Iterator<Item = &'a Runbook>,
        triggers: impl Iterator<Item = &'a Probe>,
        sink: &Sink,
    ) {
        self.stop.cancel();
        self.stop = CancellationToken::new();
        let mut by_connection: BTreeMap<String, Vec<Question>> = BTreeMap::new();
        let of_books = books.flat_map(|book| questions_of(book, &plan.connections));
        let of_triggers = triggers.flat_map(|when| questions_for(when, &plan.connections));
        for question in questions(plan).into_iter().chain(of_books).chain(of_triggers) {
            let list = by_connection.entry(question.via.clone()).or_default();
            if !list.iter().any(|known| known.key == question.key) {
                list.push(question);
            }
        }
        for (connection, questions) in by_connection {
            sink.expect(&questions);
            match self.sources.source(&connection) {
                Ok(source) => {
                    let run = source.run(questions.clone(), sink.clone(), self.clock.clone(), self.stop.clone());
                    let observer = Observer {
                        sources: self.sources.clone(),
                        connection,
                        questions,
                        sink: sink.clone(),
                        clock: self.clock.clone(),
                        stop: self.stop.clone(),
                    };
                    self.runtime.spawn(observer.watch(self.runtime.spawn(run)));
                }
                Err(reason) => {
                    for question in &questions {
                        sink.record(question, Err(reason.clone()), self.clock.now());
                    }
                }
            }
        }
    }

    pub fn stop(&self) {
        self.stop.cancel();
    }
}

/// Between the death of an observer and the next one.
const ANEW: Duration = Duration::from_secs(10);

/// Sees to one connection's observer. One that dies by a fault of ours fails its questions, and another takes its place:
/// what nobody looks at any more must not stand there as if it were only quiet.
struct Observer {
    sources: Arc<dyn Sources>,
    connection: String,
    questions: Vec<Question>,
    sink: Sink,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
}

impl Observer {
    async fn watch(self, mut running: JoinHandle<()>) {
        while running.await.is_err() && !self.stop.is_cancelled() {
            self.fail("the observer broke off inside Lifeboat; it is started again");
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.clock.sleep(ANEW) => {}
            }
            let source = match self.sources.source(&self.connection) {
                Ok(source) => source,
                Err(reason) => return self.fail(&reason),
            };
            running = tokio::spawn(source.run(self.questions.clone(), self.sink.clone(), self.clock.clone(), self.stop.clone()));
        }
    }

    fn fail(&self, reason: &str) {
        for question in &self.questions {
            self.sink.record(question, Err(reason.to_owned()), self.clock.now());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;
    use crate::{
        model::{Ask, Freshness, Reading, Sample, Time},
        sim::ManualClock,
        systems::Source,
    };

    /// Each answers once.
    #[derive(Default)]
    struct Counted(Mutex<usize>);

    struct AnswersOnce;

    impl Sources for Counted {
        fn source(&self, _connection: &str) -> Result<Box<dyn Source>, String> {
            *self.0.lock().unwrap() += 1;
            Ok(Box::new(AnswersOnce))
        }
    }

    #[async_trait]
    impl Source for AnswersOnce {
        fn name(&self) -> &str {
            "prom"
        }
        async fn run(self: Box<Self>, questions: Vec<Question>, sink: Sink, clock: Arc<dyn Clock>, _stop: CancellationToken) {
            let now = clock.now();
            let reading =
                Reading { samples: vec![Sample::bare(1.0, now)], read: now, warnings: vec![], cards: Default::default() };
            questions.iter().for_each(|question| sink.record(question, Ok(reading.clone()), now));
        }
    }

    #[tokio::test]
    async fn r29_what_nobody_looks_at_any_more_fails_and_another_observer_takes_the_place() {
        let clock = ManualClock::at(Time::from_timestamp(1_700_000_000, 0).unwrap());
        let question = Question::new("prom", Ask::Query { expr: "up".into() }, Duration::from_secs(5), None);
        let (sources, sink) = (Arc::new(Counted::default()), Sink::default());
        let observer = Observer {
            sources: sources.clone(),
            connection: "prom".into(),
            questions: vec![question.clone()],
            sink: sink.clone(),
            clock: Arc::new(clock.clone()),
            stop: CancellationToken::new(),
        };
        let watching = tokio::spawn(observer.watch(tokio::spawn(async { panic!("the observer broke") })));
        clock.pass(Duration::from_secs(1)).await;
        let freshness = || sink.observed().0.values().next().unwrap().freshness(clock.now());
        assert!(matches!(freshness(), Freshness::Failing { reason, .. } if reason.contains("broke off inside Lifeboat")));
        assert_eq!(*sources.0.lock().unwrap(), 0);
        clock.pass(ANEW).await;
        watching.await.unwrap();
        assert!(matches!(freshness(), Freshness::Fresh));
        assert_eq!(*sources.0.lock().unwrap(), 1);
    }
}
