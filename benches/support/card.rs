//! Accelerator cards of a fleet, each with all that is measured of one.

use lifeboat::model::{Card, Time, Vitals};

pub const CARDS_PER_NODE: usize = 8;

pub fn card(nth: usize, measured: Time) -> Card {
    let load = (nth * 17 % 100) as f64;
    let vitals = Vitals {
        utilization: Some(load),
        used: Some(load * 1e9),
        total: Some(137e9),
        temperature: Some(40.0 + load * 0.4),
        throttles: Some(102.0),
        power: Some(400.0),
        power_limit: Some(850.0),
        internal_ports: Some(21.0),
        external_ports: Some(3.0),
        pending_rows: Some(false),
        new_double_errors: Some(0.0),
        link_width: Some(16.0),
    };
    let (node, id) = (format!("gaudi-{:04}", nth / CARDS_PER_NODE), (nth % CARDS_PER_NODE).to_string());
    Card { node, id, serial: Some(format!("AM{nth:06}")), driver: Some("1.24.0".into()), measured, vitals }
}
