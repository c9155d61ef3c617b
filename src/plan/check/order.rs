//! RULES R20: the order in which a PostgreSQL database changes sides, so that nothing is written twice or lost.

use std::collections::HashSet;

use super::{graph::Steps, names::Index};
use crate::plan::{
    findings::{Finding, Findings},
    types::{Plan, Runbook, Step, StepKind},
};

const FENCE: &str = "postgres.fence";
const CAUGHT_UP: &str = "postgres.wait_caught_up";
const PROMOTE: &str = "postgres.promote";
const ALLOW: &str = "postgres.allow_writes";
const WRITE_PROBE: &str = "postgres.write_probe";

pub fn via(step: &Step) -> Option<&str> {
    step.with.get("via")?.as_str()
}

/// All of a step's own action, or of the runbooks that it runs, satisfy `wanted` at least once.
fn does(plan: &Plan, step: &Step, wanted: &dyn Fn(&Step) -> bool) -> bool {
    let mut open = vec![step];
    let mut seen = HashSet::new();
    while let Some(step) = open.pop() {
        if wanted(step) {
            return true;
        }
        if let Some(runbook) = step.runbook.as_deref().and_then(|name| plan.runbook(name))
            && seen.insert(runbook.name.as_str())
        {
            open.extend(runbook.steps());
        }
    }
    false
}

/// Whether it is a way to keep the old primary from answering: a program, or a person's work that says so.
fn isolates(step: &Step) -> bool {
    const WORDS: [&str; 9] = ["isolat", "stop", "shut", "power", "cut ", "kill", "detach", "unplug", "turn off"];
    match step.kind() {
        StepKind::Action => {
            step.action.as_deref() == Some("command.run") && step.with.get("reads_only") != Some(&serde_json::Value::Bool(true))
        }
        StepKind::Check | StepKind::Gate => {
            let said = format!("{} {} {} ", step.id, step.title, step.how.as_deref().unwrap_or_default()).to_lowercase();
            WORDS.iter().any(|word| said.contains(word))
        }
        _ => false,
    }
}

pub fn check(plan: &Plan, runbook: &Runbook, index: &Index<'_>, findings: &mut Findings) {
    let steps = Steps::of(runbook);
    let is = |step: &Step, action: &str| step.action.as_deref() == Some(action);
    let any = |among: &HashSet<usize>, wanted: &dyn Fn(&Step) -> bool| among.iter().any(|n| does(plan, steps.all[*n], wanted));
    let promotions: Vec<usize> = (0..steps.all.len()).filter(|n| is(steps.all[*n], PROMOTE)).collect();
    let mut warn = |code, step: &Step, message: &str, help: String| {
        if let Some(place) = index.step_place(&runbook.name, step.id.as_str(), "action") {
            findings.push(Finding::warning(code, &place, message).help(help));
        }
    };
    for &n in &promotions {
        let step = steps.all[n];
        let before = steps.graph.before(n);
        let fenced = any(&before, &|s| is(s, FENCE));
        if !fenced {
            let help = format!("let it need a step with {FENCE} on the old primary");
            warn(
                "promote-without-fence",
                step,
                "promoted while the old primary may still take writes: nothing it needs is a fence",
                help,
            );
        }
        if !any(&before, &|s| is(s, CAUGHT_UP)) {
            let help = format!("let it need a step with {CAUGHT_UP} after the fence");
            warn("promote-without-wait", step, "promoted without waiting until the standby has the last commit", help);
        }
        if !any(&before, &isolates) {
            let message = "promoted before anything stops or isolates the old primary";
            let help = "let it need a step that stops it (command.run), or a check that somebody cut it off".to_owned();
            warn("promote-without-isolation", step, message, help);
        }
        let after = steps.graph.after(n);
        if fenced && !any(&after, &|s| is(s, ALLOW)) {
            let message = "the fence replicates: after this promotion the application is refused on the new primary too";
            warn("promote-without-allow-writes", step, message, format!("add {ALLOW} on the new primary after it"));
        }
    }
    for (n, step) in steps.all.iter().enumerate().filter(|(_, step)| is(step, ALLOW)) {
        let before = steps.graph.before(n);
        if !promotions.is_empty() && !any(&before, &|s| is(s, PROMOTE)) {
            let message = "writes are allowed without waiting for the promotion";
            warn("allow-writes-too-early", step, message, "let it need the promotion".to_owned());
        }
        if !any(&steps.graph.after(n), &|s| is(s, WRITE_PROBE)) {
            let message = "nothing proves that the application can write again";
            warn("allow-writes-without-probe", step, message, format!("add {WRITE_PROBE} after it"));
        }
    }
}
