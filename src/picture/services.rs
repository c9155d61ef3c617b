//! A service: its health now, its clock in this incident, and the verdict of the two.

use std::collections::BTreeMap;

use super::{
    inputs::Ground,
    scene::{ServiceHealth, ServiceRow},
    sentences::rank::brief,
    supposed::Supposed,
};
use crate::{
    gates::{Answer, evaluate},
    model::{Duration, Time, Verdict, time::clock},
    objectives::{Clock, Course, Projection, Reach, clock_of, project},
    plan::Service,
};

/// Nobody observes its health, by the plan's own choice.
pub const UNSEEN: &str = "nothing observes its health";

/// A row, and what its tier takes from it.
pub struct Judged {
    pub row: ServiceRow,
    pub deadline: Option<Time>,
    pub finish: Option<Time>,
    /// Why its verdict is what it is.
    pub words: String,
}

/// `short`: cards that each tier lacks where it has to go.
pub fn judge(
    ground: &Ground,
    service: &Service,
    rto: Option<Duration>,
    course: Option<&Course>,
    short: &BTreeMap<String, u32>,
) -> Judged {
    let mut judged = judge_by(ground, service, rto, course, short);
    let failing = judged.row.health == ServiceHealth::Failing;
    judged.row.failing_since = ground.inputs.alarms.failing_since(&service.name).filter(|_| failing);
    judged.row.well_at = ground.inputs.alarms.well_at(&service.name);
    judged
}

fn judge_by(
    ground: &Ground,
    service: &Service,
    rto: Option<Duration>,
    course: Option<&Course>,
    short: &BTreeMap<String, u32>,
) -> Judged {
    let health = health_of(ground, service);
    let clock_now = ground.clock_at;
    let state = ground.counted().and_then(|state| state.services.get(&service.name));
    let Some(outage) = state.and_then(|state| clock_of(state, clock_now)) else {
        if let Some(supposed) = &ground.supposed
            && let Some(judged) = suppose(ground, supposed, service, rto, course, short)
        {
            return judged;
        }
        let (verdict, words) = match health.0 {
            ServiceHealth::Healthy => (Verdict::Met, "healthy".to_owned()),
            ServiceHealth::Failing => (Verdict::AtRisk, "failing".to_owned()),
            ServiceHealth::CannotTell => (Verdict::CannotTell, brief(&health.1).to_owned()),
        };
        let since = ground.inputs.alarms.failing_since(&service.name).filter(|_| health.0 == ServiceHealth::Failing);
        let told = match since {
            Some(since) => format!("failing since {}: {}", clock(since, ground.now()), health.1),
            None => health.1,
        };
        let row = row(service, (health.0, told), rto, verdict);
        return Judged { row, deadline: None, finish: None, words };
    };
    let path = course.map(|course| course.path(Some(&service.name)));
    let tier = crate::objectives::tier_of(ground.facts, service);
    let lacks = tier.and_then(|tier| short.get(tier)).copied().filter(|_| service.cards.is_some());
    let projection = unless_unseen(project(&outage, rto, path.as_ref(), lacks, clock_now), service, &health, outage.running);
    let words = match (outage.running, health.0) {
        (true, ServiceHealth::Healthy) => "healthy, has to stay so".to_owned(),
        (true, _) => format!("down since {}: {}", clock(outage.since, ground.now()), health.1),
        (false, _) => format!("back since {}: {}", clock(outage.since, ground.now()), health.1),
    };
    let row = ServiceRow {
        down: outage.running,
        elapsed: Some(outage.elapsed),
        left: rto.map(|rto| outage.left(rto)),
        over: rto.and_then(|rto| outage.over(rto)),
        ..row(service, (health.0, words), rto, projection.verdict)
    };
    Judged { row, deadline: projection.deadline, finish: projection.finish, words: projection.words }
}

/// What a loss that has not happened would mean for it; `None` where that spares it.
fn suppose(
    ground: &Ground,
    supposed: &Supposed,
    service: &Service,
    rto: Option<Duration>,
    course: Option<&Course>,
    short: &BTreeMap<String, u32>,
) -> Option<Judged> {
    let health = |words: String| (ServiceHealth::CannotTell, words);
    match supposed.reach(&service.name) {
        Reach::Spares => None,
        Reach::CannotTell => {
            let words = format!("cannot tell: the plan does not say whether it runs on {}", supposed.loss);
            let row = row(service, health(words.clone()), rto, Verdict::CannotTell);
            Some(Judged { row, deadline: None, finish: None, words })
        }
        Reach::Takes => {
            let elapsed = supposed.detected_within();
            let clock = Clock { elapsed, running: true, since: ground.clock_at };
            let path = course.map(|course| course.path(Some(&service.name)));
            let tier = crate::objectives::tier_of(ground.facts, service);
            let lacks = tier.and_then(|tier| short.get(tier)).copied().filter(|_| service.cards.is_some());
            let mut projected = project(&clock, rto, path.as_ref(), lacks, ground.clock_at);
            if path.is_none() && lacks.is_none() {
                projected.words = format!("{}: no runbook answers it", Verdict::CannotTell);
                projected.verdict = Verdict::CannotTell;
            }
            // From the impact on: what it takes to notice belongs to it.
            let finish = projected.finish.map(|finish| finish + elapsed.delta());
            let row = ServiceRow {
                down: true,
                left: rto.map(|rto| clock.left(rto)),
                over: rto.and_then(|rto| clock.over(rto)),
                ..row(service, health(format!("lost with {}", supposed.loss)), rto, projected.verdict)
            };
            Some(Judged { row, deadline: projected.deadline, finish, words: projected.words })
        }
    }
}

/// A good verdict stands only while health can be seen at all (RULES R29).
fn unless_unseen(
    mut projection: Projection,
    service: &Service,
    (health, words): &(ServiceHealth, String),
    running: bool,
) -> Projection {
    if service.healthy.is_none() || projection.verdict > Verdict::OnTrack {
        return projection;
    }
    match health {
        ServiceHealth::CannotTell => {
            projection.words = format!("{}: {}; else {}", Verdict::CannotTell, brief(words), projection.words);
            projection.verdict = Verdict::CannotTell;
        }
        ServiceHealth::Failing if !running => {
            projection.words = format!("failing again: {words}");
            projection.verdict = Verdict::AtRisk;
        }
        _ => {}
    }
    projection
}

fn row(service: &Service, (health, words): (ServiceHealth, String), rto: Option<Duration>, verdict: Verdict) -> ServiceRow {
    ServiceRow {
        name: service.name.clone(),
        region: service.region.clone(),
        health,
        words,
        failing_since: None,
        well_at: None,
        down: false,
        rto,
        elapsed: None,
        left: None,
        over: None,
        verdict,
    }
}

/// What its `healthy` says now.
fn health_of(ground: &Ground, service: &Service) -> (ServiceHealth, String) {
    let Some(probe) = service.health_probe() else {
        return (ServiceHealth::CannotTell, UNSEEN.into());
    };
    let judged = evaluate(probe, ground.inputs.signals, None, ground.now());
    let health = match judged.state {
        Answer::Holds => ServiceHealth::Healthy,
        Answer::Fails => ServiceHealth::Failing,
        Answer::Unknown => ServiceHealth::CannotTell,
    };
    (health, judged.words)
}
