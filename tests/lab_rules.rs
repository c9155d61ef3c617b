//! The alert rules of `lifeboat plan rules`, by Prometheus' own tool: they load, and they fire when they must and not else, whatever
//! series are missing.

use std::{collections::BTreeSet, path::Path, process::Command};

use serde_json::Value;

/// Whether promtool is content with `file`, and what it says.
fn promtool(words: &[&str], file: &Path) -> (bool, String) {
    let missing = "this test needs promtool of the package prometheus: run ./tests/run, or ./tests/run --lab-only rules";
    assert!(std::env::var_os("LIFEBOAT_LAB").is_some(), "{missing}");
    let output = Command::new("promtool").args(words).arg(file).output().unwrap_or_else(|error| panic!("{missing}: {error}"));
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), said)
}

#[track_caller]
fn content(words: &[&str], file: &Path) {
    let (good, said) = promtool(words, file);
    assert!(good && said.contains("SUCCESS"), "{said}");
}

fn rules(plan: &Path) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_lifeboat")).args(["plan", "rules"]).arg(plan).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn here(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_rules_of_the_shipped_plan_load() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.yaml");
    std::fs::write(&file, rules(&here("assets/plans/gaudi3-scale"))).unwrap();
    content(&["check", "rules"], &file);
}

#[test]
fn what_no_prometheus_would_load_does_not_cost_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let plan = "apiVersion: lifeboat/v1\nkind: Plan\nname: x\nconnections: {prom: {prometheus: {url: \"http://127.0.0.1:9\"}}}\n\
        services:\n  - {name: a, healthy: {query: {via: prom, expr: scalar(up), expect: \"== 1\"}}}\n  - name: b\n    healthy:\n      \
        query:\n        via: prom\n        expr: |\n          # from outside\n          min(up) # of both\n        expect: \"== 1\"\n\
        alerts:\n  - {name: Broken, via: prom, expr: 'up =='}\n  - {name: Odd, via: prom, expr: 'up{a=\"{{ 1 }}\"} == 0', summary: '{{ x }} {{{ y'}\n";
    std::fs::write(folder.path().join("plan.yaml"), plan).unwrap();
    let file = folder.path().join("rules.yaml");
    std::fs::write(&file, rules(folder.path())).unwrap();
    content(&["check", "rules"], &file);
}

/// The rules that the cases are tried on, and the cases.
fn tried() -> (Value, Value) {
    let read = |text: &str| serde_saphyr::from_str::<Value>(text).unwrap();
    let cases = std::fs::read_to_string(here("tests/rules_prometheus/cases.yaml")).unwrap();
    (read(&String::from_utf8(rules(&here("tests/rules_prometheus"))).unwrap()), read(&cases))
}

fn try_cases(rules: &Value, cases: &Value) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut cases = cases.clone();
    cases["rule_files"] = serde_json::json!(["rules.yaml"]);
    // JSON is YAML too.
    std::fs::write(folder.path().join("rules.yaml"), rules.to_string()).unwrap();
    std::fs::write(folder.path().join("cases.yaml"), cases.to_string()).unwrap();
    promtool(&["test", "rules"], &folder.path().join("cases.yaml"))
}

#[test]
fn they_fire_when_they_must_and_not_else_whatever_is_missing() {
    let (rules, cases) = tried();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rules.yaml"), rules.to_string()).unwrap();
    content(&["check", "rules"], &folder.path().join("rules.yaml"));
    let (good, said) = try_cases(&rules, &cases);
    assert!(good, "{said}");
}

/// The alert that an expectation is about; none where it is about all.
fn subject(expr: &str) -> Option<&str> {
    Some(expr.split_once("alertname=\"")?.1.split_once('"')?.0)
}

/// Only the rules of one alert, with another expression.
fn only(rules: &Value, alert: Option<&str>, expr: &str) -> Value {
    let mut rules = rules.clone();
    for group in rules["groups"].as_array_mut().unwrap() {
        let members = group["rules"].as_array_mut().unwrap();
        members.retain(|rule| alert.is_none_or(|alert| rule["alert"] == alert));
        members.iter_mut().for_each(|rule| rule["expr"] = expr.into());
    }
    rules
}

#[test]
fn every_case_can_fail_and_every_alert_has_one_that_fires() {
    let (rules, cases) = tried();
    let mut fired = BTreeSet::new();
    for case in cases["tests"].as_array().unwrap() {
        for expected in case["promql_expr_test"].as_array().unwrap() {
            let alert = subject(expected["expr"].as_str().unwrap());
            let fires = expected["exp_samples"].as_array().is_some_and(|samples| !samples.is_empty());
            let mut alone = case.clone();
            alone["promql_expr_test"] = serde_json::json!([expected]);
            let alone = serde_json::json!({"evaluation_interval": cases["evaluation_interval"], "tests": [alone]});
            // What must fire is told from an alert that never does, what must not from one that always does.
            let wrong = only(&rules, alert, if fires { "vector(0) > 1" } else { "vector(1)" });
            let (good, said) = try_cases(&wrong, &alone);
            assert!(
                !good && said.contains("FAILED") && said.contains("got:"),
                "{}: {expected} proves nothing: {said}",
                case["name"]
            );
            fired.extend(alert.filter(|_| fires).map(str::to_owned));
        }
    }
    for group in rules["groups"].as_array().unwrap() {
        for rule in group["rules"].as_array().unwrap() {
            let alert = rule["alert"].as_str().unwrap();
            assert!(fired.contains(alert), "no case lets {alert} fire");
        }
    }
}
