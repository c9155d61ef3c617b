//! A Redis primary, its replica and three Sentinels of the lab as connections of a plan, and what is asked of them.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::Arc;

use lifeboat::{
    model::{Call, Clock, PartReport, Preview},
    plan::{Connection, Link, Login, RedisLink, SecretRef, SentinelLink},
    systems::{
        clock::SystemClock,
        redis::{
            self, Server,
            link::{As, Session},
            reply,
        },
    },
};
use tokio_util::sync::CancellationToken;

use crate::{
    pair::{Links, Told, order, secs},
    support::lab::Piece,
};

/// A primary `redis-east`, its replica `redis-west`, and `sentinel-0` to `sentinel-2`.
pub struct Cache {
    pub piece: Piece,
    pub links: Links,
    pub clock: Arc<dyn Clock>,
}

impl Cache {
    pub fn up() -> Self {
        let piece = Piece::up("redis", &[]);
        let mut links = Links::new();
        for n in 0..3 {
            links.insert(format!("sentinel-{n}"), connection(Link::Sentinel(sentinel(&piece, n))));
        }
        for (name, node) in [("redis-east", "primary"), ("redis-west", "replica")] {
            links.insert(name.into(), connection(Link::Redis(redis_link(&piece, node))));
        }
        Self { piece, links, clock: Arc::new(SystemClock) }
    }
    pub fn link(&self, name: &str) -> RedisLink {
        match &self.links[name].link {
            Link::Redis(link) => link.clone(),
            _ => unreachable!("{name} is a Redis server"),
        }
    }
    pub fn change(&mut self, name: &str, change: impl Fn(&mut RedisLink)) {
        let mut link = self.link(name);
        change(&mut link);
        self.links.insert(name.into(), connection(Link::Redis(link)));
    }
    pub async fn session(&self, name: &str, user: &str) -> Session {
        let mut link = self.link(name);
        link.act = Some(login(&self.piece, user));
        Server::redis(name, &link).open(As::Act, secs(10), &self.clock).await.expect("it gets in")
    }
    /// What `user` hears from `name`: an answer as text, or why there is none.
    pub async fn says(&self, name: &str, user: &str, words: &[&str]) -> Result<String, String> {
        let answer = self.session(name, user).await.ask(words).await.map_err(|fault| fault.reason)?;
        Ok(reply::text(&answer).unwrap_or_default())
    }
    pub async fn preview(&self, call: &Call) -> Preview {
        redis::inspect(call, &self.links).unwrap().preview(&self.clock).await.unwrap()
    }
    /// Runs all parts of `call` on the server that its preview named.
    pub async fn run(&self, call: &Call) -> Vec<PartReport> {
        let preview = self.preview(call).await;
        self.run_as_seen(call, &preview).await
    }
    pub async fn run_as_seen(&self, call: &Call, seen: &Preview) -> Vec<PartReport> {
        self.run_telling(call, seen, &Told::default(), &CancellationToken::new()).await
    }
    pub async fn run_telling(&self, call: &Call, seen: &Preview, told: &Told, stop: &CancellationToken) -> Vec<PartReport> {
        redis::perform(call, &self.links).unwrap().run(&order(seen), told, &self.clock, stop).await
    }
    pub async fn read_back(&self, call: &Call, seen: &Preview) -> PartReport {
        let parts: Vec<_> = seen.parts.iter().map(|p| p.name.clone()).collect();
        let looker = redis::inspect(call, &self.links).unwrap();
        let reports = looker.read_back(&parts, &seen.identity, seen.made, &self.clock).await;
        assert_eq!(reports.len(), parts.len());
        reports.into_iter().next().unwrap()
    }
    /// Kills a server of the plan and waits until its port is closed.
    pub fn kill(&self, name: &str, node: &str) {
        self.signal(node, "-KILL");
        let port = self.link(name).port();
        let until = self.clock.now() + secs(10).delta();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            assert!(self.clock.now() < until, "{node} is still there");
        }
    }
    /// `kill SIGNAL` to one server of the lab.
    pub fn signal(&self, node: &str, signal: &str) {
        crate::pair::signal_all(&[self.piece.number(&format!("/pids/{node}")).to_string()], signal);
    }
}

pub fn login(piece: &Piece, user: &str) -> Login {
    Login { user: user.into(), password: Some(SecretRef::File(piece.text(&format!("/secrets/{user}")).into())) }
}
pub fn redis_link(piece: &Piece, node: &str) -> RedisLink {
    RedisLink {
        host: piece.text(&format!("/{node}/host")).into(),
        port: Some(piece.number(&format!("/{node}/port")) as u16),
        observe: login(piece, "observe"),
        act: Some(login(piece, "act")),
        sentinels: (0..3).map(|n| format!("sentinel-{n}")).collect(),
        ca: Some(piece.text("/ca").into()),
        tls: None,
    }
}
pub fn sentinel(piece: &Piece, n: usize) -> SentinelLink {
    SentinelLink {
        host: piece.text(&format!("/sentinels/{n}/host")).into(),
        port: Some(piece.number(&format!("/sentinels/{n}/port")) as u16),
        observe: login(piece, "observe"),
        act: Some(login(piece, "act")),
        ca: Some(piece.text("/ca").into()),
        tls: None,
    }
}
pub fn connection(link: Link) -> Connection {
    Connection { region: None, drill: false, every: None, link }
}
pub fn call(action: &str, via: &str, with: &[(&str, &str)], timeout: u64) -> Call {
    let with = with.iter().map(|(field, value)| ((*field).to_owned(), (*value).into())).collect();
    Call { action: format!("redis.{action}"), via: Some(via.into()), with, timeout: secs(timeout) }
}
