//! `cargo bench --bench picture`: what a Picture costs at one more second, by its parts, and what its screens cost to draw: of the
//! demo in peace and in an outage, with 1,250 nodes of cards, and with 5,000 alerts.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures real time")]

#[path = "../support/card.rs"]
mod card;
mod cost;
mod demo;
#[path = "../support/world.rs"]
mod world;

use world::World;

fn main() {
    let cases = [
        ("the demo in peace", World::demo("quiet", false)),
        ("the demo in an outage", World::demo("regional-outage", true)),
        ("peace, 1,250 nodes of cards", World::demo("quiet", false).with_nodes(1_250)),
        ("outage, 1,250 nodes of cards", World::demo("regional-outage", true).with_nodes(1_250)),
        ("peace, 5,000 alerts", World::demo("quiet", false).with_alerts(5_000)),
        ("outage, 1,250 nodes, 5,000 alerts", World::demo("regional-outage", true).with_nodes(1_250).with_alerts(5_000)),
    ];
    for (name, world) in cases {
        cost::print(name, &world);
    }
}
