//! How many runs succeeded: what nobody saw counts neither way, and no failure gets lost.

use serde_json::json;

use super::data::{of, probe, t};
use crate::{
    gates::history::{counted_of, proofs_of},
    model::{Ask, Duration, Question, Reading, Sample, Signals},
    objectives::runs::{Runs, Stretch, Tally, backup_runs, proof_runs},
    plan::RecoverySource,
};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const MONTH: Duration = Duration::from_hours(30 * 24);

/// Nothing is kept.
fn anew(_: &str, _: &Ask, make: &dyn Fn() -> Stretch) -> Stretch {
    make()
}

fn nightly(more: serde_json::Value) -> RecoverySource {
    let mut source = json!({"name": "dump", "kind": "backup", "every": "day at 02:00", "at": probe("at", None)});
    source.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    of(source)
}

fn answer(signals: &mut Signals, (via, ask): (&str, Ask), samples: Vec<Sample>) {
    let reading = Reading { samples, read: t(0), warnings: vec![], cards: Default::default() };
    signals.record(&Question::new(via, ask, Duration::from_mins(10), None), Ok(reading), t(0));
}

/// It is 2027-01-15 08:00Z. Every twelve hours of the last ten days: at which of them a night's point at 02:07 is the newest.
fn nights(made: impl Fn(i64) -> bool, seen: impl Fn(i64) -> bool) -> Vec<Sample> {
    let now = t(0).timestamp();
    let moments = (0..=20).rev().map(|back| now - back * DAY / 2);
    let newest = |moment: i64| {
        (0..12).map(|night| (night, now - 6 * HOUR + 420 - night * DAY)).find(|(night, at)| made(*night) && *at <= moment)
    };
    let sample = |at: i64| Some(Sample::bare(newest(at)?.1 as f64, t(0)).label("at", at.to_string()));
    moments.filter(|at| seen((now - at) / DAY)).filter_map(sample).collect()
}

fn counted(source: &RecoverySource, points: Vec<Sample>, counters: [Option<f64>; 2], error: Option<Vec<Sample>>) -> Runs {
    let mut signals = Signals::default();
    let asked = counted_of(source, MONTH);
    asked.points.into_iter().for_each(|ask| answer(&mut signals, ask, points.clone()));
    asked.error.zip(error).into_iter().for_each(|(ask, error)| answer(&mut signals, ask, error));
    for (ask, value) in [asked.succeeded, asked.failed].into_iter().zip(counters) {
        let fact = |name: &str, value: f64| Sample::bare(value, t(0)).label("fact", name);
        let samples = value.map(|value| vec![fact("increase", value), fact("since", t(-20 * DAY).timestamp() as f64)]);
        ask.zip(samples).into_iter().for_each(|(ask, samples)| answer(&mut signals, ask, samples));
    }
    backup_runs(source, MONTH, &signals, t(0), &anew)
}

fn tally(runs: Runs) -> (u64, u64) {
    match runs {
        Runs::Seen(Tally { good, bad, .. }) => (good, bad),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_night_counts_once_and_one_that_never_came_is_missed() {
    let source = nightly(json!({}));
    let all = |_| true;
    assert_eq!(tally(counted(&source, nights(all, all), [None; 2], None)), (10, 0));
    assert_eq!(tally(counted(&source, nights(|night| night != 4, all), [None; 2], None)), (9, 1));
    // The last one is not late yet at eight in the morning, the one before it is.
    assert_eq!(tally(counted(&source, nights(|night| night > 0, all), [None; 2], None)), (9, 0));
    assert_eq!(tally(counted(&source, nights(|night| night > 1, all), [None; 2], None)), (8, 1));
}

#[test]
fn what_nobody_saw_counts_neither_way() {
    let source = nightly(json!({}));
    // Prometheus was away for five days, and nobody knows of the nights then.
    let (good, bad) =
        tally(counted(&source, nights(|night| !(3..6).contains(&night), |ago| !(2..7).contains(&ago)), [None; 2], None));
    assert_eq!((good, bad), (5, 0));
    assert!(matches!(counted(&source, vec![], [None; 2], None), Runs::NoNews { .. }), "no past");
    assert!(matches!(backup_runs(&source, MONTH, &Signals::default(), t(0), &anew), Runs::NoNews { .. }), "not answered");
    let stream = nightly(json!({"every": "continuous"}));
    assert_eq!(counted(&stream, vec![], [None; 2], None), Runs::Uncounted);
    let by_sql = nightly(json!({"at": {"sql": {"via": "db", "query": "select 1"}}}));
    assert_eq!(counted(&by_sql, vec![], [None; 2], None), Runs::Uncounted);
    // One whose series ended is not accused of what came since.
    let ended = nights(|night| night > 3, |ago| ago > 3);
    assert_eq!(tally(counted(&source, ended, [None; 2], None)), (6, 0));
}

#[test]
fn an_interval_is_counted_from_the_last_one() {
    let hourly = of(json!({"name": "dump", "kind": "backup", "every": "1h", "at": probe("at", None)}));
    let now = t(0).timestamp();
    // Each took four minutes longer than an hour to come, and at 12 and 13 hours ago none came.
    let made: Vec<i64> =
        (0..20).map(|nth| now - 600 - nth * 3_840).filter(|at| !(11 * HOUR..14 * HOUR).contains(&(now - at))).collect();
    let moments = (0..=36).rev().map(|back| now - back * HOUR / 2);
    let newest = |moment: i64| made.iter().filter(|at| **at <= moment).max().copied();
    let points: Vec<Sample> =
        moments.filter_map(|at| Some(Sample::bare(newest(at)? as f64, t(0)).label("at", at.to_string()))).collect();
    assert_eq!(tally(counted(&hourly, points, [None; 2], None)), (15, 2));
}

#[test]
fn counters_tell_what_points_do_not() {
    let query = |expr: &str| json!({"query": {"via": "prom", "expr": expr}});
    let all = |_| true;
    let failed = nightly(json!({"runs": {"failed": query("failed_total")}}));
    assert_eq!(tally(counted(&failed, nights(all, all), [None, Some(3.0)], None)), (10, 3), "tried anew");
    assert_eq!(tally(counted(&failed, nights(|night| night != 4, all), [None, Some(1.0)], None)), (9, 1), "one run, seen twice");
    assert!(matches!(counted(&failed, nights(all, all), [None, None], None), Runs::NoNews { .. }), "failures that nobody tells");
    let both =
        of(json!({"name": "dump", "kind": "backup", "runs": {"succeeded": query("ok_total"), "failed": query("failed_total")}}));
    let Runs::Seen(seen) = counted(&both, vec![], [Some(28.03), Some(1.97)], None) else { panic!() };
    assert_eq!((seen.good, seen.bad, seen.seen), (28, 2, Duration::from_hours(20 * 24)));
    let error = nightly(json!({"runs": {"error": query("last_error")}}));
    let bad_at = |half: i64| {
        nights(all, all).into_iter().map(move |mut sample| {
            let at = sample.labels["at"].parse::<i64>().unwrap();
            sample.value = f64::from(u8::from((t(0).timestamp() - at) / (DAY / 2) == half)).into();
            sample
        })
    };
    assert_eq!(tally(counted(&error, nights(all, all), [None; 2], Some(bad_at(99).collect()))), (10, 0));
    assert_eq!(tally(counted(&error, nights(all, all), [None; 2], Some(bad_at(0).collect()))), (9, 1));
}

#[test]
fn proofs_are_counted_by_their_own_schedule() {
    let source = nightly(json!({"verify": {"at": probe("proof", None), "every": "day at 02:00"}}));
    let mut signals = Signals::default();
    answer(&mut signals, proofs_of(&source, MONTH).unwrap(), nights(|night| night != 4 && night != 5, |_| true));
    assert_eq!(tally(proof_runs(&source, MONTH, &signals, t(0), &anew)), (8, 2));
    assert_eq!(proof_runs(&nightly(json!({})), MONTH, &signals, t(0), &anew), Runs::Uncounted);
}
