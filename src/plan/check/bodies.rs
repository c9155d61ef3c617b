//! Values of `with` that speak of requests and their answers: words of a list, and comparisons by their place in JSON.

use crate::{
    model::Limit,
    plan::{
        findings::{Finding, quoted},
        nearest::nearest,
        source::node::Node,
    },
};

pub const COMPARISONS: &str = "a map of places in the answer's JSON to comparisons: {data.state: done, /items/0: \"> 3\"}";

/// What is wrong with a word of `field`; of many findings the nearest word is not looked for.
pub fn word(field: &str, words: &[&str], node: &Node, in_short: bool) -> Option<Finding> {
    if node.text().is_some_and(|said| words.contains(&said)) {
        return None;
    }
    let said = node.text().map(str::to_uppercase);
    let close = said.filter(|_| !in_short).and_then(|said| nearest(&said, words.iter().copied()));
    let finding = Finding::error("unknown-word", &node.place, format!("`{field}` cannot be {}", node.described()));
    Some(finding.expected(format!("one of {}", words.join(", "))).nearest(close))
}

/// What is wrong with places and comparisons.
pub fn comparisons(field: &str, node: &Node) -> Vec<Finding> {
    let Some(entries) = node.entries().filter(|entries| !entries.is_empty()) else {
        let finding = Finding::error("wrong-type", &node.place, format!("`{field}` cannot be {}", node.described()));
        return vec![finding.expected(COMPARISONS)];
    };
    let wrong = entries.iter().filter(|entry| !entry.value.is_refused());
    let wrong = wrong.filter(|entry| entry.value.scalar().is_none_or(|said| said.parse::<Limit>().is_err()));
    wrong
        .map(|entry| {
            let message = format!("{} is compared with {}, which is no comparison", quoted(&entry.key), entry.value.described());
            Finding::error("bad-limit", &entry.value.place, message).expected(COMPARISONS)
        })
        .collect()
}
