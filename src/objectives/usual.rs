//! A figure of the newest recovery point against those before: too small or too large by far, or as usual.

use super::point::{Told, told};
use crate::{
    gates::{
        history::{Moment, history_of, moments},
        listing::{Listed, is_listing, listed},
        usable, value,
    },
    model::{Signals, Time},
    plan::{Probe, RecoverySource},
};

/// Fewer recovery points make no usual figure.
pub const LEAST: usize = 4;

/// How a figure compares with what is usual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Usual {
    /// Nothing to compare with: too few recovery points, or nobody tells.
    Unknown,
    Like(f64),
    Below(f64),
    Above(f64),
}

/// A figure of the newest recovery point, if it is fresh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    pub value: f64,
    pub usual: Usual,
}

/// Which figure of a recovery point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Size,
    Took,
}

/// What `probe`, a figure of `source`, tells of its newest recovery point, and of those before.
pub fn figure(probe: &Probe, measure: Measure, source: &RecoverySource, signals: &Signals, now: Time) -> Option<Figure> {
    if is_listing(probe) {
        return figure_listed(probe, measure, signals, now);
    }
    let value = value(probe, signals, now).ok()?.0.number().filter(|value| value.is_finite() && *value >= 0.0)?;
    Some(Figure { value, usual: past(probe, value, source, signals, now).map_or(Usual::Unknown, |past| compare(value, &past)) })
}

/// A list tells its own past.
fn figure_listed(probe: &Probe, measure: Measure, signals: &Signals, now: Time) -> Option<Figure> {
    let reading = usable(probe.via()?, &probe.ask()?, probe.max_age(), signals, None, now).ok()?;
    let told = |one: &Listed| if measure == Measure::Size { one.size } else { one.took };
    let all = listed(reading);
    let (newest, before) = all.split_last()?;
    let value = told(newest)?;
    let past: Vec<f64> = before.iter().filter_map(told).filter(|value| is_amount(*value)).collect();
    Some(Figure { value, usual: compare(value, &past) })
}

/// The same figure of each recovery point before the newest, the oldest first.
fn past(probe: &Probe, newest: f64, source: &RecoverySource, signals: &Signals, now: Time) -> Option<Vec<f64>> {
    let read = |probe: &Probe| {
        let (via, ask) = history_of(probe, source)?;
        usable(via, &ask, None, signals, None, now).ok()
    };
    let figures = moments(read(probe)?);
    let at = source.at.as_ref()?;
    // Whose figure it would be is not known either.
    let Told::At { at: point, doubt: None, .. } = told(at, "", signals, now) else { return None };
    let points = match at {
        Probe::Query(_) => moments(read(at)?),
        _ => return Some(by_change(&figures, newest)),
    };
    Some(by_point(&figures, &points, point))
}

/// What is no amount says nothing: -1 for never, 0 after a start, NaN.
fn is_amount(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

/// One figure for each recovery point, by when it was made: the last that was told while it was the newest.
fn by_point(figures: &[Moment], points: &[Moment], newest: Time) -> Vec<f64> {
    let newest = newest.timestamp();
    let mut past: Vec<(i64, f64)> = Vec::new();
    for (at, made) in points.iter().filter(|(_, made)| is_amount(*made) && (*made as i64) < newest) {
        let Some((_, value)) = figures.iter().find(|(when, value)| when == at && is_amount(*value)) else { continue };
        match past.last_mut() {
            Some(last) if last.0 == *made as i64 => last.1 = *value,
            _ => past.push((*made as i64, *value)),
        }
    }
    past.into_iter().map(|(_, value)| value).collect()
}

/// Where no past tells when they were made: each change is another recovery point.
fn by_change(figures: &[Moment], newest: f64) -> Vec<f64> {
    let mut past: Vec<f64> = figures.iter().map(|(_, value)| *value).filter(|value| is_amount(*value)).collect();
    past.dedup();
    if past.last() == Some(&newest) {
        past.pop();
    }
    past
}

/// Less than half or more than double the median, where none before was: fulls among increments come and go, and are usual.
/// The last ones that are off in the same way belong to what is wrong now.
fn compare(value: f64, past: &[f64]) -> Usual {
    let Some(usual) = median(past) else { return Usual::Unknown };
    let is_off: fn(f64, f64) -> bool = match value {
        _ if value < usual / 2.0 => |value, usual| value < usual / 2.0,
        _ if value > usual * 2.0 => |value, usual| value > usual * 2.0,
        _ => return if past.len() < LEAST { Usual::Unknown } else { Usual::Like(usual) },
    };
    let before = past.iter().rposition(|one| !is_off(*one, usual)).map_or(0, |last| last + 1);
    let before = &past[..before];
    match before.iter().any(|one| is_off(*one, usual)) {
        _ if before.len() < LEAST => Usual::Unknown,
        true => Usual::Like(usual),
        false if value < usual => Usual::Below(usual),
        false => Usual::Above(usual),
    }
}

fn median(past: &[f64]) -> Option<f64> {
    let mut sorted = past.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

impl Usual {
    pub fn is_odd(self) -> bool {
        matches!(self, Usual::Below(_) | Usual::Above(_))
    }
}

impl Figure {
    /// What is usual; where too little is known of that, what it was the last time.
    pub fn expected(&self) -> f64 {
        match self.usual {
            Usual::Unknown => self.value,
            Usual::Like(usual) | Usual::Below(usual) | Usual::Above(usual) => usual,
        }
    }

    /// `3.1 GB, usually 9.8 GB: 68 % smaller`; alone where it is as usual or nobody can tell. `shown` writes a figure, the words
    /// are for less and for more.
    pub fn words(&self, shown: impl Fn(f64) -> String, less: &str, more: &str) -> String {
        let own = shown(self.value);
        match self.usual {
            Usual::Unknown | Usual::Like(_) => own,
            Usual::Below(usual) => {
                let percent = ((1.0 - self.value / usual) * 100.0).floor();
                format!("{own}, usually {}: {percent:.0} % {less}", shown(usual))
            }
            Usual::Above(usual) => format!("{own}, usually {}: {:.1} times as {more}", shown(usual), self.value / usual),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_far_off_and_was_never_so_before_is_odd() {
        let flat = [10.0; 8];
        for (value, past, wanted, why) in [
            (3.0, &flat[..], Usual::Below(10.0), "less than half"),
            (5.0, &flat, Usual::Like(10.0), "half is not less than half"),
            (10.1, &flat, Usual::Like(10.0), "a flat past accuses no small step"),
            (25.0, &flat, Usual::Above(10.0), "more than double"),
            (0.0, &flat, Usual::Below(10.0), "empty"),
            (3.0, &[10.0, 10.0, 10.0], Usual::Unknown, "too short a past"),
            (3.0, &[], Usual::Unknown, "no past"),
            (10.0, &[10.0, 10.0], Usual::Unknown, "too short to call it usual"),
            (100.0, &[5.0, 6.0, 100.0, 5.0, 4.0, 6.0, 5.0], Usual::Like(5.0), "a weekly full among increments"),
            (5.0, &[100.0, 5.0, 90.0, 100.0, 95.0], Usual::Like(95.0), "was so before"),
            (3.0, &[10.0, 9.0, 10.0, 11.0, 3.0, 3.1], Usual::Below(9.5), "since two, and still"),
            (3.0, &[10.0, 10.0, 10.0, 3.0, 3.1], Usual::Unknown, "too few before it began"),
            (40.0, &[10.0, 13.0, 17.0, 22.0, 28.0, 34.0], Usual::Above(19.5), "grew to double of its past"),
        ] {
            assert_eq!(compare(value, past), wanted, "{why}");
        }
    }

    #[test]
    fn each_recovery_point_counts_once_and_what_is_no_amount_never() {
        let at = |seconds| Time::from_timestamp(seconds, 0).unwrap();
        let points = [(10, 5.0), (20, 5.0), (30, 25.0), (40, f64::NAN), (50, -1.0), (60, 55.0), (70, 65.0)];
        let figures = [(10, 7.0), (20, 8.0), (30, 0.0), (40, 9.0), (50, 9.0), (60, 11.0), (70, 12.0)];
        assert_eq!(by_point(&figures, &points, at(65)), [8.0, 11.0], "the newest is not among those before");
        assert_eq!(by_point(&figures[..2], &points, at(99)), [8.0], "gaps");
        assert_eq!(by_change(&[(1, 4.0), (2, 4.0), (3, -1.0), (4, 5.0), (5, 3.0), (6, 3.0)], 3.0), [4.0, 5.0]);
    }

    #[test]
    fn it_is_said_by_how_much() {
        let words = |value, usual| Figure { value, usual }.words(crate::model::size, "smaller", "large");
        assert_eq!(words(3.1e9, Usual::Below(9.8e9)), "3.1 GB, usually 9.8 GB: 68 % smaller");
        assert_eq!(words(22e9, Usual::Above(9.8e9)), "22 GB, usually 9.8 GB: 2.2 times as large");
        assert_eq!(words(9.7e9, Usual::Like(9.8e9)), "9.7 GB");
        assert_eq!(words(0.0, Usual::Below(9.8e9)), "0 B, usually 9.8 GB: 100 % smaller");
    }
}
