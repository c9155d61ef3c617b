//! What was worked out for an earlier Picture and still holds. This is the one place that decides whether it does: each answer that
//! it rests on is still the very same one, and no moment has come since at which it reads differently.

use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

use super::{
    heard::Heard,
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
    /// What the Alertmanagers tell, one beside the other.
    pub(super) heard: Lasting<Arc<Vec<Heard>>>,
    /// By source and what is counted: what the past of its runs comes to.
    pub(super) runs: Lasting<Stretch>,
    /// The records of the incident on screen, in words.
    pub(super) told: RefCell<Told>,
}

/// Values that each rest on one answer, or on several.
pub struct Lasting<T>(RefCell<BTreeMap<String, Vec<Entry<T>>>>);

struct Entry<T> {
    lost: Option<Loss>,
    rests_on: Answers,
    max_age: Duration,
    /// Within these moments it reads as it did.
    from: Time,
    until: Time,
    value: T,
}

/// They are held with what rests on them: another one cannot come to lie at the same place.
type Answers = Vec<Option<Arc<Reading>>>;

/// What a value is worked out from.
struct Basis<'a> {
    name: &'a str,
    lost: Option<&'a Loss>,
    answers: &'a [Option<Arc<Reading>>],
    max_age: Duration,
}

impl<T> Default for Lasting<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T: Clone> Lasting<T> {
    /// More of one name are not kept: who supposes one loss after another leaves many behind.
    const MOST: usize = 64;

    /// What `make` works out from the answer in `signal`, whatever its age.
    pub fn by_answer(&self, name: &str, signal: Option<&Signal>, make: impl FnOnce() -> T) -> T {
        match answered(signal) {
            Some((_, reading)) => self.by_answers(name, &[Some(reading.clone())], make),
            None => make(),
        }
    }

    /// What `make` works out from these answers, whatever their age; `None` is one that cannot be used.
    pub fn by_answers(&self, name: &str, answers: &[Option<Arc<Reading>>], make: impl FnOnce() -> T) -> T {
        let basis = Basis { name, lost: None, answers, max_age: Duration::ZERO };
        self.known(&basis, Time::MIN_UTC).unwrap_or_else(|| self.keep(&basis, (Time::MIN_UTC, Time::MAX_UTC), make()))
    }

    /// What `make` works out at `now` from `signal` and the ages of its samples, without `lost`. While one of them is too old,
    /// or the signal fails, it is said for how long: then it is worked out anew each time.
    pub fn by_age(&self, name: &str, lost: Option<&Loss>, signal: Option<&Signal>, now: Time, make: impl FnOnce() -> T) -> T {
        let Some((signal, reading)) = answered(signal) else { return make() };
        if signal.failure.is_some() || !reading.warnings.is_empty() {
            return make();
        }
        let basis = Basis { name, lost, answers: &[Some(reading.clone())], max_age: signal.max_age };
        self.known(&basis, now).unwrap_or_else(|| match steady_until(signal, reading, now) {
            Some(until) => self.keep(&basis, (now, until), make()),
            None => make(),
        })
    }

    fn known(&self, basis: &Basis, now: Time) -> Option<T> {
        let entries = self.0.borrow();
        let entry = entries.get(basis.name)?.iter().find(|entry| entry.lost.as_ref() == basis.lost)?;
        let same = entry.max_age == basis.max_age && are_same(&entry.rests_on, basis.answers);
        (same && entry.from <= now && now <= entry.until).then(|| entry.value.clone())
    }

    fn keep(&self, basis: &Basis, (from, until): (Time, Time), value: T) -> T {
        let mut entries = self.0.borrow_mut();
        let of_name = entries.entry(basis.name.to_owned()).or_default();
        of_name.retain(|entry| entry.lost.as_ref() != basis.lost);
        if of_name.len() >= Self::MOST {
            of_name.clear();
        }
        let (lost, rests_on, max_age) = (basis.lost.cloned(), basis.answers.to_vec(), basis.max_age);
        of_name.push(Entry { lost, rests_on, max_age, from, until, value: value.clone() });
        value
    }
}

fn are_same(some: &[Option<Arc<Reading>>], others: &[Option<Arc<Reading>>]) -> bool {
    let same = |pair: (&Option<Arc<Reading>>, &Option<Arc<Reading>>)| match pair {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    };
    some.len() == others.len() && some.iter().zip(others).all(same)
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
