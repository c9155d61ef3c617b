//! How one accelerator card does, by what its exporter shows of it.

use crate::model::{Card, Duration, Time, Verdict};

/// Links to the other cards of a node, and to other nodes, of a Gaudi3 card.
pub const INTERNAL_PORTS: f64 = 21.0;
pub const EXTERNAL_PORTS: f64 = 3.0;
/// PCIe lanes.
const LINK_WIDTH: f64 = 16.0;
/// Nearer than that to slowing itself down.
const HOT: f64 = 5.0;

/// What is said of a card.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    pub verdict: Verdict,
    /// `double-bit ECC +1 in 1h, 2 of 3 ports out`; empty when nothing is wrong.
    pub words: String,
}

/// Judges `card`, whose figures are good for `max_age`; with none, they are only what was last known.
pub fn health_of(card: &Card, max_age: Duration, now: Time) -> Health {
    let age = Duration::between(card.measured, now);
    if age > max_age || max_age == Duration::ZERO {
        return Health { verdict: Verdict::CannotTell, words: format!("no data for {}", age.whole()) };
    }
    let v = &card.vitals;
    let mut wrong: Vec<String> = Vec::new();
    match v.thermal_margin() {
        Some(margin) if margin <= 0.0 => wrong.push("slows itself down, too hot".into()),
        Some(margin) if margin < HOT => wrong.push(format!("{margin:.0} °C to slowing down")),
        _ => {}
    }
    if let Some(new) = v.new_double_errors.filter(|new| *new >= 0.5) {
        wrong.push(format!("double-bit ECC +{new:.0} in 1h"));
    }
    if v.pending_rows == Some(true) {
        wrong.push("memory rows wait for a reset".into());
    }
    if let Some(up) = v.internal_ports.filter(|up| *up < INTERNAL_PORTS) {
        wrong.push(format!("{up:.0} of {INTERNAL_PORTS:.0} ports in"));
    }
    if let Some(up) = v.external_ports.filter(|up| *up < EXTERNAL_PORTS) {
        wrong.push(format!("{up:.0} of {EXTERNAL_PORTS:.0} ports out"));
    }
    if let Some(width) = v.link_width.filter(|width| *width < LINK_WIDTH) {
        wrong.push(format!("PCIe x{width:.0} of x{LINK_WIDTH:.0}"));
    }
    let verdict = if wrong.is_empty() { Verdict::Met } else { Verdict::AtRisk };
    Health { verdict, words: wrong.join(", ") }
}
