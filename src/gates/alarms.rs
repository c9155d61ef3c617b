//! The plan's alerts, and since when they fire.

use std::collections::BTreeMap;

use super::{
    alerts::{Suppression, Told, told},
    evaluate::evaluate,
    judgement::Answer,
};
use crate::{
    model::{Duration, Signals, Time},
    plan::{AlertRule, Service},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmState {
    Firing,
    /// Its expression returns samples, not yet for its `for`.
    Pending,
    /// It fires, and its Alertmanager tells nobody.
    Suppressed(Suppression),
    Quiet,
    CannotTell,
}

/// What a rule says now.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    pub state: AlarmState,
    /// First sample of the unbroken stretch in which it returned some.
    pub since: Option<Time>,
    pub words: String,
}

/// Remembers how long each rule has been returning samples, and each service failing; the rest is computed from the
/// signals at hand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alarms {
    rules: BTreeMap<String, (Time, Time)>,
    /// First sample of the stretch in which a service's health probe fails.
    failing: BTreeMap<String, Time>,
    /// The newest sample by which a service was well.
    well: BTreeMap<String, Time>,
}

impl Alarms {
    /// The machine's clock was set by so many milliseconds: what was seen keeps its age.
    pub fn shift(&mut self, by_ms: i64) {
        let by = chrono::TimeDelta::milliseconds(by_ms);
        let stretches = self.rules.values_mut().flat_map(|(first, last)| [first, last]);
        stretches.chain(self.failing.values_mut()).chain(self.well.values_mut()).for_each(|time| *time += by);
    }

    /// Takes in what is observed at `now`. To be called whenever something was observed.
    pub fn observe(&mut self, rules: &[AlertRule], signals: &Signals, now: Time) {
        for rule in rules {
            match told(&rule.probe(), signals, None, now) {
                Told::Fires { since: None, measured, .. } => {
                    let stretch = self.rules.entry(rule.name.clone()).or_insert((measured, measured));
                    stretch.1 = stretch.1.max(measured);
                }
                _ => {
                    self.rules.remove(&rule.name);
                }
            }
        }
    }

    /// Takes in how the services are at `now`. Not knowing ends no stretch: nobody saw the service well meanwhile.
    pub fn observe_services(&mut self, services: &[Service], signals: &Signals, now: Time) {
        for service in services {
            let Some(probe) = service.health_probe() else { continue };
            let judged = evaluate(probe, signals, None, now);
            match (judged.state, judged.measured) {
                (Answer::Holds, measured) => {
                    self.failing.remove(&service.name);
                    self.well.extend(measured.map(|measured| (service.name.clone(), measured)));
                }
                (Answer::Fails, Some(measured)) => {
                    self.failing.entry(service.name.clone()).or_insert(measured);
                }
                _ => {}
            }
        }
    }

    /// The first failing sample that was seen of a service that was not seen well since.
    pub fn failing_since(&self, service: &str) -> Option<Time> {
        self.failing.get(service).copied()
    }

    /// The newest sample by which `service` was seen well.
    pub fn well_at(&self, service: &str) -> Option<Time> {
        self.well.get(service).copied()
    }

    /// What `rule` says at `now`.
    pub fn judge(&self, rule: &AlertRule, signals: &Signals, now: Time) -> Alarm {
        let alarm = |state, since, words| Alarm { state, since, words };
        match told(&rule.probe(), signals, None, now) {
            Told::Elsewhere => alarm(AlarmState::CannotTell, None, "lives elsewhere: not read here".into()),
            Told::Untold(words) => alarm(AlarmState::CannotTell, None, words),
            Told::Quiet { .. } => alarm(AlarmState::Quiet, None, "quiet".into()),
            Told::Suppressed { how, since, words, .. } => alarm(AlarmState::Suppressed(how), since, words),
            Told::Fires { since: Some(since), words, .. } => alarm(AlarmState::Firing, Some(since), words),
            Told::Fires { since: None, measured, words } => {
                let (first, last) = self.rules.get(&rule.name).copied().unwrap_or((measured, measured));
                let (held, hold) = (Duration::between(first, last.max(measured)), rule.hold.unwrap_or_default());
                if held >= hold {
                    return alarm(AlarmState::Firing, Some(first), words);
                }
                alarm(AlarmState::Pending, Some(first), format!("{words}, for {held} of {hold}"))
            }
        }
    }
}
