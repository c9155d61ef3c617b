//! An incident's records, made by hand: one event of every kind, and a whole story with its state.

use std::collections::BTreeMap;

use lifeboat::{
    incident::{
        Actor, Book, Event, Head, Impact, JournalDamage, Participant, PlanFacts, Proof, Record, Resolution, RestoredBy, Run,
        RunKind, Scope, ServiceState, Settled, State, Status, StepState,
        state::Outage,
        step_state::{Approval, Exception, PartState},
    },
    journal::Draft,
    model::{
        Call, ConsoleId, Digest, Duration, Effect, FenceAnswer, Identity, IncidentId, Outcome, PartPreview, PartReport, Preview,
        Request, RunId, Severity, StepId, Time, Value, catalogue::ActionTraits,
    },
    plan::{Dataset, Gate, Names, Person, Phase, Probe, QueryProbe, Runbook, Scenario, Service, SqlProbe, Step, Tier},
};

/// `2026-11-20T02:00:00Z` and `seconds` more.
pub fn at(seconds: i64) -> Time {
    "2026-11-20T02:00:00Z".parse::<Time>().unwrap() + chrono::TimeDelta::seconds(seconds)
}

pub fn actor(name: &str) -> Actor {
    Actor::new(name, format!("console-{}", name.to_lowercase()))
}

pub fn incident() -> IncidentId {
    IncidentId::numbered(1)
}

pub fn draft(event: Event) -> Draft {
    Draft { incident: incident(), who: actor("Ada"), happened: None, event }
}

pub fn note(text: &str) -> Draft {
    draft(Event::Noted { text: text.to_owned() })
}

pub fn facts() -> PlanFacts {
    let tier = |rto: Duration| Tier { rto: Some(rto), ..Tier::default() };
    let service = |name: &str, tier: &str| Service {
        name: name.into(),
        title: None,
        tier: Some(tier.into()),
        region: Some("us-east-1".into()),
        instances: Some(3),
        cards: None,
        needs: vec![],
        stands_in_for: None,
        mode: None,
        healthy: None,
        origin: None,
    };
    let dataset = |name: &str, rpo: Duration| Dataset {
        name: name.into(),
        title: None,
        tier: None,
        rpo: Some(rpo),
        excluded: None,
        sources: vec![],
        origin: None,
    };
    PlanFacts {
        plan: "orders".into(),
        tiers: BTreeMap::from([
            ("critical".into(), tier(Duration::from_hours(1))),
            ("standard".into(), tier(Duration::from_hours(4))),
        ]),
        services: vec![service("user-service", "critical"), service("tenant-service", "critical"), service("batch", "standard")],
        datasets: vec![dataset("production", Duration::from_mins(15)), dataset("logs", Duration::from_hours(24))],
        scenarios: BTreeMap::from([(
            "database-failure".into(),
            Scenario { title: Some("The database is lost".into()), rto: Some(Duration::from_mins(30)), ..Scenario::default() },
        )]),
        people: vec![Person {
            name: "Ada".into(),
            roles: vec!["commander".into()],
            org: None,
            phone: None,
            email: None,
            ssh_key: None,
            origin: None,
        }],
        severities: vec!["critical".into(), "high".into()],
        ..PlanFacts::default()
    }
}

pub fn step(id: &str, title: &str) -> Step {
    serde_json::from_value(serde_json::json!({ "id": id, "title": title })).unwrap()
}

pub fn runbook() -> Runbook {
    let gate = |probe: Probe| Gate { probe, within: Some(Duration::from_mins(2)), hold: None };
    let confirm = Step {
        gate: vec![gate(Probe::Query(QueryProbe {
            via: "prom-west".into(),
            expr: "max(probe_success{job=\"orders-db\"})".into(),
            expect: Some("== 0".parse().unwrap()),
            max_age: None,
            each: false,
        }))],
        ..step("confirm", "Confirm the failure from outside")
    };
    let fence = Step {
        action: Some("postgres.fence".into()),
        with: BTreeMap::from([("via".into(), "db-east".into())]),
        freezes: Names::Many(vec!["production".into()]),
        ..step("fence", "Make the old primary refuse writes")
    };
    let promote = Step {
        action: Some("postgres.promote".into()),
        with: BTreeMap::from([("via".into(), "db-west".into())]),
        irreversible: true,
        approvals: 1,
        gate: vec![gate(Probe::Sql(SqlProbe {
            via: "db-west".into(),
            query: "select not pg_is_in_recovery()".into(),
            expect: Some("t".parse().unwrap()),
            max_age: None,
        }))],
        recovers: Names::One("production".into()),
        drill: Some(lifeboat::plan::DrillForm::Talk),
        undo: Some(lifeboat::plan::UndoForm::None),
        ..step("promote", "Promote the us-west-2 replica")
    };
    let tell = Step { check: Some(lifeboat::plan::Check { see: Some("ticket".into()) }), ..step("tell", "Tell the users") };
    Runbook {
        name: "database-failover".into(),
        title: None,
        about: None,
        scenario: Names::One("database-failure".into()),
        purpose: lifeboat::plan::Use::Respond,
        rto: Some(Duration::from_mins(30)),
        rpo: None,
        owner: None,
        phases: vec![Phase { steps: vec![confirm, fence, promote, tell], ..Phase::default() }],
        origin: None,
    }
}

pub fn traits() -> BTreeMap<StepId, ActionTraits> {
    let traits = |fences, changes: &[&str]| ActionTraits {
        mutating: true,
        fences,
        undoes: false,
        changes: changes.iter().map(|s| (*s).to_owned()).collect(),
    };
    BTreeMap::from([("fence".into(), traits(true, &[])), ("promote".into(), traits(false, &["timeline"]))])
}

pub fn preview() -> Preview {
    Preview {
        action: "postgres.promote".into(),
        target: "db-west".into(),
        identity: Identity::default().with("system", "7412").with("timeline", "3"),
        requests: vec![Request { to: "10.2.0.15:5432 as lifeboat".into(), text: "select pg_promote(true, 60)".into() }],
        parts: vec![PartPreview { name: "db-west".into(), change: "standby to primary".into(), before: None }],
        effects: vec![Effect { text: "would lose 4s".into(), measure: None }],
        warnings: vec![],
        made: at(700),
    }
}

fn call(action: &str, via: &str) -> Call {
    Call { action: action.into(), via: Some(via.into()), with: BTreeMap::new(), timeout: Duration::from_secs(30) }
}

pub fn declared() -> Event {
    let facts = facts();
    Event::Declared {
        title: "the orders database is lost".into(),
        drill: false,
        scenario: Some("database-failure".into()),
        severity: Severity::new(1),
        began: at(0),
        impacts: vec![Impact { service: "user-service".into(), since: at(0) }],
        digest: facts.digest(),
        facts: Box::new(facts),
    }
}

pub fn opened() -> Event {
    let book = runbook();
    Event::RunbookOpened {
        digest: Digest::of_json(&book),
        runbook: Box::new(book),
        traits: traits(),
        drill_traits: BTreeMap::new(),
    }
}

pub fn started(step: &str, kind: RunKind) -> Event {
    let (action, via) = if step == "fence" { ("postgres.fence", "db-east") } else { ("postgres.promote", "db-west") };
    Event::ActionStarted {
        step: step.into(),
        run: RunId::from(format!("run-{step}")),
        kind,
        call: call(action, via),
        target: via.into(),
        identity: preview().identity,
        binding: preview().binding(),
        parts: vec![via.into()],
        remembered: BTreeMap::from([("db-west".into(), serde_json::json!({ "role": "standby" }))]),
    }
}

pub fn scope() -> Scope {
    Scope { services: vec!["user-service".into()], regions: vec![], datasets: vec!["production".into()] }
}

/// One event of every kind.
pub fn every_event() -> Vec<Event> {
    let why = || "because".to_owned();
    let id = || StepId::from("promote");
    let run = || RunId::from("run-promote");
    let report = || PartReport {
        part: "db-west".into(),
        outcome: Outcome::unknown("no answer within 30s"),
        fence: Some(FenceAnswer::Unreachable { why: why() }),
        result: Some(Value::Number(0.1)),
    };
    let book = runbook();
    let proof = Proof { text: "t, wanted t".into(), first: at(800), last: at(805), samples: 2 };
    vec![
        declared(),
        Event::Joined { role: "commander".into() },
        Event::CommandHandedOver { to: "Ben".into() },
        Event::SeverityChanged { to: Severity::new(2), why: why() },
        Event::OutageStartCorrected { began: at(-60), why: why() },
        Event::CleanBeforeSet { before: at(-600), why: why() },
        Event::ScopeChanged { scope: scope(), since: at(0), why: why() },
        Event::NoticeSent { to: "all customers".into(), how: "status page".into(), said: Some("we are on it".into()) },
        Event::DrillSuspended { real: Some(IncidentId::numbered(2)), why: why() },
        Event::DrillResumed,
        Event::Held { why: why() },
        Event::Released,
        Event::Noted { text: "the provider called".into() },
        Event::ClockJumped { by_ms: -7_000 },
        Event::Closed { resolution: Resolution::Resolved, why: why() },
        Event::Reopened { why: why() },
        Event::JournalContinued {
            from: "/var/lib/lifeboat/orders.db".into(),
            head: format!("12:{}", Digest::of(b"x")),
            damage: Some(Box::new(JournalDamage {
                why: why(),
                found: vec!["record 13: its body or another field of it does not match its hash".into()],
                carried: 2,
                missing: "13".into(),
            })),
        },
        Event::ServiceDown { service: "user-service".into(), since: at(0), seen: "probe_success is 0".into() },
        Event::ServiceRestored { service: "user-service".into(), at: at(1_500), by: RestoredBy::Step(id()) },
        opened(),
        Event::AutomationConsented { steps: vec![id()], by: Some("Cy".into()) },
        Event::AutomationStopped { step: Some(id()), why: why() },
        Event::Armed {
            scenario: "database-failure".into(),
            facts: Box::new(facts()),
            runbook: Box::new(runbook()),
            digest: Digest::of_json(&runbook()),
            traits: traits(),
            drill_traits: BTreeMap::new(),
            steps: vec![id()],
        },
        Event::Disarmed { scenario: "database-failure".into(), why: why() },
        Event::FailoverTriggered { scenario: "database-failure".into(), incident: IncidentId::numbered(2), proof: proof.clone() },
        Event::RunbookAdopted {
            digest: Digest::of_json(&book),
            runbook: Box::new(book),
            traits: traits(),
            drill_traits: BTreeMap::new(),
        },
        Event::StepInserted { after: Some(id()), step: Box::new(step("look", "Look again")), why: why() },
        Event::ApprovalAsked { step: id(), preview: Box::new(preview()), binding: preview().binding() },
        Event::Approved { step: id(), binding: preview().binding(), until: at(1_300) },
        Event::Declined { step: id(), why: why() },
        Event::BrokeGlass { step: id(), why: why() },
        Event::Waived { step: id(), need: "fence".into(), why: why() },
        started("promote", RunKind::First),
        Event::LossForeseen {
            step: id(),
            run: run(),
            dataset: "production".into(),
            source: "db-west".into(),
            point: at(500),
            least: Duration::ZERO,
            most: Duration::from_secs(40),
        },
        Event::PartProgressed { step: id(), run: run(), part: "db-west".into(), text: "waiting for promotion".into() },
        Event::PartEnded { step: id(), run: run(), report: report() },
        Event::ConsoleLost { step: id(), run: run(), console: ConsoleId::from("console-ben") },
        Event::PartSettled { step: id(), run: run(), report: report(), by: Settled::Person { why: why() } },
        Event::StopAsked { step: id(), run: run(), why: why() },
        Event::FenceUnreachable { step: "fence".into(), why: why() },
        Event::GateHeld { step: id(), proof: proof.clone() },
        Event::GateMissed { step: id(), why: why() },
        Event::ProofLost { step: id(), seen: "is f, wanted == t".into(), since: at(1_400) },
        Event::ProofRegained { step: id(), proof },
        Event::GateWatchedAgain { step: id() },
        Event::GateOverridden { step: id(), why: why() },
        Event::OutsideFenceSigned { step: "fence".into(), how: "power cut".into(), effective: at(300) },
        Event::Confirmed { step: "tell".into(), seen: Some("T-17".into()) },
        Event::Decided { step: id(), answer: Value::Text("replica".into()) },
        Event::ConditionAnswered { step: id(), needed: false, why: why() },
        Event::Skipped { step: id(), why: why() },
        Event::MarkedFailed { step: id(), why: why() },
        Event::TakenOver { step: id(), how: "psql".into() },
        Event::TalkedThrough { step: id(), note: Some("nobody minded".into()) },
        Event::WayChosen { step: id(), way: Some("By psql".into()), why: why() },
    ]
}

fn record(seq: u64, seconds: i64, who: &str, event: Event) -> Record {
    Record { seq, incident: incident(), recorded: at(seconds), happened: None, who: actor(who), event }
}

/// A database failover that went well but for an unreachable old primary, with the state that it left.
pub fn story() -> (Vec<Record>, State) {
    let id = |s: &str| StepId::from(s);
    let part = |step: &str, outcome: Outcome| Event::PartEnded {
        step: step.into(),
        run: RunId::from(format!("run-{step}")),
        report: PartReport::new(if step == "fence" { "db-east" } else { "db-west" }, outcome),
    };
    let proof =
        Proof { text: "select not pg_is_in_recovery() is t, wanted t".into(), first: at(1_000), last: at(1_005), samples: 2 };
    let events = vec![
        (300, "Ada", declared()),
        (310, "Ada", Event::Joined { role: "commander".into() }),
        (320, "Ada", opened()),
        (400, "Ben", started("fence", RunKind::First)),
        (430, "Ben", part("fence", Outcome::failed("no route to 10.1.0.15 | <b>down</b>"))),
        (600, "Ben", Event::OutsideFenceSigned { step: id("fence"), how: "power cut in rack 4".into(), effective: at(540) }),
        (700, "Ben", Event::ApprovalAsked { step: id("promote"), preview: Box::new(preview()), binding: preview().binding() }),
        (760, "Cy", Event::Approved { step: id("promote"), binding: preview().binding(), until: at(1_360) }),
        (770, "Ada", Event::Waived { step: id("promote"), need: id("confirm"), why: "two regions saw it".into() }),
        (780, "Ben", started("promote", RunKind::First)),
        (900, "Ben", part("promote", Outcome::succeeded("promoted, timeline 4"))),
        (1_006, "Ben", Event::GateHeld { step: id("promote"), proof: proof.clone() }),
        (1_200, "Ben", Event::ServiceRestored { service: "user-service".into(), at: at(1_200), by: RestoredBy::Observed }),
        (2_400, "Ben", Event::ServiceRestored { service: "tenant-service".into(), at: at(2_400), by: RestoredBy::Person }),
        (2_500, "Cy", Event::Confirmed { step: id("tell"), seen: Some("T-17".into()) }),
        (2_600, "Ada", Event::Closed { resolution: Resolution::Resolved, why: "all served".into() }),
    ];
    let mut records: Vec<_> = events.into_iter().zip(1..).map(|((s, who, event), seq)| record(seq, s, who, event)).collect();
    let late = Event::Noted { text: "Cy called the provider".into() };
    records.push(Record { happened: Some(at(350)), ..record(17, 2_700, "Ada", late) });

    let run = |step: &str, from: i64, to: i64| Run {
        id: RunId::from(format!("run-{step}")),
        kind: RunKind::First,
        who: "Ben".into(),
        console: ConsoleId::from("console-ben"),
        started: at(from),
        ended: Some(at(to)),
        call: if step == "fence" { call("postgres.fence", "db-east") } else { call("postgres.promote", "db-west") },
        target: if step == "fence" { "db-east".into() } else { "db-west".into() },
        identity: preview().identity,
        binding: preview().binding(),
        seq: 0,
        parts: vec![],
        reported: vec![],
        lost: false,
        stop_asked: None,
    };
    let parts = |name: &str, outcome: Outcome| {
        BTreeMap::from([(name.to_owned(), PartState { outcome: Some(outcome), ..PartState::default() })])
    };
    let exception = |who: &str, why: &str, s: i64| Exception { who: who.into(), why: why.into(), at: at(s) };
    let done = |from: i64, to: i64, who: &str| StepState {
        status: Status::Succeeded,
        began: Some(at(from)),
        ended: Some(at(to)),
        who: Some(who.into()),
        ..StepState::default()
    };
    let steps = BTreeMap::from([
        (
            id("fence"),
            StepState {
                runs: vec![run("fence", 400, 430)],
                parts: parts("db-east", Outcome::failed("no route to 10.1.0.15 | <b>down</b>")),
                outside_fence: Some((exception("Ben", "power cut in rack 4", 600), at(540))),
                ..done(400, 600, "Ben")
            },
        ),
        (
            id("promote"),
            StepState {
                runs: vec![run("promote", 780, 900)],
                parts: parts("db-west", Outcome::succeeded("promoted, timeline 4")),
                approvals: vec![Approval { who: "Cy".into(), binding: preview().binding(), at: at(760), until: at(1_360) }],
                waived: BTreeMap::from([(id("confirm"), exception("Ada", "two regions saw it", 770))]),
                proof: Some(proof),
                ..done(780, 1_006, "Ben")
            },
        ),
        (id("tell"), StepState { said: Some("T-17".into()), ..done(2_500, 2_500, "Cy") }),
    ]);
    let outage = |from: i64, to: i64, by| Outage { from: at(from), until: Some(at(to)), by: Some(by) };
    let book = runbook();
    let state = State {
        seq: 17,
        head: Some(Head {
            id: incident(),
            title: "the orders database is lost".into(),
            drill: false,
            scenario: Some("database-failure".into()),
            severity: Severity::new(1),
            began: at(0),
            declared: at(300),
            declared_by: "Ada".into(),
            digest: facts().digest(),
            facts: facts(),
            clean_before: None,
            scope: None,
            closed: Some((Resolution::Resolved, exception("Ada", "all served", 2_600))),
        }),
        commander: Some("Ada".into()),
        people: BTreeMap::from([(
            "Ada".into(),
            Participant { roles: vec!["commander".into()], console: ConsoleId::from("console-ada"), since: at(310) },
        )]),
        hold: None,
        suspended: None,
        book: Some(Book {
            digest: Digest::of_json(&book),
            runbook: book,
            opened: at(320),
            adopted: None,
            inserted: vec![],
            planned: BTreeMap::new(),
            automation: None,
            traits: traits(),
            drill_traits: BTreeMap::new(),
        }),
        steps,
        shelf: BTreeMap::new(),
        services: BTreeMap::from([
            ("user-service".into(), ServiceState { outages: vec![outage(0, 1_200, RestoredBy::Observed)] }),
            (
                "tenant-service".into(),
                ServiceState { outages: vec![outage(0, 600, RestoredBy::Person), outage(900, 2_400, RestoredBy::Person)] },
            ),
        ]),
        notes: vec![],
        notices: vec![],
        jumped: None,
        armed: BTreeMap::new(),
    };
    (records, state)
}
