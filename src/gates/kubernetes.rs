//! Rollouts, read from the facts of deployments.

use std::collections::{BTreeMap, BTreeSet};

use super::judgement::Judgement;
use crate::{
    model::{Reading, Value, text::clean},
    plan::KubernetesProbe,
};

/// Holds when every named deployment (by default each of the namespace) is rolled out. One that is missing is
/// unknown, and so is a namespace without any.
pub fn rolled_out(reading: &Reading, probe: &KubernetesProbe) -> Judgement {
    let mut facts: BTreeMap<&str, BTreeMap<&str, &Value>> = BTreeMap::new();
    for sample in &reading.samples {
        if let (Some(name), Some(fact)) = (sample.labels.get("deployment"), sample.labels.get("fact")) {
            facts.entry(name).or_default().insert(fact, &sample.value);
        }
    }
    let named: BTreeSet<&str> = match probe.deployments.is_empty() {
        true => facts.keys().copied().collect(),
        false => probe.deployments.iter().map(String::as_str).collect(),
    };
    let Some(measured) = reading.samples.iter().map(|s| s.measured).min() else {
        return Judgement::unknown(format!("no deployment in {}", probe.namespace));
    };
    let (mut done, mut waiting, mut untold) = (0, None, None);
    for name in &named {
        let own = facts.get(name);
        let count = |fact: &str| own.and_then(|own| own.get(fact)).and_then(|v| v.number());
        match own.and_then(|own| own.get("complete")) {
            Some(Value::Truth(true)) => done += 1,
            Some(Value::Truth(false)) => {
                let words = match (count("available"), count("wanted")) {
                    (Some(available), Some(wanted)) => format!("{} has {available} of {wanted} available", clean(name)),
                    _ => format!("{} is not rolled out", clean(name)),
                };
                waiting = waiting.or(Some(words));
            }
            _ => untold = untold.or(Some(format!("{} is not there", clean(name)))),
        }
    }
    let total = named.len();
    match (waiting, untold) {
        (Some(words), _) => Judgement::told(false, format!("{done} of {total} complete: {words}"), measured),
        (None, Some(words)) => Judgement::unknown(words),
        (None, None) if total == 0 => Judgement::unknown(format!("no deployment in {}", probe.namespace)),
        (None, None) => Judgement::told(true, format!("{done} of {total} complete"), measured),
    }
}
