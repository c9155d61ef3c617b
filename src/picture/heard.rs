//! What the plan's Alertmanagers tell, worked out from their answers alone, whatever their age.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use super::{
    pointing::points_to,
    scene::{AlertRow, AlertState, Members},
};
use crate::{
    gates::{
        Told,
        alerts::{left_out, name, of_manager},
    },
    model::{Reading, Sample, Severity},
    plan::Plan,
};

/// Of one Alertmanager no more names than these have a row that the plan does not name; the rest share one.
const MOST: usize = 100;

/// What one Alertmanager tells.
pub struct Heard {
    pub via: String,
    /// The alerts that the plan names, by their name.
    pub named: BTreeMap<String, Members>,
    /// A row for each name that the plan does not name, the worst first.
    pub others: Vec<AlertRow>,
}

/// What the Alertmanagers `vias` of `plan` tell by their `answers`; one without an answer tells nothing.
pub fn hear(plan: &Plan, vias: &[&str], answers: &[Option<Arc<Reading>>]) -> Vec<Heard> {
    let mut seen = Seen::new();
    let told = vias.iter().zip(answers).map(|(via, reading)| match reading {
        Some(reading) => Answer { via, reading, plan }.heard(&mut seen),
        None => Heard { via: (*via).to_owned(), named: BTreeMap::new(), others: Vec::new() },
    });
    told.collect()
}

/// A row of that name that the Alertmanager `via` tells of.
pub fn row_of(via: &str, name: &str, state: AlertState, words: String) -> AlertRow {
    AlertRow { via: Some(via.to_owned()), ..AlertRow::bare(name, state, words) }
}

/// Alerts that another Alertmanager told of, by fingerprint, and whether they fire there: replicas say the same.
type Seen<'a> = BTreeMap<&'a str, bool>;

struct Answer<'a> {
    via: &'a str,
    reading: &'a Arc<Reading>,
    plan: &'a Plan,
}

impl<'a> Answer<'a> {
    fn heard(&self, seen: &mut Seen<'a>) -> Heard {
        let samples = &self.reading.samples;
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, sample) in samples.iter().enumerate().filter(|(_, sample)| !is_count(sample)) {
            by_name.entry(name(sample).map_or("without a name", String::as_str)).or_default().push(at);
        }
        let known = |name: &str| {
            self.plan.alerts.iter().any(|r| r.name == name && r.expr.is_none() && r.via.as_deref() == Some(self.via))
        };
        let (mut named, mut groups) = (BTreeMap::new(), Vec::new());
        for (name, all) in by_name {
            let fresh = all.iter().copied().filter(|at| {
                let sample = &samples[*at];
                let fires = AlertState::of(sample) == AlertState::Firing;
                let before = sample.labels.get("@fingerprint").and_then(|print| seen.insert(print, fires));
                !before.is_some_and(|fired| fired || !fires)
            });
            let fresh: Vec<usize> = fresh.collect();
            if known(name) {
                named.insert(name.to_owned(), self.members(all));
            } else {
                groups.extend(self.group(name, &fresh).map(|row| (row, fresh)));
            }
        }
        Heard { via: self.via.to_owned(), named, others: self.others(groups) }
    }

    /// Those at these places, as a row shows them: what fires first, the worst and then the oldest of it.
    fn members(&self, mut at: Vec<usize>) -> Members {
        let severity = |alert: &Sample| alert.labels.get("severity").and_then(|word| self.plan.severity(word));
        at.sort_by_cached_key(|at| {
            let sample = &self.reading.samples[*at];
            (AlertState::of(sample), Severity::level_of(severity(sample)), sample.labels.get("@since"))
        });
        Members::new(self.reading.clone(), at, None)
    }

    /// The rows of what the plan does not name.
    fn others(&self, mut groups: Vec<(AlertRow, Vec<usize>)>) -> Vec<AlertRow> {
        // Before any is left out: what is worst must not be lost among what begins with A.
        groups.sort_by_key(|(row, _)| (row.state.rank(), Severity::level_of(row.severity), Reverse(row.count), row.since));
        let rest = groups.split_off(groups.len().min(MOST));
        let mut rows: Vec<AlertRow> = groups.into_iter().map(|(row, at)| AlertRow { members: self.members(at), ..row }).collect();
        rows.extend(self.in_one(rest));
        let more = left_out(&self.reading.samples);
        if more > 0 {
            let via = self.via;
            let words = format!("{via} has so many more alerts than are kept here; those that fire and are worst are kept");
            let row = row_of(via, &format!("{more} more in {via}, not kept"), AlertState::CannotTell, words);
            rows.push(AlertRow { left_out: more, ..row });
        }
        rows
    }

    /// One row for all of these.
    fn in_one(&self, rest: Vec<(AlertRow, Vec<usize>)>) -> Option<AlertRow> {
        let (first, _) = rest.first()?;
        let of = |count: fn(&AlertRow) -> usize| rest.iter().map(|(row, _)| count(row)).sum();
        let alerts: usize = rest.iter().map(|(_, at)| at.len()).sum();
        let words = format!("{alerts} alerts with {} names more", rest.len());
        // Those of another state count under it.
        let same = rest.iter().filter(|(row, _)| row.state == first.state);
        let row = AlertRow {
            count: same.map(|(row, _)| row.count).sum(),
            silenced: of(|row| row.silenced),
            inhibited: of(|row| row.inhibited),
            ..row_of(self.via, &format!("{} more in {}", rest.len(), self.via), first.state, words)
        };
        let at = rest.into_iter().flat_map(|(_, at)| at).collect();
        Some(AlertRow { members: self.members(at), ..row })
    }

    /// All alerts of one name; those who stand behind it are filled in once it is known to have a row.
    fn group(&self, name: &str, at: &[usize]) -> Option<AlertRow> {
        let plan = self.plan;
        let alerts: Vec<&Sample> = at.iter().map(|at| &self.reading.samples[*at]).collect();
        let (state, since, words) = match of_manager(&alerts)? {
            Told::Fires { since, words, .. } => (AlertState::Firing, since, words),
            Told::Suppressed { how, since, words, .. } => (how.into(), since, words),
            Told::Quiet { .. } | Told::Untold(_) | Told::Elsewhere => return None,
        };
        // While one of them fires unsuppressed, those that nobody is told of neither count nor speak for it.
        let told = |alert: &&&Sample| state != AlertState::Firing || AlertState::of(alert) == AlertState::Firing;
        let severities = alerts.iter().filter(told).filter_map(|alert| plan.severity(alert.labels.get("severity")?));
        let severity = severities.min_by_key(|severity| severity.level());
        let pointed = alerts.iter().filter(told).find_map(|alert| points_to(&alert.labels, plan));
        let count = |state: AlertState| alerts.iter().filter(|alert| AlertState::of(alert) == state).count();
        Some(AlertRow {
            since,
            severity,
            count: count(state),
            silenced: count(AlertState::Silenced),
            inhibited: count(AlertState::Inhibited),
            scenario: pointed.as_ref().and_then(|pointed| pointed.scenario.clone()),
            runbook: pointed.as_ref().and_then(|pointed| pointed.runbook.clone()),
            points_by: pointed.map(|pointed| pointed.by),
            ..row_of(self.via, name, state, words)
        })
    }
}

/// The sample that is no alert, but says how many were left out.
fn is_count(sample: &Sample) -> bool {
    sample.labels.contains_key("@left_out")
}
