//! What a person sees of an Alertmanager's answer, on the screen that lists alerts.

use std::collections::BTreeMap;

use lifeboat::{
    gates::{Alarms, questions},
    incident::{Actor, is_loud, sentence},
    model::{Clock, Signals},
    picture::{Inputs, Picture, Telling, World, compose},
    plan::{AlertmanagerLink, Connection, Link, Plan, Runbook},
    systems::SystemClock,
};
use serde_json::json;

use crate::support::typing::Console;

/// A plan with one Alertmanager and a runbook `failover`, and what was read.
pub struct Look {
    plan: Plan,
    pub signals: Signals,
}

impl Look {
    pub fn new(via: &str) -> Self {
        let link = Link::Alertmanager(AlertmanagerLink { url: "https://am.example".into(), ..AlertmanagerLink::default() });
        let runbook: Runbook = serde_json::from_value(json!({"name": "failover", "phases": []})).unwrap();
        let plan = Plan {
            name: "orders".into(),
            severities: ["critical", "major", "minor"].map(String::from).into(),
            connections: [(via.to_owned(), Connection { region: None, drill: false, every: None, link })].into(),
            runbooks: vec![runbook],
            ..Plan::default()
        };
        let mut signals = Signals::default();
        questions(&plan).iter().for_each(|question| signals.expect(question));
        Self { plan, signals }
    }

    fn picture(&self) -> Picture {
        compose(&Inputs {
            plan: &self.plan,
            state: None,
            standing: None,
            triggers: &BTreeMap::new(),
            by_itself: &BTreeMap::new(),
            records: &[],
            incidents: vec![],
            signals: &self.signals,
            alarms: &Alarms::default(),
            past: &Default::default(),
            watching: &BTreeMap::new(),
            telling: Telling { sentence, is_loud },
            actor: &Actor::new("Ada", "console-ada"),
            world: World::Production,
            read_only: true,
            others: vec![],
            changed_on_disk: None,
            trouble: vec![],
            asked: &Default::default(),
            head: None,
            supposed: None,
            explain: false,
            now: SystemClock.now(),
        })
    }

    /// What stands there after these keys, `\n` being Enter.
    pub fn screen(&self, keys: &str) -> String {
        let mut console = Console::sized(self.picture(), 120, 40);
        let sent = console.keys(keys);
        assert!(sent.is_empty(), "{sent:?}");
        console.text()
    }
}
