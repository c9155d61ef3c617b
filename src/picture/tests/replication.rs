//! Copies that follow: what is cut off is said in peace, and never reads like what is caught up.

use super::orders::{Look, t};
use crate::{
    model::{Sample, Value, Verdict},
    objectives::Follows,
};

fn facts(pairs: &[(&str, Value)]) -> Vec<Sample> {
    pairs.iter().map(|(fact, value)| Sample::bare(value.clone(), t(0)).label("fact", *fact)).collect()
}

fn standby(lsn: f64, receiver: &str, age: f64) -> Vec<Sample> {
    facts(&[
        ("role", "standby".into()),
        ("system", "7412".into()),
        ("lsn", lsn.into()),
        ("receiver", receiver.into()),
        ("receipt_age", age.into()),
        ("replay_age", age.into()),
    ])
}

#[test]
fn r23_a_standby_that_is_cut_off_is_said_although_it_lost_nothing_yet() {
    let mut look = Look::peace();
    let row = look.picture().replication.remove(0);
    assert_eq!((row.follows, row.verdict), (Follows::CaughtUp, Verdict::Met));
    assert_eq!(look.sentences(), ["All objectives hold."]);

    look.answer("db-west", "PostgresState", standby(500.0, "none", 40.0));
    let row = look.picture().replication.remove(0);
    assert_eq!((row.follows, row.behind, row.verdict), (Follows::CutOff, None, Verdict::AtRisk));
    let cut = "Replica of production is cut off: receiver is gone for 40s: lag 0 means nothing.";
    assert!(look.sentences().contains(&cut.to_owned()), "{:?}", look.sentences());
}

#[test]
fn the_plans_limit_is_held_against_what_is_behind() {
    let mut look = Look::peace();
    look.plan.datasets[0].sources[0].limit = Some("< 5s".parse().unwrap());
    // Since the oldest commit that may be missing; how much of that is not known, so neither is the limit.
    look.answer("db-west", "PostgresState", standby(400.0, "streaming", 9.0));
    let row = look.picture().replication.remove(0);
    assert_eq!((row.follows, row.over, row.verdict), (Follows::Behind, false, Verdict::Met));

    look.plan.datasets[0].sources[0] = serde_json::from_value(serde_json::json!({
        "name": "replica", "kind": "replica", "limit": "< 5s",
        "lag": {"query": {"via": "prom-west", "expr": "lag"}},
        "connected": {"query": {"via": "prom-west", "expr": "rate", "expect": "> 0"}}
    }))
    .unwrap();
    look.answer("prom-west", "\"rate\"", vec![Sample::bare(1.0, t(0))]);
    look.answer("prom-west", "\"lag\"", vec![Sample::bare(9.0, t(0))]);
    let row = look.picture().replication.remove(0);
    assert_eq!((row.follows, row.over, row.verdict), (Follows::Behind, true, Verdict::AtRisk));
    let over = "Replica of production is 9s behind, and the plan's limit is < 5s.";
    assert!(look.sentences().contains(&over.to_owned()), "{:?}", look.sentences());
}
