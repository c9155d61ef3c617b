//! Redis and Sentinel, for real: failing over from a primary to its replica, and everything that must not go wrong on
//! the way.

#[path = "support/cache.rs"]
mod cache;
#[path = "support/pair.rs"]
mod pair;
mod support;

use cache::*;
use lifeboat::{
    gates,
    model::{Ask, Duration, FenceAnswer, Freshness, Outcome, Signal, Value},
    plan::{Link, Login, RedisLink, SecretRef},
    systems::redis::{self, Limits, Server},
};
use pair::{Told, answered, fact, failed, observed, only, order, secs, succeeded};
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn r08_fence_wait_and_fail_over_until_both_servers_and_the_sentinel_agree() {
    let cache = Cache::up();
    assert_eq!(cache.says("redis-east", "app", &["SET", "cart", "7"]).await, Ok("OK".into()));

    let fence = call("fence", "redis-east", &[], 10);
    let seen = cache.preview(&fence).await;
    assert_eq!(seen.identity.0.keys().collect::<Vec<_>>(), ["address", "role", "run"]);
    assert_eq!(seen.requests[0].text, "CONFIG SET min-replicas-to-write 1000000");
    assert!(seen.requests[0].to.ends_with(" as act"), "{:?}", seen.requests[0]);
    assert_eq!((seen.parts[0].change.as_str(), &seen.parts[0].before), ("min-replicas-to-write 0 to 1000000", &Some(0.into())));
    assert!(seen.warnings.is_empty() && seen.effects[0].measure.is_some(), "{seen:?}");
    let before = cache.clock.now();
    let report = succeeded(cache.run_as_seen(&fence, &seen).await);
    assert!(matches!(report.fence, Some(FenceAnswer::RefusesWrites { proven }) if proven >= before), "{report:?}");
    assert!(cache.says("redis-east", "app", &["SET", "cart", "8"]).await.unwrap_err().contains("NOREPLICAS"));
    assert!(matches!(cache.read_back(&fence, &seen).await.fence, Some(FenceAnswer::RefusesWrites { .. })));

    let wait = call("wait_caught_up", "redis-west", &[("of", "redis-east")], 10);
    assert!(matches!(succeeded(cache.run(&wait).await).result, Some(Value::Number(offset)) if offset > 0.0));
    let check = call("check_quorum", "redis-west", &[("master", "cache")], 10);
    assert!(succeeded(cache.run(&check).await).outcome.text().contains("OK 3 usable Sentinels"));
    failed(cache.run(&call("check_quorum", "redis-east", &[("master", "cache")], 10)).await, "is a primary already");

    let fail_over = call("sentinel_failover", "redis-west", &[("master", "cache"), ("of", "redis-east")], 25);
    let seen = cache.preview(&fail_over).await;
    assert_eq!(seen.target, "redis-west");
    assert_eq!(seen.requests[0].text, "SENTINEL FAILOVER cache");
    assert_eq!(seen.identity.0.keys().collect::<Vec<_>>(), ["address", "primary", "role", "run", "sentinel"]);
    assert!(seen.warnings.is_empty(), "{:?}", seen.warnings);
    assert!(seen.effects[1].measure.as_ref().is_some_and(|m| m.acceptable), "{:?}", seen.effects);
    let told = Told::default();
    let report = succeeded(cache.run_telling(&fail_over, &seen, &told, &CancellationToken::new()).await);
    assert_eq!(report.outcome.text(), "redis-west took over; the old primary follows it");
    let told = told.0.into_inner().unwrap();
    assert!(told.iter().any(|words| words.contains("still says that it is one")), "for seconds there were two: {told:?}");
    assert!(cache.says("redis-east", "observe", &["INFO", "replication"]).await.unwrap().contains("role:slave"));
    assert_eq!(cache.says("redis-west", "app", &["GET", "cart"]).await, Ok("7".into()));
    assert_eq!(cache.says("redis-west", "app", &["SET", "cart", "9"]).await, Ok("OK".into()));
    // The Sentinel knows the new primary by its run id only when it has asked it again.
    let until = cache.clock.now() + secs(15).delta();
    loop {
        let back = cache.read_back(&fail_over, &seen).await;
        if back.outcome.is_success() {
            break;
        }
        assert!(matches!(back.outcome, Outcome::Unknown { .. }) && cache.clock.now() < until, "{back:?}");
    }
    failed(cache.run_as_seen(&fail_over, &seen).await, "not the server that was agreed to");
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_a_failover_that_is_no_longer_watched_is_unknown_and_read_back_tells() {
    let cache = Cache::up();
    // Nobody names the old primary: the Sentinel's word for it counts.
    let fail_over = call("sentinel_failover", "redis-west", &[("master", "cache")], 20);
    let seen = cache.preview(&fail_over).await;
    assert!(seen.effects[1].text.contains("name the primary in `of`"), "{:?}", seen.effects);
    let (told, stop) = (Told::default(), CancellationToken::new());
    let ended = async {
        told.1.notified().await;
        stop.cancel();
    };
    let (reports, ()) = tokio::join!(cache.run_telling(&fail_over, &seen, &told, &stop), ended);
    let report = only(reports);
    assert!(matches!(&report.outcome, Outcome::Unknown { reason } if reason.contains("read it back")), "{report:?}");
    let until = cache.clock.now() + secs(30).delta();
    let back = loop {
        let back = cache.read_back(&fail_over, &seen).await;
        if !matches!(back.outcome, Outcome::Unknown { .. }) {
            break back;
        }
        assert!(cache.clock.now() < until, "{back:?}");
    };
    assert_eq!(back.outcome.text(), "redis-west took over; the old primary follows it");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sentinel_is_asked_when_one_is_gone_and_none_without_a_quorum() {
    let mut cache = Cache::up();
    let check = call("check_quorum", "redis-west", &[("master", "cache")], 10);
    cache.signal("sentinel-0", "-KILL");
    let seen = cache.preview(&check).await;
    assert!(seen.identity.0["sentinel"].starts_with("sentinel-1 run "), "{:?}", seen.identity);
    // A gate sees what the Sentinel sees. It calls its dead colleagues gone only after half a minute.
    let Link::Sentinel(link) = cache.links["sentinel-1"].link.clone() else { unreachable!() };
    let ask = Ask::SentinelState { master: "cache".into() };
    let view = observed(redis::sentinel_source("sentinel-1", &link), ask.clone(), answered).await;
    assert_eq!((fact(&view, "up"), fact(&view, "ok_replicas")), (Some(true.into()), Some(1.0.into())));
    assert_eq!((fact(&view, "sentinels"), fact(&view, "quorum")), (Some(3.0.into()), Some(2.0.into())));
    let none = Ask::SentinelState { master: "cash".into() };
    let unknown = observed(redis::sentinel_source("sentinel-1", &link), none, answered).await;
    assert!(unknown.failure.unwrap().reason.contains("No such master"));

    // One Sentinel, of which two are asked for, can never have a quorum.
    let admin = Server::sentinel("sentinel-1", &lifeboat::plan::SentinelLink { act: Some(login(&cache.piece, "admin")), ..link });
    let admin = admin.open(redis::link::As::Act, secs(5), &cache.clock).await.unwrap();
    admin.ask(&["SENTINEL", "SET", "cache", "quorum", "4"]).await.unwrap();
    failed(cache.run(&check).await, "NOQUORUM");
    admin.ask(&["SENTINEL", "SET", "cache", "quorum", "2"]).await.unwrap();

    // A Sentinel that would take another one, or none, is not asked to fail over.
    let fail_over = call("sentinel_failover", "redis-west", &[("master", "cache")], 10);
    let seen = cache.preview(&fail_over).await;
    cache.change("redis-west", |link| link.sentinels = vec!["sentinel-2".into()]);
    failed(cache.run_as_seen(&fail_over, &seen).await, "sentinel was sentinel-1");
    cache.change("redis-west", |link| link.sentinels.clear());
    assert!(redis::perform(&fail_over, &cache.links).err().unwrap().reason.contains("names no Sentinel"));
}

#[tokio::test(flavor = "multi_thread")]
async fn r02_undo_of_a_fence_restores_what_was_there_before() {
    let cache = Cache::up();
    cache.says("redis-east", "admin", &["CONFIG", "SET", "min-replicas-to-write", "1"]).await.unwrap();
    let fence = call("fence", "redis-east", &[], 5);
    let seen = cache.preview(&fence).await;
    assert_eq!(seen.parts[0].before, Some(1.into()));
    succeeded(cache.run_as_seen(&fence, &seen).await);
    let order = order(&seen);
    let undo = redis::inspect_undo(&fence, &order.remembered, &cache.links).unwrap();
    assert_eq!(undo.preview(&cache.clock).await.unwrap().requests[0].text, "CONFIG SET min-replicas-to-write 1");
    let performer = redis::perform(&fence, &cache.links).unwrap();
    let report = succeeded(performer.undo(&order, &Told::default(), &cache.clock, &CancellationToken::new()).await);
    assert_eq!((report.outcome.text(), &report.fence), ("min-replicas-to-write is 1 again", &None));
    assert_eq!(cache.says("redis-east", "app", &["SET", "cart", "7"]).await, Ok("OK".into()));
    assert!(undo.read_back(&order.parts, &seen.identity, seen.made, &cache.clock).await[0].outcome.is_success());

    succeeded(cache.run(&fence).await);
    succeeded(cache.run(&call("allow_writes", "redis-east", &[], 5)).await);
    assert_eq!(cache.says("redis-east", "app", &["SET", "cart", "8"]).await, Ok("OK".into()));
    // As many as it never has: it says that it still refuses.
    let mut many = call("allow_writes", "redis-east", &[], 5);
    many.with.insert("min_replicas".into(), 3.into());
    failed(cache.run(&many).await, "a write needs 3 replicas, and it has 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn r19_a_fence_has_three_answers() {
    let cache = Cache::up();
    let fence = call("fence", "redis-east", &[], 1);
    let seen = cache.preview(&fence).await;
    // The feature is off: more replicas than there are is then no reason to refuse.
    cache.says("redis-east", "admin", &["CONFIG", "SET", "min-replicas-max-lag", "0"]).await.unwrap();
    let report = failed(cache.run_as_seen(&fence, &seen).await, "min-replicas-max-lag is 0");
    assert!(matches!(report.fence, Some(FenceAnswer::StillWritable { .. })), "{report:?}");
    assert_eq!(cache.says("redis-east", "app", &["SET", "cart", "7"]).await, Ok("OK".into()));
    let west = call("fence", "redis-west", &[], 5);
    assert!(cache.preview(&west).await.warnings.iter().any(|w| w.contains("is a replica")));
    failed(cache.run(&west).await, "fence the primary");

    cache.signal("primary", "-STOP");
    let report = failed(cache.run_as_seen(&fence, &seen).await, "did not let us in within 1s");
    assert!(matches!(report.fence, Some(FenceAnswer::Unreachable { .. })), "{report:?}");
    let back = cache.read_back(&fence, &seen).await;
    assert!(matches!((&back.outcome, &back.fence), (Outcome::Unknown { .. }, Some(FenceAnswer::Unreachable { .. }))), "{back:?}");
    cache.kill("redis-east", "primary");
    let report = failed(cache.run_as_seen(&fence, &seen).await, "connection refused");
    assert!(matches!(report.fence, Some(FenceAnswer::Unreachable { .. })), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_a_snapshot_that_never_was_is_no_recovery_point_and_bgsave_makes_one() {
    let cache = Cache::up();
    let east = cache.link("redis-east");
    let ask = async || observed(redis::source("redis-east", &east), Ask::RedisState, answered).await;
    let point =
        |signal: &Signal| gates::redis::last_save(signal.reading.as_ref().unwrap()).map(|(value, _)| value.number().unwrap());
    let never = ask().await;
    assert_eq!((fact(&never, "save_ok"), fact(&never, "save_age")), (Some(true.into()), None), "its own word is `ok`");
    assert!(point(&never).unwrap_err().contains("no snapshot since it started"));

    let save = call("bgsave", "redis-east", &[], 10);
    let seen = cache.preview(&save).await;
    assert_eq!(
        (seen.requests[0].text.as_str(), seen.parts[0].change.as_str()),
        ("BGSAVE", "its first snapshot since it started")
    );
    assert!(matches!(cache.read_back(&save, &seen).await.outcome, Outcome::Failed { .. }), "nothing was sent yet");
    let began = cache.clock.now().timestamp() as f64;
    assert!(succeeded(cache.run_as_seen(&save, &seen).await).outcome.text().contains("the 1st since"));
    assert!(cache.read_back(&save, &seen).await.outcome.is_success());
    assert!((point(&ask().await).unwrap() - began).abs() < 5.0);

    // A slow one is watched to its end, and no second one is begun meanwhile.
    for key in ["a", "b", "c"] {
        cache.says("redis-east", "app", &["SET", key, "x"]).await.unwrap();
    }
    cache.says("redis-east", "admin", &["CONFIG", "SET", "rdb-key-save-delay", "700000"]).await.unwrap();
    let (told, stop) = (Told::default(), CancellationToken::new());
    let second = async {
        told.1.notified().await;
        let warned = cache.preview(&save).await;
        assert!(warned.warnings.iter().any(|w| w.contains("being written already")), "{:?}", warned.warnings);
        assert!(matches!(cache.read_back(&save, &warned).await.outcome, Outcome::Unknown { .. }));
        failed(cache.run_as_seen(&save, &warned).await, "Background save already in progress");
    };
    let (reports, ()) = tokio::join!(cache.run_telling(&save, &seen, &told, &stop), second);
    assert!(succeeded(reports).outcome.text().contains("the 2nd since"));
    assert!(told.0.into_inner().unwrap().iter().any(|words| words.starts_with("writing the snapshot")));

    std::fs::remove_dir_all(cache.piece.dir().join("primary")).unwrap();
    failed(cache.run(&save).await, "could not write the snapshot");
    let worse = ask().await;
    assert_eq!(fact(&worse, "save_ok"), Some(false.into()));
    assert!(point(&worse).is_ok(), "the older one is still a point");
}

#[tokio::test(flavor = "multi_thread")]
async fn r23_a_replica_that_is_cut_off_is_never_connected_whatever_its_lag() {
    let cache = Cache::up();
    let (east, west) = (cache.link("redis-east"), cache.link("redis-west"));
    let facts = async |name: &str, link: &RedisLink, good: &dyn Fn(&Signal) -> bool| {
        observed(redis::source(name, link), Ask::RedisState, good).await
    };
    let primary = facts("redis-east", &east, &answered).await;
    assert_eq!((fact(&primary, "role"), fact(&primary, "link")), (Some("primary".into()), None));
    let connected = facts("redis-west", &west, &answered).await;
    assert_eq!((fact(&connected, "role"), fact(&connected, "link")), (Some("replica".into()), Some("up".into())));
    assert_eq!(fact(&connected, "replid"), fact(&primary, "replid"));
    let holds = |signal: &Signal| gates::redis::holds(signal.reading.as_ref().unwrap(), None);
    assert!(holds(&connected).holds(), "{connected:?}");

    // One observer all along: it remembers when the primary was last heard.
    let (sink, stop) = (lifeboat::systems::Sink::default(), CancellationToken::new());
    let question = lifeboat::model::Question::new("redis-west", Ask::RedisState, Duration::from_millis(200), None);
    let source = redis::source("redis-west", &west);
    let running = tokio::spawn(source.run(vec![question.clone()], sink.clone(), cache.clock.clone(), stop.clone()));
    let becomes = async |good: &dyn Fn(&Signal) -> bool| {
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
    becomes(&|signal| fact(signal, "heard_age").is_some()).await;
    cache.says("redis-east", "admin", &["ACL", "SETUSER", "repl", "off"]).await.unwrap();
    cache.says("redis-east", "admin", &["CLIENT", "KILL", "TYPE", "replica"]).await.unwrap();
    for n in 0..100 {
        cache.says("redis-east", "app", &["SET", "cart", &n.to_string()]).await.unwrap();
    }
    let cut = becomes(&|signal| {
        fact(signal, "link") == Some("down".into()) && fact(signal, "heard_age").is_some_and(|age| age.number() >= Some(1.0))
    })
    .await;
    stop.cancel();
    running.await.unwrap();
    let judged = holds(&cut);
    assert!(!judged.holds() && judged.words.contains("lag 0 means nothing"), "{judged:?}");
    let ahead = facts("redis-east", &east, &|s| fact(s, "written").is_none()).await;
    assert!(fact(&ahead, "offset").unwrap().number() > fact(&cut, "offset").unwrap().number(), "offsets do tell");

    failed(cache.run(&call("wait_caught_up", "redis-west", &[("of", "redis-east")], 1)).await, "its link: down");
    failed(cache.run(&call("check_quorum", "redis-east", &[("master", "cache")], 5)).await, "is a primary already");
    let seen = cache.preview(&call("sentinel_failover", "redis-west", &[("master", "cache"), ("of", "redis-east")], 5)).await;
    for words in ["is cut off from its primary", "still takes writes"] {
        assert!(seen.warnings.iter().any(|w| w.contains(words)), "{:?}", seen.warnings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r14_another_server_behind_the_same_name_is_refused_before_anything_is_sent() {
    let mut cache = Cache::up();
    let fence = call("fence", "redis-east", &[], 3);
    let seen = cache.preview(&fence).await;
    let (east, west) = (cache.link("redis-east"), cache.link("redis-west"));
    cache.change("redis-east", |link| *link = west.clone());
    failed(cache.run_as_seen(&fence, &seen).await, "not the server that was agreed to: address was");
    let back = cache.read_back(&fence, &seen).await;
    assert!(matches!(&back.outcome, Outcome::Unknown { reason } if reason.contains("run was")), "{back:?}");
    cache.change("redis-east", |link| *link = east.clone());
    assert_eq!(cache.says("redis-east", "app", &["SET", "cart", "7"]).await, Ok("OK".into()), "it was never fenced");
    let itself = call("wait_caught_up", "redis-west", &[("of", "redis-west")], 3);
    failed(cache.run(&itself).await, "is a replica itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn r18_the_looking_login_cannot_change_anything() {
    let mut cache = Cache::up();
    cache.change("redis-east", |link| link.act = Some(link.observe.clone()));
    let report = failed(cache.run(&call("fence", "redis-east", &[], 3)).await, "NOPERM");
    assert!(matches!(report.fence, Some(FenceAnswer::StillWritable { .. })), "{report:?}");
    failed(cache.run(&call("bgsave", "redis-east", &[], 3)).await, "NOPERM");
    let text = succeeded(cache.run(&call("ping", "redis-west", &[], 3)).await).outcome.text().to_owned();
    assert!(text.starts_with("answers observe and act within "), "{text}");
    cache.change("redis-west", |link| link.act = None);
    assert!(redis::perform(&call("bgsave", "redis-west", &[], 3), &cache.links).err().unwrap().reason.contains("no `act` login"));
    let text = succeeded(cache.run(&call("ping", "redis-west", &[], 3)).await).outcome.text().to_owned();
    assert!(text.starts_with("answers observe within "), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_a_server_that_hangs_is_failing_and_one_that_wakes_is_fresh_again() {
    let cache = Cache::up();
    let limits = Limits { connect: Duration::from_millis(400), answer: Duration::from_millis(400), ..Limits::default() };
    let server = Server::redis("redis-east", &cache.link("redis-east"));
    let mut first = Some(redis::observe::source_within(server.clone(), limits));
    let fresh = |signal: &Signal| signal.failure.is_none() && signal.reading.is_some();
    observed(first.take().unwrap(), Ask::RedisState, fresh).await;
    cache.signal("primary", "-STOP");
    let hangs = observed(redis::observe::source_within(server.clone(), limits), Ask::RedisState, answered).await;
    assert!(hangs.failure.as_ref().unwrap().reason.contains("does it hang?"), "{hangs:?}");
    cache.signal("primary", "-CONT");
    observed(redis::observe::source_within(server.clone(), limits), Ask::RedisState, fresh).await;
    let tiny = Limits { bytes: 2_000, ..limits };
    let large = observed(redis::observe::source_within(server, tiny), Ask::RedisState, answered).await;
    assert!(large.failure.unwrap().reason.contains("larger than allowed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_connection_is_said_without_its_secret() {
    let cache = Cache::up();
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong");
    std::fs::write(&wrong, "hunter2").unwrap();
    let wrong = SecretRef::File(wrong.to_str().unwrap().into());
    let weak = login(&cache.piece, "app");
    let sentinel = cache.piece.number("/sentinels/0/port") as u16;
    type Change = Box<dyn Fn(&mut RedisLink)>;
    let cases: Vec<(Change, &str)> = vec![
        (Box::new(move |l| l.observe.password = Some(wrong.clone())), "is not the right one"),
        (Box::new(|l| l.observe.password = None), "names no `password` for this login"),
        (Box::new(|l| l.observe = Login { user: "default".into(), password: None }), "names no `password` for this login"),
        (Box::new(move |l| l.observe = weak.clone()), "let the login's ACL user do that"),
        (Box::new(|l| l.observe.password = Some(SecretRef::File("/no/such/secret".into()))), "/no/such/secret does not exist"),
        (Box::new(|l| l.ca = None), "not trusted here: name the right one with `ca`"),
        (Box::new(|l| l.ca = Some("/no/such/ca".into())), "/no/such/ca cannot be read"),
        // The same address as another name: the certificate is for 127.0.0.1.
        (Box::new(|l| l.host = "::ffff:127.0.0.1".into()), "is not for `::ffff:127.0.0.1`"),
        (Box::new(|l| l.host = "127.1".into()), "`127.1` is no name that a certificate can have"),
        (Box::new(|l| l.tls = Some(false)), "does it want TLS?"),
        (Box::new(|l| l.port = Some(1)), "nothing listens at 127.0.0.1:1"),
        (Box::new(move |l| l.port = Some(sentinel)), "it is a Sentinel"),
    ];
    for (change, because) in cases {
        let mut link = cache.link("redis-east");
        change(&mut link);
        let signal = observed(redis::source("redis-east", &link), Ask::RedisState, answered).await;
        let Freshness::Failing { reason, .. } = signal.freshness(cache.clock.now()) else { panic!("{because}: {signal:?}") };
        assert!(
            reason.contains(because) && reason.starts_with("redis-east (") && !reason.contains("hunter2"),
            "expected `{because}`: {reason}"
        );
    }
    let mut link = cache::sentinel(&cache.piece, 0);
    link.port = Some(cache.piece.number("/primary/port") as u16);
    let ask = Ask::SentinelState { master: "cache".into() };
    let signal = observed(redis::sentinel_source("sentinel-0", &link), ask, answered).await;
    assert!(signal.failure.unwrap().reason.contains("it is no Sentinel but a Redis server"));
}
