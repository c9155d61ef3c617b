//! `redis.fence` and `redis.allow_writes`: a primary that asks for more replicas than it has refuses every write with
//! NOREPLICAS. The server itself says what it asks for and what it has. Nothing of it replicates, and a restart forgets
//! it, unless the configuration was written down since (Sentinel does that).

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    fault::{Fault, Known},
    identity::identity,
    info::{Info, info},
    link::{As, Server, Session},
    order, reply,
};
use crate::{
    model::{Call, Clock, Effect, FenceAnswer, Identity, Measure, Outcome, PartPreview, PartReport, Preview, Request, Time},
    plan::{Connection, RedisRole},
    systems::action::{ActionFault, Inspect, Order, Perform, Progress},
};

const SETTING: &str = "min-replicas-to-write";
/// Without a largest lag the server does not ask for replicas at all.
const MOST_LAG: &str = "min-replicas-max-lag";
/// More replicas than any server has.
const FENCED: u64 = 1_000_000;

/// How many replicas a write is to need on one server.
pub struct Writes {
    call: Call,
    server: Server,
    /// `None`: what it was before is not known.
    wanted: Option<u64>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Fence,
    Allow,
    /// What was there before, whatever it was.
    Undo,
}

impl Writes {
    pub fn fence(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Self, ActionFault> {
        Ok(Self { call: call.clone(), server: order::target(call, links)?, wanted: Some(FENCED), kind: Kind::Fence })
    }

    pub fn allow(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Self, ActionFault> {
        let said = call.with.get("min_replicas");
        let wanted = said.map_or(Some(0), serde_json::Value::as_u64);
        if wanted.is_none_or(|wanted| wanted >= FENCED) {
            return Err(ActionFault::new(format!("{}: `min_replicas` is no number of replicas", call.action)));
        }
        Ok(Self { call: call.clone(), server: order::target(call, links)?, wanted, kind: Kind::Allow })
    }

    pub fn undo(
        call: &Call,
        remembered: &BTreeMap<String, serde_json::Value>,
        links: &BTreeMap<String, Connection>,
    ) -> Result<Self, ActionFault> {
        let server = order::target(call, links)?;
        let wanted = remembered.get(&server.name).and_then(serde_json::Value::as_u64);
        Ok(Self { call: call.clone(), server, wanted, kind: Kind::Undo })
    }

    fn statement(wanted: u64) -> [String; 4] {
        ["CONFIG".into(), "SET".into(), SETTING.into(), wanted.to_string()]
    }

    fn report(&self, part: &str, outcome: Outcome, answer: FenceAnswer) -> PartReport {
        let report = PartReport::new(part, outcome);
        if self.kind == Kind::Fence { report.fenced(answer) } else { report }
    }

    async fn set(&self, part: &str, pinned: &Identity, clock: &Arc<dyn Clock>, stop: &CancellationToken) -> PartReport {
        let failed = |why: &str| self.report(part, Outcome::failed(why), FenceAnswer::StillWritable { why: why.to_owned() });
        let Some(wanted) = self.wanted else { return failed("what it was before is not known: nothing was sent") };
        let (session, now) = match order::begin(&self.server, As::Act, pinned, self.call.timeout, clock).await {
            Ok(begun) => begun,
            Err(fault) => return self.report(part, Outcome::failed(&fault.reason), answer_of(&fault)),
        };
        if self.kind == Kind::Fence && now.role == RedisRole::Replica {
            return failed(&format!("{part} is a replica: fence the primary that it follows; nothing was sent"));
        }
        if stop.is_cancelled() {
            return failed("stopped before anything was sent");
        }
        let words = Self::statement(wanted);
        if let Err(fault) = session.ask(&words.each_ref().map(String::as_str)).await {
            return self.report(part, fault.outcome(), answer_of(&fault));
        }
        match self.judge(&session).await {
            // The server has confirmed the change; only the proof of its effect is missing.
            Err(fault) => self.report(part, Outcome::unknown(&fault.reason), answer_of(&fault)),
            Ok(Ok(detail)) => self.report(part, Outcome::succeeded(detail), FenceAnswer::RefusesWrites { proven: clock.now() }),
            Ok(Err(why)) => failed(&why),
        }
    }

    /// What the server says now: that it is as wanted, or why it is not.
    async fn judge(&self, session: &Session) -> Result<Result<String, String>, Fault> {
        let asks = asked_for(session).await?;
        let now = info(session).await?;
        Ok(match self.kind {
            Kind::Fence => refuses(&now, asks).map(|()| format!("refuses writes: it asks for {asks} replicas")),
            Kind::Allow if Some(asks) == self.wanted => match refuses(&now, asks) {
                Err(_) => Ok("takes writes".to_owned()),
                Ok(()) => Err(format!("a write needs {asks} replicas, and it has {}", now.good_replicas.unwrap_or_default())),
            },
            Kind::Undo if Some(asks) == self.wanted => Ok(format!("{SETTING} is {asks} again")),
            Kind::Allow | Kind::Undo => Err(format!("{SETTING} is {asks}")),
        })
    }
}

/// What the server asks for.
async fn asked_for(session: &Session) -> Result<u64, Fault> {
    let answer = session.ask(&["CONFIG", "GET", SETTING]).await?;
    let said = reply::pairs(&answer).and_then(|pairs| pairs.get(SETTING)?.parse().ok());
    said.ok_or_else(|| session.odd(&format!("CONFIG GET does not tell {SETTING}")))
}

/// Whether a server that asks for `asks` replicas refuses writes, or in words why it takes them.
fn refuses(now: &Info, asks: u64) -> Result<(), String> {
    match (now.role, now.good_replicas) {
        (RedisRole::Replica, _) => Err("it is a replica: whether it refuses writes depends on its primary".into()),
        (_, None) if asks == 0 => Err("it asks for no replicas: it takes writes".into()),
        (_, None) => {
            Err(format!("it asks for {asks} replicas, but {MOST_LAG} is 0 there, which turns that off: it takes writes"))
        }
        (_, Some(has)) if has >= asks => Err(format!("it asks for {asks} replicas and has {has}: it takes writes")),
        (_, Some(_)) => Ok(()),
    }
}

fn answer_of(fault: &Fault) -> FenceAnswer {
    let why = fault.reason.clone();
    match fault.known {
        Known::Refused(_) => FenceAnswer::StillWritable { why },
        Known::Unreachable | Known::Lost => FenceAnswer::Unreachable { why },
    }
}

#[async_trait]
impl Inspect for Writes {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let name = &self.server.name;
        let Some(wanted) = self.wanted else {
            return Err(ActionFault::new(format!("{name}: what {SETTING} was before is not known")));
        };
        let (session, now) = order::look(&self.server, self.call.timeout, clock).await?;
        let asks = asked_for(&session).await?;
        let (mut effects, mut warnings) = (Vec::new(), Vec::new());
        let change =
            if asks == wanted { format!("{SETTING} is {asks} already") } else { format!("{SETTING} {asks} to {wanted}") };
        if self.kind == Kind::Fence {
            let clients = Measure { value: now.clients.unwrap_or_default() as f64, unit: "clients".into(), acceptable: true };
            effects.push(Effect {
                text: "each write is refused with NOREPLICAS, reading goes on; connected now, replicas and Sentinels counted"
                    .into(),
                measure: now.clients.map(|_| clients),
            });
            effects.push(Effect {
                text: "it holds until it is taken back; a restart of the server may forget it".into(),
                measure: None,
            });
            if now.role == RedisRole::Replica {
                warnings.push(format!("{name} is a replica: fence the primary that it follows"));
            }
        } else if asks == FENCED && wanted < FENCED {
            effects.push(Effect { text: format!("{name} takes writes again"), measure: None });
        }
        Ok(Preview {
            action: self.call.action.clone(),
            target: name.clone(),
            identity: identity(&self.server, &now),
            requests: vec![Request { to: self.server.to(As::Act), text: Self::statement(wanted).join(" ") }],
            parts: vec![PartPreview { name: name.clone(), change, before: Some(asks.into()) }],
            effects,
            warnings,
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], identity: &Identity, _since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        let look = async {
            let (session, _) = order::begin(&self.server, As::Observe, identity, self.call.timeout, clock).await?;
            self.judge(&session).await
        };
        let found = look.await;
        let proven = clock.now();
        let report = |part: &String| match &found {
            Err(fault) => self.report(part, Outcome::unknown(&fault.reason), answer_of(fault)),
            Ok(Ok(detail)) => self.report(part, Outcome::succeeded(detail), FenceAnswer::RefusesWrites { proven }),
            Ok(Err(why)) => self.report(part, Outcome::failed(why), FenceAnswer::StillWritable { why: why.clone() }),
        };
        parts.iter().map(report).collect()
    }
}

#[async_trait]
impl Perform for Writes {
    async fn run(&self, order: &Order, _: &dyn Progress, clock: &Arc<dyn Clock>, stop: &CancellationToken) -> Vec<PartReport> {
        // One server, one request: there is never a second part.
        let Some(part) = order.parts.first() else { return Vec::new() };
        vec![self.set(part, &order.identity, clock, stop).await]
    }

    async fn undo(&self, order: &Order, _: &dyn Progress, clock: &Arc<dyn Clock>, stop: &CancellationToken) -> Vec<PartReport> {
        let Some(part) = order.parts.first() else { return Vec::new() };
        let wanted = order.remembered.get(part).and_then(serde_json::Value::as_u64);
        let undo = Self { call: self.call.clone(), server: self.server.clone(), wanted, kind: Kind::Undo };
        vec![undo.set(part, &order.identity, clock, stop).await]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::redis::info::tests::read_info;

    #[test]
    fn r19_only_a_primary_that_lacks_the_replicas_it_asks_for_refuses_writes() {
        let with = |role: &str, good: Option<u64>| Info { good_replicas: good, ..read_info(role, "") };
        assert_eq!(refuses(&with("master", Some(2)), FENCED), Ok(()));
        for (now, asks, words) in [
            (with("master", Some(2)), 1, "asks for 1 replicas and has 2"),
            (with("master", None), FENCED, "min-replicas-max-lag is 0"),
            (with("master", None), 0, "asks for no replicas"),
            (with("slave", Some(0)), FENCED, "is a replica"),
        ] {
            let why = refuses(&now, asks).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }
}
