//! Keeps a copy of one collection true: a list, then watches, each proven again by a consistent read.
//!
//! A watch that says nothing is no proof that nothing happens: its connection may be dead, or the API server cut off
//! from its store. So a watch is short and begun anew from where it ended, and before each one the store is asked
//! for one object, which it must answer itself. What is kept counts as true at the moment of that question.

use std::sync::Arc;

use futures_util::TryStreamExt;
use http_body_util::BodyExt;
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    exchange::ListMeta,
    link::{Link, Login},
    words::Miss,
};
use crate::{
    model::{Clock, Duration, Time},
    plan::KubernetesLink,
    systems::backoff::Backoff,
};

/// For the small question and for a watch to begin.
const ASK: Duration = Duration::from_secs(4);
/// For one page of a list.
const LIST: Duration = Duration::from_secs(15);
/// A watch that is this much past its end is dead.
const LATE: Duration = Duration::from_secs(2);
/// Changes within this are told together.
const TOGETHER: Duration = Duration::from_millis(100);
/// Between two watches, or lists, that end at once.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest watch.
const LONGEST: Duration = Duration::from_secs(60);
/// The largest line of a watch: one object, with all its history.
const LINE: usize = 4 << 20;
/// More than this in one watch is a flood: what it tells of is not kept.
const FLOOD: usize = 256 << 20;

/// One object, cut down to what is kept of it.
pub trait Item: DeserializeOwned + Send {
    fn key(&self) -> String;
}

/// Who keeps the copy and tells it.
pub trait Keeper<T>: Send {
    /// This is all there is.
    fn all(&mut self, items: Vec<T>, now: Time);
    fn put(&mut self, item: T, now: Time);
    fn remove(&mut self, key: &str);
    /// The whole copy was true at `at`.
    fn proven(&mut self, at: Time);
    fn tell(&mut self, now: Time);
    /// The copy may be out of date from here on.
    fn lost(&mut self, miss: &Miss, now: Time);
}

/// What to follow.
pub struct Follow {
    pub connection: String,
    pub link: KubernetesLink,
    /// The collection's path, without a query.
    pub path: String,
    /// Longest between two proofs.
    pub every: Duration,
    /// Differs by collection, for the backoff's jitter.
    pub seed: u64,
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}
#[derive(Deserialize)]
struct Of<T> {
    object: T,
}
#[derive(Deserialize)]
struct Marked {
    metadata: ListMeta,
}
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: u16,
    #[serde(default)]
    message: String,
}

impl Follow {
    /// Never ends by itself; drop it to stop.
    pub async fn run<T: Item>(&self, keeper: &mut dyn Keeper<T>, clock: &Arc<dyn Clock>) {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(8), self.seed);
        let (mut link, mut at, mut moving) = (None, None, true);
        loop {
            match self.round(&mut link, &mut at, moving, keeper, clock).await {
                Ok(moved) => {
                    moving = moved;
                    backoff.reset();
                }
                // The place in the history is too old to go on from: begin with a list. A server that always says so is not
                // to be asked without pause.
                Err(miss) if miss.is(410) && at.is_some() => {
                    at = None;
                    clock.sleep(PAUSE).await;
                }
                Err(miss) => {
                    keeper.lost(&miss, clock.now());
                    if miss.is(410) {
                        at = None;
                    }
                    // A new client reads the kubeconfig again, which may have a new token by now.
                    if miss.is(401) || matches!(miss, Miss::NotSent { .. }) {
                        link = None;
                    }
                    clock.sleep(backoff.after_failure()).await;
                }
            }
        }
    }

    /// A proof and a watch. `moving`: things changed in the last round, so prove the next one soon.
    async fn round<T: Item>(
        &self,
        link: &mut Option<Link>,
        at: &mut Option<String>,
        moving: bool,
        keeper: &mut dyn Keeper<T>,
        clock: &Arc<dyn Clock>,
    ) -> Result<bool, Miss> {
        let link = match link {
            Some(link) => link,
            None => link.insert(self.open(keeper, clock).await?),
        };
        let asked = clock.now();
        let proof = match at {
            Some(_) => {
                let _: super::exchange::Answer<Marked> = link.get(&format!("{}?limit=1", self.path), ASK, clock).await?;
                Some(asked)
            }
            None => {
                let list = link.list::<T>(&self.path, LIST, clock).await?.body;
                keeper.all(list.items, clock.now());
                *at = Some(list.metadata.version);
                keeper.proven(asked);
                keeper.tell(clock.now());
                None
            }
        };
        let window = if moving { Duration::from_secs(1) } else { self.every.min(LONGEST).max(Duration::from_secs(1)) };
        let began = clock.now();
        let moved = self.watch(link, at, window, proof, keeper, clock).await?;
        // A proxy that ends each watch at once must not make us ask without pause.
        if Duration::between(began, clock.now()) < PAUSE {
            clock.sleep(PAUSE).await;
        }
        Ok(moved)
    }

    /// A hanging credential program is reported and waited for: another one would hang as well.
    async fn open<T: Item>(&self, keeper: &mut dyn Keeper<T>, clock: &Arc<dyn Clock>) -> Result<Link, Miss> {
        let opening = Link::open(&self.connection, &self.link, Login::Observe);
        tokio::pin!(opening);
        loop {
            tokio::select! {
                biased;
                opened = &mut opening => return opened.map_err(|why| Miss::NotSent { why }),
                () = clock.sleep(LIST) => {
                    keeper.lost(&Miss::NotSent { why: super::link::hanging(&self.connection, LIST) }, clock.now());
                }
            }
        }
    }

    async fn watch<T: Item>(
        &self,
        link: &Link,
        at: &mut Option<String>,
        window: Duration,
        mut proof: Option<Time>,
        keeper: &mut dyn Keeper<T>,
        clock: &Arc<dyn Clock>,
    ) -> Result<bool, Miss> {
        let from = at.as_deref().unwrap_or_default();
        let seconds = window.as_secs().max(1);
        let path = format!("{}?watch=1&allowWatchBookmarks=true&resourceVersion={from}&timeoutSeconds={seconds}", self.path);
        let body = link.within(ASK, clock, link.open_stream(&path)).await?;
        let mut stream = body.into_data_stream();
        // The server ends it; one that does not is dead.
        let end = clock.sleep(window + LATE);
        tokio::pin!(end);
        let (mut line, mut moved, mut bytes) = (Vec::new(), false, 0);
        // What happened before the proof arrives with the watch's first bytes: a short silence means it is all here.
        let mut settle = clock.sleep(TOGETHER);
        let mut waiting = true;
        loop {
            let chunk = tokio::select! {
                biased;
                () = &mut settle, if waiting => {
                    waiting = false;
                    if let Some(at) = proof.take() {
                        keeper.proven(at);
                    }
                    keeper.tell(clock.now());
                    continue;
                }
                () = &mut end => {
                    // What a flood told of is forgotten with the next list.
                    *at = None;
                    let why = format!("{}: a watch does not end when it should: does the server hang?", link.place.address);
                    return Err(Miss::Unclear { why });
                }
                chunk = stream.try_next() => chunk,
            };
            if proof.is_some() {
                settle = clock.sleep(TOGETHER);
            }
            let Some(chunk) = chunk.map_err(|error| super::words::transport(&error, &link.place.address))? else { break };
            bytes += chunk.len();
            if bytes > FLOOD {
                *at = None;
                let why = format!("{}: a watch of {} sends more than {} MB", link.place.address, self.path, FLOOD >> 20);
                return Err(Miss::Unclear { why });
            }
            for piece in chunk.split_inclusive(|b| *b == b'\n') {
                line.extend_from_slice(piece);
                if line.len() > LINE {
                    let why = format!("{}: an object of {} is larger than {} MB", link.place.address, self.path, LINE >> 20);
                    return Err(Miss::Unclear { why });
                }
                if line.ends_with(b"\n") {
                    // What cannot be read may be read anew with a list.
                    if self.take_in(&line, at, keeper, clock.now()).inspect_err(|_| *at = None)? {
                        moved = true;
                        if !waiting {
                            (settle, waiting) = (clock.sleep(TOGETHER), true);
                        }
                    }
                    line.clear();
                }
            }
        }
        if waiting {
            if let Some(at) = proof {
                keeper.proven(at);
            }
            keeper.tell(clock.now());
        }
        Ok(moved)
    }

    /// Takes one line of a watch in; whether it changed something. `at` becomes the place to go on from.
    ///
    /// # Errors
    /// When the line is not one of an API server, or says that the watch has ended.
    pub fn take_in<T: Item>(
        &self,
        line: &[u8],
        at: &mut Option<String>,
        keeper: &mut dyn Keeper<T>,
        now: Time,
    ) -> Result<bool, Miss> {
        let strange = |error: serde_json::Error| Miss::Unclear {
            why: format!("a watch of {} answers unlike an API server: {error}", self.path),
        };
        let Kind { kind } = serde_json::from_slice(line).map_err(strange)?;
        if kind == "ERROR" {
            let problem: Of<Problem> = serde_json::from_slice(line).map_err(strange)?;
            let why = format!("a watch of {} ended: {} {}", self.path, problem.object.code, problem.object.message);
            return Err(Miss::Refused { code: problem.object.code, why });
        }
        let mark: Of<Marked> = serde_json::from_slice(line).map_err(strange)?;
        if kind != "BOOKMARK" {
            let item: Of<T> = serde_json::from_slice(line).map_err(strange)?;
            match kind.as_str() {
                "DELETED" => keeper.remove(&item.object.key()),
                _ => keeper.put(item.object, now),
            }
        }
        *at = Some(mark.object.metadata.version);
        Ok(kind != "BOOKMARK")
    }
}
