//! Observes one Redis server or one Sentinel by its `observe` login, over one session that is kept open and made anew
//! after a failure.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    fault::{Fault, Known},
    history::History,
    info::{Info, info, run_id},
    link::{As, Kind, Limits, Server, Session},
    sentinel,
};
use crate::{
    model::{Ask, Clock, Question, Reading, Sample, SignalKey, Time, Value},
    plan::{RedisLink, SentinelLink},
    systems::{
        poll::{Polling, Respondent},
        source::Source,
    },
};

/// The observer of the Redis connection `name`.
pub fn source(name: &str, link: &RedisLink) -> Box<dyn Source> {
    source_within(Server::redis(name, link), Limits::default())
}

/// The observer of the Sentinel connection `name`.
pub fn sentinel_source(name: &str, link: &SentinelLink) -> Box<dyn Source> {
    source_within(Server::sentinel(name, link), Limits::default())
}

/// The observer of `server` with limits of its own.
pub fn source_within(server: Server, limits: Limits) -> Box<dyn Source> {
    let name = server.name.clone();
    let mut server = server;
    server.limits = limits;
    Box::new(Polling::new(&name, Observer { server, session: None, history: History::default() }, limits.round))
}

struct Observer {
    server: Server,
    session: Option<Session>,
    history: History,
}

#[async_trait]
impl Respondent for Observer {
    async fn ask(&mut self, questions: &[Question], clock: &Arc<dyn Clock>) -> Vec<(SignalKey, Result<Reading, String>)> {
        // Taken out, so that a round that is cut off in the middle of an answer leaves no half-used session behind.
        let session = match self.session.take() {
            Some(session) => Ok(session),
            None => self.open(clock).await,
        };
        let session = match session {
            Ok(session) => session,
            Err(fault) => return questions.iter().map(|q| (q.key.clone(), Err(fault.reason.clone()))).collect(),
        };
        let mut answers = Vec::with_capacity(questions.len());
        let mut lost: Option<String> = None;
        for question in questions {
            let answer = match &lost {
                Some(reason) => Err(reason.clone()),
                None => self.answer(&session, question, clock).await.map_err(|fault| {
                    if fault.known == Known::Lost {
                        lost = Some(fault.reason.clone());
                    }
                    fault.reason
                }),
            };
            answers.push((question.key.clone(), answer));
        }
        if lost.is_none() {
            self.session = Some(session);
        }
        answers
    }
}

impl Observer {
    async fn open(&self, clock: &Arc<dyn Clock>) -> Result<Session, Fault> {
        let session = self.server.open(As::Observe, self.server.limits.answer, clock).await?;
        if self.server.kind == Kind::Sentinel {
            run_id(&session, Kind::Sentinel).await?;
        }
        Ok(session)
    }

    async fn answer(&mut self, session: &Session, question: &Question, clock: &Arc<dyn Clock>) -> Result<Reading, Fault> {
        let asked = clock.now();
        let samples = match (&question.ask, self.server.kind) {
            (Ask::RedisState, Kind::Redis) => {
                let now = info(session).await?;
                self.history.note(&now, asked);
                self.state(&now, asked)
            }
            (Ask::SentinelState { master }, Kind::Sentinel) => view(session, master, asked).await?,
            (other, kind) => {
                let is = if kind == Kind::Redis { "Redis server" } else { "Sentinel" };
                let name = &self.server.name;
                return Err(Fault::unreachable(format!(
                    "{name} is a {is}: it cannot answer a question of kind `{}`",
                    other.kind()
                )));
            }
        };
        Ok(Reading { samples, read: clock.now(), warnings: Vec::new(), cards: Default::default() })
    }

    fn state(&self, now: &Info, asked: Time) -> Vec<Sample> {
        let text = |text: &str| Value::Text(text.to_owned());
        let facts: [(&str, Option<Value>); 10] = [
            ("role", Some(text(now.role.word()))),
            ("run", Some(text(&now.run))),
            ("replid", now.replid.as_deref().map(text)),
            ("offset", now.offset.map(Value::Number)),
            ("link", now.link.map(text)),
            ("heard_age", self.history.heard_age(now).filter(|_| now.link.is_some()).map(Value::Number)),
            ("replicas", now.replicas.map(|n| Value::Number(n as f64))),
            ("save_age", now.save_age().map(Value::Number)),
            ("save_ok", now.save_ok.map(Value::Truth)),
            ("aof", now.aof.map(Value::Truth)),
        ];
        let written = self.history.written(asked);
        let written = written
            .iter()
            .map(|(ago, offset)| Sample::bare(*offset, asked).label("fact", "written").label("ago", format!("{ago}")));
        let said = facts.into_iter().filter_map(|(fact, value)| Some(Sample::bare(value?, asked).label("fact", fact)));
        said.chain(written).collect()
    }
}

async fn view(session: &Session, name: &str, asked: Time) -> Result<Vec<Sample>, Fault> {
    let master = sentinel::master(session, name).await?;
    let replicas = sentinel::replicas(session, name).await?;
    let quorum = sentinel::quorum(session, name).await?;
    let count = |n: u64| Value::Number(n as f64);
    let facts = [
        ("primary", Value::Text(master.address.clone())),
        ("primary_run", Value::Text(master.run.clone())),
        ("up", Value::Truth(master.is_up())),
        ("replicas", count(replicas.len() as u64)),
        ("ok_replicas", count(sentinel::by_choice(&replicas, &master).len() as u64)),
        ("sentinels", count(master.sentinels)),
        ("quorum", count(master.quorum)),
        ("quorum_ok", Value::Truth(quorum.is_ok())),
        ("failing_over", Value::Truth(master.is_failing_over())),
    ];
    Ok(facts.into_iter().map(|(fact, value)| Sample::bare(value, asked).label("fact", fact)).collect())
}
