//! What there is to make a Picture of here: what the demo's platform shows, with as many cards and alerts besides as wanted.

use std::{collections::BTreeMap, sync::Arc};

use lifeboat::{
    gates::{Alarms, questions::questions},
    incident::{Actor, Event, PlanFacts, Record, replay},
    model::{Ask, CardsSeen, Clock, Digest, Duration, IncidentId, Question, Reading, Sample, Severity, Time},
    plan::{AlertmanagerLink, Connection, Link, Plan, load_embedded},
    sim::{ManualClock, SimPlatform, Story, demo},
    systems::{Sink, catalogue},
};
use tokio_util::sync::CancellationToken;

use crate::{
    card::{CARDS_PER_NODE, card},
    world::World,
};

/// What people write down in a long night.
const NOTES: u64 = 300;

impl World {
    /// What the console of the demo has seen after a minute of `story`, with an incident that was declared in it if `open`.
    pub fn demo(story: &str, open: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let plan = load_embedded(demo::PLAN, demo::GAUDI3_SCALE, &catalogue()).plan.expect("the shipped plan");
        let clock = ManualClock::at(start());
        let platform = SimPlatform::new(&plan, &Story::named(story).expect("a story"), 7, Arc::new(clock.clone()));
        let signals = runtime.block_on(async {
            let (sink, stop) = (Sink::default(), CancellationToken::new());
            let mut by_connection: BTreeMap<String, Vec<Question>> = BTreeMap::new();
            questions(&plan).into_iter().for_each(|asked| by_connection.entry(asked.via.clone()).or_default().push(asked));
            for (name, asked) in by_connection {
                sink.expect(&asked);
                let source = platform.sources().source(&name).expect("a source");
                tokio::spawn(source.run(asked, sink.clone(), Arc::new(clock.clone()), stop.clone()));
            }
            clock.pass(Duration::from_mins(1)).await;
            stop.cancel();
            sink.observed()
        });
        let now = clock.now();
        let records = if open { incident(&plan) } else { vec![] };
        let mut alarms = Alarms::default();
        alarms.observe(&plan.alerts, &signals, now);
        let state = open.then(|| replay(&records));
        let mut world = Self::of(plan, signals, now);
        (world.records, world.state, world.alarms) = (records, state, alarms);
        world
    }

    /// So many nodes in us-west-2, by Kubernetes and by their cards' exporters.
    pub fn with_nodes(mut self, nodes: usize) -> Self {
        let now = self.now;
        for question in questions(&self.plan) {
            let reading = match &question.ask {
                Ask::Cards { .. } if question.via == "prom-west" => {
                    let cards = (0..nodes * CARDS_PER_NODE).map(|nth| card(nth, now)).collect();
                    let exporters = (0..nodes).map(|node| (format!("gaudi-{node:04}"), true)).collect();
                    Reading { samples: vec![], read: now, warnings: vec![], cards: CardsSeen { cards, exporters } }
                }
                Ask::KubernetesNodes if question.via == "west" => {
                    let samples = (0..nodes).flat_map(|node| facts_of(node, now)).collect();
                    Reading { samples, read: now, warnings: vec![], cards: CardsSeen::default() }
                }
                _ => continue,
            };
            self.signals.record(&question, Ok(reading), now);
        }
        self
    }

    /// So many alerts of forty names in an Alertmanager.
    pub fn with_alerts(mut self, alerts: usize) -> Self {
        let link = AlertmanagerLink { url: "http://127.0.0.1:9".into(), token: None, user: None, password: None, ca: None };
        let connection =
            Connection { region: Some("us-west-2".into()), drill: false, every: None, link: Link::Alertmanager(link) };
        self.plan.connections.insert("alertmanager".into(), connection);
        let question = questions(&self.plan).into_iter().find(|asked| asked.ask == Ask::Alerts).expect("it is asked");
        let samples = (0..alerts).map(|nth| alert(nth, self.now)).collect();
        let reading = Reading { samples, read: self.now, warnings: vec![], cards: CardsSeen::default() };
        self.signals.record(&question, Ok(reading), self.now);
        self
    }
}

fn start() -> Time {
    "2026-11-20T02:00:00Z".parse().expect("a time")
}

fn incident(plan: &Plan) -> Vec<Record> {
    let facts = PlanFacts::of(plan);
    let runbook = plan.runbook("regional-outage").expect("a runbook").clone();
    let declared = Event::Declared {
        title: "us-east-1 is lost".into(),
        drill: false,
        scenario: Some("regional-outage".into()),
        severity: Severity::new(1),
        began: start(),
        impacts: plan.services.iter().map(|s| lifeboat::incident::Impact { service: s.name.clone(), since: start() }).collect(),
        digest: facts.digest(),
        facts: Box::new(facts),
    };
    let opened = Event::RunbookOpened {
        digest: Digest::of_json(&runbook),
        runbook: Box::new(runbook),
        traits: BTreeMap::new(),
        drill_traits: BTreeMap::new(),
    };
    let notes = (0..NOTES).map(|nth| Event::Noted { text: format!("the provider called for the {nth}th time") });
    let record = |(event, seq)| Record {
        seq,
        incident: IncidentId::numbered(1),
        recorded: start(),
        happened: None,
        who: Actor::new("Ada", "ada"),
        event,
    };
    [declared, opened].into_iter().chain(notes).zip(1..).map(record).collect()
}

fn facts_of(node: usize, now: Time) -> Vec<Sample> {
    let fact = |fact: &str, value: lifeboat::model::Value| {
        Sample::bare(value, now).label("node", format!("gaudi-{node:04}")).label("fact", fact)
    };
    let cards = CARDS_PER_NODE as f64;
    vec![
        fact("ready", true.into()),
        fact("gaudi_capacity", cards.into()),
        fact("gaudi_allocatable", cards.into()),
        fact("gaudi_used", 2.0.into()),
        fact("zone", "us-west-2a".into()),
    ]
}

fn alert(nth: usize, now: Time) -> Sample {
    Sample::bare("firing", now)
        .label("alertname", format!("PodCrashLooping{:02}", nth % 40))
        .label("severity", "warning")
        .label("namespace", format!("team-{}", nth % 7))
        .label("pod", format!("worker-{nth}"))
        .label("@fingerprint", format!("{nth:016x}"))
        .label("@startsAt", "2026-11-20T01:00:00Z")
}
