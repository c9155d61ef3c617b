//! `cargo bench --bench cards [-- NODES...]`: what ten, a hundred and 1,250 nodes of eight cards cost, scraped every 15 seconds by
//! a real Prometheus. One refresh of ours beside `curl | jq` over the same queries; the memory of a process that does nothing else;
//! and how long a Picture of all cards takes to compose, and their screen to draw.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures real time")]

#[path = "../support/card.rs"]
mod card;
mod fleet;
mod picture;
mod refresh;
#[path = "../support/world.rs"]
mod world;

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if words.first().is_some_and(|word| word == "--refresh") {
        return refresh::child(&words.split_off(1));
    }
    let mut sizes: Vec<usize> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![10, 100, 1_250];
    }
    println!(
        "{:>6} {:>7} {:>12} {:>12} {:>6} {:>10} {:>12} {:>12}",
        "nodes", "cards", "ours, CPU", "curl|jq, CPU", "share", "memory", "compose p50", "draw p50"
    );
    for nodes in sizes {
        let fleet = fleet::Fleet::up(nodes);
        let ours = refresh::ours(&fleet.url);
        let floor = refresh::curl_and_jq(&fleet.url);
        let (compose, draw) = picture::of(ours.cards);
        println!(
            "{nodes:>6} {:>7} {:>9.0} ms {:>9.0} ms {:>5.0}% {:>6.0} MiB {:>9.2} ms {:>9.2} ms",
            ours.cards,
            ours.cpu_ms,
            floor,
            ours.cpu_ms / floor * 100.0,
            ours.peak_mib,
            compose,
            draw
        );
    }
}
