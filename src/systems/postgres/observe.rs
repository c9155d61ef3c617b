//! Observes one PostgreSQL server by its `observe` login. Where the server stands has a session of its own, beside one for the
//! plan's own queries, which may take long; each is kept open and made anew after a failure.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    fault::{Fault, Known},
    link::{As, Server, Session},
    rows,
    standing::{Standing, standing},
};
use crate::{
    model::{Ask, Clock, Duration, Question, Reading, Sample, SignalKey, Time, Value},
    plan::PostgresLink,
    systems::{
        poll::{Polling, Respondent},
        skew::ahead_ms,
        source::{Sink, Source},
    },
};

/// Longest one question may take.
const REQUEST: Duration = Duration::from_secs(5);
/// Longest a round of questions may take.
const ROUND: Duration = Duration::from_secs(30);

/// The observer of the connection `name`; `receipts` is shared by all of a platform.
pub fn source(name: &str, link: &PostgresLink, receipts: &Receipts) -> Box<dyn Source> {
    Box::new(Both(Server::new(name, link), receipts.clone()))
}

/// The two observers of a server.
struct Both(Server, Receipts);

#[async_trait]
impl Source for Both {
    fn name(&self) -> &str {
        &self.0.name
    }

    async fn run(self: Box<Self>, questions: Vec<Question>, sink: Sink, clock: Arc<dyn Clock>, stop: CancellationToken) {
        let (standing, own): (Vec<_>, Vec<_>) = questions.into_iter().partition(|question| question.ask == Ask::PostgresState);
        let observe = |questions: Vec<Question>| {
            let observer = Observer { server: self.0.clone(), session: None, receipts: self.1.clone(), ahead_ms: None };
            Box::new(Polling::new(&self.0.name, observer, ROUND)).run(questions, sink.clone(), clock.clone(), stop.clone())
        };
        tokio::join!(observe(standing), observe(own));
    }
}

struct Observer {
    server: Server,
    session: Option<Session>,
    receipts: Receipts,
    /// How far the server's clock is ahead, by its newest answer.
    ahead_ms: Option<i64>,
}

/// What standbys told of their primaries, by connection. It outlives an observer: one is made anew whenever something else
/// is asked, and by then the receiver may be gone.
#[derive(Clone, Default)]
pub struct Receipts(Arc<Mutex<BTreeMap<String, Heard>>>);

/// The last message from the primary that a standby told of. It stops telling when its receiver is gone, which is
/// exactly when the age of that message matters.
struct Heard {
    system: Option<String>,
    address: Option<String>,
    /// Seconds since 1970 by the standby's clock.
    at: f64,
}

#[async_trait]
impl Respondent for Observer {
    async fn ask(&mut self, questions: &[Question], clock: &Arc<dyn Clock>) -> Vec<(SignalKey, Result<Reading, String>)> {
        // Taken out, so that a round that is cut off in the middle of an answer leaves no half-used session behind.
        let session = match self.session.take().filter(|session| !session.is_closed()) {
            Some(session) => Ok(session),
            None => self.server.open(As::Observe, REQUEST, clock).await,
        };
        let mut session = session.map_err(|fault| fault.reason);
        self.ahead_ms = None;
        let mut answers = Vec::with_capacity(questions.len());
        let last = clock.now() + ROUND.saturating_sub(REQUEST * 3).delta();
        for question in questions {
            let answer = match &session {
                _ if clock.now() > last => Err(format!("{}: not asked, the queries before it take too long", self.server.name)),
                Err(reason) => Err(reason.clone()),
                Ok(open) => match self.answer(open, question, clock).await {
                    // One query that hangs says nothing about the next: that one gets a session of its own, or why there is none.
                    Err(fault) if fault.known == Known::Lost => {
                        session = self.server.open(As::Observe, REQUEST, clock).await.map_err(|fault| fault.reason);
                        Err(fault.reason)
                    }
                    answer => answer.map_err(|fault| fault.reason),
                },
            };
            answers.push((question.key.clone(), answer));
        }
        self.session = session.ok();
        answers
    }

    fn clock_ahead_ms(&self) -> Option<i64> {
        self.ahead_ms
    }
}

impl Observer {
    async fn answer(&mut self, session: &Session, question: &Question, clock: &Arc<dyn Clock>) -> Result<Reading, Fault> {
        let asked = clock.now();
        let (samples, warnings) = match &question.ask {
            Ask::Sql { query } => rows::ask(session, query, asked).await?,
            Ask::PostgresState => {
                let standing = standing(session).await?;
                let told = Time::from_timestamp_millis((standing.clock * 1_000.0) as i64).filter(|_| standing.clock > 0.0);
                self.ahead_ms = told.map(|told| ahead_ms(told, asked, clock.now()));
                (self.state(standing, asked), Vec::new())
            }
            other => {
                let name = &self.server.name;
                return Err(Fault::unreachable(format!(
                    "{name} is a PostgreSQL server: it cannot answer a question of kind `{}`",
                    other.kind()
                )));
            }
        };
        Ok(Reading { samples, read: clock.now(), warnings, cards: Default::default() })
    }

    fn state(&mut self, now: Standing, asked: Time) -> Vec<Sample> {
        let receipt_age = self.receipt_age(&now);
        let facts = &now.facts;
        let values: [(&str, Option<Value>); 9] = [
            ("role", Some(facts.role().into())),
            ("system", facts.system.clone().map(Value::Text)),
            ("timeline", facts.timeline.map(|t| Value::Number(t.into()))),
            ("lsn", now.lsn.map(Value::Number)),
            ("replayed_lsn", now.replayed.map(Value::Number)),
            ("receiver", now.receiver.clone().map(Value::Text)),
            ("receipt_age", receipt_age.map(Value::Number)),
            ("replay_age", now.replay_age.map(Value::Number)),
            ("connections", now.connections.map(Value::Number)),
        ];
        let said = values.into_iter().filter_map(|(fact, value)| Some((fact, value?)));
        said.map(|(fact, value)| Sample::bare(value, asked).label("fact", fact)).collect()
    }

    /// What the standby says; without its receiver, the age by its own clock of the last message it told us of.
    fn receipt_age(&mut self, now: &Standing) -> Option<f64> {
        let (system, address) = (&now.facts.system, &now.facts.address);
        let mut receipts = self.receipts.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = &self.server.name;
        if receipts.get(name).is_some_and(|h| !now.facts.standby || h.system != *system || h.address != *address) {
            receipts.remove(name);
        }
        if let Some(at) = now.receipt {
            receipts.insert(name.clone(), Heard { system: system.clone(), address: address.clone(), at });
        }
        now.receipt_age.or_else(|| Some((now.clock - receipts.get(name)?.at).max(0.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{plan::Login, systems::postgres::identity::Facts};

    fn observer(receipts: &Receipts) -> Observer {
        let observe = Login { user: "look".into(), password: None };
        let link = PostgresLink {
            host: "10.2.0.15".into(),
            port: None,
            dbname: "orders".into(),
            observe,
            act: None,
            application: None,
            ca: None,
            tls: None,
        };
        Observer { server: Server::new("db-west", &link), session: None, receipts: receipts.clone(), ahead_ms: None }
    }
    fn at(clock: f64, receipt: Option<f64>, system: &str) -> Standing {
        Standing {
            facts: Facts { standby: true, system: Some(system.into()), address: None, timeline: Some(1) },
            lsn: Some(1000.0),
            replayed: Some(900.0),
            receiver: Some(if receipt.is_some() { "streaming" } else { "none" }.into()),
            announced: None,
            receipt_age: receipt.map(|r| clock - r),
            receipt,
            clock,
            replay_age: None,
            connections: Some(1.0),
        }
    }

    #[test]
    fn r21_the_age_of_the_last_receipt_goes_on_growing_when_the_receiver_is_gone() {
        let receipts = Receipts::default();
        let mut first = observer(&receipts);
        assert_eq!(first.receipt_age(&at(100.0, None, "7412")), None, "never heard: nothing is made up");
        assert_eq!(first.receipt_age(&at(110.0, Some(108.0), "7412")), Some(2.0));
        assert_eq!(first.receipt_age(&at(150.0, None, "7412")), Some(42.0));
        let mut observer = observer(&receipts);
        assert_eq!(observer.receipt_age(&at(155.0, None, "7412")), Some(47.0), "an observer made anew knows it too");
        assert_eq!(observer.receipt_age(&at(160.0, None, "9999")), None, "another server inherits nothing");
        assert_eq!(observer.receipt_age(&at(170.0, None, "7412")), None);
    }

    #[test]
    fn a_fact_the_server_does_not_say_is_left_out() {
        let asked = Time::from_timestamp(1_700_000_000, 0).unwrap();
        let samples = observer(&Receipts::default()).state(at(100.0, None, "7412"), asked);
        let facts: Vec<&str> = samples.iter().map(|s| s.labels["fact"].as_str()).collect();
        assert_eq!(facts, ["role", "system", "timeline", "lsn", "replayed_lsn", "receiver", "connections"]);
    }
}
