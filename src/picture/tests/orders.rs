//! A team with a service and a database in two regions, its failover, and an incident that runs through it.

use std::collections::BTreeMap;

use chrono::TimeZone;
use serde_json::json;

use crate::{
    gates::{Alarms, WatchState, questions},
    incident::{Actor, Event, Impact, PlanFacts, Proof, Record, RestoredBy, RunKind, State, is_loud, replay, sentence},
    model::{
        Ask, Asked, Call, Digest, Duration, FenceAnswer, Identity, Loss, Outcome, PartReport, Question, Reading, Sample,
        Severity, Signals, StepId, Time, Value, catalogue::ActionTraits,
    },
    objectives::Past,
    picture::{
        composer::Composer,
        inputs::Inputs,
        journal::Telling,
        scene::{Picture, World},
    },
    plan::{Connection, KubernetesLink, Link, Login, Plan, PostgresLink, PrometheusLink, Runbook},
};

pub fn t(seconds: i64) -> Time {
    chrono::Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
}

fn of<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).unwrap()
}

pub fn connection(region: &str, link: Link) -> Connection {
    Connection { region: Some(region.into()), drill: false, every: None, link }
}

fn postgres(region: &str) -> Connection {
    let observe = Login { user: "look".into(), password: None };
    let link = PostgresLink {
        host: "127.0.0.1".into(),
        port: None,
        dbname: "orders".into(),
        observe,
        act: None,
        application: None,
        ca: None,
        tls: None,
    };
    connection(region, Link::Postgres(link))
}

pub fn plan() -> Plan {
    let prometheus = || Link::Prometheus(PrometheusLink { url: "http://127.0.0.1:9".into(), token: None, ca: None });
    let kubernetes = Link::Kubernetes(KubernetesLink { context: Some("west".into()), ..KubernetesLink::default() });
    let connections = [
        ("prom-west", connection("us-west-2", prometheus())),
        ("prom-east", connection("us-east-1", prometheus())),
        ("db-west", postgres("us-west-2")),
        ("db-east", postgres("us-east-1")),
        ("west", connection("us-west-2", kubernetes)),
    ];
    let up = |job: &str, expect: &str| json!({"query": {"via": "prom-west", "expr": format!("up{{job=\"{job}\"}}"), "expect": expect}});
    let gate = |job: &str, expect: &str, hold: &str| {
        let mut gate = up(job, expect);
        gate["for"] = json!(hold);
        gate
    };
    Plan {
        name: "orders".into(),
        connections: connections.into_iter().map(|(name, connection)| (name.to_owned(), connection)).collect(),
        tiers: of(json!({"critical": {"rto": "1h", "rpo": "15m"}, "standard": {"rto": "4h"}})),
        regions: of(json!([{"name": "us-east-1", "role": "primary"}, {"name": "us-west-2", "role": "standby"}])),
        services: of(json!([
            {"name": "api", "tier": "critical", "region": "us-east-1", "cards": 8, "healthy": up("api", "== 1")},
            {"name": "batch", "tier": "standard", "region": "us-east-1", "cards": 16, "healthy": up("batch", "== 1")}
        ])),
        accelerators: of(json!([
            {"name": "gaudi-west", "region": "us-west-2", "nodes": 2, "cards_per_node": 8, "via": "west"}
        ])),
        datasets: of(json!([
            {"name": "production", "tier": "critical", "sources": [
                {"name": "replica", "kind": "replica", "region": "us-west-2", "restore": "2m",
                 "lag": {"postgres": {"via": "db-west"}}, "connected": {"postgres": {"via": "db-west"}}},
                {"name": "snapshot", "kind": "snapshot", "region": "us-east-1", "restore": "45m",
                 "at": {"query": {"via": "prom-west", "expr": "backup_time"}}}]},
            {"name": "scratch", "excluded": "made again on demand"}
        ])),
        severities: of(json!(["critical", "major"])),
        scenarios: of(json!({"region": {"severity": "critical", "loses": {"region": "us-east-1"}, "rto": "2h"}})),
        alerts: of(json!([
            {"name": "ApiDown", "via": "prom-west", "expr": "up{job=\"api\"} == 0", "absent": "fires", "for": "10s", "scenario": "region"},
            {"name": "Elsewhere", "scenario": "region"}
        ])),
        roles: of(json!({"commander": {"may": ["declare", "approve", "override"]}})),
        people: of(json!([{"name": "Ada", "roles": ["commander"]}, {"name": "Ben", "roles": ["commander"]}])),
        runbooks: vec![of::<Runbook>(json!({"name": "failover", "scenario": "region", "use": "respond", "phases": [
            {"name": "Assess", "window": "0s..5m", "steps": [
                {"id": "confirm", "title": "Confirm the outage", "takes": "2m", "gate": [gate("api", "== 0", "1m")]}]},
            {"name": "Fail over", "steps": [
                {"id": "fence", "title": "Fence the old primary", "takes": "1m", "action": "postgres.fence",
                 "with": {"via": "db-east", "roles": ["app"]}, "freezes": "production"},
                {"id": "promote", "title": "Promote the replica", "takes": "5m", "action": "postgres.promote",
                 "with": {"via": "db-west"}, "irreversible": true, "approvals": 1, "recovers": "production",
                 "gate": [{"sql": {"via": "db-west", "query": "select not pg_is_in_recovery()", "expect": "t"}}]},
                {"id": "start", "title": "Start the services", "takes": "10m", "restores": "all", "check": {"see": "pods"}}]}
        ]}))],
        ..Plan::default()
    }
}

/// Fresh answers to every question at `now`: all is well in both regions.
pub fn all_well(plan: &Plan, now: Time) -> Signals {
    let mut signals = Signals::default();
    for question in questions(plan) {
        let reading = Reading { samples: good_answer(&question, now), read: now, warnings: vec![], cards: Default::default() };
        signals.record(&question, Ok(reading), now);
    }
    signals
}

pub fn good_answer(question: &Question, now: Time) -> Vec<Sample> {
    let facts = |pairs: Vec<(&str, Value)>| pairs.into_iter().map(|(f, v)| Sample::bare(v, now).label("fact", f)).collect();
    match &question.ask {
        Ask::Query { expr } if expr == "backup_time" => vec![Sample::bare((now.timestamp() - 600) as f64, now)],
        Ask::Query { expr } if expr.contains("== 0") || expr.starts_with("absent") => vec![],
        Ask::Query { .. } => vec![Sample::bare(1.0, now)],
        Ask::History { .. } | Ask::Increase { .. } | Ask::Receipt { .. } | Ask::Files { .. } | Ask::HttpList { .. } => vec![],
        Ask::Sql { .. } => vec![Sample::bare(false, now)],
        Ask::PostgresState if question.via == "db-east" => {
            facts(vec![("role", "primary".into()), ("system", "7412".into()), ("lsn", 500.0.into())])
        }
        Ask::PostgresState => facts(vec![
            ("role", "standby".into()),
            ("system", "7412".into()),
            ("lsn", 500.0.into()),
            ("receiver", "streaming".into()),
            ("receipt_age", 0.4.into()),
        ]),
        Ask::KubernetesDeployments { .. } | Ask::Alerts | Ask::Cards { .. } | Ask::RedisState | Ask::SentinelState { .. } => {
            vec![]
        }
        Ask::Http { .. } => facts(vec![("status", 200.0.into())]),
        Ask::KubernetesNodes => ["a", "b", "c"]
            .iter()
            .flat_map(|node| {
                [("ready", Value::from(true)), ("gaudi_capacity", 8.0.into()), ("gaudi_allocatable", 8.0.into())]
                    .map(|(fact, value)| Sample::bare(value, now).label("node", *node).label("fact", fact))
            })
            .collect(),
    }
}

pub fn question(plan: &Plan, via: &str, part: &str) -> Question {
    let mut found = questions(plan).into_iter().filter(|q| q.via == via && format!("{:?}", q.ask).contains(part));
    found.next().unwrap_or_else(|| panic!("no question of {via} about {part}"))
}

/// What happened, a minute apart: Ada declares and works the failover, Ben helps.
pub fn history(plan: &Plan) -> Vec<Record> {
    let facts = PlanFacts::of(plan);
    let runbook = plan.runbooks[0].clone();
    let traits = |mutating, fences| ActionTraits { mutating, fences, undoes: false, changes: vec![] };
    let step = |id: &str| StepId::from(id);
    let started = |id: &str, via: &str| Event::ActionStarted {
        step: step(id),
        run: format!("run-{id}").into(),
        kind: RunKind::First,
        call: Call {
            action: format!("postgres.{id}"),
            via: Some(via.into()),
            with: BTreeMap::new(),
            timeout: Duration::from_secs(30),
        },
        target: via.into(),
        identity: Identity::default(),
        binding: Digest::of(b"x"),
        parts: vec![via.to_owned()],
        remembered: BTreeMap::new(),
    };
    let ended = |id: &str, report: PartReport| Event::PartEnded { step: step(id), run: format!("run-{id}").into(), report };
    let began = t(-300);
    let impact = |service: &str| Impact { service: service.into(), since: began };
    let events = vec![
        (
            "Ada",
            Event::Declared {
                title: "us-east-1 lost".into(),
                drill: false,
                scenario: Some("region".into()),
                severity: Severity::new(1),
                began,
                impacts: vec![impact("api"), impact("batch")],
                digest: facts.digest(),
                facts: Box::new(facts),
            },
        ),
        (
            "Ada",
            Event::RunbookOpened {
                digest: Digest::of_json(&runbook),
                runbook: Box::new(runbook),
                traits: [(step("fence"), traits(true, true)), (step("promote"), traits(true, false))].into(),
                drill_traits: BTreeMap::new(),
            },
        ),
        (
            "Ada",
            Event::GateHeld {
                step: step("confirm"),
                proof: Proof { text: "up is 0".into(), first: t(0), last: t(60), samples: 12 },
            },
        ),
        ("Ben", started("fence", "db-east")),
        (
            "Ben",
            ended(
                "fence",
                PartReport::new("db-east", Outcome::failed("refused")).fenced(FenceAnswer::Unreachable { why: "refused".into() }),
            ),
        ),
        ("Ada", Event::OutsideFenceSigned { step: step("fence"), how: "power cut".into(), effective: t(200) }),
        ("Ada", Event::Held { why: "counting heads".into() }),
        ("Ada", Event::Released),
        ("Ada", Event::BrokeGlass { step: step("promote"), why: "nobody else is awake".into() }),
        ("Ben", started("promote", "db-west")),
        ("Ben", ended("promote", PartReport::new("db-west", Outcome::unknown("timed out")))),
        (
            "Ada",
            Event::PartSettled {
                step: step("promote"),
                run: "run-promote".into(),
                report: PartReport::new("db-west", Outcome::succeeded("it is a primary")),
                by: crate::incident::Settled::ReadBack,
            },
        ),
        (
            "Ada",
            Event::GateHeld {
                step: step("promote"),
                proof: Proof { text: "is t".into(), first: t(700), last: t(710), samples: 2 },
            },
        ),
        ("Ada", Event::Confirmed { step: step("start"), seen: Some("12 pods".into()) }),
        ("Ada", Event::ServiceRestored { service: "api".into(), at: t(800), by: RestoredBy::Observed }),
        ("Ada", Event::ServiceRestored { service: "batch".into(), at: t(810), by: RestoredBy::Observed }),
        ("Ada", Event::Closed { resolution: crate::incident::Resolution::Resolved, why: "all back".into() }),
    ];
    events
        .into_iter()
        .enumerate()
        .map(|(i, (who, event))| Record {
            seq: i as u64 + 1,
            incident: "INC-0001".into(),
            recorded: t(60 * i as i64),
            happened: None,
            who: Actor::new(who, format!("console-{who}")),
            event,
        })
        .collect()
}

/// One look at the world, from Ada's console.
pub struct Look {
    pub plan: Plan,
    pub records: Vec<Record>,
    pub signals: Signals,
    pub alarms: Alarms,
    pub past: Past,
    pub watching: BTreeMap<StepId, WatchState>,
    pub trouble: Vec<String>,
    pub asked: Asked,
    pub supposed: Option<Loss>,
    pub now: Time,
}

impl Look {
    /// In peace, all well.
    pub fn peace() -> Self {
        let plan = plan();
        let signals = all_well(&plan, t(0));
        let (alarms, watching, past) = (Alarms::default(), BTreeMap::new(), Past::default());
        Self {
            plan,
            records: vec![],
            signals,
            alarms,
            past,
            watching,
            trouble: vec![],
            asked: Asked::default(),
            supposed: None,
            now: t(0),
        }
    }
    /// After the first `n` records of the incident, all well by what is observed.
    pub fn after(n: usize) -> Self {
        let mut look = Self::peace();
        look.records = history(&look.plan).into_iter().take(n).collect();
        look.now = look.records.last().map_or(t(0), |record| record.recorded);
        look.signals = all_well(&look.plan, look.now);
        look
    }
    /// Answers one question otherwise.
    pub fn answer(&mut self, via: &str, part: &str, samples: Vec<Sample>) {
        let question = question(&self.plan, via, part);
        self.signals.record(
            &question,
            Ok(Reading { samples, read: self.now, warnings: vec![], cards: Default::default() }),
            self.now,
        );
    }
    pub fn fail(&mut self, via: &str) {
        for question in questions(&self.plan).iter().filter(|q| q.via == via) {
            self.signals.record(question, Err("connection refused".into()), self.now);
        }
    }
    pub fn state(&self) -> Option<State> {
        (!self.records.is_empty()).then(|| replay(&self.records))
    }
    pub fn picture(&self) -> Picture {
        self.picture_by(&Composer::default())
    }
    /// By a console that goes on looking.
    pub fn picture_by(&self, composer: &Composer) -> Picture {
        let state = self.state();
        composer.compose(&Inputs {
            supposed: self.supposed.as_ref(),
            explain: true,
            plan: &self.plan,
            state: state.as_ref(),
            records: &self.records,
            incidents: vec![],
            signals: &self.signals,
            alarms: &self.alarms,
            past: &self.past,
            standing: None,
            triggers: &BTreeMap::new(),
            by_itself: &BTreeMap::new(),
            watching: &self.watching,
            telling: Telling { sentence, is_loud },
            actor: &Actor::new("Ada", "console-Ada"),
            world: World::Production,
            read_only: false,
            others: vec![],
            changed_on_disk: None,
            trouble: self.trouble.clone(),
            asked: &self.asked,
            head: None,
            now: self.now,
        })
    }
    pub fn sentences(&self) -> Vec<String> {
        self.picture().sentences.into_iter().map(|s| s.text).collect()
    }
}
