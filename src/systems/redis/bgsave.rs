//! `redis.bgsave`: has the server write a snapshot. Sent once, then watched until the server counts one more and calls
//! it good: its answer to the command says only that it began.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    identity::identity,
    info::{Info, info},
    link::{As, Server, Session},
    order::{self, LOOK},
};
use crate::{
    model::{Call, Clock, Duration, Effect, Identity, Outcome, PartPreview, PartReport, Preview, Request, Time},
    plan::Connection,
    systems::action::{ActionFault, Inspect, Order, Perform, Progress},
};

const COMMAND: &str = "BGSAVE";

pub struct Bgsave {
    call: Call,
    server: Server,
}

/// What one look says about a snapshot that was begun.
#[derive(Debug, PartialEq)]
enum Seen {
    Writing(String),
    /// Not being written, and not counted either.
    Uncounted,
    Done(Outcome),
}

/// `before`: how many snapshots the server had counted.
fn judge(now: &Info, run: &str, before: u64) -> Seen {
    if now.run != run {
        return Seen::Done(Outcome::unknown(
            "the server was started anew meanwhile: whether the snapshot was finished is not known",
        ));
    }
    if now.saving {
        let for_how_long = now.saving_for.map(|s| format!(" for {}", Duration::from_secs(s))).unwrap_or_default();
        return Seen::Writing(format!("writing the snapshot{for_how_long}"));
    }
    match (now.saves, now.save_ok) {
        (Some(saves), Some(true)) if saves > before => {
            Seen::Done(Outcome::succeeded(format!("a snapshot was written, the {} since the server started", nth(saves))))
        }
        (_, Some(false)) => Seen::Done(Outcome::failed("the server could not write the snapshot: its log says why (disk full?)")),
        (None, _) => Seen::Done(Outcome::unknown("this server does not count its snapshots (before Redis 7)")),
        _ => Seen::Uncounted,
    }
}

fn nth(n: u64) -> String {
    let ending = match (n % 10, n % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

impl Bgsave {
    pub fn new(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Self, ActionFault> {
        Ok(Self { call: call.clone(), server: order::target(call, links)? })
    }

    async fn save(
        &self,
        part: &str,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Outcome {
        let (session, before) = match order::begin(&self.server, As::Act, &order.identity, self.call.timeout, clock).await {
            Ok(begun) => begun,
            Err(fault) => return Outcome::failed(fault.reason),
        };
        let Some(saves) = before.saves else {
            return Outcome::failed(
                "this server does not count its snapshots (before Redis 7), so nothing could prove one: nothing was sent",
            );
        };
        if stop.is_cancelled() {
            return Outcome::failed("stopped before anything was sent");
        }
        if let Err(fault) = session.ask(&[COMMAND]).await {
            return fault.outcome();
        }
        let tell = |words: &str| progress.say(part, words);
        tell("told to write a snapshot");
        self.watch(session, &before.run, saves, &tell, clock, stop).await
    }

    /// Looks until it is done. A look is only a question, so it is asked again over a new session when one is lost.
    async fn watch(
        &self,
        session: Session,
        run: &str,
        before: u64,
        tell: &(dyn Fn(&str) + Send + Sync),
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Outcome {
        let mut session = Some(session);
        let mut moved = clock.now();
        loop {
            let seen = match &session {
                Some(open) => info(open).await,
                None => match self.server.open(As::Act, self.call.timeout, clock).await {
                    Ok(open) => info(session.insert(open)).await,
                    Err(fault) => Err(fault),
                },
            };
            match seen.map(|now| judge(&now, run, before)) {
                Ok(Seen::Done(outcome)) => return outcome,
                // While it writes there is no limit; without a word, or before it counts, there is.
                Ok(Seen::Writing(words)) => {
                    moved = clock.now();
                    tell(&words);
                }
                Ok(Seen::Uncounted) => tell("waiting for the server to count it"),
                Err(fault) => {
                    session = None;
                    tell(&fault.reason);
                }
            }
            if Duration::between(moved, clock.now()) >= self.call.timeout {
                return Outcome::unknown(format!(
                    "the snapshot was begun, and for {} nothing tells that it ended: read it back",
                    self.call.timeout
                ));
            }
            tokio::select! {
                () = clock.sleep(LOOK) => {}
                () = stop.cancelled() => return Outcome::unknown("stopped watching after the snapshot was begun: read it back"),
            }
        }
    }
}

/// What is there after a run that began at `since`.
fn read_back(now: &Info, since: Time, at: Time) -> Outcome {
    if now.saving {
        return Outcome::unknown("a snapshot is being written: ask again in a moment");
    }
    let saved = now.save_age().map(|age| at - Duration::from_millis((age * 1_000.0) as u64).delta());
    // The server's time has whole seconds.
    match (saved, now.save_ok) {
        (Some(saved), Some(true)) if saved + chrono::TimeDelta::seconds(1) >= since => {
            Outcome::succeeded("a snapshot was written since")
        }
        (_, Some(false)) => Outcome::failed("the server could not write its last snapshot: its log says why"),
        (None, _) if now.saves.is_none() => Outcome::unknown("this server does not count its snapshots (before Redis 7)"),
        _ => Outcome::failed("no snapshot was written since"),
    }
}

#[async_trait]
impl Inspect for Bgsave {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let (_, now) = order::look(&self.server, self.call.timeout, clock).await?;
        let mut warnings = Vec::new();
        if now.saving {
            warnings.push("a snapshot is being written already: the server will refuse".to_owned());
        }
        if now.save_ok == Some(false) {
            warnings.push("its last snapshot failed: the server's log says why".to_owned());
        }
        let change = match now.saves {
            Some(0) => "its first snapshot since it started",
            Some(_) => "another snapshot",
            None => "a snapshot, which this server does not count",
        };
        Ok(Preview {
            action: self.call.action.clone(),
            target: self.server.name.clone(),
            identity: identity(&self.server, &now),
            requests: vec![Request { to: self.server.to(As::Act), text: COMMAND.into() }],
            parts: vec![PartPreview { name: self.server.name.clone(), change: change.into(), before: None }],
            effects: vec![Effect {
                text: "replaces the server's own snapshot file; while it writes, memory may grow by what is changed meanwhile"
                    .into(),
                measure: None,
            }],
            warnings,
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], identity: &Identity, since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        let outcome = match order::begin(&self.server, As::Observe, identity, self.call.timeout, clock).await {
            Ok((_, now)) => read_back(&now, since, clock.now()),
            Err(fault) => Outcome::unknown(fault.reason),
        };
        order::all(parts, &outcome)
    }
}

#[async_trait]
impl Perform for Bgsave {
    async fn run(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        // One server, one request: there is never a second part.
        let Some(part) = order.parts.first() else { return Vec::new() };
        vec![PartReport::new(part, self.save(part, order, progress, clock, stop).await)]
    }

    async fn undo(&self, order: &Order, _: &dyn Progress, _: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        order::no_undo(&order.parts, "the older snapshot is overwritten: there is nothing to put back")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::redis::info::tests::read_info;

    fn at(run: &str, more: &str) -> Info {
        Info { run: run.into(), ..read_info("master", more) }
    }

    #[test]
    fn only_one_more_good_snapshot_of_the_same_run_is_one() {
        let done = |now: &Info| match judge(now, "3f9a", 1) {
            Seen::Done(outcome) => outcome,
            other => panic!("{other:?}"),
        };
        assert!(done(&at("3f9a", "rdb_saves:2\r\n")).is_success());
        assert_eq!(judge(&at("3f9a", "rdb_saves:1\r\n"), "3f9a", 1), Seen::Uncounted);
        assert!(matches!(done(&at("other", "rdb_saves:9\r\n")), Outcome::Unknown { .. }));
        let failed = Info { save_ok: Some(false), ..at("3f9a", "rdb_saves:1\r\n") };
        assert!(matches!(done(&failed), Outcome::Failed { reason } if reason.contains("disk full")));
        let saving = Info { saving: true, saving_for: Some(61), ..at("3f9a", "rdb_saves:1\r\n") };
        assert_eq!(judge(&saving, "3f9a", 1), Seen::Writing("writing the snapshot for 1m01s".into()));
    }

    #[test]
    fn a_save_of_before_is_not_taken_for_this_one() {
        let now = Time::from_timestamp(1_700_000_500, 0).unwrap();
        let since = |seconds: i64| now - chrono::TimeDelta::seconds(seconds);
        let saved_100s_ago = at("3f9a", "rdb_saves:1\r\n");
        assert!(read_back(&saved_100s_ago, since(150), now).is_success());
        assert!(matches!(read_back(&saved_100s_ago, since(50), now), Outcome::Failed { .. }));
        assert!(matches!(read_back(&at("3f9a", "rdb_saves:0\r\n"), since(150), now), Outcome::Failed { .. }));
    }

    #[test]
    fn numbers_are_said_as_people_say_them() {
        assert_eq!([1, 2, 3, 4, 11, 12, 13, 22, 101].map(nth).join(" "), "1st 2nd 3rd 4th 11th 12th 13th 22nd 101st");
    }
}
