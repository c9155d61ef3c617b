//! How changes end on a hostile PostgreSQL server.

use std::collections::BTreeMap;

use lifeboat::{
    model::{Call, Duration, FenceAnswer, Identity, Outcome, PartReport},
    plan::{Connection, Link},
    systems::{Order, postgres},
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    fault::{Fault, Fault::*, harmless},
    hurry::Pace,
    postgres_data::{ASKED, link},
    postgres_server::{At, Server},
    quiet::Quiet,
    watch::all,
};

/// What is done, and the statement that makes the change.
#[derive(Clone, Copy, Debug)]
struct Deed {
    action: &'static str,
    with: (&'static str, &'static str),
    standby: bool,
    part: &'static str,
    change: &'static str,
}

const DEEDS: [Deed; 4] = [
    Deed { action: "fence", with: ("roles", "app"), standby: false, part: "app", change: "NOLOGIN" },
    Deed { action: "allow_writes", with: ("roles", "app"), standby: false, part: "app", change: "ALTER ROLE \"app\" LOGIN" },
    Deed { action: "promote", with: ("", ""), standby: true, part: "db", change: "SELECT pg_promote" },
    Deed { action: "write_probe", with: ("role", "app"), standby: false, part: "db", change: "COMMIT" },
];

/// One run of `deed` on a server that `fault`s, and how often it was told to make the change.
async fn run(deed: Deed, fault: Fault, at: At) -> (PartReport, usize) {
    let pace = Pace::new();
    let server = Server::open(fault, at, deed.standby, true, &pace).await;
    let connection = Connection { region: None, drill: false, every: None, link: Link::Postgres(link(&server, true)) };
    let links = BTreeMap::from([("db".to_owned(), connection)]);
    let with = [deed.with].into_iter().filter(|(field, _)| !field.is_empty());
    let call = Call {
        action: format!("postgres.{}", deed.action),
        via: Some("db".into()),
        with: with.map(|(field, value)| (field.to_owned(), json!(value))).collect(),
        timeout: Duration::from_secs(6),
    };
    let role = if deed.standby { "standby" } else { "primary" };
    let facts = [("role", role), ("system", "7412"), ("address", "10.0.0.1:5432"), ("timeline", "3")];
    let identity = facts.into_iter().fold(Identity::default(), |known, (fact, value)| known.with(fact, value));
    let order = Order { parts: vec![deed.part.into()], identity: identity.clone(), remembered: BTreeMap::new() };
    let clock = pace.clock();
    let began = clock.now();
    let performer = postgres::perform(&call, &links).unwrap();
    let reports = performer.run(&order, &Quiet, &clock, &CancellationToken::new()).await;
    assert_eq!(reports.len(), 1, "{reports:?}");
    let report = reports.into_iter().next().unwrap();
    harmless(report.outcome.text());
    let changes = server.count(deed.change);
    if at == At::Login {
        let look = postgres::inspect(&call, &links).unwrap();
        // RULES R19: a fence whose server does not answer is unreachable; one that refuses the login was reached.
        let in_vain = look.preview(&clock).await.unwrap_err();
        assert_eq!(in_vain.unreachable, !matches!(fault, Escapes | Fatal), "{fault:?}: {in_vain:?}");
        harmless(&in_vain.reason);
        let back = look.read_back(&order.parts, &identity, began, &clock).await;
        assert!(matches!(back[0].outcome, Outcome::Unknown { .. }), "{deed:?} {fault:?}: {back:?}");
        assert_eq!(server.count(deed.change), changes, "looking changes nothing");
    }
    (report, changes)
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_a_statement_that_meets_a_fault_is_sent_once_and_failed_only_when_it_surely_did_nothing() {
    let each = DEEDS.into_iter().flat_map(|deed| ASKED.map(|(fault, said)| (deed, fault, said)));
    let runs = each.map(|(deed, fault, said)| async move {
        let (report, changes) = run(deed, fault, At::Statement(deed.change)).await;
        assert_eq!(changes, 1, "{deed:?} {fault:?}: {report:?}");
        let said = if matches!(fault, Silent | Slow) { "no answer within" } else { said };
        let (surely, reason) = match &report.outcome {
            Outcome::Failed { reason } => (true, reason),
            Outcome::Unknown { reason } => (false, reason),
            Outcome::Succeeded { .. } => panic!("{deed:?} {fault:?}: {report:?}"),
        };
        // Only the server's own refusal rules an effect out.
        assert_eq!(surely, fault == Escapes, "{deed:?} {fault:?}: {report:?}");
        assert!(reason.contains(said), "{deed:?} {fault:?}: {report:?}");
        if deed.action == "fence" {
            let wanted = |answer: &FenceAnswer| match answer {
                FenceAnswer::StillWritable { .. } => surely,
                FenceAnswer::Unreachable { .. } => !surely,
                FenceAnswer::RefusesWrites { .. } => false,
            };
            assert!(report.fence.as_ref().is_some_and(wanted), "{fault:?}: {report:?}");
        }
    });
    all(runs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_without_a_login_and_proof_of_the_server_no_statement_is_sent() {
    let logins =
        [Refused, Silent, Slow, Cut, Endless, Garbage, Escapes, WrongName, Expired, Fatal].map(|fault| (fault, At::Login));
    let proofs = [Silent, Cut, Endless, Garbage, Escapes, Fatal].map(|fault| (fault, At::Statement("pg_control_system()")));
    let each = DEEDS.into_iter().flat_map(|deed| logins.into_iter().chain(proofs).map(move |(fault, at)| (deed, fault, at)));
    let runs = each.map(|(deed, fault, at)| async move {
        let (report, changes) = run(deed, fault, at).await;
        assert_eq!(changes, 0, "{deed:?} {fault:?} {at:?}: {report:?}");
        assert!(matches!(report.outcome, Outcome::Failed { .. }), "{deed:?} {fault:?} {at:?}: {report:?}");
        if deed.action == "fence" {
            assert!(!matches!(report.fence, Some(FenceAnswer::RefusesWrites { .. }) | None), "{fault:?}: {report:?}");
        }
    });
    all(runs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_a_write_that_is_not_committed_failed_whatever_became_of_its_answer() {
    let probe = Deed { change: "INSERT INTO", ..DEEDS[3] };
    let runs = ASKED.map(|(fault, _)| async move {
        let (report, changes) = run(probe, fault, At::Statement("INSERT INTO")).await;
        assert_eq!(changes, 1, "{fault:?}: {report:?}");
        assert!(matches!(report.outcome, Outcome::Failed { .. }), "{fault:?}: {report:?}");
    });
    all(runs).await;
}
