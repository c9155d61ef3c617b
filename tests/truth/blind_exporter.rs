//! Trap: on a device error the exporter answers 200 without any card, so that its `up` stays 1 and all looks well.

use super::exporters::{Site, node};

#[test]
fn an_exporter_that_answers_without_cards_is_blind_and_not_well() {
    let site = Site::up("gaudi", &[node(), node()]);
    site.until("all well", |text| text.contains("exporters: met: 16 cards, 31 °C to spare"));
    site.exporters[1].says(Some("# a device error\n".into()));
    site.until("blind", |text| {
        text.contains("exporter blind: it answers and shows no card")
            && text.contains("exporters: cannot tell: 8 of 16 cards seen, 1 node shows none")
    });
    site.exporters[1].says(Some(node()));
    site.until("it sees again", |text| text.contains("exporters: met: 16 cards"));
}
