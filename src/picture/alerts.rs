//! Alerts: the plan's, and whatever else fires in its Alertmanagers.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use super::{
    inputs::Ground,
    pointing::{points_to, runbook_for},
    scene::{AlertRow, AlertState, Members},
};
use crate::{
    gates::{
        AlarmState, Suppression, Told,
        alerts::{left_out, name, of_manager},
        usable,
    },
    model::{Ask, Reading, Sample, SignalKey},
    plan::{AlertRule, Link, Plan},
};

/// Of one Alertmanager no more names than these have a row that the plan does not name; the rest share one.
const MOST: usize = 100;

/// Firing ones first, the plan's own before others, the worst and then the oldest first; then those on their way to it, those that cannot be told, and those that fire but
/// are silenced or inhibited.
pub fn rows(ground: &Ground) -> Vec<AlertRow> {
    let plan = ground.inputs.plan;
    let managers: Vec<Heard> = plan
        .connections
        .iter()
        .filter(|(_, connection)| matches!(connection.link, Link::Alertmanager(_)))
        .map(|(via, _)| Heard::by(via, ground))
        .collect();
    let mut rows: Vec<AlertRow> = plan.alerts.iter().map(|rule| of_rule(rule, &managers, ground)).collect();
    let mut seen = Seen::new();
    for heard in &managers {
        rows.extend(others(heard, plan, &mut seen));
    }
    rows.sort_by_key(|row| (order(row.state), row.via.is_some(), row.severity.map_or(u8::MAX, |s| s.level()), row.since));
    rows
}

fn order(state: AlertState) -> u8 {
    match state {
        AlertState::Firing => 0,
        AlertState::Pending => 1,
        AlertState::CannotTell => 2,
        AlertState::Silenced | AlertState::Inhibited => 3,
        AlertState::Quiet => 4,
    }
}

fn suppressed(how: Suppression) -> AlertState {
    match how {
        Suppression::Silenced => AlertState::Silenced,
        Suppression::Inhibited => AlertState::Inhibited,
    }
}

/// What an Alertmanager says, by the names of its alerts.
struct Heard<'a> {
    via: &'a str,
    /// Why nothing is heard of it.
    untold: Option<String>,
    reading: Option<Arc<Reading>>,
    by_name: BTreeMap<&'a str, Vec<usize>>,
    left_out: usize,
}

impl<'a> Heard<'a> {
    fn by(via: &'a str, ground: &Ground<'a>) -> Self {
        let signals = ground.inputs.signals;
        let mut heard = Self { via, untold: None, reading: None, by_name: BTreeMap::new(), left_out: 0 };
        match usable(via, &Ask::Alerts, None, signals, None, ground.now()) {
            Err(unusable) => heard.untold = Some(unusable.words),
            Ok(reading) => {
                heard.reading = signals.get(&SignalKey::of(via, &Ask::Alerts)).and_then(|signal| signal.reading.clone());
                heard.left_out = left_out(&reading.samples);
                for (at, sample) in reading.samples.iter().enumerate().filter(|(_, sample)| !is_count(sample)) {
                    heard.by_name.entry(name(sample).map_or("without a name", String::as_str)).or_default().push(at);
                }
            }
        }
        heard
    }

    fn samples(&self) -> &[Sample] {
        self.reading.as_ref().map(|reading| reading.samples.as_slice()).unwrap_or_default()
    }

    /// Those at these places, as a row shows them: what fires first, the worst and then the oldest of it.
    fn members(&self, mut at: Vec<usize>, plan: &Plan) -> Members {
        let Some(reading) = &self.reading else { return Members::default() };
        let samples = self.samples();
        at.sort_by_cached_key(|at| {
            let sample = &samples[*at];
            (AlertState::of(sample), severity_of(sample, plan), sample.labels.get("@since"))
        });
        Members::new(reading.clone(), at, None)
    }
}

/// The sample that is no alert, but says how many were left out.
fn is_count(sample: &Sample) -> bool {
    sample.labels.contains_key("@left_out")
}

fn severity_of(alert: &Sample, plan: &Plan) -> u8 {
    let severity = alert.labels.get("severity").and_then(|word| plan.severity(word));
    severity.map_or(u8::MAX, |severity| severity.level())
}

/// A rule of the plan.
fn of_rule(rule: &AlertRule, managers: &[Heard], ground: &Ground) -> AlertRow {
    let inputs = ground.inputs;
    let alarm = inputs.alarms.judge(rule, inputs.signals, ground.now());
    let state = match alarm.state {
        AlarmState::Firing => AlertState::Firing,
        AlarmState::Pending => AlertState::Pending,
        AlarmState::CannotTell => AlertState::CannotTell,
        AlarmState::Suppressed(how) => suppressed(how),
        AlarmState::Quiet => AlertState::Quiet,
    };
    let summary = rule.summary.as_ref().filter(|_| state == AlertState::Firing);
    let scenario = rule.scenario.clone();
    let mut row = AlertRow {
        since: alarm.since,
        runbook: scenario.as_ref().and_then(|scenario| runbook_for(scenario, inputs.plan)),
        points_by: scenario.as_ref().map(|_| "the plan says so".into()),
        scenario,
        severity: rule.severity.as_ref().and_then(|word| inputs.plan.severity(word)),
        ..AlertRow::bare(&rule.name, state, summary.map_or(alarm.words.clone(), |said| format!("{said} ({})", alarm.words)))
    };
    if matches!(state, AlertState::Quiet | AlertState::CannotTell) {
        return row;
    }
    match &rule.expr {
        None => {
            if let Some(heard) = managers.iter().find(|heard| Some(heard.via) == rule.via.as_deref())
                && let Some(at) = heard.by_name.get(rule.name.as_str())
            {
                counted(&mut row, heard, at, inputs.plan);
            }
        }
        Some(expr) => {
            let key = rule.via.as_ref().map(|via| SignalKey::of(via, &Ask::Query { expr: expr.clone() }));
            let reading = key.and_then(|key| inputs.signals.get(&key)?.reading.clone());
            row.count = usize::from(state == AlertState::Firing);
            if let Some(reading) = reading {
                let all = (0..reading.samples.len()).collect();
                row.members = Members::new(reading, all, Some(state));
            }
        }
    }
    row
}

/// Fills in who stands behind `row`, and how many in which state.
fn counted(row: &mut AlertRow, heard: &Heard, at: &[usize], plan: &Plan) {
    let count = |state: AlertState| at.iter().filter(|at| AlertState::of(&heard.samples()[**at]) == state).count();
    (row.count, row.silenced, row.inhibited) = (count(row.state), count(AlertState::Silenced), count(AlertState::Inhibited));
    row.members = heard.members(at.to_vec(), plan);
}

/// Alerts that another Alertmanager told of, by fingerprint, and whether they fire there: replicas say the same.
type Seen<'a> = BTreeMap<&'a str, bool>;

/// What an Alertmanager tells of that has no name in the plan, a row a name; when it cannot be asked, that.
fn others<'h>(heard: &'h Heard, plan: &Plan, seen: &mut Seen<'h>) -> Vec<AlertRow> {
    let row =
        |name: &str, state, words: String| AlertRow { via: Some(heard.via.to_owned()), ..AlertRow::bare(name, state, words) };
    if let Some(words) = &heard.untold {
        return vec![row(&format!("alerts of {}", heard.via), AlertState::CannotTell, words.clone())];
    }
    let samples = heard.samples();
    let known =
        |name: &str| plan.alerts.iter().any(|r| r.name == name && r.expr.is_none() && r.via.as_deref() == Some(heard.via));
    let mut groups: Vec<(AlertRow, Vec<usize>)> = Vec::new();
    for (name, all) in &heard.by_name {
        let mut fresh = all.clone();
        fresh.retain(|at| {
            let sample = &samples[*at];
            let fires = AlertState::of(sample) == AlertState::Firing;
            let before = sample.labels.get("@fingerprint").and_then(|print| seen.insert(print, fires));
            !before.is_some_and(|fired| fired || !fires)
        });
        if !known(name) {
            groups.extend(group(name, heard, &fresh, plan).map(|row| (row, fresh)));
        }
    }
    // Before any is left out: what is worst must not be lost among what begins with A.
    groups.sort_by_key(|(row, _)| (order(row.state), row.severity.map_or(u8::MAX, |s| s.level()), Reverse(row.count), row.since));
    let rest = groups.split_off(groups.len().min(MOST));
    let mut rows: Vec<AlertRow> = groups
        .into_iter()
        .map(|(mut row, at)| {
            row.members = heard.members(at, plan);
            row
        })
        .collect();
    if let Some((first, _)) = rest.first() {
        let alerts: usize = rest.iter().map(|(row, _)| row.count).sum();
        let of = |count: fn(&AlertRow) -> usize| rest.iter().map(|(row, _)| count(row)).sum();
        let words = format!("{alerts} alerts with {} names more", rest.len());
        rows.push(AlertRow {
            count: alerts,
            silenced: of(|row| row.silenced),
            inhibited: of(|row| row.inhibited),
            ..row(&format!("{} more in {}", rest.len(), heard.via), first.state, words)
        });
        let at = rest.into_iter().flat_map(|(_, at)| at).collect();
        if let Some(last) = rows.last_mut() {
            last.members = heard.members(at, plan);
        }
    }
    if heard.left_out > 0 {
        let words = format!("{} has so many more alerts than are kept here; those that fire and are worst are kept", heard.via);
        rows.push(row(&format!("{} more in {}, not kept", heard.left_out, heard.via), AlertState::CannotTell, words));
    }
    rows
}

/// All alerts of one name; those who stand behind it are filled in once it is known to have a row.
fn group(name: &str, heard: &Heard, at: &[usize], plan: &Plan) -> Option<AlertRow> {
    let alerts: Vec<&Sample> = at.iter().map(|at| &heard.samples()[*at]).collect();
    let (state, since, words) = match of_manager(&alerts)? {
        Told::Fires { since, words, .. } => (AlertState::Firing, since, words),
        Told::Suppressed { how, since, words, .. } => (suppressed(how), since, words),
        Told::Quiet { .. } | Told::Untold(_) | Told::Elsewhere => return None,
    };
    // While one of them fires unsuppressed, those that nobody is told of neither count nor speak for it.
    let told = |alert: &&&Sample| state != AlertState::Firing || AlertState::of(alert) == AlertState::Firing;
    let severities = alerts.iter().filter(told).filter_map(|alert| plan.severity(alert.labels.get("severity")?));
    let severity = severities.min_by_key(|severity| severity.level());
    let pointed = alerts.iter().filter(told).find_map(|alert| points_to(&alert.labels, plan));
    let count = |state: AlertState| alerts.iter().filter(|alert| AlertState::of(alert) == state).count();
    let row = AlertRow::bare(name, state, words);
    Some(AlertRow {
        via: Some(heard.via.to_owned()),
        since,
        severity,
        count: count(state),
        silenced: count(AlertState::Silenced),
        inhibited: count(AlertState::Inhibited),
        scenario: pointed.as_ref().and_then(|pointed| pointed.scenario.clone()),
        runbook: pointed.as_ref().and_then(|pointed| pointed.runbook.clone()),
        points_by: pointed.map(|pointed| pointed.by),
        ..row
    })
}
