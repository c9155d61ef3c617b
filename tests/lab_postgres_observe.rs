//! PostgreSQL, for real: what is observed of a pair, and what is said when that fails.

#[path = "support/pair.rs"]
mod pair;
mod support;

use std::sync::Arc;

use lifeboat::{
    model::{Ask, Duration, Freshness, Question, Signal, Value},
    plan::{PostgresLink, SecretRef},
    systems::{Sink, clock::SystemClock, postgres},
};
use pair::*;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn r18_the_looking_login_cannot_change_anything() {
    let pair = Pair::up();
    let mut looking = pair.link("db-east");
    looking.act = Some(looking.observe.clone());
    let links = Links::from([("db-east".to_owned(), connection(looking))]);
    let fence = call("fence", "db-east", &[("roles", "app")], 3);
    let seen = postgres::inspect(&fence, &links).unwrap().preview(&pair.clock).await.unwrap();
    let performer = postgres::perform(&fence, &links).unwrap();
    let reports = performer.run(&order(&seen), &Told::default(), &pair.clock, &CancellationToken::new()).await;
    failed(reports, "permission denied");
    assert!(pair.application("db-east").await.is_ok());

    // The question of a plan is one statement in a read-only transaction, whoever the looking login is.
    let mut strong = pair.link("db-east");
    strong.observe = login(&pair.piece, "postgres");
    for (query, because) in [
        ("INSERT INTO orders (id) VALUES (99) RETURNING id", "read-only transaction"),
        ("SELECT 1; DROP TABLE orders", "multiple commands"),
        ("COMMIT", "no columns"),
        ("SELECT * FROM no_such_table", "does not exist"),
    ] {
        let signal = observed(
            postgres::source("db-east", &strong, &postgres::Receipts::default()),
            Ask::Sql { query: query.into() },
            answered,
        )
        .await;
        assert!(
            matches!(signal.freshness(pair.clock.now()), Freshness::Failing { ref reason, .. } if reason.contains(because)),
            "{query}: {signal:?}"
        );
    }
    let orders = pair.admin("db-east").await.row("SELECT count(*) FROM orders", &[]).await.unwrap();
    assert_eq!(orders.get::<_, i64>(0), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn r23_no_lag_without_a_connection_is_no_proof() {
    let pair = Pair::up();
    let (east, west) = (pair.link("db-east"), pair.link("db-west"));
    let receipts = postgres::Receipts::default();
    let primary = observed(postgres::source("db-east", &east, &receipts), Ask::PostgresState, answered).await;
    assert_eq!((fact(&primary, "role"), fact(&primary, "receiver")), (Some("primary".into()), None));
    assert_eq!(fact(&primary, "timeline"), Some(Value::Number(1.0)));
    assert!(matches!(fact(&primary, "connections"), Some(Value::Number(n)) if n >= 1.0));
    pair.application("db-east").await.unwrap().run("INSERT INTO orders (id) VALUES (1)").await.unwrap();
    let mut source = Some(postgres::source("db-west", &west, &receipts));
    let streams = observed(source.take().unwrap(), Ask::PostgresState, |s| fact(s, "receipt_age").is_some()).await;
    assert_eq!((fact(&streams, "role"), fact(&streams, "receiver")), (Some("standby".into()), Some("streaming".into())));
    assert_eq!(fact(&streams, "system"), fact(&primary, "system"));

    // Its receiver goes, and the primary writes on. The usual lag query does not notice.
    pair.admin("db-west").await.run("ALTER SYSTEM SET primary_conninfo = ''").await.unwrap();
    pair.admin("db-west").await.run("SELECT pg_reload_conf()").await.unwrap();
    let gone = observed(postgres::source("db-west", &west, &receipts), Ask::PostgresState, |s| {
        fact(s, "receiver") == Some("none".into())
    })
    .await;
    let age = fact(&gone, "receipt_age").and_then(|age| age.number());
    assert!(age.is_some(), "another observer than the one that heard the last message still knows its age");
    pair.admin("db-east").await.run("INSERT INTO orders SELECT g FROM generate_series(10, 5000) g").await.unwrap();
    let usual = "SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 ELSE 99 END";
    let usual = observed(postgres::source("db-west", &west, &receipts), Ask::Sql { query: usual.into() }, answered).await;
    assert_eq!(usual.sample(&[]).unwrap().value, Value::Number(0.0), "green, and wrong");
    let ahead = observed(postgres::source("db-east", &east, &receipts), Ask::PostgresState, answered).await;
    let lsn = |signal: &Signal| fact(signal, "lsn").unwrap().number().unwrap();
    assert!(lsn(&ahead) > lsn(&gone) + 100_000.0, "positions do tell");
    failed(pair.run(&call("check_standby", "db-west", &[], 5)).await, "receiver: none");
    failed(pair.run(&call("wait_caught_up", "db-west", &[("of", "db-east")], 1)).await, "got nothing for 1s; its receiver: none");
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_a_source_survives_its_server() {
    let pair = Pair::up();
    let (sink, stop, clock) = (Sink::default(), CancellationToken::new(), Arc::new(SystemClock));
    let ask = Ask::Sql { query: "SELECT pg_is_in_recovery()".into() };
    let question = Question::new("db-east", ask, Duration::from_millis(200), Some(secs(5)));
    let source = postgres::source("db-east", &pair.link("db-east"), &postgres::Receipts::default());
    let running = tokio::spawn(source.run(vec![question.clone()], sink.clone(), clock, stop.clone()));
    let becomes = async |good: fn(&Signal) -> bool| {
        let seen = async {
            loop {
                sink.changed().await;
                let signal = sink.observed().get(&question.key).cloned().unwrap();
                if good(&signal) {
                    return signal;
                }
            }
        };
        tokio::time::timeout(secs(20).std(), seen).await.expect("it becomes so")
    };
    let fresh = |s: &Signal| s.failure.is_none() && s.reading.is_some();
    assert_eq!(becomes(fresh).await.sample(&[]).unwrap().value, Value::Truth(false));
    pair.piece.script("stop-primary.sh", &[]);
    let failing = becomes(is_failing).await;
    assert!(failing.reading.is_some(), "the last good answer stays beside the failure");
    pair.piece.script("start-primary.sh", &[]);
    becomes(fresh).await;
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_a_query_keep_their_kind_and_rows_are_not_hidden() {
    let pair = Pair::up();
    let east = pair.link("db-east");
    let ask = async |query: &str| {
        observed(postgres::source("db-east", &east, &postgres::Receipts::default()), Ask::Sql { query: query.into() }, answered)
            .await
    };
    let values = async |query: &str| {
        let signal = ask(query).await;
        signal
            .reading
            .unwrap_or_else(|| panic!("{query}: {:?}", signal.failure))
            .samples
            .iter()
            .map(|s| s.value.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(values("SELECT true, 5").await, [Value::Truth(true)]);
    assert_eq!(values("SELECT 12.5::numeric").await, [Value::Number(12.5)]);
    assert_eq!(values("SELECT interval '1 hour 30 seconds'").await, [Value::Number(3630.0)]);
    assert_eq!(values("SELECT E'a\\x1b[2Jb'").await, [Value::Text("a\\u{1b}[2Jb".into())]);
    assert_eq!(values("SELECT 1 WHERE false").await, []);
    assert_eq!(values("SELECT NULL::int").await, []);
    assert_eq!(values("SELECT * FROM generate_series(1, 3)").await.len(), 3, "the gate is to complain");
    let large = ask("SELECT repeat('x', 3000000)").await;
    assert!(large.failure.unwrap().reason.contains("larger than the 1 MiB"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_connection_is_said_without_its_secret() {
    let pair = Pair::up();
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong");
    std::fs::write(&wrong, "hunter2").unwrap();
    let wrong = SecretRef::File(wrong.to_str().unwrap().into());
    type Change = Box<dyn Fn(&mut PostgresLink)>;
    let cases: Vec<(Change, &str)> = vec![
        (Box::new(move |l| l.observe.password = Some(wrong.clone())), "is not the right one"),
        (Box::new(|l| l.observe.password = None), "names none for this login"),
        (Box::new(|l| l.observe.password = Some(SecretRef::File("/no/such/secret".into()))), "/no/such/secret does not exist"),
        (Box::new(|l| l.ca = None), "not trusted here: name the right one with `ca`"),
        (Box::new(|l| l.ca = Some("/no/such/ca".into())), "/no/such/ca cannot be read"),
        // The same address as another name: the certificate is for 127.0.0.1.
        (Box::new(|l| l.host = "::ffff:127.0.0.1".into()), "is not for `::ffff:127.0.0.1`"),
        (Box::new(|l| l.host = "127.1".into()), "`127.1` is no name that a certificate can have"),
        (Box::new(|l| l.dbname = "nowhere".into()), "correct `dbname`"),
        (Box::new(|l| l.tls = Some(false)), "no encryption"),
        (Box::new(|l| l.port = Some(1)), "nothing listens at 127.0.0.1:1"),
        (Box::new(|l| l.host = "no-such-host.invalid".into()), "cannot connect to no-such-host.invalid"),
    ];
    for (change, because) in cases {
        let mut link = pair.link("db-east");
        change(&mut link);
        let signal =
            observed(postgres::source("db-east", &link, &postgres::Receipts::default()), Ask::PostgresState, answered).await;
        let reason = signal.failure.expect(because).reason;
        assert!(
            reason.contains(because) && reason.starts_with("db-east (") && !reason.contains("hunter2"),
            "expected `{because}`: {reason}"
        );
    }
}
