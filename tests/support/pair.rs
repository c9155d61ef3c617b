//! A primary and its standby of the lab as connections of a plan, and what is asked of them.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    collections::BTreeMap,
    process::Command,
    sync::{Arc, Mutex},
};

use lifeboat::{
    model::{Ask, Call, Clock, Duration, Outcome, PartReport, Preview, Question, Signal, Value},
    plan::{Connection, Link, Login, PostgresLink, SecretRef},
    systems::{
        Order, Progress, Sink, Source,
        clock::SystemClock,
        postgres::{
            self, Server,
            link::{As, Session},
        },
    },
};
use tokio_util::sync::CancellationToken;

use crate::support::lab::Piece;

pub type Links = BTreeMap<String, Connection>;

/// A primary `db-east` and its standby `db-west`.
pub struct Pair {
    pub piece: Piece,
    pub links: Links,
    pub clock: Arc<dyn Clock>,
}

impl Pair {
    pub fn up() -> Self {
        let piece = Piece::up("postgres", &[]);
        let links = [("db-east", "primary"), ("db-west", "replica")];
        let links = links.map(|(name, node)| (name.to_owned(), connection(link(&piece, node))));
        Self { links: links.into(), piece, clock: Arc::new(SystemClock) }
    }
    pub fn link(&self, name: &str) -> PostgresLink {
        match &self.links[name].link {
            Link::Postgres(link) => link.clone(),
            _ => unreachable!("both are PostgreSQL"),
        }
    }
    /// The superuser, for what a test itself prepares.
    pub async fn admin(&self, name: &str) -> Session {
        let mut link = self.link(name);
        link.act = Some(login(&self.piece, "postgres"));
        Server::new(name, &link).open(As::Act, secs(10), &self.clock).await.expect("the superuser gets in")
    }
    pub async fn application(&self, name: &str) -> Result<Session, String> {
        Server::new(name, &self.link(name)).open(As::Application, secs(5), &self.clock).await.map_err(|fault| fault.reason)
    }
    pub async fn preview(&self, call: &Call) -> Preview {
        postgres::inspect(call, &self.links).unwrap().preview(&self.clock).await.unwrap()
    }
    /// Runs all parts of `call` on the server that its preview named.
    pub async fn run(&self, call: &Call) -> Vec<PartReport> {
        let preview = self.preview(call).await;
        self.run_as_seen(call, &preview).await
    }
    pub async fn run_as_seen(&self, call: &Call, seen: &Preview) -> Vec<PartReport> {
        let told = Told::default();
        postgres::perform(call, &self.links).unwrap().run(&order(seen), &told, &self.clock, &CancellationToken::new()).await
    }
    pub async fn read_back(&self, call: &Call, seen: &Preview) -> PartReport {
        let parts: Vec<_> = seen.parts.iter().map(|p| p.name.clone()).collect();
        let reports =
            postgres::inspect(call, &self.links).unwrap().read_back(&parts, &seen.identity, seen.made, &self.clock).await;
        assert_eq!(reports.len(), parts.len());
        reports.into_iter().next().unwrap()
    }
}

pub fn login(piece: &Piece, role: &str) -> Login {
    Login { user: role.into(), password: Some(SecretRef::File(piece.text(&format!("/secrets/{role}")).into())) }
}
pub fn link(piece: &Piece, node: &str) -> PostgresLink {
    PostgresLink {
        host: piece.text(&format!("/{node}/host")).into(),
        port: Some(piece.number(&format!("/{node}/port")) as u16),
        dbname: piece.text("/dbname").into(),
        observe: login(piece, "observe"),
        act: Some(login(piece, "act")),
        application: Some(login(piece, "app")),
        ca: Some(piece.text("/ca").into()),
        tls: None,
    }
}
pub fn connection(link: PostgresLink) -> Connection {
    Connection { region: None, drill: false, every: None, link: Link::Postgres(link) }
}
pub fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}
pub fn call(action: &str, via: &str, with: &[(&str, &str)], timeout: u64) -> Call {
    let with = with.iter().map(|(field, value)| ((*field).to_owned(), (*value).into())).collect();
    Call { action: format!("postgres.{action}"), via: Some(via.into()), with, timeout: secs(timeout) }
}
pub fn order(seen: &Preview) -> Order {
    let remembered = seen.parts.iter().filter_map(|p| Some((p.name.clone(), p.before.clone()?))).collect();
    Order { parts: seen.parts.iter().map(|p| p.name.clone()).collect(), identity: seen.identity.clone(), remembered }
}
pub fn only(reports: Vec<PartReport>) -> PartReport {
    assert_eq!(reports.len(), 1, "{reports:?}");
    reports.into_iter().next().unwrap()
}
pub fn succeeded(reports: Vec<PartReport>) -> PartReport {
    let report = only(reports);
    assert!(report.outcome.is_success(), "{report:?}");
    report
}
pub fn failed(reports: Vec<PartReport>, because: &str) -> PartReport {
    let report = only(reports);
    assert!(
        matches!(&report.outcome, Outcome::Failed { reason } if reason.contains(because)),
        "expected `{because}`: {report:?}"
    );
    report
}

/// Keeps what an action says on its way.
#[derive(Default)]
pub struct Told(pub Mutex<Vec<String>>, pub tokio::sync::Notify);
impl Progress for Told {
    fn say(&self, _: &str, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
        self.1.notify_one();
    }
    fn ended(&self, _: PartReport) {}
}

/// Asks `ask` of a source again and again until `good` says so of its signal; at most half a minute.
pub async fn observed(source: Box<dyn Source>, ask: Ask, good: impl Fn(&Signal) -> bool) -> Signal {
    let (sink, stop, clock) = (Sink::default(), CancellationToken::new(), Arc::new(SystemClock));
    let question = Question::new(source.name(), ask, Duration::from_millis(200), None);
    let running = tokio::spawn(source.run(vec![question.clone()], sink.clone(), clock, stop.clone()));
    let seen = async {
        loop {
            sink.changed().await;
            let signal = sink.observed().get(&question.key).cloned().unwrap();
            if good(&signal) {
                return signal;
            }
        }
    };
    let seen = tokio::time::timeout(secs(30).std(), seen).await;
    stop.cancel();
    running.await.unwrap();
    seen.unwrap_or_else(|_| panic!("never seen; at last {:?}", sink.observed()))
}
pub fn fact(signal: &Signal, name: &str) -> Option<Value> {
    Some(signal.sample(&[("fact", name)])?.value.clone())
}
pub fn answered(signal: &Signal) -> bool {
    signal.reading.is_some() || signal.failure.is_some()
}
pub fn is_failing(signal: &Signal) -> bool {
    signal.failure.is_some()
}

/// A server and all its processes; `kill -CONT` undoes `kill -STOP`.
pub fn signal_all(pids: &[String], signal: &str) {
    let ended = Command::new("kill").arg(signal).args(pids).status().unwrap();
    assert!(ended.success(), "kill {signal} {pids:?}");
}
pub fn children(of: u64) -> Vec<(String, String)> {
    let listed = Command::new("ps").args(["-o", "pid=,args=", "--ppid", &of.to_string()]).output().unwrap();
    let text = String::from_utf8(listed.stdout).unwrap();
    text.lines().filter_map(|line| line.trim().split_once(' ')).map(|(pid, args)| (pid.to_owned(), args.to_owned())).collect()
}
