//! PostgreSQL, for real: failing over from a primary to its standby, and everything that must not go wrong on the way.

#[path = "support/pair.rs"]
mod pair;
mod support;

use lifeboat::{
    model::{Ask, FenceAnswer, Outcome, Value},
    systems::postgres,
};
use pair::*;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn r20_fence_wait_promote_let_in_write_in_that_order_and_no_other() {
    let pair = Pair::up();
    let open = pair.application("db-east").await.unwrap();
    open.run("BEGIN; INSERT INTO orders (id) VALUES (1)").await.unwrap();

    let fence = call("fence", "db-east", &[("roles", "app")], 10);
    let seen = pair.preview(&fence).await;
    assert_eq!(seen.target, "db-east");
    assert_eq!(seen.identity.0.keys().collect::<Vec<_>>(), ["address", "role", "system", "timeline"]);
    assert_eq!(seen.requests[0].text, "ALTER ROLE \"app\" NOLOGIN");
    assert!(seen.requests[0].to.ends_with(" as act"), "{:?}", seen.requests[0]);
    assert_eq!((seen.parts[0].name.as_str(), &seen.parts[0].before), ("app", &Some(true.into())));
    assert_eq!(seen.effects[0].measure.as_ref().unwrap().value, 1.0, "one session would be ended");
    assert!(seen.warnings.is_empty(), "{:?}", seen.warnings);
    assert!(pair.preview(&fence).await.must_ask_again(&seen).is_empty(), "nothing moved: consent holds");

    let before = pair.clock.now();
    let report = succeeded(pair.run_as_seen(&fence, &seen).await);
    assert!(matches!(report.fence, Some(FenceAnswer::RefusesWrites { proven }) if proven >= before), "{report:?}");
    assert!(open.run("COMMIT").await.is_err(), "its open transaction is gone");
    assert!(pair.application("db-east").await.err().unwrap().contains("not permitted to log in"));
    assert!(matches!(pair.read_back(&fence, &seen).await.fence, Some(FenceAnswer::RefusesWrites { .. })));

    let wait = call("wait_caught_up", "db-west", &[("of", "db-east")], 10);
    let caught_up = succeeded(pair.run(&wait).await);
    assert!(matches!(&caught_up.result, Some(Value::Text(lsn)) if lsn.contains('/')), "{caught_up:?}");
    succeeded(pair.run(&call("check_standby", "db-west", &[], 10)).await);

    let promote = call("promote", "db-west", &[], 15);
    assert!(
        pair.preview(&promote).await.warnings.iter().any(|w| w.contains("still holds its stream")),
        "the old primary runs: think twice"
    );
    pair.piece.script("stop-primary.sh", &[]);
    let west = pair.link("db-west");
    observed(postgres::source("db-west", &west, &postgres::Receipts::default()), Ask::PostgresState, |s| {
        fact(s, "receiver") == Some("none".into())
    })
    .await;
    let seen = pair.preview(&promote).await;
    assert_eq!((seen.requests[0].text.as_str(), seen.warnings.len()), ("SELECT pg_promote(true, 13)", 0), "{:?}", seen.warnings);
    let report = succeeded(pair.run_as_seen(&promote, &seen).await);
    assert_eq!(report.outcome.text(), "took over, on timeline 2");
    assert_eq!(pair.read_back(&promote, &seen).await.outcome.text(), "took over, on timeline 2");
    failed(pair.run_as_seen(&promote, &seen).await, "role was standby, now primary");

    let probe = call("write_probe", "db-west", &[("role", "app")], 10);
    failed(pair.run(&probe).await, "not permitted to log in");
    let allow = call("allow_writes", "db-west", &[("roles", "app")], 10);
    let seen = pair.preview(&allow).await;
    assert_eq!(seen.parts[0].change, "NOLOGIN to LOGIN");
    succeeded(pair.run_as_seen(&allow, &seen).await);
    assert!(pair.read_back(&allow, &seen).await.outcome.is_success());
    let seen = pair.preview(&probe).await;
    let report = succeeded(pair.run_as_seen(&probe, &seen).await);
    assert_eq!(report.outcome.text(), "app logged in, wrote, read and removed a row");
    let left = pair.admin("db-west").await.row("SELECT count(*) FROM lifeboat.write_probe", &[]).await.unwrap();
    assert_eq!(left.get::<_, i64>(0), 0);
    assert!(pair.preview(&probe).await.requests[0].text.starts_with("BEGIN"), "the table is there: nothing to prepare");

    // The other way: without the application's own login it is tried by SET ROLE, and that is said.
    let mut without = pair.link("db-west");
    (without.application, without.act) = (None, Some(login(&pair.piece, "postgres")));
    let links = Links::from([("db-west".to_owned(), connection(without))]);
    let seen = postgres::inspect(&probe, &links).unwrap().preview(&pair.clock).await.unwrap();
    assert!(seen.warnings.iter().any(|w| w.contains("does not prove")), "{:?}", seen.warnings);
    let performer = postgres::perform(&probe, &links).unwrap();
    let report = succeeded(performer.run(&order(&seen), &Told::default(), &pair.clock, &CancellationToken::new()).await);
    assert!(report.outcome.text().contains("SET ROLE app"), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r02_undo_of_a_fence_gives_login_back_only_to_who_had_it() {
    let pair = Pair::up();
    let admin = pair.admin("db-east").await;
    admin.run("CREATE ROLE batch NOLOGIN").await.unwrap();
    let mut fence = call("fence", "db-east", &[], 10);
    fence.with.insert("roles".into(), serde_json::json!(["app", "batch"]));
    let seen = pair.preview(&fence).await;
    assert_eq!(seen.parts[1].change, "has NOLOGIN already");
    let reports = pair.run_as_seen(&fence, &seen).await;
    assert!(reports.iter().all(|r| matches!(r.fence, Some(FenceAnswer::RefusesWrites { .. }))), "{reports:?}");

    let order = order(&seen);
    let undo = postgres::inspect_undo(&fence, &order.remembered, &pair.links).unwrap();
    let shown = undo.preview(&pair.clock).await.unwrap();
    assert_eq!(shown.requests[0].text, "ALTER ROLE \"app\" LOGIN");
    let performer = postgres::perform(&fence, &pair.links).unwrap();
    let reports = performer.undo(&order, &Told::default(), &pair.clock, &CancellationToken::new()).await;
    assert!(reports.iter().all(|r| r.outcome.is_success() && r.fence.is_none()), "{reports:?}");
    assert!(pair.application("db-east").await.is_ok());
    let login = admin.row("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'batch'", &[]).await.unwrap();
    assert!(!login.get::<_, bool>(0), "it could not log in before either");
    assert!(undo.read_back(&order.parts, &seen.identity, seen.made, &pair.clock).await.iter().all(|r| r.outcome.is_success()));
}

#[tokio::test(flavor = "multi_thread")]
async fn r19_a_fence_that_does_not_hold_says_so() {
    let pair = Pair::up();
    let admin = pair.admin("db-east").await;
    admin.run("CREATE ROLE boss LOGIN SUPERUSER").await.unwrap();
    let boss = call("fence", "db-east", &[("roles", "boss")], 3);
    assert!(pair.preview(&boss).await.warnings.iter().any(|w| w.contains("boss is a superuser")));
    let report = failed(pair.run(&boss).await, "superuser");
    assert!(matches!(report.fence, Some(FenceAnswer::StillWritable { .. })), "{report:?}");

    let nobody = call("fence", "db-east", &[("roles", "nobody")], 3);
    assert!(pair.preview(&nobody).await.warnings.iter().any(|w| w.contains("no role nobody")));
    failed(pair.run(&nobody).await, "does not exist");

    // LOGIN goes, but sessions that cannot be ended go on writing.
    admin.run("REVOKE pg_signal_backend FROM act").await.unwrap();
    let open = pair.application("db-east").await.unwrap();
    let fence = call("fence", "db-east", &[("roles", "app")], 3);
    let seen = pair.preview(&fence).await;
    let report = failed(pair.run_as_seen(&fence, &seen).await, "its sessions go on");
    assert!(matches!(report.fence, Some(FenceAnswer::StillWritable { .. })), "{report:?}");
    open.run("INSERT INTO orders (id) VALUES (7)").await.unwrap();
    let back = pair.read_back(&fence, &seen).await;
    assert!(matches!(&back.fence, Some(FenceAnswer::StillWritable { why }) if why.contains("1 of its sessions")), "{back:?}");

    // Others who could write are named, and Lifeboat does not lock itself out.
    let other = call("fence", "db-east", &[("roles", "repl")], 3);
    let warnings = pair.preview(&other).await.warnings;
    assert!(
        warnings.iter().any(|w| w.starts_with("app is connected too"))
            && warnings.iter().any(|w| w.starts_with("postgres is connected too")),
        "{warnings:?}"
    );
    assert!(
        postgres::perform(&call("fence", "db-east", &[("roles", "act")], 3), &pair.links)
            .err()
            .unwrap()
            .reason
            .contains("own login")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r19_a_server_that_cannot_be_reached_is_unreachable_and_nothing_was_sent() {
    let pair = Pair::up();
    let fence = call("fence", "db-east", &[("roles", "app")], 1);
    let seen = pair.preview(&fence).await;
    pair.piece.script("freeze-primary.sh", &[]);
    let report = failed(pair.run_as_seen(&fence, &seen).await, "did not let us in within 1s");
    assert!(matches!(report.fence, Some(FenceAnswer::Unreachable { .. })), "{report:?}");
    assert!(matches!(pair.read_back(&fence, &seen).await.outcome, Outcome::Unknown { .. }));
    pair.piece.script("thaw-primary.sh", &[]);
    pair.piece.script("stop-primary.sh", &[]);
    let report = failed(pair.run_as_seen(&fence, &seen).await, "connection refused");
    assert!(matches!(report.fence, Some(FenceAnswer::Unreachable { .. })), "{report:?}");
    pair.piece.script("start-primary.sh", &[]);
    assert!(pair.application("db-east").await.is_ok(), "it was never fenced");
}

#[tokio::test(flavor = "multi_thread")]
async fn r19_a_fence_whose_answer_is_lost_is_unknown_until_read_back() {
    let pair = Pair::up();
    let admin = pair.admin("db-east").await;
    // Somebody holds the role's row, so that the statement is under way when the server hangs.
    admin.run("BEGIN; ALTER ROLE app CONNECTION LIMIT 9").await.unwrap();
    let fence = call("fence", "db-east", &[("roles", "app")], 4);
    let seen = pair.preview(&fence).await;
    let waits = async {
        let looker = pair.admin("db-east").await;
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'ALTER ROLE%NOLOGIN' AND wait_event_type = 'Lock'";
        while looker.row(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {}
        pair.piece.script("freeze-primary.sh", &[]);
    };
    let (reports, ()) = tokio::join!(pair.run_as_seen(&fence, &seen), waits);
    let report = only(reports);
    assert!(matches!(&report.outcome, Outcome::Unknown { reason } if reason.contains("no answer within 4s")), "{report:?}");
    assert!(matches!(report.fence, Some(FenceAnswer::Unreachable { .. })), "{report:?}");
    pair.piece.script("thaw-primary.sh", &[]);
    drop(admin);
    let back = pair.read_back(&fence, &seen).await;
    assert!(!matches!(back.outcome, Outcome::Unknown { .. }), "thawed, the server says which: {back:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r14_another_server_behind_the_same_name_is_refused_before_anything_is_sent() {
    let mut pair = Pair::up();
    let fence = call("fence", "db-east", &[("roles", "app")], 3);
    let seen = pair.preview(&fence).await;
    let moved = pair.links["db-west"].clone();
    let east = pair.links.insert("db-east".into(), moved).unwrap();
    failed(pair.run_as_seen(&fence, &seen).await, "not the server that was agreed to: address was");
    let back = pair.read_back(&fence, &seen).await;
    assert!(matches!(&back.outcome, Outcome::Unknown { reason } if reason.contains("not the server")), "{back:?}");
    pair.links.insert("db-east".into(), east);
    assert!(pair.application("db-east").await.is_ok(), "LOGIN was not touched");

    // A wait that would compare positions of two clusters, or of a standby with itself.
    let itself = call("wait_caught_up", "db-west", &[("of", "db-west")], 3);
    failed(pair.run(&itself).await, "is a standby itself");
    let other = Pair::up();
    pair.links.insert("db-other".into(), other.links["db-east"].clone());
    failed(pair.run(&call("wait_caught_up", "db-west", &[("of", "db-other")], 3)).await, "of another cluster");
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_a_promotion_past_its_deadline_is_unknown_and_read_back_tells() {
    let pair = Pair::up();
    let promote = call("promote", "db-west", &[], 6);
    let seen = pair.preview(&promote).await;
    // What replays hangs, so that the server cannot heed; then all of it does, so that it cannot answer.
    let postmaster = pair.piece.number("/pids/replica");
    let startup: Vec<_> =
        children(postmaster).into_iter().filter(|(_, args)| args.contains("startup")).map(|(pid, _)| pid).collect();
    signal_all(&startup, "-STOP");
    let told = Told::default();
    let freeze = async {
        told.1.notified().await;
        let looker = pair.admin("db-west").await;
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_promote%' AND state = 'active'";
        while looker.row(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {}
        let back = pair.read_back(&promote, &seen).await;
        assert!(matches!(&back.outcome, Outcome::Unknown { reason } if reason.contains("being carried out")), "{back:?}");
        // The first process first: after that none of its children comes or goes.
        signal_all(&[postmaster.to_string()], "-STOP");
        let mut all: Vec<String> = children(postmaster).into_iter().map(|(pid, _)| pid).collect();
        signal_all(&all, "-STOP");
        all.push(postmaster.to_string());
        all
    };
    let performer = postgres::perform(&promote, &pair.links).unwrap();
    let (order, stop) = (order(&seen), CancellationToken::new());
    let (reports, frozen) = tokio::join!(performer.run(&order, &told, &pair.clock, &stop), freeze);
    let report = only(reports);
    assert!(matches!(&report.outcome, Outcome::Unknown { reason } if reason.contains("read it back")), "{report:?}");
    let hanging = call("promote", "db-west", &[], 1);
    let back = pair.read_back(&hanging, &seen).await;
    assert!(matches!(back.outcome, Outcome::Unknown { .. }), "{back:?}");
    signal_all(&frozen, "-CONT");
    let until = pair.clock.now() + secs(20).delta();
    let back = loop {
        let back = pair.read_back(&promote, &seen).await;
        if !matches!(back.outcome, Outcome::Unknown { .. }) {
            break back;
        }
        assert!(pair.clock.now() < until, "{back:?}");
    };
    assert_eq!(back.outcome.text(), "took over, on timeline 2");
}
