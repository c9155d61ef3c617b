//! `postgres.wait_caught_up`: waits until a standby has received what its primary had written. Reads only, by both
//! servers' `observe` logins; asked after the fence, so that the primary's end does not move away (RULES R20).

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    effects,
    fault::Fault,
    identity::{Facts, identify},
    link::{As, Server, Session},
    order,
    standing::{Standing, lsn_text, standing},
};
use crate::{
    model::{Call, Clock, Duration, Identity, Outcome, PartPreview, PartReport, Preview, Request, Time, Value, size},
    plan::Connection,
    systems::action::{ActionFault, Inspect, Order, Perform, Progress},
};

const END: &str = "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8, (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8";
const HAS: &str =
    "SELECT pg_is_in_recovery(), (greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn)::float8";
/// A position may stand behind a page's header that nothing was written to.
const PAGE_HEADER: f64 = 64.0;
/// Commits that do not wait for the disk are written within this.
const WRITTEN: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(250);

pub struct WaitCaughtUp {
    call: Call,
    standby: Server,
    primary: Server,
}

impl WaitCaughtUp {
    pub fn new(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Self, ActionFault> {
        let standby = order::server(&call.action, "via", call.via.as_deref(), links)?;
        let primary = order::server(&call.action, "of", call.text("of"), links)?;
        Ok(Self { call: call.clone(), standby, primary })
    }

    /// The end of the primary's WAL, in bytes, with all that was committed by now in it.
    async fn end(&self, standby: &Facts, clock: &Arc<dyn Clock>) -> Result<f64, Fault> {
        let session = self.primary.open(As::Observe, self.call.timeout, clock).await?;
        let facts = identify(&session).await?;
        related(standby, &facts, &self.primary.name).map_err(Fault::unreachable)?;
        let began = clock.passed();
        loop {
            let row = session.row(END, &[]).await?;
            let bad = |error: tokio_postgres::Error| Fault::lost(format!("{}: {error}", session.place()));
            let (inserted, written): (f64, f64) = (row.try_get(0).map_err(bad)?, row.try_get(1).map_err(bad)?);
            if written + PAGE_HEADER >= inserted {
                return Ok(written);
            }
            if clock.passed().saturating_sub(began) >= WRITTEN {
                return Ok(inserted);
            }
            clock.sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the standby has, in bytes.
    async fn has(session: &Session) -> Result<f64, Fault> {
        let row = session.row(HAS, &[]).await?;
        let bad = |error: tokio_postgres::Error| Fault::lost(format!("{}: {error}", session.place()));
        if !row.try_get::<_, bool>(0).map_err(bad)? {
            return Err(Fault::unreachable(format!("{} is no standby any more", session.place())));
        }
        Ok(row.try_get::<_, Option<f64>>(1).map_err(bad)?.unwrap_or_default())
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
        let (session, facts) =
            order::begin(&self.standby, As::Observe, &order.identity, self.call.timeout, clock).await.map_err(words)?;
        let end = self.end(&facts, clock).await.map_err(words)?;
        let (mut best, mut moved) = (-1.0, clock.passed());
        loop {
            let has = Self::has(&session).await.map_err(words)?;
            if has >= end {
                return Ok(end);
            }
            let (behind, now) = (size(end - has), clock.passed());
            if has > best {
                (best, moved) = (has, now);
            }
            progress.say(part, &format!("{behind} behind"));
            if stop.is_cancelled() {
                return Err(format!("stopped while {behind} behind"));
            }
            let stood = now.saturating_sub(moved);
            if stood >= self.call.timeout {
                let receiver = standing(&session).await.ok().and_then(|s| s.receiver).unwrap_or_else(|| "not known".into());
                return Err(format!(
                    "{} is {behind} behind and got nothing for {stood}; its receiver: {receiver}",
                    session.place()
                ));
            }
            tokio::select! {
                () = clock.sleep(LOOK) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}

/// Whether positions of the two can be compared at all.
fn related(standby: &Facts, primary: &Facts, name: &str) -> Result<(), String> {
    if primary.standby {
        return Err(format!("{name} is a standby itself: `of` must name the primary"));
    }
    match (&standby.system, &primary.system) {
        (Some(a), Some(b)) if a != b => Err(format!("{name} is of another cluster (system {b}, the standby's is {a})")),
        _ => Ok(()),
    }
}

fn behind(end: f64, standby: &Standing) -> f64 {
    (end - standby.lsn.unwrap_or_default()).max(0.0)
}

#[async_trait]
impl Inspect for WaitCaughtUp {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let (session, facts) = order::look(&self.standby, self.call.timeout, clock).await?;
        let now = standing(&session).await?;
        let mut warnings = Vec::new();
        if !now.facts.standby {
            warnings.push(format!("{} is no standby", self.standby.name));
        } else if !now.streams() {
            let receiver = now.receiver.as_deref().unwrap_or("not known");
            warnings.push(effects::does_not_stream(&self.standby.name, receiver));
        }
        let mut effects = Vec::new();
        match self.end(&facts, clock).await {
            Ok(end) => effects.push(effects::behind(&self.standby.name, &self.primary.name, behind(end, &now))),
            Err(fault) => warnings.push(format!("how far it is behind cannot be told: {}", fault.reason)),
        }
        Ok(Preview {
            action: self.call.action.clone(),
            target: self.standby.name.clone(),
            identity: facts.identity(),
            requests: vec![
                Request { to: self.primary.to(As::Observe), text: END.into() },
                Request { to: self.standby.to(As::Observe), text: HAS.into() },
            ],
            parts: vec![PartPreview { name: self.standby.name.clone(), change: "waits, changes nothing".into(), before: None }],
            effects,
            warnings,
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], identity: &Identity, _since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        let look = async {
            let (session, facts) = order::begin(&self.standby, As::Observe, identity, self.call.timeout, clock).await?;
            let end = self.end(&facts, clock).await?;
            Ok::<_, Fault>((end, Self::has(&session).await?))
        };
        let outcome = match look.await {
            Err(fault) => Outcome::unknown(fault.reason),
            Ok((end, has)) if has >= end => Outcome::succeeded(format!("has everything up to {}", lsn_text(end))),
            Ok((end, has)) => Outcome::failed(format!("{} behind", size(end - has))),
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
        let mut reports = Vec::new();
        for part in &order.parts {
            // It changes nothing, so whatever goes wrong has certainly had no effect.
            reports.push(match self.wait(part, order, progress, clock, stop).await {
                Ok(end) => {
                    let mut report = PartReport::new(part, Outcome::succeeded(format!("has everything up to {}", lsn_text(end))));
                    report.result = Some(Value::Text(lsn_text(end)));
                    report
                }
                Err(why) => PartReport::new(part, Outcome::failed(why)),
            });
        }
        reports
    }

    async fn undo(&self, order: &Order, _: &dyn Progress, _: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        order::no_undo(&order.parts, "it changed nothing: there is nothing to undo")
    }
}
