//! Armed failovers: whether what they wait for is seen to hold, by fresh samples and without a gap (RULES R4).

use std::collections::BTreeMap;

use crate::{
    gates::{Watch, WatchState},
    incident::{Proof, State},
    model::{Signals, Time},
    plan::{Gate, Probe},
};

/// A trigger that held for its `for`.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub scenario: String,
    pub proof: Proof,
}

/// One accumulator an armed failover; a new one when it is armed anew.
#[derive(Debug, Default)]
pub struct ArmedWatches(BTreeMap<String, Waiting>);

#[derive(Debug)]
struct Waiting {
    armed: Time,
    watch: Watch,
    seen: WatchState,
}

impl ArmedWatches {
    /// Looks at every trigger that is waited for. `standing`: what the journal keeps outside of incidents.
    pub fn look(&mut self, standing: Option<&State>, signals: &Signals, now: Time) -> Vec<Seen> {
        let armed = standing.map(|state| &state.armed);
        self.0.retain(|scenario, waiting| {
            let kept = armed.and_then(|armed| armed.get(scenario));
            kept.is_some_and(|kept| kept.triggered.is_none() && kept.at == waiting.armed)
        });
        let mut held = Vec::new();
        for (scenario, armed) in armed.into_iter().flatten().filter(|(_, armed)| armed.triggered.is_none()) {
            let Some(automatic) = armed.automatic(scenario) else { continue };
            let waiting = self.0.entry(scenario.clone()).or_insert_with(|| {
                let gate = Gate { probe: automatic.when.clone(), within: None, hold: Some(automatic.hold) };
                let watch = Watch::gapless(&[gate], armed.at);
                Waiting { armed: armed.at, watch, seen: WatchState::NotYet { words: "waits for samples".into() } }
            });
            // It waits for its moment however long, by the same watch.
            waiting.seen = match waiting.watch.observe(signals, now) {
                WatchState::Missed { why } => WatchState::NotYet { words: why },
                seen => seen,
            };
            if let WatchState::Held(proof) = &waiting.seen {
                held.push(Seen { scenario: scenario.clone(), proof: proof.clone() });
            }
        }
        held
    }

    /// How far each has come.
    pub fn seen(&self) -> BTreeMap<String, WatchState> {
        self.0.iter().map(|(scenario, waiting)| (scenario.clone(), waiting.seen.clone())).collect()
    }
}

/// What armed failovers ask, as they were armed.
pub fn triggers(standing: &State) -> Vec<Probe> {
    let armed = standing.armed.iter().filter_map(|(scenario, armed)| armed.automatic(scenario));
    armed.map(|automatic| automatic.when.clone()).collect()
}
