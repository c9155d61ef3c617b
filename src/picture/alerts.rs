//! Alerts: the plan's, and whatever else fires in its Alertmanagers.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{
    inputs::Ground,
    scene::{AlertRow, AlertState},
};
use crate::{
    gates::{
        AlarmState, Suppression, Told,
        alerts::{described, name, of_manager},
        usable,
    },
    model::{Ask, Sample, Value},
    plan::{AlertRule, Link, Plan},
};

/// Of one Alertmanager no more names than these are listed that the plan does not name.
const MOST: usize = 100;
/// Of several alerts of one name so many are described.
const MEMBERS: usize = 6;

/// Firing ones first, the plan's own before others, the worst and then the oldest first; then those on their way to it, those that cannot be told, and those that fire but
/// are silenced or inhibited.
pub fn rows(ground: &Ground) -> Vec<AlertRow> {
    let inputs = ground.inputs;
    let mut rows: Vec<AlertRow> = inputs
        .plan
        .alerts
        .iter()
        .map(|rule| {
            let alarm = inputs.alarms.judge(rule, inputs.signals, ground.now());
            let state = match alarm.state {
                AlarmState::Firing => AlertState::Firing,
                AlarmState::Pending => AlertState::Pending,
                AlarmState::CannotTell => AlertState::CannotTell,
                AlarmState::Suppressed(how) => suppressed(how),
                AlarmState::Quiet => AlertState::Quiet,
            };
            let summary = rule.summary.as_ref().filter(|_| state == AlertState::Firing);
            AlertRow {
                name: rule.name.clone(),
                via: None,
                state,
                since: alarm.since,
                scenario: rule.scenario.clone(),
                severity: rule.severity.as_ref().and_then(|word| inputs.plan.severity(word)),
                count: if state == AlertState::Firing { named(rule, ground) } else { 0 },
                members: Vec::new(),
                words: summary.map_or(alarm.words.clone(), |summary| format!("{summary} ({})", alarm.words)),
            }
        })
        .collect();
    let mut seen = Seen::new();
    for (via, connection) in &inputs.plan.connections {
        if matches!(connection.link, Link::Alertmanager(_)) {
            rows.extend(others(via, ground, &mut seen));
        }
    }
    rows.sort_by_key(|row| (order(row), row.via.is_some(), row.severity.map_or(u8::MAX, |s| s.level()), row.since));
    rows
}

fn order(row: &AlertRow) -> u8 {
    match row.state {
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

/// Alerts that another Alertmanager told of, by fingerprint, and whether they fire there: replicas say the same.
type Seen<'a> = BTreeMap<&'a str, bool>;

/// What fires in the Alertmanager `via` and has no name in the plan, a row a name; when it cannot be asked, that.
fn others<'a>(via: &str, ground: &Ground<'a>, seen: &mut Seen<'a>) -> Vec<AlertRow> {
    let (inputs, now) = (ground.inputs, ground.now());
    let row = |name: &str, state, words| AlertRow {
        name: name.to_owned(),
        via: Some(via.to_owned()),
        state,
        since: None,
        scenario: None,
        severity: None,
        count: 0,
        members: Vec::new(),
        words,
    };
    let reading = match usable(via, &Ask::Alerts, None, inputs.signals, None, now) {
        Ok(reading) => reading,
        Err(unusable) => return vec![row(&format!("alerts of {via}"), AlertState::CannotTell, unusable.words)],
    };
    let known =
        |name: &str| inputs.plan.alerts.iter().any(|r| r.name == name && r.expr.is_none() && r.via.as_deref() == Some(via));
    let mut by_name: BTreeMap<&str, Vec<&Sample>> = BTreeMap::new();
    for sample in &reading.samples {
        let name = name(sample).map_or("without a name", String::as_str);
        let again = sample.labels.get("@fingerprint").is_some_and(|print| {
            let before = seen.insert(print, fires(sample));
            before.is_some_and(|fired| fired || !fires(sample))
        });
        if !known(name) && !again {
            by_name.entry(name).or_default().push(sample);
        }
    }
    let mut groups: Vec<AlertRow> = by_name.iter().filter_map(|(name, alerts)| group(name, via, alerts, inputs.plan)).collect();
    // Before any is left out: what is worst must not be lost among what begins with A.
    groups.sort_by_key(|row| (order(row), row.severity.map_or(u8::MAX, |s| s.level()), Reverse(row.count), row.since));
    let rest = groups.split_off(groups.len().min(MOST));
    if !rest.is_empty() {
        let alerts: usize = rest.iter().map(|row| row.count).sum();
        let left_out = row(&format!("{} more in {via}", rest.len()), rest[0].state, format!("{alerts} alerts, not listed"));
        groups.push(AlertRow { count: alerts, ..left_out });
    }
    groups
}

fn fires(alert: &Sample) -> bool {
    alert.value == Value::from("firing")
}

/// How many alerts of an Alertmanager a rule of the plan means.
fn named(rule: &AlertRule, ground: &Ground) -> usize {
    let (Some(via), None) = (&rule.via, &rule.expr) else { return 1 };
    let reading = usable(via, &Ask::Alerts, None, ground.inputs.signals, None, ground.now());
    reading.map_or(1, |reading| reading.samples.iter().filter(|s| name(s) == Some(&rule.name) && fires(s)).count())
}

/// All alerts of one name.
fn group(name: &str, via: &str, alerts: &[&Sample], plan: &Plan) -> Option<AlertRow> {
    let (state, since, words) = match of_manager(alerts)? {
        Told::Fires { since, words, .. } => (AlertState::Firing, since, words),
        Told::Suppressed { how, since, words, .. } => (suppressed(how), since, words),
        Told::Quiet { .. } | Told::Untold(_) | Told::Elsewhere => return None,
    };
    // While one of them fires unsuppressed, those that nobody is told of neither count nor speak for it.
    let told = |alert: &&&Sample| state != AlertState::Firing || fires(alert);
    let counted: Vec<&Sample> = alerts.iter().filter(told).copied().collect();
    let severities = counted.iter().filter_map(|alert| plan.severity(alert.labels.get("severity")?));
    let members = if counted.len() > 1 { counted.iter().take(MEMBERS).map(|alert| described(alert)).collect() } else { vec![] };
    let pointed = counted.iter().find_map(|alert| points_to(alert, plan));
    Some(AlertRow {
        name: name.to_owned(),
        via: Some(via.to_owned()),
        state,
        since,
        words: match &pointed {
            Some((_, how)) => format!("{words}; {how}"),
            None => words,
        },
        scenario: pointed.map(|(scenario, _)| scenario),
        severity: severities.min_by_key(|severity| severity.level()),
        count: counted.len(),
        members,
    })
}

/// The scenario of the plan that an alert itself points to, and by what.
fn points_to(alert: &Sample, plan: &Plan) -> Option<(String, String)> {
    let label = |name: &str| alert.labels.get(name);
    if let Some(scenario) = label("scenario").filter(|scenario| plan.scenarios.contains_key(*scenario)) {
        return Some((scenario.clone(), "its label names the scenario".into()));
    }
    let answers = |runbook: &str| {
        let runbook = plan.runbooks.iter().find(|known| known.name == runbook)?;
        plan.scenarios.keys().find(|scenario| runbook.answers(scenario)).cloned()
    };
    if let Some((runbook, scenario)) = label("runbook").and_then(|runbook| Some((runbook, answers(runbook)?))) {
        return Some((scenario, format!("its label names the runbook {runbook}")));
    }
    let rule = plan.alerts.iter().find(|rule| Some(&rule.name) == name(alert))?;
    Some((rule.scenario.clone()?, "the plan has an alert of this name".into()))
}
