//! A loss that is only supposed, and what the plan has ready for it.

use std::collections::BTreeMap;

use crate::{
    model::{Duration, Loss},
    objectives::reach::{Reach, of_service},
    plan::{Plan, Runbook, Scenario},
};

/// What is asked: what if that were lost.
#[derive(Clone)]
pub struct Supposed<'a> {
    pub loss: &'a Loss,
    /// What would be declared, by name.
    pub scenario: Option<(&'a str, &'a Scenario)>,
    /// What would be carried out, as far as no runbook is open.
    pub runbook: Option<&'a Runbook>,
    /// How far the loss reaches each service.
    reaches: BTreeMap<&'a str, Reach>,
}

impl<'a> Supposed<'a> {
    pub fn new(loss: &'a Loss, plan: &'a Plan) -> Self {
        let scenario = scenario_of(loss, plan);
        let runbook = scenario.and_then(|(name, _)| plan.runbooks_for(name).next());
        Self { loss, scenario, runbook, reaches: reaches(loss, plan) }
    }

    /// How far the loss reaches a service, also by what it cannot run without.
    pub fn reach(&self, service: &str) -> Reach {
        self.reaches.get(service).copied().unwrap_or(Reach::Spares)
    }

    /// Until somebody knows, by the plan.
    pub fn detected_within(&self) -> Duration {
        let detect = self.scenario.and_then(|(_, scenario)| scenario.detect.as_ref());
        detect.and_then(|detect| detect.within).unwrap_or(Duration::ZERO)
    }
}

/// The scenario that loses the very thing, else one that loses any of its kind.
fn scenario_of<'a>(loss: &Loss, plan: &'a Plan) -> Option<(&'a str, &'a Scenario)> {
    let named = |wanted: &dyn Fn(&Loss) -> bool| {
        plan.scenarios.iter().find(|(_, s)| s.loses.as_ref().is_some_and(wanted)).map(|(name, s)| (name.as_str(), s))
    };
    named(&|lost| lost == loss).or_else(|| named(&|lost| lost.kind() == loss.kind() && lost.name().is_none()))
}

fn reaches<'a>(loss: &Loss, plan: &'a Plan) -> BTreeMap<&'a str, Reach> {
    let rank = |reach: Reach| match reach {
        Reach::Spares => 0,
        Reach::CannotTell => 1,
        Reach::Takes => 2,
    };
    let mut all: BTreeMap<&str, Reach> =
        plan.services.iter().map(|service| (service.name.as_str(), of_service(service, loss, plan))).collect();
    // As many rounds as services at most, so that a circle in `needs` ends too.
    for _ in 0..plan.services.len() {
        let mut changed = false;
        for service in &plan.services {
            let own = all.get(service.name.as_str()).copied().unwrap_or(Reach::Spares);
            let needed = service.needs.iter().filter_map(|need| all.get(need.as_str()).copied());
            let worst = needed.chain([own]).max_by_key(|reach| rank(*reach)).unwrap_or(own);
            changed |= worst != own;
            all.insert(&service.name, worst);
        }
        if !changed {
            break;
        }
    }
    all
}
