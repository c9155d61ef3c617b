//! How observing goes, connection by connection.

use std::{cmp::Reverse, collections::BTreeSet};

use super::{inputs::Ground, scene::LinkRow};
use crate::{
    model::{Duration, Freshness, Signal, text::clean},
    objectives::{reach::takes_connection, silence::answering},
    plan::probe::is_address,
};

/// Worst first, else by name.
pub fn rows(ground: &Ground) -> Vec<LinkRow> {
    let mut rows: Vec<LinkRow> = ground
        .inputs
        .plan
        .connections
        .iter()
        .map(|(name, connection)| {
            let own: Vec<&Signal> = ground.inputs.signals.0.values().filter(|s| s.via == *name).collect();
            let (known, words) = state(&own, ground);
            // Its system and name stand beside it.
            let words = match words.strip_prefix(&format!("{} {name} at ", connection.link.system())) {
                Some(rest) => cause_first(rest),
                None => words,
            };
            let gone = ground.supposed_loss().filter(|loss| {
                let region = connection.region.as_deref();
                takes_connection(name, region, loss, ground.inputs.plan)
            });
            let (known, words) = match gone {
                Some(loss) => (Freshness::Absent, format!("lost with {loss}")),
                None => (known, words),
            };
            LinkRow {
                name: name.clone(),
                system: connection.link.system().to_owned(),
                region: connection.region.clone(),
                known,
                words,
                skew: skew(&own),
            }
        })
        .collect();
    rows.extend(addresses(ground));
    rows.sort_by_key(|row| Reverse(badness(&row.known)));
    rows
}

/// Servers that probes name by their address.
fn addresses(ground: &Ground) -> Vec<LinkRow> {
    let plan = ground.inputs.plan;
    let all = ground.inputs.signals.0.values();
    let named: BTreeSet<&str> =
        all.map(|s| s.via.as_str()).filter(|via| is_address(via) && !plan.connections.contains_key(*via)).collect();
    let row = |via: &str| {
        let own: Vec<&Signal> = ground.inputs.signals.0.values().filter(|s| s.via == via).collect();
        let (known, words) = state(&own, ground);
        LinkRow { name: via.to_owned(), system: "http".to_owned(), region: None, known, words, skew: skew(&own) }
    };
    named.into_iter().map(row).collect()
}

fn badness(known: &Freshness) -> u8 {
    match known {
        Freshness::Fresh => 0,
        Freshness::Absent => 1,
        Freshness::Stale { .. } | Freshness::Ahead { .. } => 2,
        Freshness::Failing { .. } => 3,
    }
}

/// `10.1.0.15:5432: no answer within 3s; check that..`, with what went wrong before where.
fn cause_first(words: &str) -> String {
    let Some((place, said)) = words.split_once(": ") else { return words.to_owned() };
    match said.split_once("; ") {
        Some((cause, advice)) => format!("{cause}, {place}; {advice}"),
        None => format!("{said}, {place}"),
    }
}

/// An age is said only when it is not of this second.
fn answers(age: Duration) -> String {
    if age < Duration::from_secs(2) { "answers".into() } else { format!("answers, {}", age.ago()) }
}

/// As good as its worst question.
fn state(own: &[&Signal], ground: &Ground) -> (Freshness, String) {
    let now = ground.now();
    let states: Vec<Freshness> = own.iter().map(|signal| answering(signal, now)).collect();
    let good = states.iter().filter(|s| **s == Freshness::Fresh).count();
    let Some(worst) = states.iter().max_by_key(|s| badness(s)) else {
        return (Freshness::Absent, "nothing is asked of it".into());
    };
    let last = own.iter().filter_map(|s| s.reading.as_ref()).map(|r| r.read).max();
    let ago = last.map(|last| Duration::between(last, now));
    let words = match (worst, ago) {
        (Freshness::Fresh, Some(ago)) => answers(ago),
        (Freshness::Failing { reason, .. }, _) if good > 0 => {
            format!("answers {good} of {} questions: {}", states.len(), clean(reason))
        }
        (Freshness::Failing { reason, .. }, Some(ago)) => format!("{}; last answer {}", clean(reason), ago.ago()),
        (Freshness::Failing { reason, .. }, None) => clean(reason),
        (Freshness::Ahead { by }, _) => format!("its newest answer is {} ahead of now: a clock is wrong", by.whole()),
        (Freshness::Stale { age }, _) => format!("{good} of {} questions answered, the oldest {}", states.len(), age.ago()),
        (_, _) if good > 0 => format!("{good} of {} questions answered yet", states.len()),
        (_, _) => "has not answered yet".into(),
    };
    (worst.clone(), words)
}

/// Said beside every datum of it, and here for all of them.
fn skew(own: &[&Signal]) -> Option<String> {
    own.iter().find_map(|signal| signal.skew_words())
}
