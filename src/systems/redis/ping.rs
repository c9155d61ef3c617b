//! `redis.ping`: whether the server lets both logins in and answers. Changes nothing.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    fault::Fault,
    identity::identity,
    link::{As, Server},
    order, reply,
};
use crate::{
    model::{Call, Clock, Duration, Identity, Outcome, PartPreview, PartReport, Preview, Request, Time},
    plan::Connection,
    systems::action::{ActionFault, Inspect, Order, Perform, Progress},
};

pub struct Ping {
    call: Call,
    server: Server,
}

impl Ping {
    pub fn new(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Self, ActionFault> {
        Ok(Self { call: call.clone(), server: order::server(&call.action, "via", call.via.as_deref(), links)? })
    }

    /// Asks by each of `logins`.
    async fn ping(&self, logins: &[As], pinned: &Identity, clock: &Arc<dyn Clock>) -> Result<String, Fault> {
        let mut users = Vec::new();
        let mut longest = Duration::ZERO;
        for who in logins {
            let Some(login) = self.server.login(*who) else { continue };
            let (session, _) = order::begin(&self.server, *who, pinned, self.call.timeout, clock).await?;
            let asked = clock.now();
            let answer = session.ask(&["PING"]).await?;
            if reply::text(&answer).as_deref() != Some("PONG") {
                return Err(session.odd("PING is not answered by PONG"));
            }
            longest = longest.max(Duration::between(asked, clock.now()));
            users.push(login.user.as_str());
        }
        Ok(format!("answers {} within {} ms", users.join(" and "), longest.as_millis().max(1)))
    }

    async fn outcome(&self, logins: &[As], pinned: &Identity, clock: &Arc<dyn Clock>) -> Outcome {
        // It changes nothing: a question that failed has certainly had no effect.
        self.ping(logins, pinned, clock).await.map_or_else(|fault| Outcome::failed(fault.reason), Outcome::succeeded)
    }
}

#[async_trait]
impl Inspect for Ping {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let (_, now) = order::look(&self.server, self.call.timeout, clock).await?;
        let logins = [As::Observe, As::Act].into_iter().filter(|who| self.server.login(*who).is_some());
        Ok(Preview {
            action: self.call.action.clone(),
            target: self.server.name.clone(),
            identity: identity(&self.server, &now),
            requests: logins.map(|who| Request { to: self.server.to(who), text: "PING".into() }).collect(),
            parts: vec![PartPreview { name: self.server.name.clone(), change: "asks, changes nothing".into(), before: None }],
            effects: Vec::new(),
            warnings: Vec::new(),
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], identity: &Identity, _since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        order::all(parts, &self.outcome(&[As::Observe], identity, clock).await)
    }
}

#[async_trait]
impl Perform for Ping {
    async fn run(&self, order: &Order, _: &dyn Progress, clock: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        order::all(&order.parts, &self.outcome(&[As::Observe, As::Act], &order.identity, clock).await)
    }

    async fn undo(&self, order: &Order, _: &dyn Progress, _: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        order::no_undo(&order.parts, "it changed nothing: there is nothing to undo")
    }
}
