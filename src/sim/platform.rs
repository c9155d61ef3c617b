//! The simulated platform as a console uses it.

use std::sync::Arc;

use super::{
    act::{SimInspectors, SimPerformers},
    build::build,
    doctor::SimDoctor,
    fault::Fault,
    observe::SimSources,
    stage::Stage,
    story::Story,
    world::World,
};
use crate::{
    incident::{State, Status},
    model::Clock,
    plan::{Plan, StepKind},
    systems::{Doctor, Inspectors, Performers, Sources},
};

/// One platform in memory, made from a plan. Clones share it.
#[derive(Clone)]
pub struct SimPlatform {
    stage: Stage,
    clock: Arc<dyn Clock>,
}

impl SimPlatform {
    /// The platform of `plan`, in good health from `clock`'s present moment on, with what `story` has in store.
    /// The same seed tells the same story.
    pub fn new(plan: &Plan, story: &Story, seed: u64, clock: Arc<dyn Clock>) -> Self {
        let world = build(plan, story, seed, clock.now());
        Self { stage: Stage::new(world), clock }
    }

    pub fn sources(&self) -> Arc<dyn Sources> {
        Arc::new(SimSources { stage: self.stage.clone(), clock: self.clock.clone() })
    }
    pub fn inspectors(&self) -> Arc<dyn Inspectors> {
        Arc::new(SimInspectors { stage: self.stage.clone() })
    }
    pub fn performers(&self) -> Arc<dyn Performers> {
        Arc::new(SimPerformers { stage: self.stage.clone() })
    }
    pub fn doctor(&self) -> Arc<dyn Doctor> {
        Arc::new(SimDoctor { stage: self.stage.clone() })
    }

    /// Lets a fault happen now, or lie in wait for a request.
    pub fn inject(&self, fault: Fault) {
        self.stage.at(self.clock.now()).happen(fault);
    }

    /// How many mutating requests of `action` left for `part`; an undo counts under `undo action`.
    pub fn sent(&self, action: &str, part: &str) -> u32 {
        self.stage.at(self.clock.now()).sent(action, part)
    }

    /// How many mutating requests left in all.
    pub fn sent_in_all(&self) -> u32 {
        self.stage.at(self.clock.now()).sent_in_all()
    }

    /// Looks at what is true now.
    pub fn look<T>(&self, at: impl FnOnce(&World) -> T) -> T {
        at(&self.stage.at(self.clock.now()))
    }

    /// Lets the platform follow what people did outside Lifeboat: once the primary region is dark, a confirmed `check` that
    /// restores services sends their users to the standby region; from then on so does an action that restores services.
    /// Harmless to repeat; to be called whenever the incident's state has changed.
    pub fn follow(&self, state: &State) {
        let Some(book) = &state.book else { return };
        let mut world = self.stage.at(self.clock.now());
        let Some(standby) = world.standby_region.clone() else { return };
        if !world.primary_region.as_ref().is_some_and(|region| world.is_dark(region)) {
            return;
        }
        let names: Vec<String> = world.services.iter().map(|service| service.name.clone()).collect();
        for kind in [StepKind::Check, StepKind::Action] {
            if kind == StepKind::Action && !world.services.iter().any(|service| service.traffic.as_ref() == Some(&standby)) {
                return;
            }
            for step in book.runbook.steps().filter(|step| step.kind() == kind) {
                let done = matches!(state.status(&step.id), Status::Succeeded | Status::Verifying);
                for name in names.iter().filter(|name| done && step.restores.has(name)) {
                    world.send_traffic(name, &standby);
                }
            }
        }
    }
}
