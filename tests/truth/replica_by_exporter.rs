//! Trap: a replica's exporter says lag 0 while the receiver is cut off. What would be lost then counts from the last moment at which
//! it was proven to have everything, and grows.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use super::{
    exporters::Exporter,
    looks::{Looks, Scraped},
};

fn page(receiver: u32) -> Option<String> {
    Some(format!("cnpg_pg_replication_lag 0\ncnpg_pg_replication_is_wal_receiver_up {receiver}\n"))
}

#[test]
fn r23_lag_0_while_cut_off_counts_from_the_last_proof() {
    let exporter = Exporter::new(page(1).unwrap());
    let scraped = Scraped::by(&[format!("cnpg=127.0.0.1:{}", exporter.port)]);
    let looks = Looks::at(&format!(
        "apiVersion: lifeboat/v1
kind: Plan
name: copies
regions: [{{name: east, role: primary}}, {{name: west, role: standby}}]
connections: {{prom: {{every: 1s, prometheus: {{url: \"{}\"}}}}}}
datasets:
  - name: orders
    rpo: 15m
    sources:
      - name: replica
        kind: replica
        how: streaming
        region: west
        lag: {{query: {{via: prom, expr: 'max(cnpg_pg_replication_lag)'}}}}
        connected: {{query: {{via: prom, expr: 'min(cnpg_pg_replication_is_wal_receiver_up)', expect: \"== 1\"}}}}
",
        scraped.url()
    ));
    looks.until("it follows", |text| text.contains("replica of orders  caught up"));
    // It is looked for every quarter of a minute: one of those has to fall into the time in which it followed.
    let deadline = Instant::now() + Duration::from_secs(40);
    let proven = || {
        let query = "query=max_over_time((vector(time()) and on() (min(cnpg_pg_replication_is_wal_receiver_up) == 1))[1h:15s])";
        let url = format!("{}/api/v1/query", scraped.url());
        let output = Command::new("curl").args(["-s", "-G", "--data-urlencode", query, &url]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).contains("\"value\"")
    };
    while !proven() {
        assert!(Instant::now() < deadline, "no moment was looked at within 40 s");
        std::thread::park_timeout(Duration::from_millis(500));
    }
    exporter.says(page(0));
    looks.until("cut off", |text| {
        let data = text.lines().find(|line| line.starts_with("orders ")).unwrap_or_default();
        text.contains("replica of orders  CUT OFF") && data.contains("would lose") && data.ends_with("(replica)")
    });
}
