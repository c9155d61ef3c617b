//! `lifeboat plan check`, `rules` and `schema`.

use std::{io::Write, path::Path};

use serde_json::json;

use super::exit;
use crate::{
    model::text::clean,
    plan::{Loaded, findings::Level, load, plan_schema, render, runbook_schema, summary},
    report::rules as report_rules,
    systems::catalogue,
};

/// Checks the plan of `dir` (or a `plan.yaml`): findings go to `out`, words about them to `err`. Returns the exit code.
/// Warnings and notes do not change it.
pub fn check(dir: &Path, as_json: bool, colour: bool, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let loaded = load(dir, &catalogue());
    let printed = if as_json { print_json(&loaded, out) } else { print_text(&loaded, colour, out, err) };
    let code = if loaded.has_errors() { exit::INPUT } else { exit::GOOD };
    exit::printed(printed.and_then(|()| out.flush()), code, err)
}

fn print_text(loaded: &Loaded, colour: bool, out: &mut dyn Write, err: &mut dyn Write) -> std::io::Result<()> {
    for finding in &loaded.findings {
        writeln!(out, "{}", render(finding, colour))?;
    }
    out.flush()?;
    let counted = summary(&loaded.findings);
    match &loaded.plan {
        Some(plan) => {
            let steps: usize = plan.runbooks.iter().map(|runbook| runbook.steps().count()).sum();
            writeln!(err, "plan {}: {} runbooks, {steps} steps; {counted}", plan.name, plan.runbooks.len())
        }
        None => writeln!(err, "the plan cannot be used: {counted}"),
    }
}

fn print_json(loaded: &Loaded, out: &mut dyn Write) -> std::io::Result<()> {
    let files: Vec<_> =
        loaded.files.iter().map(|(path, digest)| json!({"path": path.to_string_lossy(), "sha256": digest})).collect();
    let report = json!({
        "good": !loaded.has_errors(),
        "plan": loaded.plan.as_ref().map(|plan| &plan.name),
        "files": files,
        "findings": loaded.findings,
    });
    writeln!(out, "{report:#}")
}

/// Prints the plan's objectives as alert rules, all or those for the connection `via`; what they leave out is said on `err` too. A
/// plan with errors has none.
pub fn rules(dir: &Path, via: Option<&str>, as_json: bool, colour: bool, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let loaded = load(dir, &catalogue());
    let Some(plan) = loaded.plan.as_ref().filter(|_| !loaded.has_errors()) else {
        for finding in loaded.findings.iter().filter(|finding| finding.severity == Level::Error) {
            let _ = writeln!(err, "{}", render(finding, colour));
        }
        let _ = writeln!(err, "the plan cannot be used: {}", summary(&loaded.findings));
        return exit::INPUT;
    };
    let made = report_rules::rules(plan);
    if let Some(named) = via
        && !made.groups.iter().any(|group| group.via == named)
    {
        let known: Vec<&str> = made.groups.iter().map(|group| group.via.as_str()).collect();
        let known = if known.is_empty() { "there is none".to_owned() } else { format!("there are {}", known.join(", ")) };
        let _ = writeln!(err, "lifeboat: `{named}` is no Prometheus that the plan's objectives need: {known}");
        return exit::INPUT;
    }
    let groups = made.of(via);
    let count: usize = groups.iter().map(|group| group.rules.len()).sum();
    let page = match as_json {
        true => format!("{:#}\n", json!({"plan": plan.name, "groups": groups, "left_out": made.left_out, "doubts": made.doubts})),
        false => report_rules::yaml(plan, &made, via),
    };
    let printed = out.write_all(page.as_bytes()).and_then(|()| out.flush());
    let mut words = format!("plan {}: {count} rules\n", plan.name);
    made.left_out.iter().for_each(|left| words.push_str(&format!("left to Lifeboat: {}\n", clean(left))));
    made.doubts.iter().for_each(|doubt| words.push_str(&format!("as the plan has it: {}\n", clean(doubt))));
    let _ = err.write_all(words.as_bytes());
    exit::printed(printed, exit::GOOD, err)
}

/// Which of the two kinds of file a schema is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Plan,
    Runbook,
}

/// A JSON Schema (draft 2020-12) as text, for editors.
pub fn schema(which: Which) -> String {
    let schema = match which {
        Which::Plan => plan_schema(),
        Which::Runbook => runbook_schema(&catalogue()),
    };
    format!("{schema:#}\n")
}
