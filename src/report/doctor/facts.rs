//! What `lifeboat doctor --json` prints. Fields may be added; what is there keeps its name and meaning within a version.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Readiness, Ready, Spot, Time};

/// The form of [`Doctor`]; another number means that a program has to be adapted.
pub const FORM: &str = "lifeboat/doctor/v1";

/// Whether every action of some runbooks could be done at one moment. Times are UTC.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Doctor {
    /// `lifeboat/doctor/v1`.
    pub form: String,
    pub plan: String,
    /// The runbooks that were asked about.
    pub runbooks: Vec<String>,
    /// When it was asked.
    pub now: Time,
    pub took_millis: u64,
    /// The worst of all answers; decides the exit code: `yes` and `warned` 0, `no` 1, `cannot_tell` 2.
    pub ready: Ready,
    pub sentence: String,
    /// Connections, and this machine; the worst first.
    pub spots: Vec<Spot>,
}

/// The JSON Schema (draft 2020-12) of [`Doctor`].
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Doctor).to_value();
    schema["title"] = "What `lifeboat doctor --json` prints".into();
    schema["properties"]["form"]["const"] = FORM.into();
    schema
}

/// `readiness` as facts.
pub fn doctor(plan: &str, runbooks: &[&str], readiness: Readiness) -> Doctor {
    Doctor {
        form: FORM.to_owned(),
        plan: plan.to_owned(),
        runbooks: runbooks.iter().map(|name| (*name).to_owned()).collect(),
        now: readiness.asked,
        took_millis: readiness.took.as_millis(),
        ready: readiness.ready(),
        sentence: sentence(&readiness),
        spots: readiness.spots,
    }
}

/// `9 of 12 hold; 2 would fail now, 1 cannot be told. Not ready: failover promote (db-west).`
fn sentence(readiness: &Readiness) -> String {
    let all = readiness.checks().count();
    if all == 0 {
        return "No step calls anything: nothing was asked.".to_owned();
    }
    let count = |ready| readiness.count(ready);
    let good = count(Ready::Yes) + count(Ready::Warned);
    let counted = [
        (count(Ready::No), "would fail now"),
        (count(Ready::CannotTell), "cannot be told"),
        (count(Ready::Warned), "of those that hold should be looked at"),
    ];
    let parts: Vec<String> = counted.iter().filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}")).collect();
    let mut said = format!("{good} of {all} hold");
    if !parts.is_empty() {
        said.push_str(&format!("; {}", parts.join(", ")));
    }
    let mut steps: Vec<String> = Vec::new();
    let bad = readiness.checks().filter(|check| check.ready == Ready::No);
    for step in bad.flat_map(|check| &check.steps) {
        let name = format!("{} {}", step.runbook, step.step);
        if !steps.contains(&name) {
            steps.push(name);
        }
    }
    match steps.as_slice() {
        [] => format!("{said}."),
        some => format!("{said}. Not ready: {}.", some.join(", ")),
    }
}
