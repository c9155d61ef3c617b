//! Failovers that start by themselves, and steps that run by themselves, on the simulated platform (R4).

use lifeboat::{
    console::{DeclareForm, Request},
    incident::{Actor, Command, Event, Status},
    model::{Duration, Severity},
    picture::{GateState, Picture},
    plan::{Plan, load_embedded},
    sim::{self, Fault, fault::Silence},
    systems::catalogue,
};

use super::{
    driver::{Driver, step_of},
    site::Site,
};

const SCENARIO: &str = "regional-outage";

/// Scales, promotes and lets the application in again, all of it by itself.
const RUNBOOK: &str = r#"
apiVersion: lifeboat/v1
kind: Runbook
name: automated-failover
scenario: regional-outage
owner: auto
steps:
  - {id: there, title: See that us-west-2 answers, action: kubernetes.wait, with: {via: west, namespace: prod, deployments: [training-api]}, takes: 10s}
  - id: scale
    title: Bring the critical services up
    action: kubernetes.scale
    with: {via: west, namespace: prod, deployments: [training-api, eval-api], replicas: planned}
    gate: {kubernetes: {via: west, namespace: prod, deployments: [training-api, eval-api], rollout: complete}, within: 20m}
    takes: 3m
  - {id: promote, title: Promote the standby, action: postgres.promote, with: {via: db-west}, irreversible: true, approvals: 1, takes: 1m}
  - {id: let-in, title: Let the application in again, action: postgres.allow_writes, with: {via: db-west, roles: [app]}, takes: 30s}
"#;

/// The shipped plan, with a failover that starts once the ingress of us-east-1 was gone for that long.
fn plan(hold: &str) -> Plan {
    plan_with(hold, RUNBOOK)
}

fn plan_with(hold: &str, runbook: &str) -> Plan {
    let automatic = format!(
        r#"    automatic: {{runbook: automated-failover, for: {hold}, when: {{query: {{via: prom-west, expr: 'max(probe_success{{job="ingress", region="us-east-1"}})', expect: "== 0", max_age: 2m}}}}}}
"#
    );
    let scenario = "    detect: {by: probes from other regions, within: 5m}\n";
    let mut texts: Vec<(&str, String)> = sim::demo::GAUDI3_SCALE.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    assert!(texts[0].1.contains(scenario));
    texts[0].1 = texts[0].1.replace(scenario, &(scenario.to_owned() + &automatic));
    texts.push(("runbooks/automated-failover.yaml", runbook.trim_start().to_owned()));
    let texts: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let loaded = load_embedded(sim::demo::PLAN, &texts, &catalogue());
    loaded.plan.unwrap_or_else(|| panic!("{:?}", loaded.findings))
}

fn list(driver: &mut Driver) -> Vec<lifeboat::model::StepId> {
    let picture = driver.until("the plan's failover is shown", |p| !p.automatics.is_empty());
    picture.automatics[0].steps.iter().map(|step| step.id.clone()).collect()
}

fn arms(driver: &mut Driver) {
    let steps = list(driver);
    driver.done(Request::Arm { scenario: SCENARIO.into(), steps });
    is_armed(driver);
}

fn is_armed(driver: &mut Driver) {
    driver.until("it is armed", |p| p.automatics[0].armed.as_ref().is_some_and(|armed| armed.triggered.is_none()));
}

fn goes_dark(site: &Site) {
    site.platform.inject(Fault::RegionDark { region: "us-east-1".into() });
}

fn started(p: &Picture) -> bool {
    p.incident.as_ref().is_some_and(|incident| incident.declared_by == Actor::LIFEBOAT)
}

fn minutes_pass(driver: &mut Driver, minutes: i64) {
    let from = driver.look().now;
    driver.until("time passes", |p| (p.now - from).num_minutes() >= minutes);
}

#[test]
fn r04_an_armed_failover_starts_once_among_consoles_and_waits_for_another_persons_approval() {
    let site = Site::of(plan("30s"));
    let (mut ada, mut ben, mut cy) = (site.console("Ada"), site.console("Ben"), site.console("Cy"));
    let refused = ben.refused(Request::Arm { scenario: SCENARIO.into(), steps: list(&mut ada) });
    assert!(refused.why.contains("may not override"), "{refused}");
    arms(&mut ada);
    for console in [&mut ben, &mut cy] {
        is_armed(console);
    }
    goes_dark(&site);
    for console in [&mut ada, &mut ben, &mut cy] {
        console.until("it starts on every screen", started);
    }
    let waits = |p: &Picture| p.calls.as_ref().is_some_and(|calls| calls.contains("waits for approval"));
    let picture = ben.until("a person is called", waits);
    assert!(picture.sentences.iter().any(|sentence| Some(&sentence.text) == picture.calls.as_ref()), "{:?}", picture.sentences);
    assert_eq!(picture.incident.as_ref().unwrap().commander.as_deref(), Some("Ada"), "who armed it commands");
    assert_eq!(step_of(&picture, "scale").unwrap().status, Status::Succeeded);
    assert_eq!(site.platform.sent("postgres.promote", "db-west"), 0);
    let binding = step_of(&picture, "promote").unwrap().approval_asked.as_ref().unwrap().binding.clone();
    ada.until("she sees that it is asked", waits);
    let own = ada.refused(Request::Do(Command::Approve { step: "promote".into(), binding }));
    assert!(own.why.contains("because you consented"), "{own}");
    cy.approves("promote");
    ben.until_step("promote", Status::Succeeded);
    ben.until_step("let-in", Status::Succeeded);
    let alone = |p: &Picture| p.calls.as_ref().is_some_and(|calls| calls.contains("nobody has joined it"));
    ben.until("somebody is still to take it up", alone);
    ben.says(Command::Join { role: "technical-lead".into() });
    ben.until("nobody is called any more", |p| p.calls.is_none());

    for (action, part) in
        [("kubernetes.scale", "training-api"), ("kubernetes.scale", "eval-api"), ("postgres.promote", "db-west")]
    {
        assert_eq!(site.platform.sent(action, part), 1, "{action} {part}");
    }
    let triggered = site.standing().iter().filter(|r| matches!(r.event, Event::FailoverTriggered { .. })).count();
    assert_eq!((triggered, site.count("declared"), site.count("action_started")), (1, 1, 4));
    assert!(site.records().iter().filter(|r| r.event.kind() == "action_started").all(|r| r.who.name == Actor::LIFEBOAT));
    let armed = ben.look().automatics[0].armed.clone().unwrap();
    assert_eq!(armed.triggered.map(|id| id.to_string()).as_deref(), Some("INC-0001"));
    for console in [ada, ben, cy] {
        console.ends();
    }
    site.assert_journal_good();
}

#[test]
fn r04_at_the_first_non_success_it_stops_and_calls_a_person() {
    for (fault, status) in [
        (Fault::NextActionTimesOutAfterSending { action: "kubernetes.scale".into() }, Status::Unknown),
        (
            Fault::PartRefused {
                action: "kubernetes.scale".into(),
                connection: None,
                part: "eval-api".into(),
                reason: "403 Forbidden".into(),
            },
            Status::Partial,
        ),
    ] {
        let site = Site::of(plan("30s"));
        let mut ada = site.console("Ada");
        arms(&mut ada);
        site.platform.inject(fault);
        goes_dark(&site);
        ada.until_step("scale", status);
        let called = |p: &Picture| p.calls.as_ref().is_some_and(|calls| calls.contains("a person must go on"));
        let picture = ada.until("a person is called", called);
        assert!(picture.sentences[..3].iter().any(|s| s.text.contains("a person must go on")), "{:?}", picture.sentences);
        minutes_pass(&mut ada, 3);
        assert_eq!(ada.step("promote").status, Status::Open);
        assert_eq!((site.platform.sent("postgres.promote", "db-west"), site.count("automation_stopped")), (0, 1));
        assert!(site.platform.sent("kubernetes.scale", "training-api") <= 1, "nothing is sent again");
        ada.ends();
    }
}

#[test]
fn r04_r19_a_fence_by_itself_that_nothing_answers_is_unreachable_and_calls_a_person() {
    let fence = "steps:\n  - {id: fence, title: Fence the primary, action: postgres.fence, with: {via: db-east, roles: [app]}, takes: 30s}\n";
    let site = Site::of(plan_with("1h", &RUNBOOK.replace("steps:\n", fence)));
    let mut ada = site.console("Ada");
    goes_dark(&site);
    ada.declare("us-east-1 is lost", false);
    let steps = list(&mut ada);
    ada.open("automated-failover");
    ada.says(Command::ConsentToAutomation { steps, by: None });
    let fence = ada.until_step("fence", Status::Failed);
    assert!(fence.unreachable && fence.words.contains("unreachable"), "{fence:?}");
    let called = |p: &Picture| p.calls.as_ref().is_some_and(|calls| calls.contains("a person must go on"));
    ada.until("a person is called", called);
    assert_eq!((site.count("fence_unreachable"), site.count("automation_stopped"), site.count("marked_failed")), (1, 1, 0));
    assert_eq!(site.platform.sent("postgres.fence", "app"), 0);
    ada.signs_outside_fence("fence", "the racks' power is cut");
    ada.ends();
    site.assert_journal_good();
}

#[test]
fn r04_r28_what_is_not_seen_never_starts_it_and_what_was_disarmed_neither() {
    let site = Site::of(plan("30s"));
    let mut ada = site.console("Ada");
    arms(&mut ada);
    site.platform.inject(Fault::ConnectionDark { connection: "prom-west".into(), how: Silence::Silent });
    let blind = |p: &Picture| p.automatics[0].armed.as_ref().is_some_and(|armed| armed.state == GateState::Unknown);
    ada.until("the trigger cannot be seen", blind);
    goes_dark(&site);
    minutes_pass(&mut ada, 3);
    assert!(ada.look().incident.is_none(), "nobody saw it");
    ada.done(Request::Disarm { scenario: SCENARIO.into(), why: "works at the provider".into() });
    site.platform.inject(Fault::ConnectionBack { connection: "prom-west".into() });
    ada.until_firing("RegionFailure");
    minutes_pass(&mut ada, 3);
    assert!(ada.look().incident.is_none(), "it was disarmed");
    // Armed while it lasts, it starts once that has held from then on.
    arms(&mut ada);
    ada.until("it starts", started);
    ada.ends();
}

#[test]
fn r04_a_declared_incident_is_used_and_a_runbook_in_hand_is_left_there() {
    let site = Site::of(plan("30s"));
    let mut ada = site.console("Ada");
    arms(&mut ada);
    let declared = ada.declare("us-east-1 is slow", false);
    goes_dark(&site);
    ada.until("its runbook is opened", |p| p.book.as_ref().is_some_and(|book| book.name == "automated-failover"));
    ada.until_step("scale", Status::Succeeded);
    assert_eq!(ada.look().incident.as_ref().unwrap().id, declared);
    assert_eq!(site.count("declared"), 1);
    ada.ends();

    let site = Site::of(plan("30s"));
    let mut ada = site.console("Ada");
    arms(&mut ada);
    ada.declare("us-east-1 is slow", false);
    ada.open("regional-outage");
    goes_dark(&site);
    ada.until("it is told", |p| p.journal.iter().any(|line| line.text.contains("people go on with it by hand")));
    minutes_pass(&mut ada, 2);
    assert_eq!(ada.look().book.as_ref().unwrap().name, "regional-outage");
    assert_eq!((site.platform.sent_in_all(), site.count("automation_consented")), (0, 0));
    ada.ends();
}

#[test]
fn r04_the_commander_consents_to_the_list_with_opening_the_runbook() {
    let site = Site::of(plan("1h"));
    let (mut ada, mut ben) = (site.console("Ada"), site.console("Ben"));
    let own = list(&mut ada);
    ada.declare("us-east-1 is lost", false);
    // Without consent what only reads runs, and what changes something waits.
    ada.open("automated-failover");
    ada.until_step("there", Status::Succeeded);
    minutes_pass(&mut ada, 1);
    assert_eq!((site.count("action_started"), ada.step("scale").status), (1, Status::Open));
    ben.until("the runbook is on screen", |p| p.book.is_some());
    let refused = ben.refused(Request::Do(Command::ConsentToAutomation { steps: own.clone(), by: None }));
    assert!(refused.why.contains("Ada is the commander"), "{refused}");
    ada.says(Command::ConsentToAutomation { steps: own.clone(), by: None });
    ben.until_step("scale", Status::Succeeded);
    ada.ends();
    ben.ends();

    // In one breath, or not at all.
    let site = Site::of(plan("1h"));
    let (mut ada, mut ben) = (site.console("Ada"), site.console("Ben"));
    let began = ada.look().now - Duration::from_secs(30).delta();
    let form = DeclareForm {
        title: "lost".into(),
        drill: false,
        scenario: Some(SCENARIO.into()),
        severity: Severity::new(1),
        began,
        scope: Default::default(),
        alert: None,
    };
    ada.done(Request::Declare(form));
    ben.until("it is declared", |p| p.incident.is_some());
    let open = |steps: Vec<_>| Request::OpenConsented { name: "automated-failover".into(), steps };
    ben.refused(open(own.clone()));
    assert!(ben.look_afresh().book.is_none(), "nothing of it was done");
    ada.refused(open(own[..1].to_vec()));
    ada.done(open(own));
    ada.until_step("scale", Status::Succeeded);
    ada.ends();
    ben.ends();
}

#[test]
fn r04_a_console_that_starts_with_another_plan_than_what_is_armed_says_how_it_differs() {
    let mut site = Site::of(plan("30s"));
    let mut ada = site.console("Ada");
    arms(&mut ada);
    site.plan = std::sync::Arc::new(plan("45s"));
    let mut ben = site.console("Ben");
    let words = "armed with another plan than this console's (scenarios.regional-outage.automatic.for was 30s, is 45s)";
    ben.until_trouble(words);
    assert!(!ada.look_afresh().trouble.iter().any(|t| t.contains("another plan")));
    ada.done(Request::Disarm { scenario: SCENARIO.into(), why: "armed anew".into() });
    ben.until("nothing is said of what is not armed", |p| !p.trouble.iter().any(|t| t.contains("another plan")));
    ada.ends();
    ben.ends();
}
