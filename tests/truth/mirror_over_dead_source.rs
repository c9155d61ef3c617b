//! Trap: with its source cluster dead, MirrorMaker goes on reading RUNNING, and its lag keeps the last good value. Only
//! heartbeats that do not arrive any more tell.

use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use super::looks::{Looks, Scraped};
use crate::support::lab::Piece;

const HEARTBEATS: &str = r#"kafka_connect_mirror_source_connector_record_count{topic="east.heartbeats"}"#;
const LAST_LAG: &str = r#"kafka_connect_mirror_source_connector_replication_latency_ms{topic="east.heartbeats"}"#;

fn get(url: &str) -> String {
    let output = Command::new("curl").args(["-s", "-m", "5", url]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn r23_a_mirror_whose_source_is_dead_is_cut_off_although_it_says_running_and_no_lag() {
    let kafka = Piece::up("kafka", &[]);
    let scraped = Scraped::by(&[format!("mirror={}", kafka.text("/metrics"))]);
    let looks = Looks::at(&format!(
        "apiVersion: lifeboat/v1
kind: Plan
name: events
regions: [{{name: east, role: primary}}, {{name: west, role: standby}}]
connections: {{prom: {{every: 1s, prometheus: {{url: \"{}\"}}}}}}
datasets:
  - name: events
    rpo: 5m
    sources:
      - name: mirror
        kind: replica
        how: mirrormaker
        region: west
        limit: \"< 1m\"
        lag: {{query: {{via: prom, expr: 'max({LAST_LAG}) / 1000'}}}}
        connected: {{query: {{via: prom, expr: 'sum(changes({HEARTBEATS}[6s]))', expect: \"> 0\"}}}}
",
        scraped.url()
    ));
    looks.until("it follows", |text| text.contains("mirror of events  caught up") && text.contains("behind, connected"));

    let east = i32::try_from(kafka.number("/pids/east")).ok().and_then(Pid::from_raw).unwrap();
    kill_process(east, Signal::KILL).unwrap();
    looks.until("it is cut off", |text| {
        text.contains("mirror of events  CUT OFF")
            && text.contains("Mirror of events is cut off: not connected (is 0, wanted > 0): lag means nothing.")
            && !text.contains("caught up")
    });

    // What else there is to see says that all is well.
    let status = get(&format!("{}/connectors/mirror/status", kafka.text("/connect")));
    assert_eq!(status.matches("RUNNING").count(), 2, "{status}");
    let page = get(&format!("http://{}/metrics", kafka.text("/metrics")));
    let last = page.lines().find(|line| line.starts_with("kafka_connect_mirror_source_connector_replication_latency_ms{"));
    let lag: f64 = last.and_then(|line| line.rsplit(' ').next()).and_then(|value| value.parse().ok()).unwrap();
    assert!(lag < 5_000.0, "the last lag stays, and looks good: {last:?}");
}
