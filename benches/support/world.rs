//! What there is to make a Picture of.

use std::collections::BTreeMap;

use lifeboat::{
    gates::Alarms,
    incident::{Actor, Record, State, is_loud, sentence},
    model::{Signals, Time},
    picture::{Inputs, Telling, World as Stage},
    plan::Plan,
};

pub struct World {
    pub plan: Plan,
    pub signals: Signals,
    pub now: Time,
    pub records: Vec<Record>,
    pub state: Option<State>,
    pub alarms: Alarms,
    actor: Actor,
    nothing: Nothing,
}

#[derive(Default)]
struct Nothing {
    triggers: BTreeMap<String, lifeboat::gates::WatchState>,
    by_itself: BTreeMap<String, Vec<lifeboat::model::StepId>>,
    watching: BTreeMap<lifeboat::model::StepId, lifeboat::gates::WatchState>,
    past: lifeboat::objectives::Past,
    asked: lifeboat::model::Asked,
}

impl World {
    /// In peace: nothing was written, nothing fires.
    pub fn of(plan: Plan, signals: Signals, now: Time) -> Self {
        let (alarms, actor) = (Alarms::default(), Actor::new("Ada", "ada"));
        Self { plan, signals, now, records: vec![], state: None, alarms, actor, nothing: Nothing::default() }
    }

    /// All that a Picture of `now` is made of.
    pub fn inputs(&self, now: Time) -> Inputs<'_> {
        let Nothing { triggers, by_itself, watching, past, asked } = &self.nothing;
        Inputs {
            plan: &self.plan,
            state: self.state.as_ref(),
            standing: None,
            triggers,
            by_itself,
            records: &self.records,
            incidents: vec![],
            signals: &self.signals,
            alarms: &self.alarms,
            past,
            watching,
            telling: Telling { sentence, is_loud },
            actor: &self.actor,
            world: Stage::Simulated,
            read_only: false,
            others: vec![],
            changed_on_disk: None,
            trouble: vec![],
            asked,
            head: None,
            supposed: None,
            explain: false,
            now,
        }
    }
}
