//! Where the time went: until somebody knew, until somebody acted, until it served again.

use serde::Serialize;

use crate::{
    incident::{Event, Record, State},
    model::{Duration, Time},
};

/// A part of the incident's time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpanFact {
    pub name: &'static str,
    /// From what to what, in words.
    pub about: &'static str,
    pub from: Time,
    pub to: Time,
    pub took: Duration,
}

/// The parts that can be told from the records, in order; what has no end yet is not among them.
pub(super) fn spans(records: &[Record], state: &State) -> Vec<SpanFact> {
    let Some(head) = &state.head else { return Vec::new() };
    let acted = records.iter().find(|record| matches!(record.event, Event::ActionStarted { .. })).map(Record::time);
    let restored = restored(state);
    let closed = head.closed.as_ref().map(|(_, closed)| closed.at);
    let parts = [
        ("detect", "impact began to declared", Some(head.began), Some(head.declared)),
        ("decide", "declared to the first action", Some(head.declared), acted),
        ("execute", "first action to the last service restored", acted, restored),
        ("outage", "impact began to the last service restored", Some(head.began), restored),
        ("finish", "last service restored to closed", restored, closed),
    ];
    let known = parts.into_iter().filter_map(|(name, about, from, to)| {
        let (from, to) = (from?, to?);
        (from <= to).then(|| SpanFact { name, about, from, to, took: Duration::between(from, to) })
    });
    known.collect()
}

/// When the outage was over: with the last service, else with the incident. `None` while it goes on.
pub(super) fn end(state: &State) -> Option<Time> {
    restored(state).or_else(|| Some(state.head.as_ref()?.closed.as_ref()?.1.at))
}

/// When the last service was restored; `None` while one is down, or none was.
fn restored(state: &State) -> Option<Time> {
    let ends: Option<Vec<Time>> =
        state.services.values().filter_map(|service| service.outages.last()).map(|outage| outage.until).collect();
    ends?.into_iter().max()
}
