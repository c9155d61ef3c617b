//! Services: seen failing and seen healthy, turned into what an incident should know (RULES R24).

use std::collections::BTreeMap;

use crate::{
    gates::{Answer, Watch, WatchState, evaluate},
    incident::{Command, Impact, State},
    model::{Loss, Signals, Time, loss::LossKind},
    plan::{Plan, Service},
};

/// One service's health, as this console saw it.
#[derive(Debug, Default)]
struct Seen {
    /// Its probe was seen to hold at some time: then the first failing sample is the start of its impact.
    was_healthy: bool,
    /// First and last failing sample, while it fails.
    failing: Option<(Time, Time)>,
    /// Its newest sample holds.
    holds: bool,
    words: String,
    /// Looks for health that lasts; since the outage it belongs to.
    watch: Option<(Time, Watch)>,
}

/// Health of all services of a plan.
#[derive(Debug, Default)]
pub struct Impacts(BTreeMap<String, Seen>);

impl Impacts {
    /// The machine's clock was set by so much: what was seen keeps its age. Stretches of health are looked for anew.
    pub fn shift(&mut self, by_ms: i64) {
        let by = chrono::TimeDelta::milliseconds(by_ms);
        for seen in self.0.values_mut() {
            if let Some((first, last)) = &mut seen.failing {
                *first += by;
                *last += by;
            }
            seen.watch = None;
        }
    }

    /// Takes the newest signals in.
    pub fn look(&mut self, plan: &Plan, signals: &Signals, now: Time) {
        for service in &plan.services {
            let Some(probe) = service.health_probe() else { continue };
            let seen = self.0.entry(service.name.clone()).or_default();
            let judgement = evaluate(probe, signals, None, now);
            seen.holds = judgement.state == Answer::Holds;
            match (judgement.state, judgement.measured) {
                (Answer::Holds, _) => (seen.was_healthy, seen.failing) = (true, None),
                (Answer::Fails, Some(measured)) => {
                    let first = seen.failing.map_or(measured, |(first, _)| first);
                    seen.failing = Some((first, measured));
                    seen.words = judgement.words;
                }
                _ => {}
            }
        }
    }

    /// What is down when an incident is declared: what is seen failing, and what stands unseen in a lost region.
    pub fn at_declaration(&self, plan: &Plan, scenario: Option<&str>, began: Time) -> Vec<Impact> {
        let loses = scenario.and_then(|name| plan.scenarios.get(name)).and_then(|s| s.loses.as_ref());
        plan.services.iter().filter_map(|service| self.impact(service, loses, began)).collect()
    }

    fn impact(&self, service: &Service, loses: Option<&Loss>, began: Time) -> Option<Impact> {
        let seen = self.0.get(&service.name);
        let since = match seen.and_then(|seen| Some((seen.failing?.0, seen.was_healthy))) {
            Some((first, true)) => first.max(began),
            Some((_, false)) => began,
            // Nobody sees it, and what it stands in is said to be lost: its clock runs until it is seen healthy.
            None if !seen.is_some_and(|seen| seen.holds) && stood_in(service, loses) => began,
            None => return None,
        };
        Some(Impact { service: service.name.clone(), since })
    }

    /// What an open incident does not know yet: services that fail (two samples) or are healthy for long enough.
    pub fn news(&mut self, plan: &Plan, state: &State, signals: &Signals, now: Time) -> Vec<Command> {
        let mut commands = Vec::new();
        for service in &plan.services {
            let Some(gate) = &service.healthy else { continue };
            let Some(seen) = self.0.get_mut(&service.name) else { continue };
            let outage = state.services.get(&service.name).and_then(|s| s.outages.last()).filter(|o| o.until.is_none());
            match (outage, seen.failing) {
                (Some(outage), _) => {
                    if seen.watch.as_ref().is_none_or(|(from, _)| *from != outage.from) {
                        seen.watch = Some((outage.from, Watch::new(std::slice::from_ref(gate), outage.from)));
                    }
                    let Some((_, watch)) = &mut seen.watch else { continue };
                    match watch.observe(signals, now) {
                        WatchState::Held(proof) => {
                            commands.push(Command::ReportServiceHealthy { service: service.name.clone(), since: proof.first })
                        }
                        // Health has no deadline: the same watch goes on, or no stretch of samples would ever get long.
                        WatchState::Missed { .. } | WatchState::NotYet { .. } => {}
                    }
                }
                (None, Some((first, last))) if last > first => commands.push(Command::ReportServiceDown {
                    service: service.name.clone(),
                    since: first,
                    seen: seen.words.clone(),
                }),
                _ => {}
            }
        }
        commands
    }
}

fn stood_in(service: &Service, loses: Option<&Loss>) -> bool {
    match loses {
        Some(loss) if loss.kind() == LossKind::Region => loss.name().is_some() && service.region.as_deref() == loss.name(),
        Some(loss) if loss.kind() == LossKind::Service => loss.name() == Some(&service.name),
        _ => false,
    }
}
