//! Trap: an exporter that is down takes its series away with it, and what counts them counts fewer, not none.

use super::exporters::{Site, node};

#[test]
fn an_exporter_that_is_down_is_said_to_be_and_its_cards_are_not_zero() {
    let site = Site::up("habana", &[node(), node()]);
    site.until("all well", |text| text.contains("exporters: met: 16 cards"));
    site.exporters[0].says(None);
    site.until("away", |text| {
        text.contains("exporter does not answer")
            && text.contains("exporters: cannot tell: 8 of 16 cards seen, 1 node shows none")
    });
}
