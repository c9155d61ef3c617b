//! How a copy follows: connected and caught up never reads like no news.

use serde_json::json;

use super::data::{away, of, primary, probe, query, server, standby, t};
use crate::{
    model::{Duration, Freshness, Signals},
    objectives::{following::following, loss::Span, sight::Follows},
    plan::RecoverySource,
};

fn copy(more: serde_json::Value) -> RecoverySource {
    let mut source = json!({"name": "copy", "kind": "replica", "limit": "< 5m"});
    source.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    of(source)
}

fn secs(least: u64, most: u64) -> Option<Span> {
    Some(Span { least: Duration::from_secs(least), most: Duration::from_secs(most) })
}

#[test]
fn r23_a_lag_is_worth_something_beside_its_connection_only() {
    let by_lag = copy(json!({"lag": probe("lag", None), "connected": probe("rate", Some("> 0"))}));
    for (name, lag, rate, follows, behind, within, words) in [
        ("caught up", Some(0.03), Some(0.2), Follows::CaughtUp, Some(30), Some(true), "1s behind, connected"),
        ("behind", Some(4.0), Some(0.2), Follows::Behind, Some(4_000), Some(true), "4s behind, connected"),
        ("over the limit", Some(301.0), Some(0.2), Follows::Behind, Some(301_000), Some(false), "5m01s behind, connected"),
        ("the last value of a dead source", Some(0.03), Some(0.0), Follows::CutOff, None, None, "not connected"),
        ("nothing flows, and NaN", Some(f64::NAN), Some(0.0), Follows::CutOff, None, None, "not connected"),
        ("NaN beside a connection", Some(f64::NAN), Some(0.2), Follows::CannotTell, None, None, "the value is NaN"),
        ("no series of the connection", Some(0.0), None, Follows::CannotTell, None, None, "whether it is connected"),
        ("no series of the lag", None, Some(0.2), Follows::CannotTell, None, None, ""),
        ("less than nothing", Some(-1.0), Some(0.2), Follows::CannotTell, None, None, "its lag is no number"),
    ] {
        let mut signals = Signals::default();
        lag.into_iter().for_each(|v| query(&mut signals, "lag", v, 0));
        rate.into_iter().for_each(|v| query(&mut signals, "rate", v, 0));
        let seen = following(&by_lag, &signals, t(0)).unwrap();
        let behind = behind.map(|ms| Span::exactly(Duration::from_millis(ms)));
        assert_eq!((seen.follows, seen.behind, seen.within), (follows, behind, within), "{name}: {seen:?}");
        assert!(seen.words.contains(words), "{name}: {}", seen.words);
    }
}

#[test]
fn r29_what_is_stale_or_unproven_is_no_lag() {
    let mut signals = Signals::default();
    query(&mut signals, "lag", 0.0, 90);
    query(&mut signals, "rate", 1.0, 0);
    let by_lag = copy(json!({"lag": probe("lag", None), "connected": probe("rate", Some("> 0"))}));
    let stale = following(&by_lag, &signals, t(0)).unwrap();
    assert!(matches!(stale.known, Freshness::Stale { .. }), "{stale:?}");
    assert_eq!((stale.follows, stale.behind), (Follows::CannotTell, None));
    let unproven = following(&copy(json!({"lag": probe("rate", None)})), &signals, t(0)).unwrap();
    assert_eq!(
        (unproven.follows, unproven.words.as_str()),
        (Follows::CannotTell, "no proof of connection: lag alone means nothing")
    );
    let unseen = following(&copy(json!({})), &signals, t(0)).unwrap();
    assert_eq!((unseen.follows, unseen.known), (Follows::CannotTell, Freshness::Absent));
    let snapshot: RecoverySource = of(json!({"name": "s", "kind": "snapshot", "at": probe("at", None)}));
    assert_eq!(following(&snapshot, &signals, t(0)), None, "a snapshot follows nothing");
}

#[test]
fn what_arrived_last_is_its_own_proof() {
    let heartbeat = copy(json!({"at": probe("at", None)}));
    for (ago, follows, within) in
        [(0, Follows::CaughtUp, Some(true)), (3, Follows::Behind, Some(true)), (400, Follows::Behind, Some(false))]
    {
        let mut signals = Signals::default();
        query(&mut signals, "at", t(-ago).timestamp() as f64, 0);
        let seen = following(&heartbeat, &signals, t(0)).unwrap();
        assert_eq!((seen.follows, seen.within), (follows, within), "{ago}: {seen:?}");
        assert_eq!(seen.behind, secs(ago as u64, ago as u64));
    }
    for (never, words) in [(0.0, "nothing ever arrived"), (-1.0, "nothing ever arrived"), (f64::NAN, "the value is NaN")] {
        let mut signals = Signals::default();
        query(&mut signals, "at", never, 0);
        let seen = following(&heartbeat, &signals, t(0)).unwrap();
        assert_eq!((seen.follows, seen.words.as_str()), (Follows::CannotTell, words));
    }
}

#[test]
fn r21_a_standby_is_caught_up_only_where_both_servers_say_so() {
    let source = copy(json!({"lag": {"postgres": {"via": "west"}}, "connected": {"postgres": {"via": "west"}}}));
    for (name, written, facts, follows, behind, within) in [
        ("all arrived", Some(500.0), standby(500.0, "streaming", Some(0.4), None), Follows::CaughtUp, secs(0, 0), Some(true)),
        ("not all", Some(900.0), standby(500.0, "streaming", Some(0.4), Some(7.0)), Follows::Behind, secs(0, 7), Some(true)),
        ("maybe over", Some(900.0), standby(500.0, "streaming", Some(0.4), Some(400.0)), Follows::Behind, secs(0, 400), None),
        ("lag 0, receiver gone", Some(500.0), standby(500.0, "none", Some(180.0), Some(1.0)), Follows::CutOff, None, None),
        ("primary away, attached", None, standby(500.0, "streaming", Some(3.0), None), Follows::CannotTell, None, None),
        ("a primary follows nothing", Some(500.0), primary(500.0), Follows::CutOff, None, None),
    ] {
        let mut signals = Signals::default();
        server(&mut signals, "west", 0, &facts);
        match written {
            Some(lsn) => server(&mut signals, "east", 0, &primary(lsn)),
            None => away(&mut signals, "east"),
        }
        let seen = following(&source, &signals, t(0)).unwrap();
        assert_eq!((seen.follows, seen.behind, seen.within), (follows, behind, within), "{name}: {seen:?}");
    }
    assert_eq!(following(&source, &Signals::default(), t(0)).unwrap().follows, Follows::CannotTell);
}
