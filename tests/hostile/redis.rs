//! What a hostile Redis server's data say, and how actions on it end.

use std::collections::BTreeMap;

use lifeboat::{
    model::{Ask, Call, Duration, Identity, Outcome, Question},
    plan::{Connection, Connections, Link, Login, RedisLink, SecretRef},
    systems::{Inspectors, Order, Performers, RealActors, RealPlatform, redis},
};
use tokio_util::sync::CancellationToken;

use super::{
    certificates::Certificates,
    fault::{ESCAPES, Fault, Fault::*, harmless},
    hurry::Pace,
    quiet::Quiet,
    redis_server::Server,
    watch::{Watch, all},
};

fn link(server: &Server) -> RedisLink {
    let password = || Some(SecretRef::Command(vec!["printf".into(), "t0ps3cret".into()]));
    RedisLink {
        host: "127.0.0.1".into(),
        port: Some(server.port),
        observe: Login { user: "look".into(), password: password() },
        act: Some(Login { user: "act".into(), password: password() }),
        sentinels: vec![],
        ca: Some(Certificates::shared().ca()),
        tls: None,
    }
}

fn state(via: &str) -> Question {
    Question::new(via, Ask::RedisState, Duration::from_secs(5), Some(Duration::from_mins(10)))
}

/// What its state says instead, beside who; the fault shows in the answer to a question.
const SAID: [(Fault, &str); 9] = [
    (Refused, "(connection refused): is the server up?"),
    (Silent, "no answer within"),
    (Slow, "no answer within"),
    (Cut, "the connection was lost"),
    (Endless, "the answer is larger than allowed"),
    (Garbage, "it answers unlike Redis (is that its port?)"),
    (Escapes, "let the login's ACL user do that"),
    (WrongName, "its certificate is not for `127.0.0.1`"),
    (Expired, "its certificate has expired: renew it there"),
];

/// The same, where it shows in the answer to the login.
const LOGGED_IN: [(Fault, &str); 6] = [
    (Silent, "within 5s"),
    (Slow, "within 5s"),
    (Cut, "the connection was lost"),
    (Endless, "the answer is larger than allowed"),
    (Garbage, "it answers unlike Redis (is that its port?)"),
    (Escapes, "refuses the login: NOPERM"),
];

async fn meets(at: &'static str, fault: Fault, said: &str) {
    let watch = Watch::new();
    let hostile = Server::open(fault, at, "", true, &watch.pace).await;
    let other = Server::open(Silent, "(none)", "", true, &watch.pace).await;
    let (first, elsewhere) = (state("east"), state("west"));
    watch.begin(redis::source("east", &link(&hostile)), vec![first.clone()]);
    watch.begin(redis::source("west", &link(&other)), vec![elsewhere.clone()]);
    let reason = watch.reason(&first).await;
    assert!(reason.starts_with("east (127.0.0.1:") && reason.contains(said), "{fault:?} at {at}: {reason}");
    assert!(!reason.contains("t0ps3cret"), "{reason}");
    watch.never_answered(&first);
    watch.fresh(&elsewhere).await;
    if matches!(fault, Refused | WrongName | Expired) {
        return;
    }
    let asked = hostile.count(at) as u64;
    assert!(hostile.taken() <= asked * (16 << 20), "{} bytes taken in {asked} answers", hostile.taken());
    hostile.heal();
    watch.fresh(&first).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_each_fault_of_a_redis_server_is_said_by_its_state_and_by_no_other() {
    all(SAID.map(|(fault, said)| meets("INFO", fault, said))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_each_fault_in_the_login_to_a_redis_server_is_said_as_that() {
    all(LOGGED_IN.map(|(fault, said)| meets("AUTH", fault, said))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_server_whose_texts_hold_escape_codes_is_shown_without_them() {
    let watch = Watch::new();
    let server = Server::open(Silent, "(none)", ESCAPES, true, &watch.pace).await;
    let asked = state("east");
    watch.begin(redis::source("east", &link(&server)), vec![asked.clone()]);
    let reading = watch.fresh(&asked).await.reading.unwrap();
    assert!(reading.samples.iter().any(|sample| sample.value.to_string().contains("\\u{202e}live")), "{reading:?}");
}

/// Actions, and the command by which each changes something.
const DEEDS: [(&str, &str); 2] = [("redis.bgsave", "BGSAVE"), ("redis.fence", "CONFIG SET")];

/// How a change ends that meets it, and what is said.
const CHANGED: [(Fault, bool, &str); 6] = [
    (Silent, false, "no answer within 6s"),
    (Slow, false, "no answer within 6s"),
    (Cut, false, "the connection was lost"),
    (Endless, false, "the answer is larger than allowed"),
    (Garbage, false, "it answers unlike Redis"),
    (Escapes, true, "let the login's ACL user do that"),
];

/// The outcome of `action` on a server that `fault`s at `at`, and how many commands that begin with `change` it heard.
async fn outcome(action: &str, fault: Fault, at: &'static str, change: &str) -> (Outcome, usize) {
    let pace = Pace::new();
    let server = Server::open(fault, at, "", true, &pace).await;
    let folder = tempfile::tempdir().unwrap();
    let link = Link::Redis(link(&server));
    let connections: Connections =
        BTreeMap::from([("cache".to_owned(), Connection { region: None, drill: false, every: None, link })]);
    let call = Call { action: action.into(), via: Some("cache".into()), with: BTreeMap::new(), timeout: Duration::from_secs(6) };
    let address = format!("127.0.0.1:{}", server.port);
    let identity = Identity::default().with("address", address).with("role", "primary").with("run", "3f9a");
    let order = Order { parts: vec!["cache".into()], identity: identity.clone(), remembered: BTreeMap::new() };
    let actors = RealActors::new(connections.clone(), folder.path().to_owned());
    let clock = pace.clock();
    let began = clock.now();
    let reports = actors.perform(&call).unwrap().run(&order, &Quiet, &clock, &CancellationToken::new()).await;
    let changes = server.count(change);
    assert_eq!(reports.len(), 1, "{reports:?}");
    harmless(reports[0].outcome.text());
    // What looks at it then never says that it did not happen, unless the server itself says what is.
    if matches!(fault, Refused | WrongName | Expired) {
        let look = RealPlatform::new(connections, folder.path().to_owned()).inspect(&call).unwrap();
        let back = look.read_back(&order.parts, &identity, began, &clock).await;
        assert!(matches!(back[0].outcome, Outcome::Unknown { .. }), "{fault:?}: {back:?}");
        // RULES R19: a fence whose server does not answer has failed as unreachable, before anything is sent.
        let in_vain = look.preview(&clock).await.unwrap_err();
        assert!(in_vain.unreachable, "{fault:?}: {in_vain:?}");
        harmless(&in_vain.reason);
    }
    (reports.into_iter().next().unwrap().outcome, changes)
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_a_command_that_meets_a_fault_is_sent_once_and_failed_only_when_it_surely_did_nothing() {
    let each = DEEDS.into_iter().flat_map(|deed| CHANGED.map(|row| (deed, row)));
    let runs = each.map(|((action, change), (fault, surely, said))| async move {
        let (outcome, changes) = outcome(action, fault, change, change).await;
        assert_eq!(changes, 1, "{action} {fault:?}: {outcome:?}");
        match &outcome {
            Outcome::Failed { reason } => assert!(surely && reason.contains(said), "{action} {fault:?}: {outcome:?}"),
            Outcome::Unknown { reason } => assert!(!surely && reason.contains(said), "{action} {fault:?}: {outcome:?}"),
            Outcome::Succeeded { .. } => panic!("{action} {fault:?}: {outcome:?}"),
        }
    });
    all(runs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_without_a_login_and_proof_of_the_redis_server_no_command_that_changes_is_sent() {
    let faults = [Refused, Silent, Slow, Cut, Endless, Garbage, Escapes, WrongName, Expired];
    let each =
        DEEDS.into_iter().flat_map(|deed| ["AUTH", "INFO"].into_iter().flat_map(move |at| faults.map(|fault| (deed, at, fault))));
    let runs = each.map(|((action, change), at, fault)| async move {
        let (outcome, changes) = outcome(action, fault, at, change).await;
        assert_eq!(changes, 0, "{action} {fault:?} at {at}: {outcome:?}");
        assert!(matches!(&outcome, Outcome::Failed { .. }), "{action} {fault:?} at {at}: {outcome:?}");
    });
    all(runs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_fault_meets_succeeds() {
    for (action, change) in DEEDS {
        let (outcome, changes) = outcome(action, Silent, "(none)", change).await;
        assert!(outcome.is_success() && changes == 1, "{action}: {outcome:?}");
    }
}
