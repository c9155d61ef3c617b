//! `redis.sentinel_failover`: has a Sentinel make a replica the primary. The Sentinel's OK says only that it began: it
//! is sent once, then watched until the new primary, the Sentinel and the old primary agree.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    agreement::{Before, Stage, old_primary, stage},
    check_quorum::against,
    fault::Fault,
    identity::same,
    info::{info, run_id},
    link::{As, Kind, Server},
    order,
    survey::{Survey, pinned_sentinel, survey},
};
use crate::{
    model::{
        Call, Clock, Duration, Effect, Identity, Measure, Outcome, PartPreview, PartReport, Preview, Request, Time, text::clean,
    },
    plan::{Connection, RedisRole},
    systems::action::{ActionFault, Inspect, Order, Perform, Progress},
};

/// Each look asks two or three servers.
const LOOK: Duration = Duration::from_millis(500);
/// A Sentinel that is not at it for so long has given it up; a primary that is silent for so long is gone.
const SETTLED: Duration = Duration::from_secs(5);
/// Missing more than this is called bad: 1 MiB.
const FAR: f64 = 1_048_576.0;

pub struct SentinelFailover {
    call: Call,
    server: Server,
    /// The primary that is replaced, where the plan names its connection.
    of: Option<Server>,
    sentinels: Vec<Server>,
    master: String,
}

impl SentinelFailover {
    pub fn new(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Self, ActionFault> {
        let server = order::server(&call.action, "via", call.via.as_deref(), links)?;
        let of = call.text("of").map(|name| order::server(&call.action, "of", Some(name), links)).transpose()?;
        let mut sentinels = order::sentinels(&call.action, &server, links)?;
        let first = sentinels[0].name.clone();
        sentinels.retain(|sentinel| sentinel.login(As::Act).is_some());
        if sentinels.is_empty() {
            return Err(order::no_act(&call.action, &first));
        }
        Ok(Self { call: call.clone(), server, of, sentinels, master: order::master(call)? })
    }

    fn command(&self) -> [&str; 3] {
        ["SENTINEL", "FAILOVER", &self.master]
    }

    async fn look(&self, first: Option<&str>, clock: &Arc<dyn Clock>) -> Result<Survey, Fault> {
        survey(&self.server, &self.sentinels, &self.master, first, self.call.timeout, clock).await
    }

    async fn stage(&self, before: &Before, first: Option<&str>, clock: &Arc<dyn Clock>) -> Result<Stage, Fault> {
        let seen = self.look(first, clock).await?;
        let limit = self.call.timeout.min(SETTLED);
        let old = old_primary(self.of.as_ref(), &before.primary, &seen, limit, clock).await;
        Ok(stage(&self.server.name, before, &seen, &old))
    }

    /// Asks the old primary itself how much the replica lacks.
    async fn missing(&self, seen: &Survey, clock: &Arc<dyn Clock>) -> (Effect, Vec<String>) {
        let effect = |text: String, measure| Effect { text, measure };
        let Some(of) = &self.of else {
            return (
                effect("what it lacks of the primary's writes is not asked: name the primary in `of`".into(), None),
                Vec::new(),
            );
        };
        let asked = async { info(&of.open(As::Observe, self.call.timeout, clock).await?).await };
        let now = match asked.await {
            Ok(now) => now,
            Err(fault) => {
                return (effect("the old primary does not answer: what it wrote last is lost".into(), None), vec![fault.reason]);
            }
        };
        let mut warnings = Vec::new();
        if !seen.master.run.is_empty() && now.run != seen.master.run {
            warnings.push(format!("{} is not the primary that {} names ({})", of.name, seen.sentinel.name, seen.master.address));
        } else if now.good_replicas.is_none() {
            warnings.push(format!("{} still takes writes: what it takes until the switch is lost; fence it first", of.name));
        }
        let same_history = now.replid.is_some() && now.replid == seen.info.replid;
        let lacks = now.offset.zip(seen.info.offset).filter(|_| same_history).map(|(end, has)| (end - has).max(0.0));
        // In steps of 16 KiB: the figure moves while somebody reads.
        let measure = lacks.map(|bytes| Measure {
            value: (bytes / 16_384.0).ceil() * 16_384.0,
            unit: "bytes".into(),
            acceptable: bytes <= FAR,
        });
        (effect(format!("{} lacks, and loses, of {}'s writes", self.server.name, of.name), measure), warnings)
    }

    async fn fail_over(
        &self,
        part: &str,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Outcome {
        let pinned = &order.identity;
        let seen = match self.look(pinned_sentinel(pinned), clock).await {
            Ok(seen) => seen,
            Err(fault) => return Outcome::failed(fault.reason),
        };
        if let Err(why) = same(&self.server.name, &seen.identity(&self.server), pinned, &[]) {
            return Outcome::failed(why);
        }
        if seen.info.role != RedisRole::Replica {
            return Outcome::failed(format!("{part} is no replica: nothing was sent"));
        }
        if let Some(other) = seen.other_choice().filter(|_| seen.own().is_some()) {
            let sentinel = &seen.sentinel.name;
            return Outcome::failed(format!(
                "{sentinel} would take {} instead: lower this server's replica-priority; nothing was sent",
                other.address
            ));
        }
        if seen.own().is_none() {
            return Outcome::failed(format!(
                "{} does not know {part} as a replica of {}: nothing was sent",
                seen.sentinel.name, self.master
            ));
        }
        let opened = async {
            let session = seen.sentinel.open(As::Act, self.call.timeout, clock).await?;
            let run = run_id(&session, Kind::Sentinel).await.map_err(Fault::unsent)?;
            if run != seen.sentinel_run {
                return Err(Fault::unreachable(format!("{} was started anew: look at it again", session.place())));
            }
            Ok(session)
        };
        let session = match opened.await {
            Ok(session) => session,
            Err(fault) => return Outcome::failed(fault.reason),
        };
        if stop.is_cancelled() {
            return Outcome::failed("stopped before anything was sent");
        }
        if let Err(fault) = session.ask(&self.command()).await {
            return fault.outcome();
        }
        progress.say(part, "the Sentinel has begun");
        let tell = |words: &str| progress.say(part, words);
        self.watch(&seen, &tell, clock, stop).await
    }

    async fn watch(
        &self,
        begun: &Survey,
        tell: &(dyn Fn(&str) + Send + Sync),
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Outcome {
        let before = Before {
            run: begun.info.run.clone(),
            known_as: begun.own().map(|own| own.address.clone()),
            primary: begun.master.address.clone(),
        };
        let sentinel = Some(begun.sentinel.name.as_str());
        // A Sentinel gives up by itself after its own time.
        let longest = self.call.timeout.max(begun.master.failover_timeout) + SETTLED;
        let start = clock.now();
        let (mut since, mut last) = (start, 0);
        loop {
            let found = self.stage(&before, sentinel, clock).await;
            let now = clock.now();
            let (kind, words) = match &found {
                Ok(Stage::Done(outcome)) => return outcome.clone(),
                Ok(Stage::Idle) => (1, "still a replica, and the Sentinel is not at it"),
                Ok(Stage::UnderWay(words)) => (2, words.as_str()),
                Ok(Stage::Apart(words)) => (3, words.as_str()),
                Ok(Stage::Alone(words)) => (4, words.as_str()),
                Err(fault) => (5, fault.reason.as_str()),
            };
            if kind != last {
                (since, last) = (now, kind);
            }
            tell(words);
            let stood = Duration::between(since, now);
            match &found {
                Ok(Stage::Idle) if stood >= SETTLED => {
                    return Outcome::failed("the Sentinel gave it up: still a replica (its log says why)");
                }
                Ok(Stage::Alone(words)) if stood >= SETTLED => {
                    return Outcome::succeeded(format!("{words}: keep it from coming back as one"));
                }
                Ok(Stage::Apart(_)) | Err(_) if stood >= self.call.timeout => {
                    return Outcome::unknown(format!("{words}; so for {stood}: read it back"));
                }
                _ if Duration::between(start, now) >= longest => {
                    return Outcome::unknown(format!("{words}; not settled within {longest}: read it back"));
                }
                _ => {}
            }
            tokio::select! {
                () = clock.sleep(LOOK) => {}
                () = stop.cancelled() => return Outcome::unknown("stopped watching after the Sentinel had begun: read it back"),
            }
        }
    }
}

#[async_trait]
impl Inspect for SentinelFailover {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let seen = self.look(None, clock).await?;
        let name = &self.server.name;
        let mut warnings = against(&seen, &self.master);
        warnings.extend(seen.silent.iter().cloned());
        if seen.info.link != Some("up") && seen.info.role == RedisRole::Replica {
            warnings.push(format!("{name} is cut off from its primary: what that wrote since is lost"));
        }
        let (lost, more) = self.missing(&seen, clock).await;
        warnings.extend(more);
        Ok(Preview {
            action: self.call.action.clone(),
            target: name.clone(),
            identity: seen.identity(&self.server),
            requests: vec![Request { to: seen.sentinel.to(As::Act), text: clean(&self.command().join(" ")) }],
            parts: vec![PartPreview { name: name.clone(), change: "replica to primary".into(), before: None }],
            effects: vec![
                Effect {
                    text: clean(&format!("{name} takes writes; {} follows it, and drops what only it has", seen.master.address)),
                    measure: None,
                },
                lost,
            ],
            warnings,
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], identity: &Identity, since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        let (Some(run), Some(primary)) = (identity.0.get("run"), identity.0.get("primary")) else {
            return order::all(parts, &Outcome::unknown("the servers that were agreed to are not known"));
        };
        // A Sentinel that does not know the run id yet names it a few seconds later.
        let before = Before { run: run.clone(), known_as: None, primary: primary.clone() };
        let outcome = match self.stage(&before, pinned_sentinel(identity), clock).await {
            Err(fault) => Outcome::unknown(fault.reason),
            Ok(Stage::Done(outcome)) => outcome,
            Ok(Stage::Idle) if clock.now() < since + SETTLED.delta() => {
                Outcome::unknown("still a replica; the Sentinel was told only now: ask again in a moment")
            }
            Ok(Stage::Idle) => Outcome::failed("still a replica, and the Sentinel is not at it"),
            Ok(Stage::Alone(words)) => Outcome::succeeded(words),
            Ok(Stage::UnderWay(words) | Stage::Apart(words)) => Outcome::unknown(format!("{words}: ask again in a moment")),
        };
        order::all(parts, &outcome)
    }
}

#[async_trait]
impl Perform for SentinelFailover {
    async fn run(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        // One failover, one request: there is never a second part.
        let Some(part) = order.parts.first() else { return Vec::new() };
        vec![PartReport::new(part, self.fail_over(part, order, progress, clock, stop).await)]
    }

    async fn undo(&self, order: &Order, _: &dyn Progress, _: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        order::no_undo(&order.parts, "a failover is not taken back: fail over the other way, to the old primary")
    }
}
