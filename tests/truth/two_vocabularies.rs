//! Trap: two exporters, two vocabularies, and a NaN among the values. Both are read without being told which it is.

use super::exporters::{Site, node};

fn hpu() -> String {
    (0..8)
        .map(|id| {
            let labels = format!(r#"hpu_id="{id}",node_id="gaudi-x01""#);
            let used = if id == 2 { "NaN" } else { "55" };
            format!(
                "hpu_utilization_percent{{{labels}}} {used}\nhpu_memory_used_bytes{{{labels}}} 1e9\n\
                 hpu_memory_total_bytes{{{labels}}} 1.37e11\nhpu_temperature_celsius{{{labels}}} 64\nhpu_power_watts{{{labels}}} 500\n"
            )
        })
        .collect()
}

#[test]
fn cards_of_both_vocabularies_stand_beside_each_other() {
    let site = Site::up("gaudi", &[node(), hpu()]);
    site.until("both are seen", |text| {
        text.contains("exporters: met: 16 cards, 31 °C to spare") && !text.contains("1 lost") && !text.contains("blind")
    });
}
