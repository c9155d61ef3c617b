//! Trap: a card that is lost has no series at all; a rule on its values is silent.

use super::exporters::{Site, card, node};

#[test]
fn a_card_without_series_is_lost_and_one_with_errors_says_which() {
    let without_three: String = (0..8).filter(|id| *id != 3).map(card).collect();
    let site = Site::up("gaudi", &[node(), without_three]);
    site.until("lost", |text| text.contains("7 of 8 cards: 1 lost"));
    let rows = node().replace(
        r#"id="5",driver="1.24.0",pod_name="",pod_namespace=""} 0"#,
        r#"id="5",driver="1.24.0",pod_name="",pod_namespace=""} 1"#,
    );
    site.exporters[1].says(Some(rows));
    site.until("rows wait, and none is lost", |text| {
        text.contains("card 5: ") && text.contains("memory rows wait for a reset") && !text.contains("1 lost")
    });
    let ports = node().replace(r#"port="23",port_type="external"} 1"#, r#"port="23",port_type="external"} 0"#);
    site.exporters[1].says(Some(ports));
    site.until("a port is out", |text| text.contains("2 of 3 ports out; 7 more"));
}
