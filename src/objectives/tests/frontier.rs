//! Which sources are worth choosing between.

use crate::{
    model::{Duration, Freshness, Time, Verdict},
    objectives::{frontier, loss::Span, proof::Proof, sight::SourceExposure},
    plan::SourceKind,
};

fn d(text: &str) -> Duration {
    text.parse().unwrap()
}

fn source(name: &str, loses: &str, restore: Option<&str>) -> SourceExposure {
    SourceExposure {
        name: name.into(),
        kind: SourceKind::Backup,
        region: None,
        point: None,
        known: Freshness::Fresh,
        loses: Some(Span::exactly(d(loses))),
        restore: restore.map(d),
        verdict: Verdict::Met,
        usable: true,
        best: false,
        faster: false,
        unverified: false,
        proof: Proof::Unnamed,
        words: String::new(),
    }
}

fn marks(mut sources: Vec<SourceExposure>) -> (Vec<String>, String) {
    frontier::mark(&mut sources, |s| s.usable);
    let sign = |s: &SourceExposure| match (s.best, s.faster) {
        (true, _) => "★",
        (_, true) => "☆",
        _ => "",
    };
    let marked = sources.iter().map(|s| format!("{}{}", sign(s), s.name)).collect();
    (marked, frontier::why_best(&sources, Time::UNIX_EPOCH).unwrap_or_default())
}

#[test]
fn the_best_loses_least_and_each_that_is_faster_than_all_that_lose_less_is_a_choice() {
    let (marked, why) = marks(vec![
        source("weekly", "7d", Some("10m")),
        source("wal", "5m", Some("90m")),
        source("nightly", "9h", Some("2h")),
        source("hourly", "40m", Some("45m")),
    ]);
    assert_eq!(marked, ["☆weekly", "★wal", "nightly", "☆hourly"], "nightly loses more than hourly and is slower");
    assert_eq!(why, "loses least; weekly is ~1h20m faster, and loses 7d");
    let (marked, why) = marks(vec![source("slow", "5m", Some("2h")), source("fast", "5m", Some("1h"))]);
    assert_eq!((marked, why.as_str()), (vec!["slow".into(), "★fast".into()], "loses as little as slow, and is back no later"));
    let (marked, why) = marks(vec![source("a", "5m", Some("1h")), source("b", "6m", Some("1h"))]);
    assert_eq!((marked, why.as_str()), (vec!["★a".into(), "b".into()], "loses least, and none is faster"));
}

#[test]
fn what_is_only_known_from_before_or_takes_nobody_knows_how_long_is_never_faster() {
    let mut stale = source("stale", "1h", Some("1m"));
    stale.verdict = Verdict::CannotTell;
    let (marked, _) = marks(vec![source("wal", "5m", Some("90m")), stale, source("untimed", "10m", None)]);
    assert_eq!(marked, ["★wal", "stale", "untimed"]);
    let mut gone = source("gone", "1s", Some("1s"));
    gone.usable = false;
    let (marked, why) = marks(vec![gone, source("left", "1h", Some("1h"))]);
    assert_eq!((marked, why.as_str()), (vec!["gone".into(), "★left".into()], "the only one that can be used"));
    assert_eq!(marks(vec![]).1, "");
}
