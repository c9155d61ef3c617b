//! `redis.wait_caught_up`: waits until a replica has received what its primary had written. Reads only, by both servers'
//! `observe` logins; asked after the fence, so that the primary's end does not move away.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    fault::Fault,
    identity::identity,
    info::{Info, info},
    link::{As, Server},
    order::{self, LOOK},
};
use crate::{
    model::{Call, Clock, Duration, Effect, Identity, Measure, Outcome, PartPreview, PartReport, Preview, Request, Time, Value},
    plan::{Connection, RedisRole},
    systems::{
        action::{ActionFault, Inspect, Order, Perform, Progress},
        transport::size,
    },
};

/// Behind by more than this, a preview calls it bad: 16 MiB.
const FAR: f64 = 16.0 * 1_048_576.0;

pub struct WaitCaughtUp {
    call: Call,
    replica: Server,
    primary: Server,
}

/// How far the primary is, if the two can be compared at all.
fn end(replica: &Info, primary: &Info, name: &str) -> Result<f64, String> {
    if primary.role == RedisRole::Replica {
        return Err(format!("{name} is a replica itself: `of` must name the primary"));
    }
    if replica.replid.is_none() || replica.replid != primary.replid {
        return Err(format!("the replica does not follow {name}: their histories differ"));
    }
    primary.offset.ok_or_else(|| format!("{name} does not say how far it is"))
}

/// How far the replica is.
fn has(replica: &Info) -> Result<f64, String> {
    if replica.role != RedisRole::Replica {
        return Err("it is no replica any more".into());
    }
    replica
        .offset
        .filter(|_| replica.link != Some("syncing"))
        .ok_or_else(|| "it is being filled: how far it is is not known".into())
}

impl WaitCaughtUp {
    pub fn new(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Self, ActionFault> {
        let replica = order::server(&call.action, "via", call.via.as_deref(), links)?;
        let primary = order::server(&call.action, "of", call.text("of"), links)?;
        Ok(Self { call: call.clone(), replica, primary })
    }

    async fn end(&self, replica: &Info, clock: &Arc<dyn Clock>) -> Result<f64, Fault> {
        let session = self.primary.open(As::Observe, self.call.timeout, clock).await?;
        end(replica, &info(&session).await?, &self.primary.name).map_err(Fault::unreachable)
    }

    async fn wait(
        &self,
        part: &str,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Result<f64, String> {
        let words = |fault: Fault| fault.reason;
        let (session, mut now) =
            order::begin(&self.replica, As::Observe, &order.identity, self.call.timeout, clock).await.map_err(words)?;
        let end = self.end(&now, clock).await.map_err(words)?;
        let (mut best, mut moved) = (-1.0, clock.now());
        loop {
            let has = has(&now).map_err(|why| format!("{}: {why}", session.place()))?;
            if has >= end {
                return Ok(end);
            }
            let (behind, at) = (size((end - has) as u64), clock.now());
            if has > best {
                (best, moved) = (has, at);
            }
            progress.say(part, &format!("{behind} behind"));
            if stop.is_cancelled() {
                return Err(format!("stopped while {behind} behind"));
            }
            let stood = Duration::between(moved, at);
            if stood >= self.call.timeout {
                let link = now.link.unwrap_or("not known");
                return Err(format!("{} is {behind} behind and got nothing for {stood}; its link: {link}", session.place()));
            }
            tokio::select! {
                () = clock.sleep(LOOK) => {}
                () = stop.cancelled() => {}
            }
            now = info(&session).await.map_err(words)?;
        }
    }
}

#[async_trait]
impl Inspect for WaitCaughtUp {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let (_, now) = order::look(&self.replica, self.call.timeout, clock).await?;
        let (name, of) = (&self.replica.name, &self.primary.name);
        let (mut effects, mut warnings) = (Vec::new(), Vec::new());
        if now.role != RedisRole::Replica {
            warnings.push(format!("{name} is no replica"));
        } else if now.link != Some("up") {
            warnings.push(format!("{name} is cut off from its primary (link: {})", now.link.unwrap_or("not known")));
        }
        match self.end(&now, clock).await {
            Ok(end) => {
                let behind = now.offset.map(|has| (end - has).max(0.0));
                // In steps of 1 MiB: the figure moves while somebody reads.
                let measure = behind.map(|bytes| Measure {
                    value: (bytes / 1_048_576.0).ceil() * 1_048_576.0,
                    unit: "bytes".into(),
                    acceptable: bytes <= FAR,
                });
                effects.push(Effect { text: format!("{name} is behind {of}"), measure });
            }
            Err(fault) => warnings.push(format!("how far it is behind cannot be told: {}", fault.reason)),
        }
        let ask = |server: &Server| Request { to: server.to(As::Observe), text: "INFO".into() };
        Ok(Preview {
            action: self.call.action.clone(),
            target: name.clone(),
            identity: identity(&self.replica, &now),
            requests: vec![ask(&self.primary), ask(&self.replica)],
            parts: vec![PartPreview { name: name.clone(), change: "waits, changes nothing".into(), before: None }],
            effects,
            warnings,
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], identity: &Identity, _since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        let look = async {
            let (_, now) = order::begin(&self.replica, As::Observe, identity, self.call.timeout, clock).await?;
            let end = self.end(&now, clock).await?;
            Ok::<_, Fault>((end, has(&now).map_err(Fault::unreachable)?))
        };
        let outcome = match look.await {
            Err(fault) => Outcome::unknown(fault.reason),
            Ok((end, has)) if has >= end => Outcome::succeeded(format!("has everything up to offset {end}")),
            Ok((end, has)) => Outcome::failed(format!("{} behind", size((end - has) as u64))),
        };
        order::all(parts, &outcome)
    }
}

#[async_trait]
impl Perform for WaitCaughtUp {
    async fn run(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        let Some(part) = order.parts.first() else { return Vec::new() };
        // It changes nothing, so whatever goes wrong has certainly had no effect.
        vec![match self.wait(part, order, progress, clock, stop).await {
            Ok(end) => {
                let mut report = PartReport::new(part, Outcome::succeeded(format!("has everything up to offset {end}")));
                report.result = Some(Value::Number(end));
                report
            }
            Err(why) => PartReport::new(part, Outcome::failed(why)),
        }]
    }

    async fn undo(&self, order: &Order, _: &dyn Progress, _: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        order::no_undo(&order.parts, "it changed nothing: there is nothing to undo")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::redis::info::tests::read_info;

    #[test]
    fn offsets_of_two_histories_are_never_compared() {
        let (primary, replica) = (read_info("master", ""), read_info("slave", "slave_repl_offset:400\r\n"));
        assert_eq!(end(&replica, &primary, "east"), Ok(500.0));
        assert_eq!(has(&replica), Ok(400.0));
        let other = Info { replid: Some("other".into()), ..primary.clone() };
        assert!(end(&replica, &other, "east").unwrap_err().contains("histories differ"));
        assert!(end(&replica, &replica, "east").unwrap_err().contains("is a replica itself"));
        assert!(has(&primary).is_err());
        assert!(has(&Info { link: Some("syncing"), ..replica }).unwrap_err().contains("being filled"));
    }
}
