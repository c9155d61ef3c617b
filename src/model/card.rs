//! One accelerator card as its node's exporter shows it.

use serde::Serialize;

use super::time::Time;

/// A card, and what is known of it. Missing is not zero: what the exporter does not show, or shows as a zero that cannot
/// be, is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Card {
    /// Its node, as the exporter's address names it, without a port.
    pub node: String,
    /// Its index on the node.
    pub id: String,
    pub serial: Option<String>,
    pub driver: Option<String>,
    /// When it was scraped.
    pub measured: Time,
    pub vitals: Vitals,
}

/// What an exporter measures of a card.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Vitals {
    /// Percent.
    pub utilization: Option<f64>,
    /// HBM, bytes.
    pub used: Option<f64>,
    pub total: Option<f64>,
    /// Of the chip, °C.
    pub temperature: Option<f64>,
    /// Where the card slows itself down, °C.
    pub throttles: Option<f64>,
    /// Watt.
    pub power: Option<f64>,
    pub power_limit: Option<f64>,
    /// Links to the other cards of the node that are up.
    pub internal_ports: Option<f64>,
    /// Links to other nodes that are up.
    pub external_ports: Option<f64>,
    /// Memory rows wait to be replaced: the card wants a reset.
    pub pending_rows: Option<bool>,
    /// Double-bit errors in the last hour.
    pub new_double_errors: Option<f64>,
    /// PCIe lanes in use.
    pub link_width: Option<f64>,
}

impl Vitals {
    /// °C until it slows itself down.
    pub fn thermal_margin(&self) -> Option<f64> {
        Some(self.throttles? - self.temperature?)
    }
    /// Share of HBM in use, 0 to 1.
    pub fn memory(&self) -> Option<f64> {
        let total = self.total.filter(|total| *total > 0.0)?;
        Some((self.used? / total).clamp(0.0, 1.0))
    }
}

/// What the exporters of a cluster show.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CardsSeen {
    pub cards: Vec<Card>,
    /// Exporters by node: whether Prometheus reaches them. One that is reached and shows no card is blind.
    pub exporters: Vec<(String, bool)>,
}
