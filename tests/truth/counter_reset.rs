//! Trap: a counter falls to zero when its exporter starts anew. What is said of runs must not shrink by that, and must not lose
//! the failures from before.

use std::cell::RefCell;

use super::{
    exporters::Exporter,
    looks::{Looks, Scraped},
};

fn page(succeeded: u32, failed: u32) -> Option<String> {
    Some(format!(
        "velero_backup_success_total{{schedule=\"daily\"}} {succeeded}\nvelero_backup_failure_total{{schedule=\"daily\"}} {failed}\n"
    ))
}

#[test]
fn r29_a_counter_that_starts_anew_takes_nothing_away() {
    let exporter = Exporter::new(page(50, 20).unwrap());
    let scraped = Scraped::by(&[format!("velero=127.0.0.1:{}", exporter.port)]);
    let looks = Looks::at(&format!(
        "apiVersion: lifeboat/v1
kind: Plan
name: runs
regions: [{{name: east, role: primary}}]
connections: {{prom: {{every: 1s, prometheus: {{url: \"{}\"}}}}}}
datasets:
  - name: cluster
    rpo: 1day
    sources:
      - name: velero
        kind: backup
        every: 1day
        at: {{query: {{via: prom, expr: 'time()'}}}}
        runs:
          succeeded: {{query: {{via: prom, expr: 'velero_backup_success_total{{schedule=\"daily\"}}'}}}}
          failed: {{query: {{via: prom, expr: 'velero_backup_failure_total{{schedule=\"daily\"}}'}}}}
kpis: [{{name: Backup success, of: backup_success, target: \"> 99.9%\", over: 10m}}]
",
        scraped.url()
    ));
    // What the counters held before is not of this time.
    looks.until("no run yet", |text| text.contains("Backup success  cannot tell: no news of runs, wanted > 99.9%"));
    exporter.says(page(53, 21));
    looks.until("three of four", |text| text.contains("Backup success  at risk: 75 % of 4 runs in"));
    let seen = RefCell::new(Vec::new());
    let never_less = |text: &str, wanted: &str| {
        let line = text.lines().find(|line| line.contains("Backup success  ")).unwrap_or_default().to_owned();
        let runs = line.split(" % of ").nth(1).and_then(|rest| rest.split(' ').next()).and_then(|runs| runs.parse::<u32>().ok());
        assert!(runs.is_some_and(|runs| (4..=7).contains(&runs)), "after {:?}: {line}", seen.borrow());
        let there = line.contains(wanted);
        seen.borrow_mut().push(line);
        there
    };
    // The exporter starts anew, and soon counts again.
    exporter.says(None);
    looks.until("still three of four", |text| never_less(text, "75 % of 4 runs"));
    exporter.says(page(0, 0));
    looks.until("still three of four", |text| never_less(text, "75 % of 4 runs"));
    exporter.says(page(2, 1));
    let text = looks.until("five of seven", |text| never_less(text, "71.4 % of 7 runs in"));
    assert!(text.contains("    velero of cluster  5 of 7 in"), "{text}");
}
