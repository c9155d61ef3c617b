//! Looking at and carrying out actions on the simulated platform, by the same rules as on real ones: what was agreed to is
//! checked before anything is sent, each request leaves once, and silence afterwards is *unknown*.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    chance,
    deed::{Deed, Watch},
    deeds_http::HttpDeed,
    deeds_kubernetes::KubernetesDeed,
    deeds_postgres::PostgresDeed,
    deeds_process::ProcessDeed,
    fault::{Fault, Silence},
    stage::Stage,
    world::{NO_ANSWER, World},
};
use crate::{
    model::{Call, Clock, Duration, FenceAnswer, Identity, Outcome, PartReport, Preview, Time, text::clean, time},
    systems::{ActionFault, Inspect, Inspectors, Order, Perform, Performers, Progress},
};

type Remembered = BTreeMap<String, serde_json::Value>;

pub(super) fn deed(call: &Call, put_back: Option<&Remembered>) -> Result<Box<dyn Deed>, ActionFault> {
    let made: Result<Box<dyn Deed>, String> = match call.action.split_once('.') {
        Some(("kubernetes", _)) => KubernetesDeed::new(call, put_back).map(|deed| Box::new(deed) as _),
        Some(("postgres", _)) => PostgresDeed::new(call, put_back).map(|deed| Box::new(deed) as _),
        _ if call.action == "http.request" => HttpDeed::new(call, put_back.is_some()).map(|deed| Box::new(deed) as _),
        _ if call.action == "command.run" => ProcessDeed::new(call, put_back.is_some()).map(|deed| Box::new(deed) as _),
        Some(("redis", _)) => Err(format!("the simulated platform has no Redis: {} is for real servers", call.action)),
        _ => Err(format!("the simulated platform does not know the action {}", call.action)),
    };
    made.map_err(ActionFault::new)
}

/// Whether the deed's server can be reached; what needs none always can.
fn reach(world: &World, deed: &dyn Deed) -> Result<Identity, (Silence, String)> {
    match deed.via() {
        None => Ok(Identity::default()),
        Some(via) => world.reach(via).map(|_| world.identity(via)),
    }
}

/// Looks at actions of one simulated platform.
pub struct SimInspectors {
    pub(super) stage: Stage,
}

impl SimInspectors {
    fn look(&self, call: &Call, deed: Box<dyn Deed>, only: Option<Vec<String>>) -> SimInspect {
        SimInspect { stage: self.stage.clone(), action: call.action.clone(), deed, only }
    }
}

impl Inspectors for SimInspectors {
    fn inspect(&self, call: &Call) -> Result<Box<dyn Inspect>, ActionFault> {
        Ok(Box::new(self.look(call, deed(call, None)?, None)))
    }
    fn inspect_parts(&self, call: &Call, parts: &[String]) -> Result<Box<dyn Inspect>, ActionFault> {
        Ok(Box::new(self.look(call, deed(call, None)?, Some(parts.to_vec()))))
    }
    fn inspect_undo(&self, call: &Call, remembered: &Remembered) -> Result<Box<dyn Inspect>, ActionFault> {
        Ok(Box::new(self.look(call, deed(call, Some(remembered))?, None)))
    }
}

struct SimInspect {
    stage: Stage,
    action: String,
    deed: Box<dyn Deed>,
    /// Looks at these parts alone.
    only: Option<Vec<String>>,
}

impl SimInspect {
    fn look(&self, now: Time) -> Result<Result<Preview, ActionFault>, (Silence, String)> {
        let world = self.stage.at(now);
        let deed = &*self.deed;
        let identity = reach(&world, deed)?;
        Ok(deed.parts(&world).map_err(ActionFault::new).map(|mut parts| {
            parts.retain(|part| self.only.as_ref().is_none_or(|only| only.contains(&part.name)));
            let (effects, warnings) = deed.effects(&world, &parts);
            let requests = deed.requests(&world, &parts);
            let (action, target) = (self.action.clone(), deed.target().to_owned());
            Preview { action, target, identity, requests, parts, effects, warnings, made: now }
        }))
    }
}

#[async_trait]
impl Inspect for SimInspect {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let looked = self.look(clock.now());
        match looked {
            Ok(preview) => preview,
            Err((how, reason)) => {
                if how == Silence::Silent {
                    clock.sleep(NO_ANSWER).await;
                }
                Err(ActionFault::unreachable(reason))
            }
        }
    }

    async fn read_back(&self, parts: &[String], identity: &Identity, since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        let world = self.stage.at(clock.now());
        let deed = &*self.deed;
        let cannot = |why: &str, part: &String| {
            let report = PartReport::new(part.as_str(), Outcome::unknown(clean(why)));
            if deed.fences() { report.fenced(FenceAnswer::Unreachable { why: clean(why) }) } else { report }
        };
        let now_is = match reach(&world, deed) {
            Ok(now_is) => now_is,
            Err((_, reason)) => return parts.iter().map(|part| cannot(&reason, part)).collect(),
        };
        let differs = now_is.differences(identity, deed.changes());
        if !differs.is_empty() {
            let why = format!("this is not the server that was consented to: {}", differs.join(", "));
            return parts.iter().map(|part| cannot(&why, part)).collect();
        }
        parts.iter().map(|part| deed.read_back(&world, part, since)).collect()
    }
}

/// Carries out actions on one simulated platform.
pub struct SimPerformers {
    pub(super) stage: Stage,
}

impl Performers for SimPerformers {
    fn perform(&self, call: &Call) -> Result<Box<dyn Perform>, ActionFault> {
        deed(call, None)?;
        Ok(Box::new(SimPerform { stage: self.stage.clone(), call: call.clone() }))
    }
}

struct SimPerform {
    stage: Stage,
    call: Call,
}

/// What all parts of one run share.
struct Running<'a> {
    stage: &'a Stage,
    deed: Box<dyn Deed>,
    identity: &'a Identity,
    timeout: Duration,
    progress: &'a dyn Progress,
    clock: &'a Arc<dyn Clock>,
    stop: &'a CancellationToken,
}

/// The longest that anything is watched.
const LONGEST: Duration = Duration::from_mins(10);
const LOOKS_EVERY: Duration = Duration::from_millis(500);
const TRAVELS: (Duration, Duration) = (Duration::from_millis(200), Duration::from_millis(700));

impl SimPerform {
    async fn go(
        &self,
        put_back: Option<&Remembered>,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        let deed = match deed(&self.call, put_back) {
            Ok(deed) => deed,
            Err(fault) => {
                return order
                    .parts
                    .iter()
                    .map(|part| PartReport::new(part.as_str(), Outcome::failed(fault.reason.clone())))
                    .collect();
            }
        };
        let (stage, timeout, identity) = (&self.stage, self.call.timeout, &order.identity);
        let running = Running { stage, deed, identity, timeout, progress, clock, stop };
        let mut reports = Vec::new();
        for part in &order.parts {
            let report = running.part(part).await;
            progress.ended(report.clone());
            reports.push(report);
        }
        reports
    }
}

#[async_trait]
impl Perform for SimPerform {
    async fn run(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        self.go(None, order, progress, clock, stop).await
    }

    async fn undo(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        self.go(Some(&order.remembered), order, progress, clock, stop).await
    }
}

/// How sending went.
enum Sent {
    /// It left and was taken; what comes of it is watched.
    Taken,
    /// It is over, at once or after waiting in vain for the timeout.
    Over(Outcome, bool),
}

impl Running<'_> {
    async fn part(&self, part: &str) -> PartReport {
        if self.stop.is_cancelled() {
            return PartReport::new(part, Outcome::failed("stopped before anything was sent"));
        }
        if let Err(report) = self.may_send(part).await {
            return report;
        }
        let travels = {
            let world = self.stage.at(self.clock.now());
            let name = format!("{}/{part}/{}", self.deed.name(), world.sent(&self.deed.name(), part));
            chance::between(world.seed, &name, TRAVELS.0, TRAVELS.1)
        };
        self.clock.sleep(travels).await;
        let since = self.clock.now();
        match self.send(part) {
            Sent::Taken => self.watch(part, since).await,
            Sent::Over(outcome, waits) => {
                if waits {
                    self.clock.sleep(self.timeout).await;
                }
                PartReport::new(part, outcome)
            }
        }
    }

    /// Whether the server answers and is the one that was consented to.
    async fn may_send(&self, part: &str) -> Result<(), PartReport> {
        let reached = reach(&self.stage.at(self.clock.now()), &*self.deed);
        match reached {
            Ok(is) => {
                let differs = is.differences(self.identity, &[]);
                if differs.is_empty() {
                    return Ok(());
                }
                let why =
                    format!("nothing was sent: this is not the server that was consented to: {}", clean(&differs.join(", ")));
                Err(PartReport::new(part, Outcome::failed(why)))
            }
            Err((how, reason)) => {
                if how == Silence::Silent {
                    self.clock.sleep(NO_ANSWER).await;
                }
                let report = PartReport::new(part, Outcome::failed(format!("nothing was sent: {}", clean(&reason))));
                Err(if self.deed.fences() { report.fenced(FenceAnswer::Unreachable { why: clean(&reason) }) } else { report })
            }
        }
    }

    /// The one place from which mutating requests leave.
    fn send(&self, part: &str) -> Sent {
        if !self.deed.mutates() {
            return Sent::Taken;
        }
        let mut world = self.stage.at(self.clock.now());
        let (name, timeout) = (self.deed.name(), self.timeout);
        let fault = world.meet(&name, self.deed.via(), part);
        if let Some(Fault::NextActionTimesOutBeforeSending { .. }) = fault {
            return Sent::Over(Outcome::failed(format!("no connection within {timeout}: nothing was sent")), true);
        }
        world.count(&name, part);
        if let Some(ended) = self.deed.via().and_then(|via| world.certificates.get(via)).filter(|ends| **ends <= world.now()) {
            let why = format!("401 Unauthorized: the client certificate expired at {}", time::full(*ended));
            return Sent::Over(Outcome::failed(why), false);
        }
        match fault {
            Some(Fault::PartRefused { reason, .. }) => Sent::Over(Outcome::failed(clean(&reason)), false),
            Some(Fault::NextActionTimesOutOnItsWay { .. }) => Sent::Over(silent(timeout), true),
            fault => match self.deed.send(&mut world, part) {
                _ if matches!(fault, Some(Fault::NextActionTimesOutAfterSending { .. })) => Sent::Over(silent(timeout), true),
                Ok(()) => Sent::Taken,
                Err(reason) => Sent::Over(Outcome::failed(clean(&reason)), false),
            },
        }
    }

    async fn watch(&self, part: &str, since: Time) -> PartReport {
        // What was sent and not seen to end may have taken effect; what only reads has nothing to doubt.
        let left =
            |why: String| PartReport::new(part, if self.deed.mutates() { Outcome::unknown(why) } else { Outcome::failed(why) });
        loop {
            let now = self.clock.now();
            let watched = {
                let world = self.stage.at(now);
                reach(&world, &*self.deed).map(|_| self.deed.watch(&world, part, since))
            };
            match watched {
                Ok(Watch::Ended(report)) => return report,
                Ok(Watch::Going(so_far)) if Duration::between(since, now) >= LONGEST => {
                    return left(format!("not done after {LONGEST}: {so_far}"));
                }
                Ok(Watch::Going(so_far)) => self.progress.say(part, &so_far),
                Err((_, reason)) => return left(format!("lost while it was under way: {}", clean(&reason))),
            }
            tokio::select! {
                () = self.stop.cancelled() => return left("stopped while it was under way".into()),
                () = self.clock.sleep(LOOKS_EVERY) => {}
            }
        }
    }
}

fn silent(timeout: Duration) -> Outcome {
    Outcome::unknown(format!("no answer within {timeout}: it may have taken effect"))
}
