//! How many runs of a recovery source succeeded, of those that there should have been: by its recovery points over time and by
//! counters. What nobody saw counts neither way.

use std::collections::BTreeSet;

use crate::{
    gates::{
        history::{Counted, Moment, counted_of, moments, proofs_of},
        listing::{is_listing, listed},
        usable,
    },
    model::{Ask, Duration, Reading, Schedule, Signals, Time, schedule::EARLY, time},
    plan::{Probe, RecoverySource},
};

/// Runs that were seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub good: u64,
    /// That failed, or never came.
    pub bad: u64,
    /// How much of the time was seen.
    pub seen: Duration,
}

impl Tally {
    pub fn runs(&self) -> u64 {
        self.good + self.bad
    }
}

/// What is known of the runs of one source.
#[derive(Clone, Debug, PartialEq)]
pub enum Runs {
    Seen(Tally),
    /// Its past should be there, and is not.
    NoNews {
        words: String,
    },
    /// Nothing keeps its past.
    Uncounted,
}

/// What the moments of a past come to, whatever the time is now.
#[derive(Clone, Debug, Default)]
pub struct Stretch {
    tally: Tally,
    /// The last recovery point, and when it was seen last.
    newest: Option<(Time, i64)>,
}

/// Gives what one answer comes to: what it was before, or what it is told to work out.
pub type Remember<'a> = &'a dyn Fn(&str, &Ask, &dyn Fn() -> Stretch) -> Stretch;

/// The runs of `source` in the last `over`.
pub fn backup_runs(source: &RecoverySource, over: Duration, signals: &Signals, now: Time, remember: Remember) -> Runs {
    let Counted { points, error, succeeded, failed } = counted_of(source, over);
    let every = source.every.as_ref();
    let by_points = match points.zip(every) {
        None => match source.at.as_ref().filter(|at| is_listing(at)).zip(every) {
            None => None,
            Some((at, every)) => match list_of(at, signals, now) {
                Ok(all) => Some(by_list(&all, every, over, now)),
                Err(words) => return Runs::NoNews { words },
            },
        },
        Some(((via, ask), every)) => {
            let known = match error {
                None => stretch(via, &ask, every, signals, now, remember),
                // It rests on two answers.
                Some((by, error)) => heard(by, &error, signals, now).and_then(|errors| {
                    Ok(by_points(&moments(heard(via, &ask, signals, now)?), &moments(errors), every, step_of(&ask)))
                }),
            };
            match known {
                Ok(known) => Some(until(known, every, step_of(&ask), now)),
                Err(words) => return Runs::NoNews { words },
            }
        }
    };
    let counters = [succeeded, failed].map(|asked| asked.map(|(via, ask)| increase(via, &ask, signals, now)).transpose());
    let [succeeded, failed] = match counters {
        [Ok(succeeded), Ok(failed)] => [succeeded, failed],
        [Err(words), _] | [_, Err(words)] => return Runs::NoNews { words },
    };
    // A run that failed leaves its point out as well: it is one run, by whichever it is seen.
    let missed = by_points.unwrap_or_default();
    let Some(good) = succeeded.map(|(count, _)| count).or(by_points.map(|seen| seen.good)) else { return Runs::Uncounted };
    let bad = missed.bad.max(failed.map_or(0, |(count, _)| count));
    let since = [succeeded, failed].into_iter().flatten().map(|(_, seen)| seen);
    let seen = by_points.map(|seen| seen.seen).into_iter().chain(since).min().unwrap_or_default();
    told(Tally { good, bad, seen })
}

/// The proofs of `source` in the last `over`.
pub fn proof_runs(source: &RecoverySource, over: Duration, signals: &Signals, now: Time, remember: Remember) -> Runs {
    let every = source.verify.as_ref().and_then(|verify| verify.every.as_ref());
    let Some(((via, ask), every)) = proofs_of(source, over).zip(every) else { return Runs::Uncounted };
    match stretch(via, &ask, every, signals, now, remember) {
        Ok(known) => told(until(known, every, step_of(&ask), now)),
        Err(words) => Runs::NoNews { words },
    }
}

fn told(tally: Tally) -> Runs {
    match tally.runs() {
        0 => Runs::NoNews { words: "its past holds no run yet".into() },
        _ => Runs::Seen(tally),
    }
}

fn step_of(ask: &Ask) -> Duration {
    match ask {
        Ask::History { step, .. } => *step,
        _ => Duration::ZERO,
    }
}

fn heard<'a>(via: &str, ask: &Ask, signals: &'a Signals, now: Time) -> Result<&'a Reading, String> {
    usable(via, ask, None, signals, None, now).map_err(|unusable| unusable.words)
}

/// What the past that `ask` is answered with comes to.
fn stretch(via: &str, ask: &Ask, every: &Schedule, signals: &Signals, now: Time, remember: Remember) -> Result<Stretch, String> {
    let past = heard(via, ask, signals, now)?;
    Ok(remember(via, ask, &|| by_points(&moments(past), &[], every, step_of(ask))))
}

/// By how many it grew, and for how long it was seen.
fn increase(via: &str, ask: &Ask, signals: &Signals, now: Time) -> Result<(u64, Duration), String> {
    let reading = heard(via, ask, signals, now)?;
    let fact = |name: &str| {
        let sample = reading.samples.iter().find(|sample| sample.labels.get("fact").is_some_and(|fact| fact == name));
        sample.and_then(|sample| sample.value.number()).filter(|value| value.is_finite())
    };
    let since = fact("since").and_then(|seconds| time::of_millis((seconds * 1_000.0) as i64));
    match (fact("increase"), since) {
        // Between two samples Prometheus reckons with parts of a run.
        (Some(grown), Some(since)) => Ok((grown.max(0.0).round() as u64, Duration::between(since, now))),
        _ => Err("nothing counted its runs in that time".into()),
    }
}

/// Each change of the newest recovery point is a run that succeeded; where one was due between two and did not come, it is missed.
/// Over a stretch that nobody saw (`step` apart are the moments) nothing is said.
fn by_points(moments: &[Moment], errors: &[Moment], every: &Schedule, step: Duration) -> Stretch {
    let mut tally = Tally::default();
    let gap = (step.as_secs() as i64).max(1);
    let bad: BTreeSet<i64> = errors.iter().filter(|(_, value)| *value != 0.0).map(|(at, _)| *at).collect();
    let mut newest: Option<(Time, i64)> = None;
    // Of the one that a stretch begins with nothing else is known.
    let mut counted_bad = true;
    for (at, value) in moments.iter().filter(|(_, value)| value.is_finite() && *value > 0.0) {
        let Some(made) = time::of_millis((*value * 1_000.0) as i64) else { continue };
        match newest {
            Some((before, last)) if at - last <= 2 * gap => {
                tally.seen = tally.seen + Duration::from_secs((at - last).max(0) as u64);
                if made > before {
                    tally.good += 1;
                    tally.bad += missed(every, before, made).saturating_sub(1);
                    counted_bad = false;
                }
                if bad.contains(at) && !counted_bad {
                    (tally.good, tally.bad, counted_bad) = (tally.good - 1, tally.bad + 1, true);
                }
                newest = Some((made.max(before), *at));
            }
            _ => (newest, counted_bad) = (Some((made, *at)), true),
        }
    }
    Stretch { tally, newest }
}

/// The same until `now`: what is late since its last moment.
fn until(known: Stretch, every: &Schedule, step: Duration, now: Time) -> Tally {
    let (mut tally, gap) = (known.tally, (step.as_secs() as i64).max(1));
    if let Some((made, last)) = known.newest.filter(|(_, last)| now.timestamp() - last <= 2 * gap) {
        tally.bad += late(every, made, now);
        tally.seen = tally.seen + Duration::from_secs((now.timestamp() - last).max(0) as u64);
    }
    tally
}

/// All recovery points of a list.
fn list_of(at: &Probe, signals: &Signals, now: Time) -> Result<Vec<Time>, String> {
    let (Some(via), Some(ask)) = (at.via(), at.ask()) else { return Err("it asks nothing".into()) };
    let reading = usable(via, &ask, at.max_age(), signals, None, now).map_err(|unusable| unusable.words)?;
    Ok(listed(reading).iter().filter_map(|one| time::of_millis((one.at * 1_000.0) as i64)).collect())
}

/// What is still kept of them in that time. Before the first of them nothing is known: it may have been thrown away.
fn by_list(all: &[Time], every: &Schedule, over: Duration, now: Time) -> Tally {
    let mut tally = Tally::default();
    if every.shortest() == Duration::ZERO {
        return tally;
    }
    let kept: Vec<Time> = all.iter().copied().filter(|at| *at <= now && now - over.delta() <= *at).collect();
    for pair in kept.windows(2) {
        tally.good += 1;
        tally.bad += missed(every, pair[0], pair[1]).saturating_sub(1);
    }
    if let (Some(first), Some(last)) = (kept.first(), kept.last()) {
        tally.bad += late(every, *last, now);
        tally.seen = Duration::between(*first, now);
    }
    tally
}

/// How many were due from `before` until one was made.
fn missed(every: &Schedule, before: Time, made: Time) -> u64 {
    let mut count = 0;
    let mut at = before;
    while let Some(due) = every.due_after(at) {
        // Without a calendar the next is counted from when the last one came: half an interval this way or that is still that one.
        let patience = if every.next_due(before).is_some() { EARLY.delta() } else { due.late - due.at };
        if due.at > made + patience || count > MOST {
            break;
        }
        (count, at) = (count + 1, due.at);
    }
    count
}

/// How many are late since `made`.
fn late(every: &Schedule, made: Time, now: Time) -> u64 {
    let (mut count, mut at) = (0, made);
    while let Some(due) = every.due_after(at).filter(|due| due.late < now && count < MOST) {
        (count, at) = (count + 1, due.at);
    }
    count
}

/// More in a row nobody counts.
const MOST: u64 = 10_000;
