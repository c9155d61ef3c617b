//! Alerts: the plan's, and whatever else fires in its Alertmanagers.

use std::sync::Arc;

use super::{
    heard::{Heard, hear, row_of},
    inputs::Ground,
    pointing::runbook_for,
    scene::{AlertRow, AlertState, Members},
};
use crate::{
    gates::{AlarmState, usable},
    model::{Ask, Reading, Severity, SignalKey},
    plan::{AlertRule, Link},
};

/// Firing ones first, the plan's own before others, the worst and then the oldest first; then those on their way to it, those that cannot be told, and those that fire but
/// are silenced or inhibited.
pub fn rows(ground: &Ground) -> Vec<AlertRow> {
    let plan = ground.inputs.plan;
    let managers = plan.connections.iter().filter(|(_, connection)| matches!(connection.link, Link::Alertmanager(_)));
    let (vias, told): (Vec<&str>, Vec<_>) = managers.map(|(via, _)| (via.as_str(), answer_of(via, ground))).unzip();
    let answers: Vec<Option<Arc<Reading>>> = told.iter().map(|told| told.as_ref().ok().cloned()).collect();
    let heard = ground.kept.heard.by_answers("alertmanagers", &answers, || Arc::new(hear(plan, &vias, &answers)));
    let mut rows: Vec<AlertRow> = plan.alerts.iter().map(|rule| of_rule(rule, &heard, ground)).collect();
    for (heard, told) in heard.iter().zip(told) {
        match told {
            Ok(_) => rows.extend(heard.others.iter().cloned()),
            Err(words) => {
                rows.push(row_of(&heard.via, &format!("alerts of {}", heard.via), AlertState::CannotTell, words));
            }
        }
    }
    rows.sort_by_key(|row| (row.state.rank(), row.via.is_some(), Severity::level_of(row.severity), row.since));
    rows
}

/// What the Alertmanager `via` answers now, or why that says nothing.
fn answer_of(via: &str, ground: &Ground) -> Result<Arc<Reading>, String> {
    let signals = ground.inputs.signals;
    usable(via, &Ask::Alerts, None, signals, None, ground.now()).map_err(|unusable| unusable.words)?;
    let signal = signals.get(&SignalKey::of(via, &Ask::Alerts));
    signal.and_then(|signal| signal.reading.clone()).ok_or_else(|| format!("{via} has not answered yet"))
}

/// A rule of the plan.
fn of_rule(rule: &AlertRule, managers: &[Heard], ground: &Ground) -> AlertRow {
    let inputs = ground.inputs;
    let alarm = inputs.alarms.judge(rule, inputs.signals, ground.now());
    let state = match alarm.state {
        AlarmState::Firing => AlertState::Firing,
        AlarmState::Pending => AlertState::Pending,
        AlarmState::CannotTell => AlertState::CannotTell,
        AlarmState::Suppressed(how) => how.into(),
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
            let heard = managers.iter().find(|heard| Some(&heard.via) == rule.via.as_ref());
            if let Some(members) = heard.and_then(|heard| heard.named.get(&rule.name)) {
                let count = |state: AlertState| members.iter().filter(|member| member.state() == state).count();
                (row.count, row.silenced, row.inhibited) =
                    (count(row.state), count(AlertState::Silenced), count(AlertState::Inhibited));
                row.members = members.clone();
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
