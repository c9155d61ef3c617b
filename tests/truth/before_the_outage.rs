//! Trap: a sample from before the outage that its Prometheus still gives. A federated series keeps the time of its scrape, so it does
//! not end with its origin: for minutes it says that all is well.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{
    exporters::Exporter,
    looks::{Looks, Scraped},
};

/// As a federation tells it, scraped `ago` seconds ago.
fn page(ago: u64) -> String {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64 - ago * 1_000;
    format!("probe_success{{target=\"shop\"}} 1 {at}\n")
}

#[test]
fn r29_a_sample_from_before_the_outage_is_no_health_although_prometheus_still_gives_it() {
    let federation = Exporter::new(page(0));
    let scraped = Scraped::by(&[format!("federation=127.0.0.1:{}", federation.port)]);
    let looks = Looks::at(&format!(
        "apiVersion: lifeboat/v1
kind: Plan
name: shop
regions: [{{name: east, role: primary}}]
connections: {{prom: {{every: 1s, prometheus: {{url: \"{}\"}}}}}}
tiers: {{critical: {{rto: 1h}}}}
services:
  - name: shop
    tier: critical
    region: east
    healthy: {{query: {{via: prom, expr: 'min(probe_success{{target=\"shop\"}})', expect: \"== 1\", max_age: 10s}}}}
",
        scraped.url()
    ));
    looks.until("it is well", |text| {
        federation.says(Some(page(0)));
        text.contains("1 of 1 healthy")
    });
    // The region is gone, and its Prometheus with it: nothing is scraped any more, and nothing says that the series ended.
    federation.says(None);
    let text = looks.until("it cannot be told", |text| text.contains("cannot tell: shop: stale: last measured "));
    assert!(!text.contains("healthy"), "{text}");
    assert_eq!(scraped.value("min(probe_success{target=\"shop\"})"), "1", "Prometheus itself still says that all is well");
}
