//! `postgres.promote`: makes a standby a primary. Sent once; whether it happened is read from the server's role and timeline.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    effects::{self, Stream},
    fault::{Fault, Known},
    identity::{Facts, identify},
    link::{As, Server, Session},
    order,
    privileges::may_promote,
    standing::standing,
};
use crate::{
    model::{Call, Clock, Duration, Identity, Outcome, PartPreview, PartReport, Preview, Request, Time, size, text::clean},
    plan::Connection,
    systems::action::{ActionFault, Inspect, Order, Perform, Progress},
};

/// Whether somebody's promotion is being carried out at this moment.
const UNDER_WAY: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query ILIKE '%pg_promote%')";
/// A server that follows a promotion does so within this, if nothing is left to replay.
const HEEDED: Duration = Duration::from_secs(10);

pub struct Promote {
    call: Call,
    server: Server,
}

impl Promote {
    pub fn new(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Self, ActionFault> {
        Ok(Self { call: call.clone(), server: order::target(call, links)? })
    }

    /// What is sent, word for word. The server waits a little less long than we do, so that its answer still arrives.
    fn statement(&self) -> String {
        let seconds = self.call.timeout.saturating_sub(Duration::from_secs(2)).as_secs().max(1);
        format!("SELECT pg_promote(true, {seconds})")
    }

    async fn promote(
        &self,
        part: &str,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Outcome {
        let (session, facts) = match order::begin(&self.server, As::Act, &order.identity, self.call.timeout, clock).await {
            Ok(begun) => begun,
            Err(fault) => return Outcome::failed(fault.reason),
        };
        if !facts.standby {
            return Outcome::failed(format!("{} is no standby: nothing was sent", session.place()));
        }
        if stop.is_cancelled() {
            return Outcome::failed("stopped before anything was sent");
        }
        progress.say(part, "told to take over");
        let statement = self.statement();
        let answer = tokio::select! {
            answer = session.row_within(self.call.timeout, &statement, &[]) => answer,
            () = stop.cancelled() => return Outcome::unknown("stopped waiting after it was told to take over: read it back"),
        };
        match answer.map(|row| row.try_get::<_, bool>(0)) {
            Ok(Ok(true)) => took_over(&session).await,
            Ok(Ok(false)) => {
                Outcome::unknown(format!("{} was told to take over and has not within its time: read it back", session.place()))
            }
            Ok(Err(error)) => Outcome::unknown(clean(&format!("{}: an answer unlike PostgreSQL's: {error}", session.place()))),
            Err(fault) => match &fault.known {
                // 57xxx: the statement was cancelled or its session ended; the request to the server may stand.
                Known::Refused(state) if !state.starts_with("57") => Outcome::failed(fault.reason),
                _ => Outcome::unknown(format!("{}: it was told to take over: read it back", fault.reason)),
            },
        }
    }
}

async fn took_over(session: &Session) -> Outcome {
    // The server has confirmed it; the timeline is only told beside.
    let timeline = identify(session).await.ok().and_then(|facts| facts.timeline);
    Outcome::succeeded(timeline.map_or_else(|| "took over".to_owned(), |timeline| format!("took over, on timeline {timeline}")))
}

/// What a look at the server says about a promotion from `pinned`.
fn judge(now: &Facts, pinned: &Identity, place: &str) -> Option<Outcome> {
    if let Err(why) = now.same(place, pinned, &["timeline", "role"]) {
        return Some(Outcome::unknown(why));
    }
    if now.standby {
        return None;
    }
    let before: Option<i32> = pinned.0.get("timeline").and_then(|t| t.parse().ok());
    Some(match (now.timeline, before) {
        (Some(now), Some(before)) if now > before => Outcome::succeeded(format!("took over, on timeline {now}")),
        (Some(now), _) => Outcome::unknown(format!("{place} is a primary on timeline {now}, which does not prove a promotion")),
        (None, _) => Outcome::unknown(format!("{place} is a primary, its timeline is not known")),
    })
}

#[async_trait]
impl Inspect for Promote {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let (session, facts) = order::look(&self.server, self.call.timeout, clock).await?;
        let now = standing(&session).await?;
        let name = &self.server.name;
        let mut warnings = Vec::new();
        if !facts.standby {
            warnings.push(format!("{name} is no standby: PostgreSQL will refuse"));
        }
        if now.streams() {
            warnings.push(effects::still_sends(name));
        }
        let user = self.server.login(As::Act).map_or("", |login| login.user.as_str());
        if let Err(lack) = may_promote(&session, user).await? {
            warnings.push(lack.why);
        }
        let stream = now.streams().then(|| Stream { to_receive: now.to_receive(), receipt_age: now.receipt_age });
        Ok(Preview {
            action: self.call.action.clone(),
            target: name.clone(),
            identity: facts.identity(),
            requests: vec![Request { to: self.server.to(As::Act), text: self.statement() }],
            parts: vec![PartPreview { name: name.clone(), change: "standby to primary".into(), before: None }],
            effects: effects::promotion(name, now.to_replay(), stream),
            warnings,
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], identity: &Identity, since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        let look = async {
            let session = self.server.open(As::Observe, self.call.timeout, clock).await?;
            let now = standing(&session).await?;
            if let Some(outcome) = judge(&now.facts, identity, session.place()) {
                return Ok(outcome);
            }
            // Still a standby. That it stays one is only sure when nothing is left that it may be busy with.
            let row = session.row(UNDER_WAY, &[]).await?;
            let under_way: bool = row.try_get(0).map_err(|error| Fault::lost(format!("{}: {error}", session.place())))?;
            Ok::<_, Fault>(match now.to_replay() {
                _ if under_way => Outcome::unknown("a promotion is being carried out: ask again in a moment"),
                Some(left) if left > 0.0 => {
                    Outcome::unknown(format!("still a standby, {} to replay: it may yet take over", size(left)))
                }
                _ if clock.now() < since + HEEDED.delta() => {
                    Outcome::unknown("still a standby; it was told only now: ask again in a moment")
                }
                _ => Outcome::failed("still a standby"),
            })
        };
        let outcome = look.await.unwrap_or_else(|fault| Outcome::unknown(fault.reason));
        order::all(parts, &outcome)
    }
}

#[async_trait]
impl Perform for Promote {
    async fn run(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        // One server, one request: there is never a second part.
        let Some(part) = order.parts.first() else { return Vec::new() };
        vec![PartReport::new(part, self.promote(part, order, progress, clock, stop).await)]
    }

    async fn undo(&self, order: &Order, _: &dyn Progress, _: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        order::no_undo(&order.parts, "a promotion cannot be taken back: the old primary is rebuilt from the new one")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(standby: bool, timeline: i32) -> Facts {
        Facts { standby, system: Some("7412".into()), address: Some("10.2.0.15:5432".into()), timeline: Some(timeline) }
    }

    #[test]
    fn r08_only_the_same_cluster_on_a_later_timeline_proves_a_promotion() {
        let pinned = facts(true, 3).identity();
        assert!(judge(&facts(false, 4), &pinned, "db-west").unwrap().is_success());
        assert_eq!(judge(&facts(true, 3), &pinned, "db-west"), None);
        let unknown = |now: Facts| matches!(judge(&now, &pinned, "db-west"), Some(Outcome::Unknown { .. }));
        assert!(unknown(facts(false, 3)), "a primary of the old timeline was never promoted from here");
        assert!(unknown(Facts { system: Some("9".into()), ..facts(false, 4) }));
        assert!(unknown(Facts { timeline: None, ..facts(false, 4) }));
    }
}
