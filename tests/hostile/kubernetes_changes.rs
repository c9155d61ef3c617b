//! How changes end on a hostile Kubernetes API server.

use std::collections::BTreeMap;

use lifeboat::{
    model::{Call, Duration, Identity, Outcome},
    plan::{Connection, Connections, KubernetesLink, Link},
    systems::{Inspectors, Order, Performers, RealActors, RealPlatform},
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    cluster::{Cluster, link},
    fault::{Fault, Fault::*, harmless},
    http::{Heard, Site},
    hurry::Pace,
    kubernetes_data::LISTED,
    quiet::Quiet,
    watch::all,
};

/// How a change ends that meets it, and what is said.
const CHANGED: [(Fault, bool, &str); 15] = [
    (Silent, false, "no answer from https://127.0.0.1:"),
    (Slow, false, "no answer from https://127.0.0.1:"),
    (Cut, false, "the connection ended in the middle of the answer"),
    (Endless, false, "it answers unlike an HTTP server"),
    (Garbage, false, "it answers unlike an HTTP server"),
    (Escapes, true, "403 Forbidden"),
    (Status(307), true, "a redirect is not followed"),
    (Status(401), true, "renew it in the kubeconfig"),
    (Status(403), true, "403 Forbidden: said no"),
    (Status(404), true, "404 Not Found: said no"),
    (Status(409), true, "409 Conflict: said no"),
    (Status(429), true, "the API server turned it away before doing it"),
    (Status(500), false, "500 Internal Server Error"),
    (Status(503), false, "503 Service Unavailable"),
    (Status(504), false, "504 Gateway Timeout"),
];

fn deeds() -> [(&'static str, Value); 3] {
    [
        ("scale", json!({"deployments": ["web"], "replicas": 0})),
        ("set_env", json!({"deployments": ["web"], "env": {"DB_HOST": "db-west"}})),
        ("restart", json!({"deployments": ["web"]})),
    ]
}

fn call(deed: &str, with: Value) -> Call {
    let Value::Object(mut with) = with else { panic!("`with` is a map") };
    with.insert("namespace".into(), json!("prod"));
    Call {
        action: format!("kubernetes.{deed}"),
        via: Some("west".into()),
        with: with.into_iter().collect(),
        timeout: Duration::from_secs(6),
    }
}

fn connections(link: KubernetesLink) -> Connections {
    BTreeMap::from([("west".to_owned(), Connection { region: None, drill: false, every: None, link: Link::Kubernetes(link) })])
}

/// The outcome of one deed on a server that `fault`s where `at` says, and how many changes it saw.
async fn outcome(deed: &str, with: Value, fault: Fault, at: fn(&Heard) -> bool) -> (Outcome, usize) {
    let folder = tempfile::tempdir().unwrap();
    let pace = Pace::new();
    let site = Site::open(Cluster { deployment: "web" }, fault, at, false, &pace).await;
    let connections = connections(link(folder.path(), &site));
    let actors = RealActors::new(connections.clone(), folder.path().to_owned());
    let identity = Identity::default().with("cluster", "uid-1").with("address", site.address.as_str());
    let order = Order { parts: vec!["web".into()], identity: identity.clone(), remembered: BTreeMap::new() };
    let clock = pace.clock();
    let call = call(deed, with);
    let began = clock.now();
    let reports = actors.perform(&call).unwrap().run(&order, &Quiet, &clock, &CancellationToken::new()).await;
    let changes = site.count("PATCH");
    assert_eq!(reports.len(), 1, "{reports:?}");
    harmless(reports[0].outcome.text());
    // What looks at it then never says that it did not happen, unless the server itself says what is.
    if matches!(fault, Refused | WrongName | Expired) {
        let look = RealPlatform::new(connections, folder.path().to_owned()).inspect(&call).unwrap();
        let back = look.read_back(&order.parts, &identity, began, &clock).await;
        assert!(matches!(back[0].outcome, Outcome::Unknown { .. }), "{fault:?}: {back:?}");
        let seen = look.preview(&clock).await;
        harmless(&seen.unwrap_err().reason);
    }
    (reports.into_iter().next().unwrap().outcome, changes)
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_a_change_that_meets_a_fault_is_sent_once_and_failed_only_when_it_surely_did_nothing() {
    let each = deeds().into_iter().flat_map(|(deed, with)| CHANGED.map(|row| (deed, with.clone(), row)));
    let runs = each.map(|(deed, with, (fault, surely, said))| async move {
        let (outcome, changes) = outcome(deed, with, fault, |heard| heard.method == "PATCH").await;
        assert_eq!(changes, 1, "{deed} {fault:?}: {outcome:?}");
        match &outcome {
            Outcome::Failed { reason } => assert!(surely && reason.contains(said), "{deed} {fault:?}: {outcome:?}"),
            Outcome::Unknown { reason } => {
                assert!(!surely && reason.contains(said), "{deed} {fault:?}: {outcome:?}");
                assert!(reason.starts_with("it may have taken effect: "), "{reason}");
            }
            Outcome::Succeeded { .. } => panic!("{deed} {fault:?}: {outcome:?}"),
        }
    });
    all(runs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_before_the_server_is_proven_the_right_one_no_change_is_sent() {
    let each = deeds().into_iter().flat_map(|(deed, with)| LISTED.map(|(fault, _)| (deed, with.clone(), fault)));
    let runs = each.map(|(deed, with, fault)| async move {
        let (outcome, changes) = outcome(deed, with, fault, |heard| heard.path.ends_with("/kube-system")).await;
        assert_eq!(changes, 0, "{deed} {fault:?}: {outcome:?}");
        let sure = matches!(&outcome, Outcome::Failed { reason } if reason.starts_with("nothing was sent: "));
        assert!(sure, "{deed} {fault:?}: {outcome:?}");
    });
    all(runs).await;
}
