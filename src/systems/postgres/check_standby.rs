//! `postgres.check_standby`: whether a standby could take over now. Reads only; what the acting login may do is asked by
//! that login itself (RULES R18).

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    effects::{self, SILENT, Stream, UNRECEIVED, UNREPLAYED},
    fault::Fault,
    link::{As, Server},
    order,
    privileges::{LET_PROMOTE, MAY_I_PROMOTE},
    standing::{Standing, standing},
};
use crate::{
    model::{Call, Clock, Duration, Identity, Outcome, PartPreview, PartReport, Preview, Request, Time, size},
    plan::Connection,
    systems::action::{ActionFault, Inspect, Order, Perform, Progress},
};

pub struct CheckStandby {
    call: Call,
    server: Server,
}

impl CheckStandby {
    pub fn new(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Self, ActionFault> {
        Ok(Self { call: call.clone(), server: order::target(call, links)? })
    }

    async fn look(&self, who: As, pinned: &Identity, clock: &Arc<dyn Clock>) -> Result<(Standing, bool), Fault> {
        let (observing, _) = order::begin(&self.server, As::Observe, pinned, self.call.timeout, clock).await?;
        let now = standing(&observing).await?;
        let may = match who {
            As::Act => {
                let (acting, _) = order::begin(&self.server, As::Act, pinned, self.call.timeout, clock).await?;
                let row = acting.row(MAY_I_PROMOTE, &[]).await?;
                row.try_get(0).map_err(|error| Fault::lost(format!("{}: {error}", acting.place())))?
            }
            As::Observe | As::Application => true,
        };
        Ok((now, may))
    }
}

/// Everything that speaks against a promotion; empty when nothing does. A fact that is not known speaks against it.
fn against(now: &Standing, may_promote: bool) -> Vec<String> {
    let mut against = Vec::new();
    if !now.facts.standby {
        return vec!["it is no standby: it takes writes already".into()];
    }
    if !now.streams() {
        against
            .push(format!("it does not stream from its primary (receiver: {})", now.receiver.as_deref().unwrap_or("not known")));
    }
    match now.receipt_age {
        None => against.push("when it last heard of its primary is not known".into()),
        Some(age) if age > SILENT => against.push(format!("it has not heard of its primary for {}", seconds(age))),
        Some(_) => {}
    }
    match now.to_receive() {
        None if now.streams() => against.push("how much has not arrived is not known".into()),
        Some(bytes) if bytes > UNRECEIVED => against.push(format!("{} have not arrived", size(bytes))),
        _ => {}
    }
    match now.to_replay() {
        None => against.push("how much is still to be replayed is not known".into()),
        Some(bytes) if bytes > UNREPLAYED => against.push(format!("{} are still to be replayed", size(bytes))),
        Some(_) => {}
    }
    if !may_promote {
        against.push(format!("the acting login may not promote: {LET_PROMOTE}"));
    }
    against
}

fn seconds(age: f64) -> Duration {
    Duration::from_secs(age.round() as u64)
}

fn outcome(found: Result<(Standing, bool), Fault>) -> Outcome {
    match found {
        // It changes nothing: a question that failed has certainly had no effect.
        Err(fault) => Outcome::failed(fault.reason),
        Ok((now, may_promote)) => match against(&now, may_promote) {
            none if none.is_empty() => Outcome::succeeded(format!(
                "streams, last heard {} ago, {} to replay",
                seconds(now.receipt_age.unwrap_or_default()),
                size(now.to_replay().unwrap_or_default())
            )),
            some => Outcome::failed(some.join("; ")),
        },
    }
}

#[async_trait]
impl Inspect for CheckStandby {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let (session, facts) = order::look(&self.server, self.call.timeout, clock).await?;
        let now = standing(&session).await?;
        let stream = Stream { to_receive: now.to_receive(), receipt_age: now.receipt_age };
        Ok(Preview {
            action: self.call.action.clone(),
            target: self.server.name.clone(),
            identity: facts.identity(),
            requests: vec![Request { to: self.server.to(As::Act), text: MAY_I_PROMOTE.into() }],
            parts: vec![PartPreview { name: self.server.name.clone(), change: "looks, changes nothing".into(), before: None }],
            effects: effects::standby_check(now.to_replay(), stream),
            // Each with a figure in it moves; those are in the effects.
            warnings: if now.facts.standby { Vec::new() } else { vec![format!("{} is no standby", self.server.name)] },
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], identity: &Identity, _since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        order::all(parts, &outcome(self.look(As::Observe, identity, clock).await))
    }
}

#[async_trait]
impl Perform for CheckStandby {
    async fn run(&self, order: &Order, _: &dyn Progress, clock: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        order::all(&order.parts, &outcome(self.look(As::Act, &order.identity, clock).await))
    }

    async fn undo(&self, order: &Order, _: &dyn Progress, _: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        order::no_undo(&order.parts, "it changed nothing: there is nothing to undo")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::postgres::identity::Facts;

    fn healthy() -> Standing {
        Standing {
            facts: Facts { standby: true, system: Some("7412".into()), address: None, timeline: Some(1) },
            lsn: Some(1000.0),
            replayed: Some(1000.0),
            receiver: Some("streaming".into()),
            announced: Some(1000.0),
            receipt_age: Some(12.0),
            receipt: Some(88.0),
            clock: 100.0,
            replay_age: Some(4000.0),
            connections: Some(3.0),
        }
    }

    #[test]
    fn a_healthy_standby_may_take_over_and_each_fault_of_it_is_named() {
        assert!(against(&healthy(), true).is_empty(), "an old last commit is no fault: the primary may be idle");
        let one = |now: Standing| against(&now, true).join("; ");
        assert!(
            one(Standing { receiver: Some("none".into()), receipt_age: None, announced: None, ..healthy() })
                .contains("receiver: none")
        );
        assert!(one(Standing { receipt_age: Some(90.0), ..healthy() }).contains("for 1m30s"));
        assert!(one(Standing { announced: Some(1e9), ..healthy() }).contains("have not arrived"));
        assert!(one(Standing { lsn: Some(3e9), ..healthy() }).contains("to be replayed"));
        assert!(one(Standing { replayed: None, ..healthy() }).contains("not known"));
        assert!(against(&healthy(), false).join("").contains("pg_promote"));
    }
}
