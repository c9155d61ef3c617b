//! Whether actions could be done on the simulated platform: what is said here is what a request would find.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;

use super::{
    act::deed,
    deed::Deed,
    fault::Silence,
    stage::Stage,
    world::{NO_ANSWER, World},
};
use crate::{
    model::{Aspect, Check, Clock, Duration, Readiness, Ready, Spot, text::clean},
    systems::{Doctor, Need, expiry, found::Found},
};

/// Where what goes to no connection is done.
const HERE: &str = "this machine";
/// By which the simulated servers are acted on.
const LOGIN: &str = "lifeboat";

pub struct SimDoctor {
    pub(super) stage: Stage,
}

#[async_trait]
impl Doctor for SimDoctor {
    async fn ask(&self, needs: &[Need], wait: Duration, clock: &Arc<dyn Clock>) -> Readiness {
        let (asked, began) = (clock.now(), clock.passed());
        let (mut spots, silent) = look(&self.stage.at(asked), needs);
        if silent {
            clock.sleep(NO_ANSWER.min(wait)).await;
        }
        spots.sort_by(|a, b| b.ready().cmp(&a.ready()).then_with(|| a.name.cmp(&b.name)));
        Readiness { asked, took: clock.passed().saturating_sub(began), spots }
    }
}

/// What each connection says, and whether one of them says nothing.
fn look(world: &World, needs: &[Need]) -> (Vec<Spot>, bool) {
    let mut by_spot: BTreeMap<String, Vec<&Need>> = BTreeMap::new();
    for need in needs {
        by_spot.entry(need.call.via.clone().unwrap_or_else(|| HERE.to_owned())).or_default().push(need);
    }
    let mut silent = false;
    let spots = by_spot.into_iter().map(|(name, needs)| {
        let found = Found::default();
        let steps = needs.iter().map(|need| need.step.clone()).collect();
        let system = world.lines.get(&name).map_or("command", |line| line.system);
        match world.reach(&name).map(drop) {
            Err((how, reason)) if name != HERE => {
                silent |= how == Silence::Silent;
                found.unknown(&steps, Aspect::Reachable, &name, &reason);
            }
            _ => {
                if name != HERE {
                    found.add(&steps, Check::new(Aspect::Login, format!("{LOGIN} acts"), Ready::Yes, "is let in"));
                }
                if let Some(ends) = world.certificates.get(&name) {
                    let what = format!("client certificate of {LOGIN}");
                    found.add(&steps, expiry::judge(Aspect::Expiry, &what, *ends, expiry::CERTIFICATE_SOON, world.now()));
                }
                needs.iter().for_each(|need| one(world, need, &found));
            }
        }
        Spot { name, system: system.to_owned(), checks: found.checks() }
    });
    let spots = spots.collect();
    (spots, silent)
}

fn one(world: &World, need: &Need, found: &Found) {
    let (call, steps) = (&need.call, BTreeSet::from([need.step.clone()]));
    if !need.open.is_empty() {
        let what = format!("its {} is known only in an incident", need.open.join(", "));
        return found.unknown(&steps, Aspect::Step, &call.action, &what);
    }
    let deed = match deed(call, None) {
        Ok(deed) => deed,
        Err(fault) => return found.no(&steps, Aspect::Step, &call.action, &fault.reason),
    };
    let parts = match deed.parts(world) {
        Ok(parts) => parts.into_iter().map(|part| part.name).collect::<Vec<_>>(),
        Err(reason) => return found.no(&steps, Aspect::Target, &call.action, &clean(&reason)),
    };
    if deed.mutates() {
        found.add(&steps, permission(world, deed.as_ref(), &parts));
    }
}

fn permission(world: &World, deed: &dyn Deed, parts: &[String]) -> Check {
    let action = deed.name();
    let refused: Vec<&str> =
        parts.iter().filter(|part| world.will_refuse(&action, deed.via(), part).is_some()).map(String::as_str).collect();
    let what = format!("{LOGIN} may {}", deed_words(&action, parts, deed.target()));
    if refused.is_empty() {
        return Check::new(Aspect::Permission, what, Ready::Yes, "it may");
    }
    Check::new(Aspect::Permission, what, Ready::No, format!("it may not: {}", refused.join(", ")))
        .mend(format!("allow it to {LOGIN} for {}", refused.join(", ")))
}

/// `promote`, `scale training-api, eval-api`.
fn deed_words(action: &str, parts: &[String], target: &str) -> String {
    let verb = action.rsplit('.').next().unwrap_or(action).replace('_', " ");
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| *part != target).collect();
    if parts.is_empty() { verb } else { format!("{verb} {}", parts.join(", ")) }
}
