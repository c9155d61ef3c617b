//! Watching gates until they held long enough, or can no longer in time.

use super::{
    evaluate::evaluate,
    judgement::{Answer, Judgement},
    words::{limit, subject},
};
use crate::{
    incident::Proof,
    model::{Duration, Signals, Time},
    plan::{Gate, Probe},
};

/// What a watch has come to.
#[derive(Clone, Debug, PartialEq)]
pub enum WatchState {
    NotYet {
        words: String,
    },
    Held(Proof),
    /// `within` is over and it does not hold.
    Missed {
        why: String,
    },
}

/// An unbroken stretch of samples that hold.
#[derive(Clone, Debug, PartialEq)]
struct Stretch {
    first: Time,
    last: Time,
    samples: u32,
}

/// Gates that must all hold at once, each unbroken for its `for`, by the times of measurement. A sample that fails
/// breaks the stretch, and so does not knowing: nobody saw it hold meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    gates: Vec<(Gate, Option<Stretch>)>,
    after: Time,
    /// What nobody saw breaks a stretch: two samples further apart than one stays fresh.
    gapless: bool,
}

impl Watch {
    /// Only samples measured after `after` count.
    pub fn new(gates: &[Gate], after: Time) -> Self {
        Self { gates: gates.iter().map(|gate| (gate.clone(), None)).collect(), after, gapless: false }
    }

    /// For what starts by itself: a console that slept has not seen it hold meanwhile.
    pub fn gapless(gates: &[Gate], after: Time) -> Self {
        Self { gapless: true, ..Self::new(gates, after) }
    }

    /// Takes in what is observed at `now`. To be called whenever something was observed, and now and then besides.
    pub fn observe(&mut self, signals: &Signals, now: Time) -> WatchState {
        let (mut waits, mut missed) = (Vec::new(), Vec::new());
        let mut proof: Option<Proof> = None;
        for (gate, stretch) in &mut self.gates {
            let judged = evaluate(&gate.probe, signals, Some(self.after), now);
            grow(stretch, &judged, self.gapless);
            let deadline = self.after + gate.within().delta();
            match stretch {
                Some(held) if has_held(held, gate.hold) => proof = Some(join(proof, gate, held, &judged)),
                Some(held) if held.first <= deadline => waits.push(waiting(gate, held, &judged)),
                _ if now > deadline => missed.push(format!("{} within {}: {}", wanted_not(gate), gate.within(), judged.words)),
                _ => waits.push(judged.words),
            }
        }
        if !missed.is_empty() {
            return WatchState::Missed { why: missed.join("; ") };
        }
        match proof {
            Some(proof) if waits.is_empty() => WatchState::Held(proof),
            _ if waits.is_empty() => WatchState::NotYet { words: "there is nothing to watch".into() },
            _ => WatchState::NotYet { words: waits.join("; ") },
        }
    }
}

fn grow(stretch: &mut Option<Stretch>, judged: &Judgement, gapless: bool) {
    match (judged.state, judged.measured) {
        (Answer::Holds, Some(measured)) => match stretch {
            Some(held) if gapless && judged.fresh_for.is_some_and(|fresh| Duration::between(held.last, measured) > fresh) => {
                *stretch = Some(Stretch { first: measured, last: measured, samples: 1 });
            }
            None => *stretch = Some(Stretch { first: measured, last: measured, samples: 1 }),
            Some(held) if measured > held.last => {
                held.last = measured;
                held.samples += 1;
            }
            Some(_) => {}
        },
        _ => *stretch = None,
    }
}

/// Unsaid, two samples must hold; a stretch is never proven by one sample.
fn has_held(held: &Stretch, hold: Option<Duration>) -> bool {
    match hold {
        None => held.samples >= 2,
        Some(Duration::ZERO) => true,
        Some(hold) => held.samples >= 2 && Duration::between(held.first, held.last) >= hold,
    }
}

fn waiting(gate: &Gate, held: &Stretch, judged: &Judgement) -> String {
    match gate.hold {
        Some(hold) => format!("{} for {} of {hold}", judged.words, Duration::between(held.first, held.last)),
        None => format!("{}, one sample of two", judged.words),
    }
}

fn wanted_not(gate: &Gate) -> String {
    format!("did not hold: {}", super::words::wanted(gate))
}

/// Several gates held together from where the last of them began.
fn join(so_far: Option<Proof>, gate: &Gate, held: &Stretch, judged: &Judgement) -> Proof {
    let expect = match &gate.probe {
        Probe::Query(p) => p.expect.as_ref(),
        Probe::Sql(p) => p.expect.as_ref(),
        Probe::Http(p) => p.expect.as_ref(),
        _ => None,
    };
    let wanted = expect.map(|expect| format!(", wanted {}", limit(expect))).unwrap_or_default();
    let text = crate::model::text::clean(&format!("{} {}{wanted}", subject(&gate.probe), judged.words));
    match so_far {
        None => Proof { text, first: held.first, last: held.last, samples: held.samples },
        Some(before) => Proof {
            text: format!("{}; {text}", before.text),
            first: before.first.max(held.first),
            last: before.last.max(held.last),
            samples: before.samples.min(held.samples),
        },
    }
}
