//! One corpus for the loader and the schemas: `good` pass both, `bad` have exactly the errors that their comments mark,
//! `lint` exactly the warnings. `#~ code ..` marks findings of its own line, `#~-2 code` of the second line above.

use std::{collections::BTreeMap, path::Path};

use lifeboat::{
    plan::{Finding, Level, Loaded, load_embedded, plan_schema, render, runbook_schema},
    systems::catalogue,
};
use serde_json::Value;

struct Case {
    name: String,
    text: String,
    loaded: Loaded,
}

fn cases(folder: &str, prefix: &str) -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/plans").join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    let cases: Vec<Case> = paths
        .iter()
        .filter(|path| name(path).starts_with(prefix))
        .map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let loaded = load_embedded(&name(path), &[("plan.yaml", &text)], &catalogue());
            Case { name: name(path), text, loaded }
        })
        .collect();
    assert!(!cases.is_empty(), "no case {prefix} in {folder}");
    cases
}

/// Codes by line, sorted.
type Marks = BTreeMap<u32, Vec<String>>;

fn marked(text: &str) -> Marks {
    let mut marks = Marks::new();
    for (n, line) in text.lines().enumerate() {
        let Some((_, mark)) = line.split_once("#~") else { continue };
        let mut words = mark.split_whitespace().peekable();
        let up = match words.peek().and_then(|word| word.strip_prefix('-')).and_then(|n| n.parse::<u32>().ok()) {
            Some(up) => words.next().map_or(0, |_| up),
            None => 0,
        };
        marks.entry(n as u32 + 1 - up).or_default().extend(words.map(str::to_owned));
    }
    marks.values_mut().for_each(|codes| codes.sort());
    marks
}

fn found(findings: &[Finding], level: Level) -> Marks {
    let mut marks = Marks::new();
    for finding in findings.iter().filter(|finding| finding.severity == level) {
        marks.entry(finding.place.line).or_default().push(finding.code.to_owned());
    }
    marks.values_mut().for_each(|codes| codes.sort());
    marks
}

fn shown(findings: &[Finding]) -> String {
    findings.iter().map(|finding| render(finding, false)).collect()
}

/// Whether the schemas take all documents, and what the first objection is. YAML is read by another reader than the loader's.
fn by_schema(text: &str) -> Result<(), String> {
    let options = serde_saphyr::options! { strict_booleans: true };
    let documents: Vec<Value> =
        serde_saphyr::from_multiple_with_options(text, options).map_err(|error| format!("no YAML: {error}"))?;
    for document in documents {
        let is_runbook = document.get("kind") == Some(&Value::from("Runbook"));
        let schema = if is_runbook { runbook_schema(&catalogue()) } else { plan_schema() };
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        if let Some(error) = validator.iter_errors(&document).next() {
            return Err(format!("{error} at {}", error.instance_path));
        }
    }
    Ok(())
}

#[test]
fn good_plans_load_without_a_word_and_pass_the_schemas() {
    for case in cases("good", "") {
        let loud: Vec<_> = case.loaded.findings.iter().filter(|f| f.severity != Level::Note).cloned().collect();
        assert!(loud.is_empty(), "{}:\n{}", case.name, shown(&loud));
        assert!(case.loaded.plan.is_some(), "{}", case.name);
        by_schema(&case.text).unwrap_or_else(|why| panic!("{}: {why}", case.name));
    }
}

fn bad(prefix: &str) {
    for case in cases("bad", prefix) {
        let findings = &case.loaded.findings;
        assert_eq!(found(findings, Level::Error), marked(&case.text), "{}:\n{}", case.name, shown(findings));
        assert!(case.loaded.plan.is_none(), "{}", case.name);
        let schema = by_schema(&case.text);
        match case.text.lines().next() {
            Some("# schema: fails") => assert!(schema.is_err(), "{} should fail the schema", case.name),
            Some("# schema: cannot say") => {}
            other => panic!("{}: the first line says what the schema thinks, not {other:?}", case.name),
        }
    }
}

fn lint(prefix: &str) {
    for case in cases("lint", prefix) {
        let findings = &case.loaded.findings;
        assert_eq!(found(findings, Level::Warning), marked(&case.text), "{}:\n{}", case.name, shown(findings));
        assert!(case.loaded.plan.is_some(), "{}:\n{}", case.name, shown(findings));
        by_schema(&case.text).unwrap_or_else(|why| panic!("{}: {why}", case.name));
    }
}

#[test]
fn bad_plans_have_all_their_errors_at_once_each_on_its_line() {
    bad("");
}

#[test]
fn lint_says_what_it_should_and_no_more() {
    lint("");
}

#[test]
fn r01_a_fence_is_never_left_out() {
    bad("r01");
}

#[test]
fn r04_what_starts_by_itself_opens_its_own_runbook_and_is_seen_from_outside() {
    bad("r04");
    lint("r04");
}

#[test]
fn r16_an_approval_needs_somebody_who_can_give_it() {
    bad("r16");
}

#[test]
fn r18_one_login_for_looking_and_acting_is_reported() {
    lint("r18");
}

#[test]
fn r20_a_promotion_out_of_order_is_reported() {
    lint("r20");
}

#[test]
fn r23_lag_fences_and_observers_without_proof_are_reported() {
    bad("r23");
    lint("r23");
}

#[test]
fn every_error_says_what_was_expected_or_what_to_do() {
    for case in cases("bad", "") {
        for finding in &case.loaded.findings {
            let helps = finding.expected.is_some() || finding.nearest.is_some() || finding.help.is_some();
            assert!(helps, "{}", render(finding, false));
            assert!(finding.place.line > 0 && finding.source_line.is_some(), "{}", render(finding, false));
        }
    }
}

#[test]
fn no_finding_shows_a_secret() {
    for folder in ["bad", "lint"] {
        for case in cases(folder, "") {
            let text = shown(&case.loaded.findings) + &serde_json::to_string(&case.loaded.findings).unwrap();
            assert!(!text.contains("hunter2"), "{}:\n{text}", case.name);
        }
    }
}

#[test]
fn the_schemas_are_schemas_and_describe_every_action() {
    for schema in [plan_schema(), runbook_schema(&catalogue())] {
        jsonschema::meta::validate(&schema).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let text = schema.to_string();
        for stray in ["\"null\"", "RULES", "DOMAIN.md", "uint32"] {
            assert!(!text.contains(stray), "{stray}");
        }
    }
    let text = runbook_schema(&catalogue()).to_string();
    for spec in catalogue().specs() {
        assert!(text.contains(spec.name) && text.contains(spec.about), "{}", spec.name);
    }
}

#[test]
fn what_is_checked_and_not_yet_acted_upon_is_said() {
    let case = cases("lint", "people").remove(0);
    let said: Vec<_> = case.loaded.findings.iter().filter(|f| f.code == "by-hand").map(|f| (f.severity, f.place.line)).collect();
    assert_eq!(said, [(Level::Note, 8), (Level::Note, 14)], "the escalation and the review");
}

#[test]
fn what_nobody_recovers_from_is_no_copy_elsewhere() {
    let noted = |purpose: &str| {
        let text = format!(
            "apiVersion: lifeboat/v1\nkind: Plan\nname: shop\nregions: [{{name: east}}, {{name: north}}]\ndatasets:\n  - name: d\n    rpo: 8days\n    \
             sources:\n      - {{name: dump, kind: backup, region: east, every: 1day}}\n      \
             - {{name: code, kind: git, region: north, purpose: {purpose}}}\n"
        );
        let loaded = load_embedded("shop", &[("plan.yaml", &text)], &catalogue());
        assert!(loaded.plan.is_some(), "{}", shown(&loaded.findings));
        loaded.findings.iter().any(|finding| finding.code == "one-region")
    };
    assert!(!noted("recovery") && !noted("long-term"));
    assert!(noted("compliance") && noted("drills"));
}
