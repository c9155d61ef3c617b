//! `redis.check_quorum`: whether a Sentinel could make this server the primary now. Reads only.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    fault::Fault,
    identity::same,
    link::{As, Server},
    order,
    survey::{Survey, pinned_sentinel, survey},
};
use crate::{
    model::{Call, Clock, Identity, Outcome, PartPreview, PartReport, Preview, Request, Time, text::clean},
    plan::{Connection, RedisRole},
    systems::action::{ActionFault, Inspect, Order, Perform, Progress},
};

pub struct CheckQuorum {
    call: Call,
    server: Server,
    sentinels: Vec<Server>,
    master: String,
}

/// Everything that speaks against a failover to this server; empty when nothing does.
pub fn against(seen: &Survey, master: &str) -> Vec<String> {
    let mut against = Vec::new();
    let sentinel = &seen.sentinel.name;
    if seen.info.role == RedisRole::Primary {
        against.push("it is a primary already".to_owned());
    } else if seen.own().is_none() {
        against.push(format!("{sentinel} does not know it as a replica of {master}"));
    } else if !seen.own().is_some_and(|own| own.is_able(&seen.master)) {
        against.push(format!("{sentinel} would not take it: it is down in its eyes, cut off, or has replica-priority 0"));
    } else if let Some(other) = seen.other_choice() {
        against.push(format!("{sentinel} would rather take {}: lower this server's replica-priority", other.address));
    }
    if let Err(why) = &seen.quorum {
        against.push(why.clone());
    }
    if seen.master.is_failing_over() {
        against.push("a failover is under way already".to_owned());
    }
    against.into_iter().map(|words| clean(&words)).collect()
}

fn outcome(found: Result<Survey, Fault>, master: &str) -> Outcome {
    let seen = match found {
        // It changes nothing: a question that failed has certainly had no effect.
        Err(fault) => return Outcome::failed(fault.reason),
        Ok(seen) => seen,
    };
    let mut against = against(&seen, master);
    if !against.is_empty() {
        against.extend(seen.silent);
        return Outcome::failed(against.join("; "));
    }
    let said = seen.quorum.as_ref().map_or("", String::as_str);
    let mut detail = vec![format!("{} says: {said}", seen.sentinel.name)];
    detail.extend(seen.silent);
    Outcome::succeeded(detail.join("; "))
}

impl CheckQuorum {
    pub fn new(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Self, ActionFault> {
        let server = order::server(&call.action, "via", call.via.as_deref(), links)?;
        let sentinels = order::sentinels(&call.action, &server, links)?;
        let master = order::master(call)?;
        Ok(Self { call: call.clone(), server, sentinels, master })
    }

    async fn look(&self, first: Option<&str>, clock: &Arc<dyn Clock>) -> Result<Survey, Fault> {
        survey(&self.server, &self.sentinels, &self.master, first, self.call.timeout, clock).await
    }

    async fn check(&self, pinned: &Identity, clock: &Arc<dyn Clock>) -> Outcome {
        let found = self.look(pinned_sentinel(pinned), clock).await.and_then(|seen| {
            // It pins the server only: any Sentinel may be the one that answers, and the primary may have changed.
            same(&self.server.name, &seen.identity(&self.server), pinned, &["sentinel", "primary", "role"])
                .map_err(Fault::unreachable)?;
            Ok(seen)
        });
        outcome(found, &self.master)
    }
}

#[async_trait]
impl Inspect for CheckQuorum {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let seen = self.look(None, clock).await?;
        let to = seen.sentinel.to(As::Observe);
        let commands = ["MASTER", "REPLICAS", "CKQUORUM"].map(|word| format!("SENTINEL {word} {}", self.master));
        Ok(Preview {
            action: self.call.action.clone(),
            target: self.server.name.clone(),
            identity: seen.identity(&self.server),
            requests: commands.into_iter().map(|text| Request { to: to.clone(), text: clean(&text) }).collect(),
            parts: vec![PartPreview { name: self.server.name.clone(), change: "asks, changes nothing".into(), before: None }],
            effects: Vec::new(),
            warnings: against(&seen, &self.master),
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], identity: &Identity, _since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        order::all(parts, &self.check(identity, clock).await)
    }
}

#[async_trait]
impl Perform for CheckQuorum {
    async fn run(&self, order: &Order, _: &dyn Progress, clock: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        order::all(&order.parts, &self.check(&order.identity, clock).await)
    }

    async fn undo(&self, order: &Order, _: &dyn Progress, _: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        order::no_undo(&order.parts, "it changed nothing: there is nothing to undo")
    }
}
