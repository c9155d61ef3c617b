//! An incident to try rules on: a runbook as the shipped plans have it, people at their consoles, and every record kept.

use std::collections::BTreeMap;

use lifeboat::{
    incident::{
        Actor, Command, Consent, Declaration, Event, Impact, PlanFacts, Proof, Record, Refusal, RunKind, Scope, State, Status,
        call_of, decide, evolve, replay, undo_of, ways::flags_of,
    },
    model::{
        Call, ConsoleId, Duration, FenceAnswer, Identity, IncidentId, Outcome, PartPreview, PartReport, Preview, Request, RunId,
        Severity, StepId, Time, catalogue::ActionTraits,
    },
    plan::{
        Automatic, Check, Condition, Decision, DrillForm, Gate, Names, OtherWay, Person, Phase, Plan, Power, Probe, Role,
        Runbook, Scenario, Service, SqlProbe, Step, UndoForm, Use, Way,
    },
    systems::catalogue,
};
use serde_json::json;

pub type Answer = Result<Vec<Event>, Refusal>;
pub type Traits = BTreeMap<StepId, ActionTraits>;

/// 02:00Z of the night everything happens in.
pub fn start_of_night() -> Time {
    "2026-11-20T02:00:00Z".parse().expect("a moment")
}

pub fn id(name: &str) -> StepId {
    StepId::from(name)
}

/// The person at their own console.
pub fn at_console(name: &str) -> Actor {
    Actor::new(name, ConsoleId::from(format!("console of {name}")))
}

// ---- steps

pub fn check(name: &str) -> Step {
    let text = json!({"id": name, "title": format!("Do {name}")});
    serde_json::from_value(text).expect("a step")
}

pub fn action(name: &str, action: &str, with: serde_json::Value) -> Step {
    let with = serde_json::from_value(with).expect("a map");
    Step { action: Some(action.into()), with, ..check(name) }
}

pub fn decision(name: &str, options: &[&str]) -> Step {
    let options = options.iter().map(|o| (*o).to_owned()).collect();
    Step { decision: Some(Decision { ask: "Which way?".into(), options, source_of: None, value: None }), ..check(name) }
}

pub fn sql_gate(via: &str, hold: Option<&str>) -> Gate {
    let expect = Some("t".parse().expect("a limit"));
    let probe = SqlProbe { via: via.into(), query: "select not pg_is_in_recovery()".into(), expect, max_age: None };
    Gate { probe: Probe::Sql(probe), within: None, hold: hold.map(|h| h.parse().expect("a duration")) }
}

pub fn gate(name: &str) -> Step {
    Step { gate: vec![sql_gate("db-west", None)], ..check(name) }
}

/// The changes that a test makes to a step, read as a sentence.
pub trait With: Sized {
    fn needs(self, needs: &[&str]) -> Self;
    fn only_if(self, condition: Condition) -> Self;
    fn proven_by(self, gate: Gate) -> Self;
    fn in_drill(self, form: DrillForm) -> Self;
    fn undone_by(self, form: UndoForm) -> Self;
    fn wants_value(self, see: &str) -> Self;
    fn restoring(self, services: &str) -> Self;
    fn irreversible(self) -> Self;
    fn or_else(self, title: &str, action: &str, with: serde_json::Value) -> Self;
    fn by_itself(self) -> Self;
}

impl With for Step {
    fn needs(mut self, needs: &[&str]) -> Self {
        self.needs = Some(needs.iter().map(|n| id(n)).collect());
        self
    }
    fn only_if(mut self, condition: Condition) -> Self {
        self.condition = Some(condition);
        self
    }
    fn proven_by(mut self, gate: Gate) -> Self {
        self.gate = vec![gate];
        self
    }
    fn in_drill(mut self, form: DrillForm) -> Self {
        self.drill = Some(form);
        self
    }
    fn undone_by(mut self, form: UndoForm) -> Self {
        self.undo = Some(form);
        self
    }
    fn wants_value(mut self, see: &str) -> Self {
        self.check = Some(Check { see: Some(see.into()) });
        self
    }
    fn restoring(mut self, services: &str) -> Self {
        self.restores = Names::One(services.into());
        self
    }
    fn irreversible(mut self) -> Self {
        self.irreversible = true;
        self
    }
    fn by_itself(mut self) -> Self {
        self.owner = Some("auto".into());
        self
    }
    fn or_else(mut self, title: &str, action: &str, with: serde_json::Value) -> Self {
        let with = serde_json::from_value(with).expect("a map");
        self.instead.push(Way { title: title.into(), action: action.into(), with, gate: vec![] });
        self
    }
}

pub fn other(action: &str, via: &str) -> OtherWay {
    OtherWay { title: None, action: action.into(), with: [("via".into(), json!(via))].into() }
}

pub fn book_of(name: &str, steps: Vec<Step>) -> Runbook {
    let phases = vec![Phase { steps, ..Phase::default() }];
    Runbook {
        name: name.into(),
        title: None,
        about: None,
        scenario: Names::None,
        purpose: Use::Respond,
        rto: None,
        rpo: None,
        owner: None,
        phases,
        origin: None,
    }
}

pub fn stop_writes() -> Step {
    let with = json!({"via": "west", "namespace": "prod", "deployments": ["user-service", "tenant-service"], "replicas": 0});
    action("stop-writes", "kubernetes.scale", with)
}

pub fn fence() -> Step {
    action("fence", "postgres.fence", json!({"via": "db-east", "roles": ["app"]}))
}

pub fn promote() -> Step {
    let drill = DrillForm::Other(other("postgres.check_standby", "db-west"));
    let step = action("promote", "postgres.promote", json!({"via": "db-west"}));
    Step { approvals: 1, ..step.irreversible().proven_by(sql_gate("db-west", None)).in_drill(drill) }
}

/// The failover of a database: each step waits for the one above it.
pub fn failover() -> Runbook {
    book_of(
        "database-failover",
        vec![
            stop_writes(),
            fence(),
            action("caught-up", "postgres.wait_caught_up", json!({"via": "db-west", "of": "db-east"})),
            check("isolate"),
            promote(),
            action("login", "postgres.allow_writes", json!({"via": "db-west", "roles": ["app"]})),
            check("tell").wants_value("who was told"),
        ],
    )
}

/// What the catalogue says of a runbook's actions, and of those a drill does instead.
pub fn traits_of(runbook: &Runbook) -> (Traits, Traits) {
    let catalogue = catalogue();
    let spec = |action: &str| catalogue.get(action).unwrap_or_else(|| panic!("no action {action}"));
    let own = runbook.steps().filter_map(|s| Some((s.id.clone(), spec(s.action.as_deref()?).traits(&s.with))));
    let ways = runbook.steps().flat_map(|s| {
        s.instead.iter().enumerate().map(move |(n, way)| (flags_of(&s.id, n), spec(&way.action).traits(&way.with)))
    });
    let drill = runbook.steps().filter_map(|s| match &s.drill {
        Some(DrillForm::Other(o)) => Some((s.id.clone(), spec(&o.action).traits(&o.with))),
        _ => None,
    });
    (own.chain(ways).collect(), drill.collect())
}

// ---- facts

pub fn service(name: &str, healthy_for: Option<&str>) -> Service {
    let mut service: Service = serde_json::from_value(json!({"name": name})).expect("a service");
    service.healthy = healthy_for.map(|hold| sql_gate("db-west", Some(hold)));
    service
}

/// Once the standby says that it is the primary, for a minute.
pub fn automatic() -> Automatic {
    let when = sql_gate("db-west", None).probe;
    Automatic { runbook: "by-itself".into(), when, hold: Duration::from_mins(1) }
}

/// Ada commands, Cy and Dan may approve, Ben carries out.
pub fn facts() -> PlanFacts {
    let role = |may: &[Power]| Role { may: may.to_vec(), ..Role::default() };
    let roles = [
        ("commander".to_owned(), role(&[Power::Declare, Power::Approve, Power::Override])),
        ("approver".to_owned(), role(&[Power::Approve])),
        ("technical-lead".to_owned(), role(&[])),
    ];
    let person =
        |name: &str, role: &str| -> Person { serde_json::from_value(json!({"name": name, "roles": [role]})).expect("a person") };
    let plan = Plan {
        name: "gaudi3-scale".into(),
        roles: roles.into(),
        people: vec![
            person("Ada", "commander"),
            person("Ben", "technical-lead"),
            person("Cy", "approver"),
            person("Dan", "approver"),
        ],
        services: vec![service("training-api", Some("1m")), service("batch", None)],
        scenarios: [("region-lost".to_owned(), Scenario { automatic: Some(automatic()), ..Scenario::default() })].into(),
        ..Plan::default()
    };
    PlanFacts { drill_connections: vec!["db-drill".into()], ..PlanFacts::of(&plan) }
}

pub fn of_services(names: &[&str]) -> Scope {
    Scope { services: names.iter().map(|name| (*name).to_owned()).collect(), ..Scope::default() }
}

// ---- the scene

pub struct Scene {
    pub state: State,
    pub records: Vec<Record>,
    pub now: Time,
    runs: u32,
}

impl Default for Scene {
    fn default() -> Self {
        Self { state: State::default(), records: Vec::new(), now: start_of_night(), runs: 0 }
    }
}

impl Scene {
    pub fn declaration(drill: bool) -> Declaration {
        let began = start_of_night() - Duration::from_mins(10).delta();
        let impacts = ["training-api", "batch"].map(|s| Impact { service: s.into(), since: began }).to_vec();
        Declaration {
            title: "us-east-1 is lost".into(),
            drill,
            scenario: Some("region-lost".into()),
            severity: Severity::new(1),
            began,
            impacts,
            facts: facts(),
        }
    }

    /// Ada declared it and opened `runbook`.
    pub fn with(runbook: Runbook) -> Self {
        Self::begun(runbook, false)
    }
    pub fn drill(runbook: Runbook) -> Self {
        Self::begun(runbook, true)
    }
    fn begun(runbook: Runbook, drill: bool) -> Self {
        let mut scene = Self::default();
        scene.ada(Command::Declare(Box::new(Self::declaration(drill)))).expect("declared");
        scene.open(&runbook).expect("opened");
        scene
    }
    pub fn steps(steps: Vec<Step>) -> Self {
        Self::with(book_of("a runbook", steps))
    }

    /// Decides, folds and keeps the records, a second later than before.
    pub fn by(&mut self, who: &Actor, command: Command) -> Answer {
        let events = decide(&self.state, &command, who, self.now)?;
        assert!(!events.is_empty(), "an accepted command says something: {command:?}");
        for event in &events {
            let record = Record {
                seq: self.state.seq + 1,
                incident: IncidentId::numbered(42),
                recorded: self.now,
                happened: command.happened(),
                who: who.clone(),
                event: event.clone(),
            };
            self.state = evolve(std::mem::take(&mut self.state), &record);
            self.records.push(record);
        }
        self.later(1);
        Ok(events)
    }
    pub fn ada(&mut self, command: Command) -> Answer {
        self.by(&at_console("Ada"), command)
    }
    pub fn ben(&mut self, command: Command) -> Answer {
        self.by(&at_console("Ben"), command)
    }
    pub fn cy(&mut self, command: Command) -> Answer {
        self.by(&at_console("Cy"), command)
    }
    pub fn later(&mut self, seconds: i64) {
        self.now += chrono::TimeDelta::seconds(seconds);
    }

    pub fn status(&self, step: &str) -> Status {
        self.state.status(&id(step))
    }
    pub fn replayed(&self) -> State {
        replay(&self.records)
    }
    pub fn open(&mut self, runbook: &Runbook) -> Answer {
        let (traits, drill_traits) = traits_of(runbook);
        self.ada(Command::OpenRunbook { runbook: Box::new(runbook.clone()), traits, drill_traits })
    }
    pub fn adopt(&mut self, runbook: &Runbook) -> Answer {
        let (traits, drill_traits) = traits_of(runbook);
        self.ada(Command::AdoptRunbook { runbook: Box::new(runbook.clone()), traits, drill_traits })
    }

    // ---- acting

    pub fn new_run(&mut self) -> RunId {
        self.runs += 1;
        RunId::from(format!("run {}", self.runs))
    }
    pub fn call(&self, step: &str, kind: RunKind) -> Result<Call, Refusal> {
        match kind {
            RunKind::Undo => undo_of(&self.state, &id(step)).map(|undo| undo.call().clone()),
            _ => call_of(&self.state, &id(step)),
        }
    }
    /// What the servers would say to a look at it now.
    pub fn preview(&self, step: &str) -> Preview {
        self.preview_of(step, RunKind::First)
    }
    pub fn preview_of(&self, step: &str, kind: RunKind) -> Preview {
        // What cannot be looked at is looked at in vain: the rules have the word.
        let nothing = || Call { action: "none".into(), via: None, with: BTreeMap::new(), timeout: Duration::ZERO };
        let mut preview = preview_of(&self.call(step, kind).unwrap_or_else(|_| nothing()), self.now);
        if let (RunKind::Retry, Some(at)) = (kind, self.state.step(&id(step))) {
            preview.parts.retain(|part| at.failed_parts().contains(&part.name));
        }
        preview
    }
    pub fn consent(&self, step: &str, kind: RunKind) -> Consent {
        let preview = self.preview_of(step, kind);
        Consent { typed: Some(preview.target.clone()), preview }
    }
    pub fn act(&mut self, who: &str, step: &str, kind: RunKind) -> Result<RunId, Refusal> {
        let (run, consent) = (self.new_run(), self.consent(step, kind));
        self.act_with(who, step, kind, run, consent)
    }
    pub fn act_with(&mut self, who: &str, step: &str, kind: RunKind, run: RunId, consent: Consent) -> Result<RunId, Refusal> {
        let (step, kept) = (id(step), run.clone());
        let command = match kind {
            RunKind::First => Command::Start { step, run, consent },
            RunKind::Retry => Command::Retry { step, run, consent },
            RunKind::Undo => Command::Undo { step, run, consent },
        };
        self.by(&at_console(who), command).map(|_| kept)
    }
    pub fn start(&mut self, step: &str) -> Result<RunId, Refusal> {
        self.act("Ben", step, RunKind::First)
    }
    pub fn retry(&mut self, step: &str) -> Result<RunId, Refusal> {
        self.act("Ben", step, RunKind::Retry)
    }
    pub fn undo(&mut self, step: &str) -> Result<RunId, Refusal> {
        self.act("Ben", step, RunKind::Undo)
    }
    pub fn report(&mut self, step: &str, run: &RunId, part: &str, outcome: Outcome) -> Answer {
        let mut report = PartReport::new(part, outcome);
        if step.starts_with("fence") && report.outcome.is_success() {
            report = report.fenced(FenceAnswer::RefusesWrites { proven: self.now });
        }
        self.ben(Command::ReportPart { step: id(step), run: run.clone(), report })
    }
    /// Every part of the run ends so.
    pub fn ends(&mut self, step: &str, run: &RunId, outcome: Outcome) {
        let parts = self.state.step(&id(step)).and_then(|s| s.run(run)).expect("a run").parts.clone();
        for part in parts {
            self.report(step, run, &part, outcome.clone()).expect("accepted");
        }
    }
    /// The whole step, well; with a gate also its proof.
    pub fn done(&mut self, step: &str) {
        let run = self.start(step).unwrap_or_else(|refusal| panic!("{step}: {refusal}"));
        self.ends(step, &run, Outcome::succeeded("as wanted"));
        if self.status(step) == Status::Verifying {
            self.holds(step).expect("the gate holds");
        }
    }
    pub fn confirm(&mut self, step: &str) -> Answer {
        self.ben(Command::Confirm { step: id(step), seen: Some("seen".into()), happened: None })
    }
    pub fn skip(&mut self, step: &str) -> Answer {
        self.ben(Command::Skip { step: id(step), why: "no time".into() })
    }
    pub fn waive(&mut self, step: &str, need: &str, why: &str) -> Answer {
        self.ada(Command::Waive { step: id(step), need: id(need), why: why.into() })
    }
    /// Asked by Ben, approved by Cy.
    pub fn approved(&mut self, step: &str) {
        let preview = Box::new(self.preview(step));
        let binding = preview.binding();
        self.ben(Command::AskApproval { step: id(step), preview }).expect("asked");
        self.cy(Command::Approve { step: id(step), binding }).expect("approved");
    }
    /// Two samples of just now that meet the gate.
    pub fn holds(&mut self, step: &str) -> Answer {
        self.later(3);
        let proof = self.proof(1, 2);
        self.ben(Command::ReportGateHeld { step: id(step), proof })
    }
    /// From `first` seconds ago until now.
    pub fn proof(&self, first: i64, samples: u32) -> Proof {
        let first = self.now - chrono::TimeDelta::seconds(first);
        Proof { text: "t, wanted t".into(), first, last: self.now, samples }
    }
    /// Everything before `promote`, well.
    pub fn up_to_promote(&mut self) {
        for step in ["stop-writes", "fence", "caught-up"] {
            self.done(step);
        }
        self.confirm("isolate").expect("confirmed");
    }
}

/// What a look at `call` finds: three replicas each, one server that says who it is.
pub fn preview_of(call: &Call, now: Time) -> Preview {
    let target = call.via.clone().unwrap_or_else(|| "this machine".into());
    let named = ["deployments", "statefulsets"].map(|kind| call.texts(kind)).concat();
    let names = Some(named).filter(|names| !names.is_empty()).unwrap_or_else(|| vec![target.clone()]);
    let part = |name: String| PartPreview { name, change: "3 replicas to 0".into(), before: Some(json!(3)) };
    Preview {
        action: call.action.clone(),
        identity: Identity::default().with("system", format!("7412 of {target}")).with("timeline", "3"),
        requests: vec![Request { to: target.clone(), text: format!("{} {:?}", call.action, call.with) }],
        parts: names.into_iter().map(part).collect(),
        target,
        effects: Vec::new(),
        warnings: Vec::new(),
        made: now,
    }
}

/// Refused, with words that help; gives them back.
pub fn refused<T: std::fmt::Debug>(answer: Result<T, Refusal>) -> String {
    let refusal = answer.expect_err("should be refused");
    assert!(!refusal.why.trim().is_empty() && !refusal.instead.trim().is_empty(), "says why and what instead: {refusal:?}");
    refusal.to_string()
}
