//! Trap: a reading that failed becomes 0, and a series that is gone is no 0 either.

use super::exporters::{Site, node};

#[test]
fn a_temperature_of_zero_is_no_temperature() {
    let unread = node().replace("} 71\n", "} 0\n");
    let site = Site::up("gaudi", &[unread]);
    // 102 °C to spare would be a lie.
    site.until("cards are seen", |text| text.contains("exporters: met: 8 cards") && !text.contains("to spare"));
    let gone: String =
        node().lines().filter(|line| !line.contains("threshold_slowdown")).map(|line| format!("{line}\n")).collect();
    site.exporters[0].says(Some(gone));
    site.until("the threshold is gone", |text| {
        text.contains("8 cards") && !text.contains("to spare") && !text.contains("slows itself down")
    });
    site.exporters[0].says(Some(node()));
    site.until("it is read again", |text| text.contains("8 cards, 31 °C to spare"));
}
