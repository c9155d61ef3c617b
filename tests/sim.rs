//! The simulated platform: the same story each time, answers to everything the shipped plan asks, actions that change what
//! their gates look at, and failures that read back as what is true.

#[path = "support/shipped.rs"]
mod shipped;
#[path = "support/stand.rs"]
mod stand;

use std::collections::BTreeMap;

use lifeboat::{
    incident::{Status, StepState},
    model::{Ask, Clock, Duration, FenceAnswer, Freshness, Question, Signals},
    plan::load_embedded,
    sim::{Fault, Silence},
    systems::{Order, Sink, catalogue},
};
use serde_json::json;
use stand::{Stand, call, call_env, fence, opened, outcomes, promote, questions, scale, start};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn everything_the_shipped_plan_asks_is_answered_fresh() {
    let stand = Stand::new("quiet", 7);
    let seen = stand.observe(Duration::from_secs(12)).await;
    let asked: Vec<Question> = questions(&stand.plan).into_values().flatten().collect();
    assert!(asked.len() > 25, "{}", asked.len());
    for question in asked {
        let freshness = seen.get(&question.key).unwrap().freshness(stand.clock.now());
        assert_eq!(freshness, Freshness::Fresh, "{} {:?}", question.via, question.ask);
    }
    for service in &stand.plan.services {
        assert_eq!(stand.query(&format!("min(probe_success{{job=\"{}\"}})", service.name)).await, 1.0.into(), "{}", service.name);
    }
}

#[tokio::test]
async fn in_peace_no_alert_fires_and_after_the_outage_those_of_it_do() {
    let stand = Stand::new("regional-outage", 7);
    let firing = |seen: &Signals| -> Vec<String> {
        let fires = |alert: &&lifeboat::plan::AlertRule| {
            let ask = Ask::Query { expr: alert.expr.clone().unwrap() };
            let key = lifeboat::model::SignalKey::of(alert.via.as_ref().unwrap(), &ask);
            let signal = seen.get(&key).unwrap();
            signal.failure.is_none() && !signal.reading.as_ref().unwrap().samples.is_empty()
        };
        stand.plan.alerts.iter().filter(fires).map(|a| a.name.clone()).collect()
    };
    assert_eq!(firing(&stand.observe(Duration::from_secs(4)).await), Vec::<String>::new());
    let after = stand.observe(Duration::from_secs(60)).await;
    let after = firing(&after);
    assert_eq!(after, ["RegionFailure", "DatabaseUnreachable", "GaudiExporterBlind", "GaudiCardLost"]);
}

#[tokio::test]
async fn beside_what_fires_of_the_outage_some_is_silenced_and_some_inhibited() {
    let stand = Stand::new("regional-outage", 7);
    let told = |seen: &Signals| -> Vec<String> {
        let key = lifeboat::model::SignalKey::of("alerts-west", &Ask::Alerts);
        let reading = seen.get(&key).unwrap().reading.clone().unwrap();
        let mut told: Vec<_> = reading.samples.iter().map(|s| format!("{} {}", s.labels["alertname"], s.value)).collect();
        told.dedup();
        told
    };
    let silenced = "TargetDown silenced";
    assert_eq!(told(&stand.observe(Duration::from_secs(4)).await), [silenced], "somebody works on a node");
    let after = told(&stand.observe(Duration::from_secs(60)).await);
    assert_eq!(after, ["RegionUnreachable firing", "TargetDown firing", "TargetDown inhibited", silenced]);
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story_and_another_seed_another() {
    let mut told = Vec::new();
    for seed in [7, 7, 8] {
        let stand = Stand::new("regional-outage", seed);
        let (sink, stop) = (Sink::default(), CancellationToken::new());
        for (name, questions) in questions(&stand.plan) {
            let source = stand.platform.sources().source(&name).unwrap();
            tokio::spawn(source.run(questions, sink.clone(), stand.dynamic(), stop.clone()));
        }
        let mut seconds = Vec::new();
        for _ in 0..70 {
            stand.clock.pass(Duration::from_secs(1)).await;
            seconds.push(sink.observed());
        }
        stop.cancel();
        told.push(seconds);
    }
    for (second, (one, other)) in told[0].iter().zip(&told[1]).enumerate() {
        assert_eq!(one, other, "second {second}");
    }
    assert_ne!(told[0], told[2]);
}

#[tokio::test]
async fn r28_a_dark_region_is_silent_from_inside_and_down_from_outside() {
    let stand = Stand::new("regional-outage", 7);
    let seen = stand.observe(Duration::from_secs(50)).await;
    for question in questions(&stand.plan).into_values().flatten() {
        let inside = stand.plan.connections[&question.via].region.as_deref() == Some("us-east-1");
        let freshness = seen.get(&question.key).unwrap().freshness(stand.clock.now());
        match freshness {
            Freshness::Failing { reason, .. } if inside => {
                assert!(reason.contains(&question.via) && reason.contains("no answer within 3s"), "{reason}");
            }
            Freshness::Fresh if !inside => {}
            other => panic!("{}: {other:?}", question.via),
        }
    }
    assert_eq!(stand.query("max(probe_success{job=\"ingress\", region=\"us-east-1\"})").await, 0.0.into());
    assert_eq!(stand.query("min(probe_success{job=\"training-api\"})").await, 0.0.into());
    let receiver = stand.value("db-west", Ask::PostgresState, &[("fact", "receiver")]).await;
    assert_eq!(receiver, "none".into());
    let age = stand.value("db-west", Ask::PostgresState, &[("fact", "receipt_age")]).await.number().unwrap();
    assert!((30.0..33.0).contains(&age), "since second 20: {age}");
}

#[tokio::test]
async fn ninety_six_cards_stand_in_two_regions() {
    let stand = Stand::new("regional-outage", 7);
    stand.clock.advance(Duration::from_secs(10));
    let mut cards = 0.0;
    for (via, nodes, name) in [("east", 8, "gaudi-e"), ("west", 4, "gaudi-w")] {
        for node in 1..=nodes {
            let labels = [("node", &*format!("{name}{node:02}")), ("fact", "gaudi_capacity")].map(|(k, v)| (k, v.to_owned()));
            let labels: Vec<(&str, &str)> = labels.iter().map(|(k, v)| (*k, v.as_str())).collect();
            cards += stand.value(via, Ask::KubernetesNodes, &labels).await.number().unwrap();
        }
    }
    assert_eq!(cards, 96.0);
    stand.clock.advance(Duration::from_secs(50));
    let fact = [("node", "gaudi-w02"), ("fact", "gaudi_allocatable")];
    assert_eq!(stand.value("west", Ask::KubernetesNodes, &fact).await, 7.0.into());
}

#[tokio::test]
async fn r03_a_refused_part_leaves_the_other_one_done_and_a_retry_sends_each_once_more_only_where_it_failed() {
    let stand = Stand::new("regional-outage", 7);
    stand.clock.advance(Duration::from_secs(60));
    let both = scale(json!(["training-api", "eval-api"]), json!("planned"));
    let preview = stand.preview(&both).await.unwrap();
    assert_eq!(preview.parts[0].change, "1 replica to 2");
    assert_eq!(preview.parts[0].before, Some(json!(1)));
    assert!(preview.requests[1].text.contains("/namespaces/prod/deployments/eval-api/scale {\"spec\":{\"replicas\":2}}"));
    let reports = stand.run_on(&both, &preview).await;
    assert_eq!(outcomes(&reports), [("training-api", "succeeded"), ("eval-api", "failed")]);
    assert!(reports[1].outcome.text().starts_with("403 Forbidden"));
    let again = scale(json!(["eval-api"]), json!({"eval-api": 2}));
    assert_eq!(outcomes(&stand.run(&again).await), [("eval-api", "succeeded")]);
    assert_eq!(stand.platform.sent("kubernetes.scale", "training-api"), 1);
    assert_eq!(stand.platform.sent("kubernetes.scale", "eval-api"), 2);
    assert!(stand.said.lock().unwrap().iter().any(|line| line == "training-api: 1 of 2 ready"));
}

#[tokio::test]
async fn r02_undo_puts_back_what_was_there() {
    let stand = Stand::new("quiet", 7);
    let call = scale(json!("eval-api"), json!(3));
    let preview = stand.preview(&call).await.unwrap();
    stand.run_on(&call, &preview).await;
    let ask = || Ask::KubernetesDeployments { namespace: "prod".into() };
    let wanted = [("deployment", "eval-api"), ("fact", "wanted")];
    assert_eq!(stand.value("west", ask(), &wanted).await, 3.0.into());
    let env = call_env("10.9.9.9");
    let before_env = stand.preview(&env).await.unwrap();
    assert_eq!(before_env.parts[0].before, Some(json!({"DB_HOST": "10.1.0.15"})));
    stand.run_on(&env, &before_env).await;
    assert_eq!(stand.preview(&env).await.unwrap().parts[0].change, "DB_HOST already so");
    assert_eq!(outcomes(&stand.undo(&env, &before_env).await), [("eval-api", "succeeded")]);
    assert_eq!(stand.preview(&env).await.unwrap().parts[0].change, "DB_HOST 10.1.0.15 to 10.9.9.9");
    assert_eq!(outcomes(&stand.undo(&call, &preview).await), [("eval-api", "succeeded")]);
    assert_eq!(stand.value("west", ask(), &wanted).await, 1.0.into());
    assert_eq!(stand.platform.sent("undo kubernetes.scale", "eval-api"), 1);
    let fenced = stand.preview(&fence()).await.unwrap();
    stand.run_on(&fence(), &fenced).await;
    assert_eq!(outcomes(&stand.undo(&fence(), &fenced).await), [("app", "succeeded")]);
    assert_eq!(stand.preview(&fence()).await.unwrap().parts[0].before, Some(json!(true)));
}

#[tokio::test]
async fn r08_what_timed_out_is_unknown_and_read_back_says_what_is_true() {
    for (fault, first, back, sent) in [
        (Fault::NextActionTimesOutAfterSending { action: "postgres.promote".into() }, "unknown", "succeeded", 1),
        (Fault::NextActionTimesOutOnItsWay { action: "postgres.promote".into() }, "unknown", "failed", 1),
        (Fault::NextActionTimesOutBeforeSending { action: "postgres.promote".into() }, "failed", "failed", 0),
    ] {
        let stand = Stand::new("regional-outage", 7);
        stand.clock.advance(Duration::from_secs(60));
        stand.platform.inject(fault.clone());
        let preview = stand.preview(&promote()).await.unwrap();
        let since = stand.clock.now();
        let reports = stand.run_on(&promote(), &preview).await;
        assert_eq!(outcomes(&reports), [("db-west", first)], "{fault:?}");
        assert!(Duration::between(since, stand.clock.now()) >= Duration::from_secs(30), "it waited for its timeout");
        let read = stand.read_back(&promote(), &preview.identity, &["db-west"], since).await;
        assert_eq!(outcomes(&read), [("db-west", back)], "{fault:?}");
        assert_eq!(stand.platform.sent("postgres.promote", "db-west"), sent, "{fault:?}");
    }
}

#[tokio::test]
async fn r08_every_action_reads_back_true_after_each_fault() {
    let calls = [
        (scale(json!("eval-api"), json!(4)), "eval-api"),
        (call_env("10.2.0.15"), "eval-api"),
        (call("kubernetes.restart", "west", json!({"namespace": "prod", "deployments": "eval-api"})), "eval-api"),
        (fence(), "app"),
        (call("postgres.write_probe", "db-east", json!({"role": "app"})), "app"),
        (promote(), "db-west"),
        (call("command.run", "", json!({"argv": ["dig", "api.gaudi3.example"]})), "dig"),
    ];
    for (call, part) in calls {
        for (fault, back) in [
            (Fault::NextActionTimesOutAfterSending { action: call.action.clone() }, "succeeded"),
            (Fault::NextActionTimesOutOnItsWay { action: call.action.clone() }, "failed"),
        ] {
            let stand = Stand::new("quiet", 7);
            stand.platform.inject(fault);
            let preview = stand.preview(&call).await.unwrap();
            let since = stand.clock.now();
            assert_eq!(outcomes(&stand.run_on(&call, &preview).await), [(part, "unknown")], "{}", call.action);
            let read = stand.read_back(&call, &preview.identity, &[part], since).await;
            assert_eq!(outcomes(&read), [(part, back)], "{}", call.action);
            assert_eq!(stand.platform.sent(&call.action, part), 1, "{}", call.action);
        }
    }
}

#[tokio::test]
async fn r14_another_server_behind_the_same_name_is_refused_before_anything_is_sent() {
    let stand = Stand::new("quiet", 7);
    let preview = stand.preview(&promote()).await.unwrap();
    assert_eq!(preview.identity.0["timeline"], "3");
    let system = Fault::IdentityChanged { connection: "db-west".into(), fact: "system".into(), value: "6001".into() };
    stand.platform.inject(system);
    let reports = stand.run_on(&promote(), &preview).await;
    assert_eq!(outcomes(&reports), [("db-west", "failed")]);
    assert!(reports[0].outcome.text().contains("nothing was sent") && reports[0].outcome.text().contains("6001"));
    let read = stand.read_back(&promote(), &preview.identity, &["db-west"], start()).await;
    assert_eq!(outcomes(&read), [("db-west", "unknown")], "another server proves nothing");
    assert_eq!(stand.platform.sent_in_all(), 0);
}

#[tokio::test]
async fn r15_a_measure_that_grows_asks_again() {
    let stand = Stand::new("quiet", 7);
    let before = stand.preview(&promote()).await.unwrap();
    stand.platform.inject(Fault::MeasureGrows { connection: "db-west".into(), bytes: 40_000_000 });
    let after = stand.preview(&promote()).await.unwrap();
    assert!(!after.must_ask_again(&before).is_empty());
    assert_eq!(stand.preview(&promote()).await.unwrap().must_ask_again(&after), Vec::<String>::new());
}

#[tokio::test]
async fn r16_figures_that_move_void_no_approval_and_are_told_as_on_a_real_server() {
    let stand = Stand::new("quiet", 7);
    let before = stand.preview(&promote()).await.unwrap();
    stand.platform.inject(Fault::MeasureGrows { connection: "db-west".into(), bytes: 9_000_000 });
    let after = stand.preview(&promote()).await.unwrap();
    assert_eq!(before.binding(), after.binding());
    let told: Vec<String> = after.effects.iter().map(|effect| effect.to_string()).collect();
    assert!(told.iter().any(|line| line == "announced by the old primary and not arrived, at most: 9 MB"), "{told:?}");
    let fenced = stand.preview(&fence()).await.unwrap();
    assert_eq!(fenced.effects[0].to_string(), "app is thrown out, its open transactions are undone: 41 sessions");
}

#[tokio::test]
async fn r19_a_fence_answers_in_three_ways() {
    let stand = Stand::new("quiet", 7);
    let login = "select rolcanlogin from pg_roles where rolname = 'app'";
    assert_eq!(stand.sql("db-east", login).await, true.into());
    let reports = stand.run(&fence()).await;
    assert_eq!(stand.sql("db-east", login).await, false.into());
    assert_eq!(outcomes(&reports), [("app", "succeeded")]);
    assert!(
        matches!(&reports[0].fence, Some(FenceAnswer::RefusesWrites { proven }) if *proven > start() && *proven <= stand.clock.now())
    );
    assert_eq!(stand.query("min(probe_success{job=\"training-api\"})").await, 1.0.into(), "the last scrape was before it");
    stand.clock.pass(Duration::from_secs(5)).await;
    assert_eq!(stand.query("min(probe_success{job=\"training-api\"})").await, 0.0.into());

    let stand = Stand::new("quiet", 7);
    stand.platform.inject(Fault::NextActionTimesOutOnItsWay { action: "postgres.fence".into() });
    let preview = stand.preview(&fence()).await.unwrap();
    stand.run_on(&fence(), &preview).await;
    let read = stand.read_back(&fence(), &preview.identity, &["app"], start()).await;
    assert!(matches!(read[0].fence, Some(FenceAnswer::StillWritable { .. })));

    stand.platform.inject(Fault::ConnectionDark { connection: "db-east".into(), how: Silence::Silent });
    let reports = stand.run_on(&fence(), &preview).await;
    assert_eq!(outcomes(&reports), [("app", "failed")]);
    assert!(matches!(&reports[0].fence, Some(FenceAnswer::Unreachable { why }) if why.contains("db-east at 10.1.0.15:5432")));
    let fault = stand.look(&fence()).await.unwrap_err();
    assert!(fault.unreachable && fault.reason.contains("db-east at 10.1.0.15:5432"), "{fault:?}");
    assert_eq!(stand.platform.sent("postgres.fence", "app"), 1);
}

#[tokio::test]
async fn r20_a_fence_replicates_and_the_new_primary_refuses_the_application_until_it_is_let_in() {
    let stand = Stand::new("quiet", 7);
    stand.run(&fence()).await;
    stand.platform.inject(Fault::MeasureGrows { connection: "db-west".into(), bytes: 4_000_000 });
    let caught_up = call("postgres.wait_caught_up", "db-west", json!({"of": "db-east"}));
    assert_eq!(outcomes(&stand.run(&caught_up).await), [("db-west", "succeeded")]);
    assert!(stand.said.lock().unwrap().iter().any(|line| line.contains("MB behind")));
    assert_eq!(outcomes(&stand.run(&promote()).await), [("db-west", "succeeded")]);
    let probe = call("postgres.write_probe", "db-west", json!({"role": "app"}));
    let refused = stand.run(&probe).await;
    assert!(refused[0].outcome.text().contains("not permitted to log in"), "{refused:?}");
    let let_in = call("postgres.allow_writes", "db-west", json!({"roles": ["app"]}));
    assert_eq!(outcomes(&stand.run(&let_in).await), [("app", "succeeded")]);
    assert_eq!(outcomes(&stand.run(&probe).await), [("app", "succeeded")]);
}

#[tokio::test]
async fn r23_a_standby_that_lost_its_primary_is_no_healthy_standby() {
    let stand = Stand::new("regional-outage", 7);
    let check = call("postgres.check_standby", "db-west", json!({}));
    assert_eq!(outcomes(&stand.run(&check).await), [("db-west", "succeeded")]);
    stand.clock.advance(Duration::from_secs(60));
    let reports = stand.run(&check).await;
    assert_eq!(outcomes(&reports), [("db-west", "failed")]);
    assert!(reports[0].outcome.text().contains("02:00:20Z"), "{reports:?}");
    assert_eq!(stand.platform.sent_in_all(), 0);
    let caught_up = call("postgres.wait_caught_up", "db-west", json!({"of": "db-east"}));
    assert!(stand.run(&caught_up).await[0].outcome.text().contains("db-east"));
}

#[tokio::test]
async fn the_whole_move_to_us_west_2_brings_every_service_back() {
    let stand = Stand::new("regional-outage", 7);
    stand.clock.pass(Duration::from_secs(60)).await;
    assert_eq!(stand.sql("db-west", "select pg_is_in_recovery()").await, true.into());
    stand.run(&scale(json!(["training-api", "eval-api"]), json!("planned"))).await;
    stand.run(&scale(json!(["eval-api"]), json!("planned"))).await;
    let preview = stand.preview(&promote()).await.unwrap();
    assert!(preview.effects.iter().any(|e| e.text.contains("after the last receipt is lost")), "{preview:?}");
    stand.run_on(&promote(), &preview).await;
    assert_eq!(stand.sql("db-west", "SELECT NOT pg_is_in_recovery();").await, true.into());
    assert_eq!(stand.preview(&call_env("10.2.0.15")).await.unwrap().identity.0["cluster"].len(), 18);
    let now = stand.platform.look(|world| world.identity("db-west"));
    assert_eq!(now.differences(&preview.identity, &["timeline", "role"]), Vec::<String>::new());
    assert_eq!(now.0["timeline"], "4");
    let all = json!(["training-api", "eval-api", "training-batch", "notebooks"]);
    let point = json!({"namespace": "prod", "deployments": all, "env": {"DB_HOST": "10.2.0.15"}});
    stand.run(&call("kubernetes.set_env", "west", point)).await;
    stand.platform.look(|world| assert_eq!(world.sent("kubernetes.set_env", "notebooks"), 1));
    stand.run(&scale(json!(["training-batch", "notebooks"]), json!("planned"))).await;
    let wait = call("kubernetes.wait", "west", json!({"namespace": "prod", "deployments": "all"}));
    // the card that comes back after seven minutes is what the last pod waits for
    stand.clock.pass(Duration::from_mins(8)).await;
    let reports = stand.run(&wait).await;
    assert!(reports.iter().all(|r| r.outcome.is_success()), "{reports:?}");
    let down = |name: &str| format!("min(probe_success{{job=\"{name}\"}})");
    assert_eq!(stand.query(&down("training-api")).await, 0.0.into(), "users are not sent there yet");

    let mut state = opened(&stand.plan, "regional-outage");
    stand.platform.follow(&state);
    stand.clock.pass(Duration::from_secs(5)).await;
    assert_eq!(stand.query(&down("training-api")).await, 0.0.into(), "nobody has confirmed it");
    for step in ["users", "batch"] {
        state.steps.insert(step.into(), StepState { status: Status::Succeeded, ..Default::default() });
        stand.platform.follow(&state);
    }
    stand.clock.pass(Duration::from_secs(5)).await;
    for service in &stand.plan.services {
        assert_eq!(stand.query(&down(&service.name)).await, 1.0.into(), "{}", service.name);
    }
}

#[tokio::test]
async fn r13_something_else_may_undo_what_was_done() {
    let stand = Stand::new("quiet", 7);
    stand.run(&scale(json!("eval-api"), json!(3))).await;
    let drift =
        Fault::ReplicasDrift { connection: "west".into(), namespace: "prod".into(), deployment: "eval-api".into(), replicas: 1 };
    stand.platform.inject(drift);
    let wanted = [("deployment", "eval-api"), ("fact", "wanted")];
    let ask = Ask::KubernetesDeployments { namespace: "prod".into() };
    assert_eq!(stand.value("west", ask, &wanted).await, 1.0.into());
}

#[tokio::test]
async fn a_lost_node_is_replaced_as_the_runbook_expects() {
    let stand = Stand::new("node-failure", 7);
    stand.clock.pass(Duration::from_secs(30)).await;
    let query = |expr: &str| stand.value("prom-east", Ask::Query { expr: expr.into() }, &[]);
    assert_eq!(query("min(up{job=\"gaudi-exporter\", region=\"us-east-1\"})").await, 0.0.into());
    assert_eq!(query("count(habanalabs_device_config{region=\"us-east-1\"})").await, 56.0.into());
    stand.clock.pass(Duration::from_mins(3)).await;
    assert_eq!(query("count(habanalabs_device_config{region=\"us-east-1\"})").await, 64.0.into());
    assert_eq!(query("min(up{job=\"gaudi-exporter\", region=\"us-east-1\"})").await, 1.0.into());
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    let stand = Stand::new("quiet", 7);
    let error = stand.platform.sources().source("prom-wset").err().unwrap();
    assert!(error.contains("prom-wset") && error.contains("prom-west"), "{error}");
    let error = stand.preview(&scale(json!("eval-apx"), json!(1))).await.unwrap_err();
    assert!(error.contains("eval-apx") && error.contains("eval-api"), "{error}");
    let error = stand.preview(&call("redis.ping", "west", json!({}))).await.unwrap_err();
    assert!(error.contains("redis.ping"), "{error}");
    let error = stand.preview(&call("postgres.promote", "west", json!({}))).await.unwrap_err();
    assert!(error.contains("west is no PostgreSQL connection"), "{error}");
}

#[tokio::test]
async fn a_stopped_run_sends_nothing_more() {
    let stand = Stand::new("quiet", 7);
    let both = scale(json!(["training-api", "eval-api"]), json!(2));
    let preview = stand.preview(&both).await.unwrap();
    let stop = CancellationToken::new();
    stop.cancel();
    let parts = preview.parts.iter().map(|p| p.name.clone()).collect();
    let order = Order { parts, identity: preview.identity.clone(), remembered: BTreeMap::new() };
    let perform = stand.platform.performers().perform(&both).unwrap();
    let reports = stand.clock.drive(perform.run(&order, &stand, &stand.dynamic(), &stop)).await;
    assert_eq!(outcomes(&reports), [("training-api", "failed"), ("eval-api", "failed")]);
    assert_eq!(stand.platform.sent_in_all(), 0);
}

#[test]
fn every_action_of_the_catalogue_is_known() {
    let stand = Stand::new("quiet", 7);
    for spec in catalogue().specs() {
        let bare = call(spec.name, "west", json!({}));
        let said = stand.platform.inspectors().inspect(&bare).err().map_or_else(String::new, |fault| fault.reason);
        assert!(!said.contains("does not know the action"), "{said}");
    }
}

/// A web shop, an API beside it, and an Alertmanager.
const WEB: &str = r#"
apiVersion: lifeboat/v1
kind: Plan
name: web
regions: [{name: east, role: primary}, {name: west, role: standby}]
connections:
  am: {region: west, alertmanager: {url: "https://am.example"}}
  api: {region: west, http: {url: "https://api.example"}}
services: [{name: shop, region: east, healthy: {http: {url: "https://shop.example/health", expect: 200}}}]
severities: [critical]
scenarios: {east-lost: {severity: critical, loses: {region: east}}}
alerts: [{name: EastLost, scenario: east-lost}]
"#;

#[tokio::test]
async fn web_servers_and_alertmanagers_answer_and_take_requests_once() {
    let plan = load_embedded("web", &[("plan.yaml", WEB)], &catalogue()).plan.unwrap();
    let stand = Stand::with(plan, "quiet", 7);
    let health = Ask::Http { path: "/health".into(), json: vec![] };
    let status = [("fact", "status")];
    assert_eq!(stand.value("https://shop.example", health.clone(), &status).await, 200.0.into());
    let asked = lifeboat::gates::questions(&stand.plan);
    assert!(asked.iter().any(|q| q.via == "am" && q.ask == Ask::Alerts), "{asked:?}");
    stand.platform.inject(Fault::RegionDark { region: "east".into() });
    assert_eq!(stand.value("am", Ask::Alerts, &[("alertname", "EastLost")]).await, "firing".into());
    assert_eq!(stand.value("api", health, &status).await, 200.0.into(), "only east is dark");

    let post = call("http.request", "api", json!({"method": "POST", "path": "/restore"}));
    assert!(stand.preview(&post).await.unwrap().identity.0.contains_key("key"));
    assert_eq!(outcomes(&stand.run(&post).await), [("api", "succeeded")]);
    stand.run(&call("http.request", "api", json!({"method": "GET", "path": "/"}))).await;
    assert_eq!(stand.platform.sent_in_all(), 1, "reading changes nothing");
    stand.platform.inject(Fault::NextActionTimesOutAfterSending { action: "http.request".into() });
    let preview = stand.preview(&post).await.unwrap();
    assert_eq!(outcomes(&stand.run_on(&post, &preview).await), [("api", "unknown")]);
    let back = stand.read_back(&post, &preview.identity, &["api"], start()).await;
    assert_eq!(outcomes(&back), [("api", "unknown")], "as a real one: a person looks");
}
