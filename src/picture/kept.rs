//! What was worked out for an earlier Picture and still holds. This is the one place that decides whether it does: it rests on one
//! answer, that answer is still the very same one, and no moment has come since at which it reads differently.

use std::{cell::RefCell, sync::Arc};

use super::{
    journal::Told,
    scene::{CardsStand, LossChoice},
};
use crate::{
    model::{Duration, Loss, Reading, Signal, Time},
    objectives::{Known, runs::Stretch},
};

/// What a console keeps from one Picture to the next. Of one plan, and of one way to tell events.
#[derive(Default)]
pub struct Kept {
    /// By cluster and what is supposed to be lost: how its cards stand, by their exporters.
    pub(super) cards: Lasting<CardsStand>,
    /// The same: what is known of them as a whole.
    pub(super) known: Lasting<Known>,
    /// By cluster: the node that carries most.
    pub(super) fullest: Lasting<Option<String>>,
    /// By cluster: the nodes that can be supposed to be lost.
    pub(super) nodes: Lasting<Arc<Vec<LossChoice>>>,
    /// By source and what is counted: what the past of its runs comes to.
    pub(super) runs: Lasting<Stretch>,
    /// The records of the incident on screen, in words.
    pub(super) told: RefCell<Told>,
}

/// Values that each rest on one answer.
pub struct Lasting<T>(RefCell<Vec<Entry<T>>>);

struct Entry<T> {
    name: String,
    lost: Option<Loss>,
    rests_on: Arc<Reading>,
    max_age: Duration,
    /// Within these moments it reads as it did.
    from: Time,
    until: Time,
    value: T,
}

impl<T> Default for Lasting<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T: Clone> Lasting<T> {
    /// More are not kept: who supposes one loss after another leaves many behind.
    const MOST: usize = 64;

    /// What `make` works out from the answer in `signal`, whatever its age.
    pub fn by_answer(&self, name: &str, signal: Option<&Signal>, make: impl FnOnce() -> T) -> T {
        let Some((signal, reading)) = answered(signal) else { return make() };
        self.known(name, None, signal, reading, reading.read)
            .unwrap_or_else(|| self.keep(name, None, signal, reading, (Time::MIN_UTC, Time::MAX_UTC), make()))
    }

    /// What `make` works out at `now` from `signal` and the ages of its samples, without `lost`. While one of them is too old,
    /// or the signal fails, it is said for how long: then it is worked out anew each time.
    pub fn by_age(&self, name: &str, lost: Option<&Loss>, signal: Option<&Signal>, now: Time, make: impl FnOnce() -> T) -> T {
        let Some((signal, reading)) = answered(signal) else { return make() };
        if signal.failure.is_some() || !reading.warnings.is_empty() {
            return make();
        }
        self.known(name, lost, signal, reading, now).unwrap_or_else(|| match steady_until(signal, reading, now) {
            Some(until) => self.keep(name, lost, signal, reading, (now, until), make()),
            None => make(),
        })
    }

    fn known(&self, name: &str, lost: Option<&Loss>, signal: &Signal, reading: &Arc<Reading>, now: Time) -> Option<T> {
        let entries = self.0.borrow();
        let entry = entries.iter().find(|entry| entry.name == name && entry.lost.as_ref() == lost)?;
        let same = Arc::ptr_eq(&entry.rests_on, reading) && entry.max_age == signal.max_age;
        (same && entry.from <= now && now <= entry.until).then(|| entry.value.clone())
    }

    fn keep(
        &self,
        name: &str,
        lost: Option<&Loss>,
        signal: &Signal,
        reading: &Arc<Reading>,
        (from, until): (Time, Time),
        value: T,
    ) -> T {
        let mut entries = self.0.borrow_mut();
        entries.retain(|entry| entry.name != name || entry.lost.as_ref() != lost);
        if entries.len() >= Self::MOST {
            entries.clear();
        }
        // The answer is held with it: another one cannot come to lie at the same place.
        let (rests_on, max_age, kept) = (reading.clone(), signal.max_age, value.clone());
        entries.push(Entry { name: name.to_owned(), lost: lost.cloned(), rests_on, max_age, from, until, value: kept });
        value
    }
}

fn answered(signal: Option<&Signal>) -> Option<(&Signal, &Arc<Reading>)> {
    signal.and_then(|signal| Some((signal, signal.reading.as_ref()?)))
}

/// Until when every sample of it is as fresh as now; `None` where one is too old already, or measured after now.
fn steady_until(signal: &Signal, reading: &Reading, now: Time) -> Option<Time> {
    let measured =
        || reading.samples.iter().map(|sample| sample.measured).chain(reading.cards.cards.iter().map(|card| card.measured));
    let (oldest, newest) = (measured().min().unwrap_or(reading.read), measured().max().unwrap_or(reading.read));
    let until = oldest.checked_add_signed(signal.max_age.delta())?;
    (now <= until && newest <= now + Signal::AHEAD.delta()).then_some(until)
}
