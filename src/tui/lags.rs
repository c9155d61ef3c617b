//! How far behind each copy was since this console looks.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    model::{Duration, Time},
    picture::ReplicationRow,
};

#[derive(Clone, Debug, Default)]
struct Trace {
    last: Option<Time>,
    /// Seconds behind, the newest last; `None` where it meant nothing.
    behind: VecDeque<Option<f64>>,
}

/// By dataset and source.
#[derive(Clone, Debug, Default)]
pub struct Lags(BTreeMap<(String, String), Trace>);

impl Lags {
    /// One mark stands for so long: a line of them shows some minutes.
    const EVERY: Duration = Duration::from_secs(10);
    const KEPT: usize = 60;

    pub fn see(&mut self, rows: &[ReplicationRow], now: Time) {
        for row in rows {
            let trace = self.0.entry(key(row)).or_default();
            // A clock that was set back begins anew.
            let is_due = trace.last.is_none_or(|last| now < last || Duration::between(last, now) >= Self::EVERY);
            let behind = row.behind.map(|behind| behind.most.as_secs_f64());
            if is_due {
                trace.last = Some(now);
                trace.behind.push_back(behind);
                if trace.behind.len() > Self::KEPT {
                    trace.behind.pop_front();
                }
            } else if let Some(newest) = trace.behind.back_mut() {
                // The worst of its time: a moment without connection is not lost between two marks.
                *newest = newest.zip(behind).map(|(one, other)| one.max(other));
            }
        }
    }

    /// Shares of the furthest behind that it was, the newest last.
    pub fn shares(&self, row: &ReplicationRow) -> impl DoubleEndedIterator<Item = Option<f64>> {
        let seen = self.0.get(&key(row)).map(|trace| &trace.behind);
        // Less than a second is the time that news takes.
        let most = seen.into_iter().flatten().flatten().fold(1.0, |most: f64, behind| most.max(*behind));
        seen.into_iter().flatten().map(move |behind| behind.map(|behind| behind / most))
    }
}

fn key(row: &ReplicationRow) -> (String, String) {
    (row.dataset.clone(), row.source.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Freshness, Verdict},
        objectives::Follows,
        picture::LossRange,
        tui::spark::spark,
    };

    fn row(behind: Option<u64>) -> ReplicationRow {
        let behind = behind.map(Duration::from_secs).map(|lag| LossRange { least: lag, most: lag });
        ReplicationRow {
            dataset: "orders".into(),
            source: "replica".into(),
            how: None,
            region: None,
            follows: if behind.is_some() { Follows::Behind } else { Follows::CutOff },
            behind,
            limit: None,
            over: false,
            known: Freshness::Fresh,
            verdict: Verdict::Met,
            words: String::new(),
        }
    }

    #[test]
    fn a_mark_is_the_worst_of_its_ten_seconds_and_a_cut_is_a_gap() {
        let mut lags = Lags::default();
        for (secs, behind) in
            [(0, Some(2)), (10, Some(8)), (14, Some(1)), (20, Some(4)), (25, None), (29, Some(4)), (30, Some(8))]
        {
            lags.see(&[row(behind)], Time::from_timestamp(1_700_000_000 + secs, 0).unwrap());
        }
        assert_eq!(spark(lags.shares(&row(None)), 9), "▃█·█");
    }
}
