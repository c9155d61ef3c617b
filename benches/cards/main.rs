//! `cargo bench --bench cards [-- NODES...]`: what ten, a hundred and 1,250 nodes of eight cards cost, scraped every 15 seconds by
//! a real Prometheus. One refresh of ours beside `curl | jq` over the same queries; the memory of a process that does nothing else;
//! how long a Picture of all cards takes to compose from nothing, and their screen to draw; and from a key to what it paints, 99 of a
//! hundred, by a bare program and by the console that watches them.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures real time")]

#[path = "../support/bare.rs"]
mod bare;
#[path = "../support/card.rs"]
mod card;
mod fleet;
mod keys;
mod picture;
#[path = "../support/programs.rs"]
mod programs;
#[path = "../support/pty.rs"]
mod pty;
mod refresh;
#[path = "../support/spread.rs"]
mod spread;
#[path = "../support/typing.rs"]
mod typing;
#[path = "../support/world.rs"]
mod world;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    if programs::is_bare() {
        // Its terminal being gone is its usual end.
        let _ended = bare::run();
        return Ok(());
    }
    let mut words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if words.first().is_some_and(|word| word == "--refresh") {
        refresh::child(&words.split_off(1));
        return Ok(());
    }
    let mut sizes: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![10, 100, 1_250];
    }
    println!(
        "{:>6} {:>7} {:>12} {:>12} {:>6} {:>10} {:>12} {:>10} {:>10} {:>10}",
        "nodes", "cards", "ours, CPU", "curl|jq, CPU", "share", "memory", "compose p50", "draw p50", "bare p99", "key p99"
    );
    for nodes in sizes {
        let fleet = fleet::Fleet::up(nodes);
        let ours = refresh::ours(&fleet.url);
        let floor = refresh::curl_and_jq(&fleet.url);
        let (compose, draw) = picture::of(ours.cards);
        let (bare, keys) = keys::figures(&fleet.url, nodes)?;
        println!(
            "{nodes:>6} {:>7} {:>9.0} ms {:>9.0} ms {:>5.0}% {:>6.0} MiB {:>9.2} ms {:>7.2} ms {:>7.2} ms {:>7.2} ms",
            ours.cards,
            ours.cpu_ms,
            floor,
            ours.cpu_ms / floor * 100.0,
            ours.peak_mib,
            compose,
            draw,
            bare.p99,
            keys.p99
        );
    }
    Ok(())
}
