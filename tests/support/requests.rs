//! `http.request` on one connection, as a console uses it: looked at, agreed to, sent, read back.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use lifeboat::{
    model::{Call, Clock, Duration, Identity, Outcome, PartReport, Preview, Time},
    plan::{Connection, Connections, HttpLink, Link},
    systems::{ActionFault, Inspectors, Order, Performers, Progress, RealActors, RealPlatform, clock::SystemClock},
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// The connection's name, which is also that of the one part.
pub const API: &str = "api";

pub struct Requests {
    connections: Connections,
    pub stop: CancellationToken,
    /// Called at the moment between the open connection and the request.
    pub before_sending: Box<dyn Fn() + Send + Sync>,
}

impl Progress for Requests {
    fn say(&self, _part: &str, text: &str) {
        if text == "waiting for the answer" {
            (self.before_sending)();
        }
    }
    fn ended(&self, _report: PartReport) {}
}

pub fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// A request with a time limit of its own.
pub fn call(method: &str, path: &str, more: Value, timeout: Duration) -> Call {
    let mut with: BTreeMap<String, Value> = more.as_object().cloned().unwrap_or_default().into_iter().collect();
    with.extend([("method".to_owned(), method.into()), ("path".to_owned(), path.into())]);
    Call { action: "http.request".into(), via: Some(API.into()), with, timeout }
}

impl Requests {
    pub fn to(link: HttpLink) -> Self {
        let connection = Connection { region: None, drill: false, every: None, link: Link::Http(link) };
        Self {
            connections: BTreeMap::from([(API.to_owned(), connection)]),
            stop: CancellationToken::new(),
            before_sending: Box::new(|| ()),
        }
    }

    pub async fn preview(&self, call: &Call) -> Result<Preview, ActionFault> {
        RealPlatform::new(self.connections.clone(), PathBuf::from("/")).inspect(call)?.preview(&clock()).await
    }

    /// Looks, agrees to what was seen, and sends.
    pub async fn send(&self, call: &Call) -> PartReport {
        let seen = self.preview(call).await.unwrap_or_else(|fault| panic!("{fault}"));
        self.send_to(call, seen.identity).await
    }

    /// Sends what was agreed to for the server `identity`.
    pub async fn send_to(&self, call: &Call, identity: Identity) -> PartReport {
        let order = Order { parts: vec![API.to_owned()], identity, remembered: BTreeMap::new() };
        let actor = RealActors::new(self.connections.clone(), PathBuf::from("/")).perform(call).unwrap();
        let mut reports = actor.run(&order, self, &clock(), &self.stop).await;
        assert_eq!(reports.len(), 1, "{reports:?}");
        reports.remove(0)
    }

    pub async fn read_back(&self, call: &Call, identity: &Identity) -> Outcome {
        let look = RealPlatform::new(self.connections.clone(), PathBuf::from("/")).inspect(call).unwrap();
        look.read_back(&[API.to_owned()], identity, Time::MIN_UTC, &clock()).await.remove(0).outcome
    }
}
