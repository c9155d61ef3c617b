//! A simulated platform in a test's hands: its clock, and what a console would do with it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use lifeboat::{
    incident::{Book, State},
    model::{Ask, Call, Clock, Duration, Identity, Outcome, PartReport, Preview, Question, Signals, Time, Value},
    plan::{Gate, Plan, Probe},
    sim::{ManualClock, SimPlatform, Story},
    systems::{ActionFault, Order, Progress, Sink},
};
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

pub fn start() -> Time {
    lifeboat::model::time::parse("2026-11-20T02:00:00Z", Time::MIN_UTC).unwrap()
}

/// A platform, its clock, and what a console would do with them.
pub struct Stand {
    pub plan: Plan,
    pub clock: ManualClock,
    pub platform: SimPlatform,
    pub said: Mutex<Vec<String>>,
}

impl Progress for Stand {
    fn say(&self, part: &str, text: &str) {
        self.said.lock().unwrap().push(format!("{part}: {text}"));
    }
    fn ended(&self, report: PartReport) {
        self.said.lock().unwrap().push(format!("{} ended", report.part));
    }
}

impl Stand {
    pub fn new(story: &str, seed: u64) -> Self {
        Self::with(crate::shipped::gaudi3(), story, seed)
    }
    pub fn with(plan: Plan, story: &str, seed: u64) -> Self {
        let clock = ManualClock::at(start());
        let platform = SimPlatform::new(&plan, &Story::named(story).unwrap(), seed, Arc::new(clock.clone()));
        Self { plan, clock, platform, said: Mutex::default() }
    }
    pub fn dynamic(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock.clone())
    }
    pub async fn look(&self, call: &Call) -> Result<Preview, ActionFault> {
        let inspect = self.platform.inspectors().inspect(call)?;
        self.clock.drive(inspect.preview(&self.dynamic())).await
    }
    pub async fn preview(&self, call: &Call) -> Result<Preview, String> {
        self.look(call).await.map_err(|fault| fault.reason)
    }
    /// Previews and runs, as after a consent.
    pub async fn run(&self, call: &Call) -> Vec<PartReport> {
        let preview = self.preview(call).await.unwrap();
        self.run_on(call, &preview).await
    }
    pub async fn run_on(&self, call: &Call, preview: &Preview) -> Vec<PartReport> {
        let order = Order {
            parts: preview.parts.iter().map(|p| p.name.clone()).collect(),
            identity: preview.identity.clone(),
            remembered: BTreeMap::new(),
        };
        let perform = self.platform.performers().perform(call).unwrap();
        self.clock.drive(perform.run(&order, self, &self.dynamic(), &CancellationToken::new())).await
    }
    pub async fn undo(&self, call: &Call, preview: &Preview) -> Vec<PartReport> {
        let remembered: BTreeMap<String, Json> =
            preview.parts.iter().filter_map(|p| Some((p.name.clone(), p.before.clone()?))).collect();
        let order = Order { parts: remembered.keys().cloned().collect(), identity: preview.identity.clone(), remembered };
        let perform = self.platform.performers().perform(call).unwrap();
        self.clock.drive(perform.undo(&order, self, &self.dynamic(), &CancellationToken::new())).await
    }
    pub async fn read_back(&self, call: &Call, identity: &Identity, parts: &[&str], since: Time) -> Vec<PartReport> {
        let parts: Vec<String> = parts.iter().map(|p| (*p).to_owned()).collect();
        let inspect = self.platform.inspectors().inspect(call).unwrap();
        self.clock.drive(inspect.read_back(&parts, identity, since, &self.dynamic())).await
    }
    /// What all observers have seen after `span`.
    pub async fn observe(&self, span: Duration) -> Signals {
        let (sink, stop) = (Sink::default(), CancellationToken::new());
        for (name, questions) in questions(&self.plan) {
            let source = self.platform.sources().source(&name).unwrap();
            tokio::spawn(source.run(questions, sink.clone(), self.dynamic(), stop.clone()));
        }
        self.clock.pass(span).await;
        stop.cancel();
        sink.observed()
    }
    /// The one value of a question, now.
    pub async fn value(&self, via: &str, ask: Ask, labels: &[(&str, &str)]) -> Value {
        let question = Question::new(via, ask, Duration::from_secs(5), None);
        let (sink, stop) = (Sink::default(), CancellationToken::new());
        let source = self.platform.sources().source(via).unwrap();
        tokio::spawn(source.run(vec![question.clone()], sink.clone(), self.dynamic(), stop.clone()));
        self.clock.pass(Duration::from_millis(1)).await;
        stop.cancel();
        let seen = sink.observed();
        let signal = seen.get(&question.key).unwrap();
        signal.sample(labels).unwrap_or_else(|| panic!("no one sample {labels:?} in {signal:?}")).value.clone()
    }
    pub async fn query(&self, expr: &str) -> Value {
        self.value("prom-west", Ask::Query { expr: expr.into() }, &[]).await
    }
    pub async fn sql(&self, via: &str, query: &str) -> Value {
        self.value(via, Ask::Sql { query: query.into() }, &[]).await
    }
}

pub fn call(action: &str, via: &str, with: Json) -> Call {
    let with = with.as_object().unwrap().clone().into_iter().collect();
    Call {
        action: action.into(),
        via: Some(via).filter(|v| !v.is_empty()).map(str::to_owned),
        with,
        timeout: Duration::from_secs(30),
    }
}
pub fn scale(names: Json, replicas: Json) -> Call {
    call("kubernetes.scale", "west", json!({"namespace": "prod", "deployments": names, "replicas": replicas}))
}
pub fn promote() -> Call {
    call("postgres.promote", "db-west", json!({}))
}
pub fn fence() -> Call {
    call("postgres.fence", "db-east", json!({"roles": ["app"]}))
}

/// Every question that the plan asks: its probes, alerts, and the states of what it names.
pub fn questions(plan: &Plan) -> BTreeMap<String, Vec<Question>> {
    let mut probes: Vec<Probe> = plan.services.iter().filter_map(|s| s.health_probe().cloned()).collect();
    for source in plan.datasets.iter().flat_map(|d| &d.sources) {
        probes.extend([&source.at, &source.lag, &source.connected].into_iter().flatten().cloned());
    }
    let gates = plan.runbooks.iter().flat_map(|b| b.steps()).flat_map(|s| &s.gate);
    probes.extend(gates.map(|gate: &Gate| gate.probe.clone()));
    let leaves = probes.iter().flat_map(Probe::leaves);
    let mut asked: Vec<(String, Ask)> = leaves.map(|p| (p.via().unwrap().to_owned(), p.ask().unwrap())).collect();
    asked.extend(plan.alerts.iter().filter_map(|a| Some((a.via.clone()?, Ask::Query { expr: a.expr.clone()? }))));
    for (name, connection) in &plan.connections {
        match connection.link.system() {
            "postgres" => asked.push((name.clone(), Ask::PostgresState)),
            "kubernetes" => asked.push((name.clone(), Ask::KubernetesNodes)),
            "alertmanager" => asked.push((name.clone(), Ask::Alerts)),
            _ => {}
        }
    }
    let mut questions: BTreeMap<String, Vec<Question>> = BTreeMap::new();
    for (via, ask) in asked {
        let question = Question::new(&via, ask, Duration::from_secs(5), None);
        let of = questions.entry(via).or_default();
        if !of.contains(&question) {
            of.push(question);
        }
    }
    questions
}

pub fn outcomes(reports: &[PartReport]) -> Vec<(&str, &str)> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Succeeded { .. } => "succeeded",
        Outcome::Failed { .. } => "failed",
        Outcome::Unknown { .. } => "unknown",
    };
    reports.iter().map(|r| (r.part.as_str(), word(&r.outcome))).collect()
}

pub fn call_env(host: &str) -> Call {
    let with = json!({"namespace": "prod", "deployments": ["eval-api"], "env": {"DB_HOST": host}});
    call("kubernetes.set_env", "west", with)
}

/// An incident with the runbook open and nothing done.
pub fn opened(plan: &Plan, runbook: &str) -> State {
    let book = Book {
        runbook: plan.runbook(runbook).unwrap().clone(),
        digest: lifeboat::model::Digest::of(b""),
        opened: start(),
        adopted: None,
        inserted: vec![],
        planned: BTreeMap::new(),
        automation: None,
        traits: BTreeMap::new(),
        drill_traits: BTreeMap::new(),
    };
    State { book: Some(book), ..Default::default() }
}
