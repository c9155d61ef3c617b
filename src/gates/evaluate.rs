//! One condition against what is observed (RULES R12).

use super::{
    alerts, http,
    judgement::{Answer, Judgement},
    kubernetes,
    listing::{is_listing, listed},
    postgres, redis, sentinel,
    usable::{Unusable, usable},
    words::{amount, sample_name},
};
use crate::{
    model::{Duration, Freshness, Limit, Reading, Signal, SignalKey, Signals, Time, Value},
    plan::Probe,
};

/// Judges `probe` at `now`. Samples measured at or before `after` do not count: a gate proves what came after its action.
pub fn evaluate(probe: &Probe, signals: &Signals, after: Option<Time>, now: Time) -> Judgement {
    match probe {
        Probe::All(parts) => all(parts.iter().map(|part| evaluate(part, signals, after, now)).collect()),
        Probe::Any(parts) => any(parts.iter().map(|part| evaluate(part, signals, after, now)).collect()),
        Probe::Alert(alert) => Judgement { fresh_for: fresh_for(probe, signals), ..alerts::fires(alert, signals, after, now) },
        leaf => {
            let (Some(via), Some(ask)) = (leaf.via(), leaf.ask()) else { return Judgement::unknown("asks nothing") };
            let reading = match usable(via, &ask, leaf.max_age(), signals, after, now) {
                Ok(reading) => reading,
                Err(unusable) => return Judgement::unknown(unusable.words),
            };
            let judged = match leaf {
                Probe::Query(query) => compare(reading, query.expect.as_ref(), query.each),
                Probe::Sql(sql) => compare(reading, sql.expect.as_ref(), false),
                Probe::Postgres(_) => postgres::connected(reading),
                Probe::Redis(probe) => redis::holds(reading, probe.role),
                Probe::Sentinel(_) => sentinel::could_fail_over(reading),
                Probe::Kubernetes(rollout) => kubernetes::rolled_out(reading, rollout),
                Probe::Http(http) => http::answered(reading, http),
                Probe::Files(_) | Probe::Alert(_) | Probe::All(_) | Probe::Any(_) => Judgement::unknown("asks nothing"),
            };
            let judged = Judgement { fresh_for: fresh_for(leaf, signals), ..judged };
            // Its age is told by its own clock, its value may not be.
            match signals.get(&SignalKey::of(via, &ask)).and_then(Signal::skew_words) {
                Some(skew) => Judgement { words: format!("{}, {skew}", judged.words), ..judged },
                None => judged,
            }
        }
    }
}

/// For how long an answer to `leaf` counts after its measurement.
fn fresh_for(leaf: &Probe, signals: &Signals) -> Option<Duration> {
    leaf.max_age().or_else(|| Some(signals.get(&SignalKey::of(leaf.via()?, &leaf.ask()?))?.max_age))
}

/// A probe used as a value (`at`, `lag`): its one sample and when it was measured, or why there is none.
pub fn value(probe: &Probe, signals: &Signals, now: Time) -> Result<(Value, Time), Unusable> {
    let none = |words: &str| Unusable { words: words.to_owned(), known: Freshness::Absent };
    let (Some(via), Some(ask)) = (probe.via(), probe.ask()) else { return Err(none("a combination has no value")) };
    let reading = usable(via, &ask, probe.max_age(), signals, None, now)?;
    if let Probe::Redis(_) = probe {
        return redis::last_save(reading).map_err(|words| none(&words));
    }
    if is_listing(probe) {
        // A list without an item says that there never was one.
        return Ok((Value::Number(listed(reading).last().map_or(0.0, |newest| newest.at)), reading.read));
    }
    match reading.samples.as_slice() {
        [] => Err(none("no sample")),
        [one] if one.value.number().is_some_and(f64::is_nan) => Err(none("the value is NaN")),
        [one] => Ok((one.value.clone(), one.measured)),
        many => Err(none(&format!("{} samples where one is expected", many.len()))),
    }
}

/// One sample against one comparison; several only where `each` of them must meet it.
fn compare(reading: &Reading, expect: Option<&Limit>, each: bool) -> Judgement {
    let Some(expect) = expect else { return Judgement::unknown("nothing to compare with: the plan says no `expect`") };
    let samples = &reading.samples;
    let Some(measured) = samples.iter().map(|s| s.measured).min() else { return Judgement::unknown("no sample") };
    if samples.len() > 1 && !each {
        let words = format!("{} samples where one is expected: aggregate them, or say each: true", samples.len());
        return Judgement::unknown(words);
    }
    let judged: Vec<_> = samples.iter().map(|sample| (sample, expect.holds(&sample.value))).collect();
    if let [(sample, answer)] = judged.as_slice() {
        let is = amount(&sample.value);
        return match answer {
            Ok(true) => Judgement::told(true, format!("is {is}"), measured).of(&sample.value),
            Ok(false) => {
                Judgement::told(false, format!("is {is}, wanted {}", super::words::limit(expect)), measured).of(&sample.value)
            }
            Err(why) => Judgement::unknown(crate::model::text::clean(why)),
        };
    }
    let total = judged.len();
    if let Some((sample, _)) = judged.iter().find(|(_, answer)| *answer == Ok(false)) {
        let held = judged.iter().filter(|(_, answer)| *answer == Ok(true)).count();
        let words = format!("{held} of {total} hold: {} is {}", sample_name(sample), amount(&sample.value));
        return Judgement::told(false, words, measured);
    }
    if let Some((sample, Err(why))) = judged.iter().find(|(_, answer)| answer.is_err()) {
        return Judgement::unknown(format!("{}: {}", sample_name(sample), crate::model::text::clean(why)));
    }
    Judgement::told(true, format!("all {total} hold"), measured)
}

/// Fails when one fails; unknown when one is and none fails.
fn all(parts: Vec<Judgement>) -> Judgement {
    combine(parts, Answer::Fails, Answer::Holds)
}

/// Holds when one holds; unknown when one is and none holds.
fn any(parts: Vec<Judgement>) -> Judgement {
    combine(parts, Answer::Holds, Answer::Fails)
}

/// `decisive` settles it alone; only when every part says `rest` is the answer `rest`.
fn combine(parts: Vec<Judgement>, decisive: Answer, rest: Answer) -> Judgement {
    if parts.is_empty() {
        return Judgement::unknown("asks nothing");
    }
    let state = if parts.iter().any(|p| p.state == decisive) {
        decisive
    } else if parts.iter().any(|p| p.state == Answer::Unknown) {
        Answer::Unknown
    } else {
        rest
    };
    let telling: Vec<_> = parts.iter().filter(|p| p.state == state).collect();
    let words = telling.iter().map(|p| p.words.as_str()).collect::<Vec<_>>().join("; ");
    let measured = if state == Answer::Unknown { None } else { telling.iter().filter_map(|p| p.measured).min() };
    let fresh_for = telling.iter().filter_map(|p| p.fresh_for).min();
    Judgement { state, words, value: None, measured, fresh_for }
}
