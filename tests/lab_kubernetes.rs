//! Kubernetes on a real control plane. The tests take turns on one cluster.

mod support;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use lifeboat::{
    model::{Ask, Call, Clock, Duration, Freshness, Outcome, PartReport, Preview, Question, Signal, Time, Value as Observed},
    plan::{Connections, KubernetesLogin},
    systems::{Inspect, Inspectors, Order, Performers, Progress, RealActors, RealPlatform, Sink, Sources, clock::SystemClock},
};
use serde_json::{Value, json};
use support::cluster::{Frozen, Lab};
use tokio_util::sync::CancellationToken;

#[derive(Default)]
struct Said(Mutex<Vec<(String, String)>>, Mutex<Vec<PartReport>>);

impl Progress for Said {
    fn say(&self, part: &str, text: &str) {
        self.0.lock().unwrap().push((part.into(), text.into()));
    }
    fn ended(&self, report: PartReport) {
        self.1.lock().unwrap().push(report);
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

fn call(action: &str, with: Value) -> Call {
    let Value::Object(mut with) = with else { panic!("`with` is a map") };
    with.insert("namespace".into(), json!("production"));
    let (action, via) = (action.to_owned(), Some("west".to_owned()));
    Call { action, via, with: with.into_iter().collect(), timeout: Duration::from_secs(20) }
}

fn platform(connections: &Connections) -> RealPlatform {
    RealPlatform::new(connections.clone(), PathBuf::from("/"))
}

fn look(connections: &Connections, call: &Call) -> Box<dyn Inspect> {
    platform(connections).inspect(call).unwrap()
}

async fn preview(connections: &Connections, call: &Call) -> Preview {
    look(connections, call).preview(&clock()).await.unwrap()
}

/// What the console orders once somebody agreed to `seen`.
fn order(seen: &Preview) -> Order {
    let before = |p: &lifeboat::model::PartPreview| Some((p.name.clone(), p.before.clone()?));
    Order {
        parts: seen.parts.iter().map(|p| p.name.clone()).collect(),
        identity: seen.identity.clone(),
        remembered: seen.parts.iter().filter_map(before).collect(),
    }
}

async fn run(connections: &Connections, call: &Call, order: &Order, said: &Said) -> BTreeMap<String, Outcome> {
    let actor = RealActors::new(connections.clone(), PathBuf::from("/")).perform(call).unwrap();
    let reports = actor.run(order, said, &clock(), &CancellationToken::new()).await;
    reports.into_iter().map(|r| (r.part, r.outcome)).collect()
}

async fn undo(connections: &Connections, call: &Call, order: &Order) -> BTreeMap<String, Outcome> {
    let actor = RealActors::new(connections.clone(), PathBuf::from("/")).perform(call).unwrap();
    let reports = actor.undo(order, &Said::default(), &clock(), &CancellationToken::new()).await;
    reports.into_iter().map(|r| (r.part, r.outcome)).collect()
}

fn succeeded(outcomes: &BTreeMap<String, Outcome>) -> bool {
    !outcomes.is_empty() && outcomes.values().all(Outcome::is_success)
}

async fn read_back(connections: &Connections, call: &Call, order: &Order, since: Time) -> Vec<Outcome> {
    let reports = look(connections, call).read_back(&order.parts, &order.identity, since, &clock()).await;
    reports.into_iter().map(|r| r.outcome).collect()
}

#[tokio::test]
async fn r02_scaled_down_and_back_to_the_counts_that_were_there() {
    let lab = Lab::take();
    let west = lab.usual();
    let down = call("kubernetes.scale", json!({"deployments": ["user-service", "tenant-service"], "replicas": 0}));
    let seen = preview(&west, &down).await;
    assert_eq!(seen.target, "west");
    assert_eq!(seen.parts[0].change, "3 replicas to 0");
    let server = lab.piece.text("/server");
    assert_eq!(seen.identity.0["address"], server);
    let wanted = "PATCH /apis/apps/v1/namespaces/production/deployments/user-service/scale?fieldManager=lifeboat {\"spec\":{\"replicas\":0}}";
    assert_eq!((seen.requests[0].to.as_str(), seen.requests[0].text.as_str()), (format!("{server} as lab/act").as_str(), wanted));
    assert!(seen.warnings[0].contains("autoscalers cannot be seen"), "observe may not list them: {:?}", seen.warnings);

    let since = clock().now();
    let order = order(&seen);
    let said = Said::default();
    assert!(succeeded(&run(&west, &down, &order, &said).await));
    assert_eq!(said.1.lock().unwrap().len(), 2, "each part ends for itself");
    assert_eq!((lab.replicas("user-service"), lab.replicas("tenant-service")), (0, 0));
    assert!(read_back(&west, &down, &order, since).await.iter().all(Outcome::is_success));

    // Somebody gives one of them another count meanwhile; what was remembered still holds.
    lab.kubectl(&["scale", "deployment", "-n", "production", "tenant-service", "--replicas=1"]);
    let back = platform(&west).inspect_undo(&down, &order.remembered).unwrap();
    let seen = back.preview(&clock()).await.unwrap();
    let changes: Vec<_> = seen.parts.iter().map(|p| (p.name.as_str(), p.change.as_str())).collect();
    assert_eq!(changes, [("tenant-service", "1 replica to 2"), ("user-service", "0 replicas to 3")]);
    let undone_since = clock().now();
    assert!(succeeded(&undo(&west, &down, &order).await));
    assert_eq!((lab.replicas("user-service"), lab.replicas("tenant-service")), (3, 2));
    let reports = back.read_back(&order.parts, &order.identity, undone_since, &clock()).await;
    assert!(reports.iter().all(|r| r.outcome.is_success()), "{reports:?}");
}

#[tokio::test]
async fn remembered_counts_are_a_map_and_all_means_all_of_the_namespace() {
    let lab = Lab::take();
    let west = lab.usual();
    let all = preview(&west, &call("kubernetes.scale", json!({"deployments": "all", "replicas": 2}))).await;
    let names: Vec<_> = all.parts.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["ai-service", "plugin-service", "tenant-service", "user-service"]);
    assert!(all.warnings.iter().any(|w| w == "plugin-service already has 2 replicas"), "{:?}", all.warnings);
    let by = call("kubernetes.scale", json!({"deployments": "all", "replicas": {"plugin-service": 3}}));
    let seen = preview(&west, &by).await;
    assert_eq!(seen.parts.len(), 1);
    assert!(succeeded(&run(&west, &by, &order(&seen), &Said::default()).await));
    assert_eq!(lab.replicas("plugin-service"), 3);
    assert!(succeeded(&undo(&west, &by, &order(&seen)).await));
    let wrong = call("kubernetes.scale", json!({"deployments": ["user-servise"], "replicas": 0}));
    let why = look(&west, &wrong).preview(&clock()).await.unwrap_err().reason;
    assert!(why.contains("user-servise") && why.contains("user-service"), "{why}");
}

#[tokio::test]
async fn r03_a_refusal_of_one_part_leaves_the_other_done() {
    let lab = Lab::take();
    lab.kubectl(&[
        "create",
        "role",
        "one-only",
        "-n",
        "production",
        "--verb=patch",
        "--resource=deployments/scale",
        "--resource-name=plugin-service",
    ]);
    lab.kubectl(&["create", "rolebinding", "one-only", "-n", "production", "--role=one-only", "--user=partial"]);
    lab.kubectl(&["create", "clusterrolebinding", "partial-looks", "--clusterrole=lab-observe", "--user=partial"]);
    let west = lab.connections(lab.login("observe"), lab.login_as("partial"));
    let up = call("kubernetes.scale", json!({"deployments": ["plugin-service", "tenant-service"], "replicas": 4}));
    let seen = preview(&west, &up).await;
    let since = clock().now();
    let outcomes = run(&west, &up, &order(&seen), &Said::default()).await;
    assert_eq!(outcomes["plugin-service"], Outcome::succeeded("2 replicas to 4 accepted"));
    let Outcome::Failed { reason } = &outcomes["tenant-service"] else { panic!("{outcomes:?}") };
    assert!(reason.starts_with("403 Forbidden") && reason.contains("partial") && reason.contains("tenant-service"), "{reason}");
    assert_eq!((lab.replicas("plugin-service"), lab.replicas("tenant-service")), (4, 2));
    let told = read_back(&west, &up, &order(&seen), since).await;
    assert!(told[0].is_success() && !told[1].is_success(), "{told:?}");
    // Undo only what was changed.
    let changed = Order { parts: vec!["plugin-service".into()], ..order(&seen) };
    assert!(succeeded(&undo(&west, &up, &changed).await));
    assert_eq!(lab.replicas("plugin-service"), 2);
}

#[tokio::test]
async fn r02_an_environment_rolls_once_and_its_undo_restores_values_and_absence() {
    let lab = Lab::take();
    let west = lab.usual();
    let (before, rolls) = (lab.env("tenant-service"), lab.rolls("tenant-service"));
    let set =
        call("kubernetes.set_env", json!({"deployments": ["tenant-service"], "env": {"DB_HOST": "db-west", "DB_MODE": "new"}}));
    let seen = preview(&west, &set).await;
    assert_eq!(seen.parts[0].change, "DB_HOST db-primary to db-west; DB_MODE (not set) to new");
    let since = clock().now();
    let order = order(&seen);
    assert!(succeeded(&run(&west, &set, &order, &Said::default()).await));
    let wait = call("kubernetes.wait", json!({"deployments": ["tenant-service"]}));
    let waited = run(&west, &wait, &self::order(&preview(&west, &wait).await), &Said::default()).await;
    assert!(succeeded(&waited), "{waited:?}");
    assert_eq!(lab.rolls("tenant-service"), rolls + 1, "both variables in one roll");
    let after: Value = serde_json::from_str(&lab.env("tenant-service")).unwrap();
    assert!(after.as_array().unwrap().contains(&json!({"name": "DB_MODE", "value": "new"})), "{after}");
    assert!(read_back(&west, &set, &order, since).await[0].is_success());

    let back = platform(&west).inspect_undo(&set, &order.remembered).unwrap();
    assert_eq!(back.preview(&clock()).await.unwrap().parts[0].change, "DB_HOST db-west to db-primary; DB_MODE new to (not set)");
    assert!(succeeded(&undo(&west, &set, &order).await));
    assert_eq!(lab.env("tenant-service"), before);
    let told = back.read_back(&order.parts, &order.identity, since, &clock()).await;
    assert!(told[0].outcome.is_success(), "{told:?}");
}

#[tokio::test]
async fn r08_reading_back_tells_done_from_not_done_and_says_when_it_cannot() {
    let lab = Lab::take();
    let west = lab.usual();
    let up = call("kubernetes.scale", json!({"deployments": ["user-service"], "replicas": 5}));
    let restart = call("kubernetes.restart", json!({"deployments": ["user-service"]}));
    let seen = preview(&west, &up).await;
    let order = order(&seen);

    // The console died before anything left. (As if a moment later: the history of what was before has whole seconds.)
    let since = clock().now() + Duration::from_secs(4).delta();
    let told = read_back(&west, &up, &order, since).await;
    assert!(matches!(&told[0], Outcome::Failed { reason } if reason.contains("still 3 replicas")), "{told:?}");
    assert!(matches!(read_back(&west, &restart, &order, since).await[0], Outcome::Failed { .. }));

    // It left, and the answer was lost.
    let since = clock().now();
    assert!(succeeded(&run(&west, &up, &order, &Said::default()).await));
    assert!(read_back(&west, &up, &order, since).await[0].is_success());
    assert!(succeeded(&run(&west, &restart, &order, &Said::default()).await));
    assert!(read_back(&west, &restart, &order, since).await[0].is_success());

    // Somebody else set another count since: it may have happened in between.
    lab.kubectl(&["scale", "deployment", "-n", "production", "user-service", "--replicas=3"]);
    let told = read_back(&west, &up, &order, since).await;
    assert!(matches!(&told[0], Outcome::Unknown { reason } if reason.contains("3 replicas, not 5")), "{told:?}");

    // Another server is no witness (R14).
    let moved = Order { identity: order.identity.clone().with("cluster", "another"), ..order.clone() };
    let told = read_back(&west, &up, &moved, since).await;
    assert!(matches!(&told[0], Outcome::Unknown { reason } if reason.contains("not the server of that run")), "{told:?}");
}

#[tokio::test]
async fn r14_another_cluster_than_agreed_to_gets_nothing() {
    let lab = Lab::take();
    let west = lab.usual();
    let down = call("kubernetes.scale", json!({"deployments": "all", "replicas": 0}));
    let mut order = order(&preview(&west, &down).await);
    order.identity = order.identity.with("cluster", "0d9c2f64-another");
    let outcomes = run(&west, &down, &order, &Said::default()).await;
    assert_eq!(outcomes.len(), 4);
    for outcome in outcomes.values() {
        assert!(matches!(outcome, Outcome::Failed { reason } if reason.contains("another server than agreed to")), "{outcome:?}");
    }
    assert_eq!(lab.replicas("user-service"), 3);
}

#[tokio::test]
async fn a_wait_tells_how_far_it_is_and_ends_with_words() {
    let lab = Lab::take();
    let west = lab.usual();
    // More cards than there are.
    lab.kubectl(&["scale", "deployment", "-n", "production", "ai-service", "--replicas=33"]);
    let mut wait = call("kubernetes.wait", json!({"deployments": ["ai-service"]}));
    wait.timeout = Duration::from_secs(4);
    let order = order(&preview(&west, &wait).await);
    let said = Said::default();
    let outcomes = run(&west, &wait, &order, &said).await;
    let Outcome::Failed { reason } = &outcomes["ai-service"] else { panic!("{outcomes:?}") };
    assert!(reason.starts_with("not complete within 4s: 31 of 33 ready"), "{reason}");
    assert!(said.0.lock().unwrap().iter().any(|(_, text)| text.ends_with("of 33 ready")));
    lab.kubectl(&["scale", "deployment", "-n", "production", "ai-service", "--replicas=1"]);
    assert!(succeeded(&run(&west, &wait, &order, &said).await));
}

/// A running source and what it saw.
struct Watching {
    sink: Sink,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Watching {
    fn start(connections: &Connections, questions: &[Question]) -> Self {
        let (sink, stop) = (Sink::default(), CancellationToken::new());
        sink.expect(questions);
        let source = platform(connections).source("west").unwrap();
        let task = tokio::spawn(source.run(questions.to_vec(), sink.clone(), clock(), stop.clone()));
        Watching { sink, stop, task }
    }

    fn signal(&self, question: &Question) -> Signal {
        self.sink.observed().get(&question.key).unwrap().clone()
    }

    /// Waits until the signal is `good`; how long it took.
    async fn until(&self, question: &Question, limit: u64, what: &str, good: impl Fn(&Signal, Time) -> bool) -> Duration {
        let began = clock().now();
        loop {
            let now = clock().now();
            if good(&self.signal(question), now) {
                return Duration::between(began, now);
            }
            assert!(now < began + Duration::from_secs(limit).delta(), "no {what} within {limit}s: {:?}", self.signal(question));
            // Whatever is recorded next, or the passing of time.
            let _ = tokio::time::timeout(std::time::Duration::from_millis(50), self.sink.changed()).await;
        }
    }

    async fn fresh(&self, question: &Question, limit: u64) -> Duration {
        self.until(question, limit, "fresh answer", |s, now| s.freshness(now) == Freshness::Fresh).await
    }

    async fn end(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

fn deployments() -> Question {
    Question::new("west", Ask::KubernetesDeployments { namespace: "production".into() }, Duration::from_secs(5), None)
}

fn nodes() -> Question {
    Question::new("west", Ask::KubernetesNodes, Duration::from_secs(5), None)
}

fn fact(signal: &Signal, labels: &[(&str, &str)]) -> Option<Observed> {
    signal.sample(labels).map(|s| s.value.clone())
}

#[tokio::test]
async fn watches_see_changes_within_two_seconds_also_between_their_windows() {
    let lab = Lab::take();
    let (rollouts, machines) = (deployments(), nodes());
    let watching = Watching::start(&lab.usual(), &[rollouts.clone(), machines.clone()]);
    watching.fresh(&rollouts, 10).await;
    let complete = |n: f64| {
        move |s: &Signal, _: Time| {
            fact(s, &[("deployment", "plugin-service"), ("fact", "available")]) == Some(n.into())
                && fact(s, &[("deployment", "plugin-service"), ("fact", "complete")]) == Some(true.into())
        }
    };
    watching.until(&rollouts, 10, "two plugins", complete(2.0)).await;
    for n in [3, 2, 3, 2] {
        lab.kubectl(&["scale", "deployment", "-n", "production", "plugin-service", &format!("--replicas={n}")]);
        let took = watching.until(&rollouts, 10, "new count", complete(f64::from(n))).await;
        assert!(took < Duration::from_secs(2), "{took}");
    }

    let used = |card: &'static str, n: f64| {
        move |s: &Signal, now: Time| {
            s.freshness(now) == Freshness::Fresh && fact(s, &[("node", card), ("fact", "gaudi_allocatable")]) == Some(n.into())
        }
    };
    watching.until(&machines, 10, "cards", used("gaudi-4", 7.0)).await;
    let total = |s: &Signal| -> f64 {
        let all = s.reading.iter().flat_map(|r| &r.samples).filter(|s| s.labels["fact"] == "gaudi_used");
        all.filter_map(|s| s.value.number()).sum()
    };
    watching.until(&machines, 10, "one card in use", |s, _| total(s) == 1.0).await;
    lab.kubectl(&["scale", "deployment", "-n", "production", "ai-service", "--replicas=3"]);
    watching.until(&machines, 10, "three cards in use", |s, _| total(s) == 3.0).await;
    lab.kubectl(&["scale", "deployment", "-n", "production", "ai-service", "--replicas=1"]);
    watching.until(&machines, 10, "one card in use again", |s, _| total(s) == 1.0).await;
    let signal = watching.signal(&machines);
    assert_eq!(fact(&signal, &[("node", "worker-2"), ("fact", "zone")]), Some("us-west-2b".into()));
    assert_eq!(fact(&signal, &[("node", "worker-2"), ("fact", "ready")]), Some(true.into()));
    assert_eq!(fact(&signal, &[("node", "worker-2"), ("fact", "gaudi_used")]), None, "it has no cards");
    watching.end().await;
}

#[tokio::test]
async fn r29_silence_is_proven_again_and_again() {
    let lab = Lab::take();
    let quiet =
        Question::new("west", Ask::KubernetesDeployments { namespace: "production".into() }, Duration::from_secs(1), None);
    let watching = Watching::start(&lab.usual(), std::slice::from_ref(&quiet));
    watching.fresh(&quiet, 10).await;
    let first = watching.signal(&quiet).measured().unwrap();
    // Nothing changes, and still it is measured anew for longer than it may be old.
    let until = first + Duration::from_secs(5).delta();
    watching
        .until(&quiet, 10, "newer proof", |s, now| {
            assert_eq!(s.freshness(now), Freshness::Fresh);
            s.measured().unwrap() > until
        })
        .await;
    watching.end().await;
}

async fn frozen_is_failing(server: &str) {
    let lab = Lab::take();
    let (rollouts, machines) = (deployments(), nodes());
    let watching = Watching::start(&lab.usual(), &[rollouts.clone(), machines.clone()]);
    watching.fresh(&rollouts, 10).await;
    watching.fresh(&machines, 10).await;
    let frozen = Frozen::new(&lab, server);
    let at = clock().now();
    for question in [&rollouts, &machines] {
        watching
            .until(question, 12, "failure", |s, now| {
                let allowed = Duration::between(at, now) <= question.max_age;
                let state = s.freshness(now);
                assert!(state != Freshness::Fresh || allowed, "a stale answer stayed green");
                matches!(state, Freshness::Failing { .. })
            })
            .await;
        let Freshness::Failing { reason, .. } = watching.signal(question).freshness(clock().now()) else { panic!() };
        assert!(
            reason.contains("on west: ") && (reason.contains("within 4s") || reason.contains("does not end when it should")),
            "{reason}"
        );
        assert!(watching.signal(question).reading.is_some(), "what was last seen stays beside the failure");
    }
    drop(frozen);
    watching.fresh(&rollouts, 20).await;
    watching.fresh(&machines, 20).await;
    watching.end().await;
}

#[tokio::test]
async fn r29_an_api_server_that_hangs_turns_every_answer_to_failing() {
    frozen_is_failing("kube-apiserver").await;
}

#[tokio::test]
async fn r29_an_api_server_cut_off_from_its_store_is_no_witness() {
    // It still answers health checks of its own and keeps watches open.
    frozen_is_failing("etcd").await;
}

#[tokio::test]
async fn what_one_may_not_see_does_not_blind_the_rest() {
    let lab = Lab::take();
    lab.kubectl(&["create", "role", "sees-deployments", "-n", "production", "--verb=get,list,watch", "--resource=deployments"]);
    lab.kubectl(&["create", "rolebinding", "sees-deployments", "-n", "production", "--role=sees-deployments", "--user=narrow"]);
    let (rollouts, machines) = (deployments(), nodes());
    let narrow = lab.connections(lab.login_as("narrow"), lab.login("act"));
    let watching = Watching::start(&narrow, &[rollouts.clone(), machines.clone()]);
    watching.fresh(&rollouts, 10).await;
    watching.until(&machines, 10, "failure", |s, now| matches!(s.freshness(now), Freshness::Failing { .. })).await;
    let Freshness::Failing { reason, .. } = watching.signal(&machines).freshness(clock().now()) else { panic!() };
    assert!(reason.contains("nodes on west: 403 Forbidden") && reason.contains("cannot list resource \"nodes\""), "{reason}");
    assert_eq!(watching.signal(&rollouts).freshness(clock().now()), Freshness::Fresh);
    watching.end().await;

    let stranger = lab.piece.dir().join("stranger.kubeconfig");
    let text = std::fs::read_to_string(lab.piece.text("/kubeconfigs/observe")).unwrap();
    let token = text.split("token: \"").nth(1).unwrap().split('"').next().unwrap();
    std::fs::write(&stranger, text.replace(token, "expired")).unwrap();
    let login = KubernetesLogin { context: "lab".into(), kubeconfig: Some(stranger.to_str().unwrap().into()) };
    let watching = Watching::start(&lab.connections(login, lab.login("act")), std::slice::from_ref(&rollouts));
    watching.until(&rollouts, 10, "failure", |s, now| matches!(s.freshness(now), Freshness::Failing { .. })).await;
    let Freshness::Failing { reason, .. } = watching.signal(&rollouts).freshness(clock().now()) else { panic!() };
    assert!(reason.contains("401 Unauthorized as lab/observe") && reason.contains("expired"), "{reason}");
    // A renewed token is taken from the file without a restart.
    std::fs::write(&stranger, text).unwrap();
    watching.fresh(&rollouts, 20).await;
    watching.end().await;

    let other = lab.piece.dir().join("other-authority.kubeconfig");
    std::fs::write(&other, std::fs::read_to_string(&stranger).unwrap().replace("ca.crt", "server.crt")).unwrap();
    let login = KubernetesLogin { context: "lab".into(), kubeconfig: Some(other.to_str().unwrap().into()) };
    let watching = Watching::start(&lab.connections(login, lab.login("act")), std::slice::from_ref(&rollouts));
    watching.until(&rollouts, 10, "failure", |s, now| matches!(s.freshness(now), Freshness::Failing { .. })).await;
    let Freshness::Failing { reason, .. } = watching.signal(&rollouts).freshness(clock().now()) else { panic!() };
    assert!(
        reason.contains(
            "its certificate is from an authority that is not trusted here: name the right one with `certificate-authority`"
        ),
        "{reason}"
    );
    watching.end().await;
}
