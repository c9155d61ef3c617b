//! `lifeboat plan rules`: the plan's objectives as alert rules. That they fire when they must, and not else, is tried with Prometheus'
//! own tool in `lab_rules`.

use std::{path::Path, process::Command};

fn run(dir: &Path, words: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_lifeboat")).args(["plan", "rules"]).arg(dir).args(words).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn plan(body: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let head =
        "apiVersion: lifeboat/v1\nkind: Plan\nname: orders\nconnections: {prom: {prometheus: {url: \"http://127.0.0.1:9\"}}}\n";
    std::fs::write(folder.path().join("plan.yaml"), format!("{head}{body}")).unwrap();
    folder
}

fn shipped() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/plans/gaudi3-scale"))
}

#[test]
fn each_prometheus_gets_its_own_group_and_what_is_left_out_is_named() {
    let (code, page, said) = run(shipped(), &[]);
    assert_eq!(code, 0, "{said}");
    assert!(page.contains("\"lifeboat-gaudi3-scale-prom-west\"") && page.contains("\"lifeboat-gaudi3-scale-prom-east\""));
    assert!(page.contains("# - production-db: only Lifeboat can ask us-west-2 replica"), "{page}");
    assert!(!page.contains("dataset: \"production-db\"\n          lifeboat: \"wrong\"\n          plan: \"gaudi3-scale\"\n        annotations:\n          summary: \"Production database would lose"));
    assert!(said.contains("left to Lifeboat: production-db: only Lifeboat can ask us-west-2 replica"), "and said: {said}");
    let (_, west, _) = run(shipped(), &["--via", "prom-west"]);
    assert!(west.contains("prom-west") && !west.contains("prom-east"), "only the one that was named");
    let (code, nothing, said) = run(shipped(), &["--via", "prom-wset"]);
    assert_eq!((code, nothing.as_str()), (3, ""));
    assert!(said.contains("`prom-wset` is no Prometheus") && said.contains("prom-west"), "{said}");
    assert_eq!(page, run(shipped(), &[]).1, "the same each time");
}

#[test]
fn words_of_a_plan_are_neither_yaml_nor_templates() {
    let folder = plan(
        "alerts:\n  - name: Odd\n    via: prom\n    expr: 'up == 0'\n    summary: \"a \\\"quoted\\\" {{ $labels.x }} line\\nand: another #\"\n",
    );
    let (code, page, said) = run(folder.path(), &[]);
    assert_eq!(code, 0, "{said}");
    let summary = page.lines().find(|line| line.trim_start().starts_with("summary:")).unwrap();
    assert!(summary.contains(r#"a \"quoted\" {{ \"{{\" }} $labels.x }} line"#), "{summary}");
    assert!(!page.contains("\nand: another"), "{page}");
}

#[test]
fn an_alert_that_means_each_target_by_itself_is_said_to_and_left_as_it_is() {
    let folder = plan(
        "scenarios: {lost: {loses: region}}\nalerts:\n  - {name: Lost, via: prom, expr: 'up{job=\"api\"} == 0', scenario: lost}\n",
    );
    let (_, page, said) = run(folder.path(), &[]);
    assert!(page.contains("# fires for one dead target among living ones"), "{page}{said}");
    assert!(page.contains(r#"expr: "up{job=\"api\"} == 0""#), "{page}");
    assert!(said.contains("as the plan has it: alert Lost fires for one dead target"), "{said}");
    let node = plan("scenarios: {lost: {loses: node}}\nalerts:\n  - {name: Lost, via: prom, expr: 'up == 0', scenario: lost}\n");
    assert!(!run(node.path(), &[]).2.contains("one dead target"), "one node is what it is about");
}

#[test]
fn a_plan_with_errors_has_no_rules() {
    let folder = plan("tiers: {critical: {rto: soon}}\n");
    let (code, page, said) = run(folder.path(), &[]);
    assert_eq!((code, page.as_str()), (3, ""));
    assert!(said.contains("plan.yaml:5:") && said.contains("the plan cannot be used"), "{said}");
}

#[test]
fn a_plan_that_no_prometheus_sees_says_so() {
    let folder = plan("services: [{name: shop}]\ndatasets: [{name: orders, sources: [{name: dump, kind: backup}]}]\n");
    let (code, page, _) = run(folder.path(), &[]);
    assert_eq!(code, 0);
    assert!(page.contains("groups: []") && page.contains("# - service shop: the plan names no proof of its health"), "{page}");
    assert!(page.contains("# - orders: nothing observes dump"), "{page}");
}

/// All expressions of the rules with this name.
fn exprs(page: &str, alert: &str) -> Vec<String> {
    let read: serde_json::Value = serde_saphyr::from_str(page).unwrap();
    let groups = read["groups"].as_array().unwrap().iter();
    let rules = groups.flat_map(|group| group["rules"].as_array().unwrap());
    rules.filter(|rule| rule["alert"] == alert).map(|rule| rule["expr"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn no_loss_is_claimed_while_a_source_is_seen_by_lifeboat_alone() {
    let replica = "{name: replica, kind: replica, lag: {postgres: {via: db}}, connected: {postgres: {via: db}}}";
    let cold = "{name: cold, kind: archive, optional: true, at: {query: {via: prom, expr: cold_time}}}";
    let idea = "{name: idea, kind: archive, optional: true}";
    let of = |sources: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "apiVersion: lifeboat/v1\nkind: Plan\nname: x\nconnections:\n  prom: {{prometheus: {{url: \"http://127.0.0.1:9\"}}}}\n  \
             db: {{postgres: {{host: 127.0.0.1, dbname: x, observe: {{user: look}}}}}}\ndatasets:\n  - {{name: orders, rpo: 1h, sources: [{}]}}\n",
            sources.join(", ")
        );
        std::fs::write(folder.path().join("plan.yaml"), text).unwrap();
        let (code, page, said) = run(folder.path(), &[]);
        assert_eq!(code, 0, "{said}");
        (exprs(&page, "DataWouldBeLost").len(), exprs(&page, "RecoverySourceCannotTell").len())
    };
    assert_eq!(of(&[cold, replica]), (0, 0), "the replica may well keep the promise");
    assert_eq!(of(&[cold, idea]), (1, 0), "nobody counts on what nothing observes, or misses what is optional");
}

#[test]
fn what_prometheus_would_not_load_is_left_out_and_named() {
    let folder = plan(
        "services: [{name: shop, healthy: {query: {via: prom, expr: 'up ==', expect: \"== 1\"}}}]\n\
         alerts: [{name: Broken, via: prom, expr: 'up =='}, {name: Range, via: prom, expr: 'up[5m]'}, {name: Good, via: prom, expr: 'up == 0'}]\n",
    );
    let (code, page, said) = run(folder.path(), &[]);
    assert_eq!(code, 0, "{said}");
    assert!(exprs(&page, "Broken").is_empty() && exprs(&page, "Range").is_empty(), "{page}");
    assert_eq!(exprs(&page, "Good"), ["up == 0"]);
    for named in ["alert Broken: no Prometheus would load", "alert Range: no Prometheus", "service shop: its proof of health"] {
        assert!(
            page.contains(&format!("# - {named}")) && said.contains(&format!("left to Lifeboat: {named}")),
            "{named}: {page}{said}"
        );
    }
}

#[test]
fn a_comment_in_an_expression_ends_where_its_line_does() {
    let folder = plan(
        "services:\n  - name: shop\n    healthy:\n      query:\n        via: prom\n        expr: |\n          # both\n          \
         min(up) # of them\n        expect: \"== 1\"\n",
    );
    let (_, page, said) = run(folder.path(), &[]);
    let failing = exprs(&page, "ServiceFailing");
    assert_eq!(failing, ["(# both\nmin(up) # of them\n) unless ((# both\nmin(up) # of them\n) == 1)"], "{said}");
}

#[test]
fn the_same_as_json_with_what_was_promised() {
    let (code, page, _) = run(shipped(), &["--json", "--via", "prom-west"]);
    let told: serde_json::Value = serde_json::from_str(&page).unwrap();
    assert_eq!((code, &told["plan"], told["groups"].as_array().unwrap().len()), (0, &"gaudi3-scale".into(), 1));
    let rules = told["groups"][0]["rules"].as_array().unwrap();
    let of = |alert: &str| rules.iter().find(|rule| rule["alert"] == alert).unwrap_or_else(|| panic!("{alert}: {page}"));
    assert_eq!(of("ServiceFailing")["objective"], "out for at most 1h");
    assert_eq!(of("DataWouldBeLost")["objective"], "loses at most 15m");
    assert_eq!(of("RegionFailureCannotTell")["labels"]["severity"], "critical");
    assert_eq!(of("RegionFailure")["objective"], "noticed within 5m");
    assert!(told["left_out"].as_array().unwrap().iter().any(|left| left.as_str().unwrap().contains("us-west-2 replica")));
}
