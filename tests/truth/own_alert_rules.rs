//! Trap: the alert rules that the source plans bring. Each says less than it seems to, and says so: at `plan check`, and when what it
//! rests on is gone.

use std::process::Command;

use super::{
    exporters::Exporter,
    looks::{Looks, Scraped},
};

fn page(bytes: u32) -> Option<String> {
    Some(format!("backup_last_success_timestamp_seconds 1\nbackup_size_bytes {bytes}\n"))
}

/// As they are written there, and beside each the same as it is meant.
fn plan(url: &str) -> String {
    format!(
        "apiVersion: lifeboat/v1
kind: Plan
name: own
regions: [{{name: us-west-2, role: primary}}]
connections: {{prom: {{every: 1s, prometheus: {{url: \"{url}\"}}}}}}
severities: [critical, warning]
scenarios: {{region-lost: {{loses: region}}}}
alerts:
  - {{name: BackupFailed, via: prom, expr: 'time() - backup_last_success_timestamp_seconds > 21600', for: 1h, severity: critical}}
  - {{name: BackupLate, via: prom, expr: 'time() - backup_last_success_timestamp_seconds > 21600', absent: fires}}
  - name: BackupSizeAnomaly
    via: prom
    expr: abs(backup_size_bytes - avg_over_time(backup_size_bytes[7d])) > 0.3 * avg_over_time(backup_size_bytes[7d])
  - {{name: DatabaseDown, via: prom, expr: 'pg_up == 0', severity: critical}}
  - {{name: DatabaseUnseen, via: prom, expr: 'pg_up == 0', absent: fires}}
  - {{name: RegionFailure, via: prom, expr: 'up{{region=\"us-west-2\"}} == 0', scenario: region-lost}}
  - {{name: RegionDead, via: prom, expr: 'max by (region) (up{{region=\"us-west-2\"}}) == 0', scenario: region-lost}}
  - {{name: MultipleServiceFailures, via: prom, expr: 'count(up == 0) > 2'}}
  - {{name: ManyDead, via: prom, expr: '(up == 0) and on () (count(up == 0) > 2)'}}
"
    )
}

#[test]
fn r29_what_the_plans_own_alert_rules_do_not_see_is_said() {
    let [backups, api, web] = [page(100), Some(String::new()), Some(String::new())].map(|page| Exporter::new(page.unwrap()));
    let jobs = [("backups", &backups), ("api", &api), ("web", &web)];
    let scraped = Scraped::by(&jobs.map(|(name, exporter)| format!("{name}=127.0.0.1:{}", exporter.port)));
    let looks = Looks::at(&plan(scraped.url()));
    let checked = Command::new(env!("CARGO_BIN_EXE_lifeboat")).args(["plan", "check"]).arg(looks.folder()).output().unwrap();
    let checked = String::from_utf8(checked.stdout).unwrap() + &String::from_utf8(checked.stderr).unwrap();
    for code in ["age-and-for", "average-includes-now", "fires-for-one", "says-not-which"] {
        assert_eq!(checked.matches(code).count(), 1, "{code}: {checked}");
    }

    // A backup of long ago, all else well: of six hours, one hour more is waited for.
    let quiet = ["BackupSizeAnomaly", "DatabaseDown", "DatabaseUnseen", "RegionFailure", "RegionDead", "ManyDead"];
    looks.until("only the backup is late", |text| {
        text.contains("firing BackupLate")
            && text.contains("alert BackupFailed since")
            && quiet.iter().all(|name| !text.contains(name))
    });

    // The size changes for good. The average follows it, and the alert ends though nothing was mended.
    backups.says(page(40));
    looks.until("the size is odd", |text| text.contains("firing BackupSizeAnomaly"));
    looks.until("it became the average", |text| !text.contains("BackupSizeAnomaly") && text.contains("firing BackupLate"));
    assert_eq!(scraped.value("backup_size_bytes"), "40", "as wrong as before");

    // One exporter of many ends, and its series with it.
    scraped.kill("postgres-exporter");
    let text =
        looks.until("one target is down", |text| text.contains("firing RegionFailure") && text.contains("firing DatabaseUnseen"));
    assert!(text.contains("alert DatabaseDown: its series is absent"), "{text}");
    assert!(!text.contains("RegionDead"), "the region is alive: {text}");

    // Three of five are dead. The rule as written knows how many.
    api.says(None);
    web.says(None);
    let text =
        looks.until("many are down", |text| text.contains("firing MultipleServiceFailures") && text.contains("firing ManyDead"));
    let line = |name: &str| text.lines().find(|line| line.contains(&format!("firing {name} "))).unwrap();
    assert!(line("MultipleServiceFailures").ends_with(": its value is 3"), "{text}");
    assert!(line("ManyDead").contains("instance 127.0.0.1:"), "{text}");
    assert!(!text.contains("RegionDead"), "{text}");

    // What tells of backups is gone: that is not quiet.
    backups.says(Some(String::new()));
    looks.until("its series is gone", |text| {
        text.contains("alert BackupFailed: its series is absent") && text.contains("firing BackupLate")
    });
}
