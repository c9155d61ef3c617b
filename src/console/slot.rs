//! A place for the newest value only: who is slow misses the ones between, and nobody waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Waker = Box<dyn Fn() + Send>;

struct Inner<T> {
    newest: Option<Arc<T>>,
    spent: Vec<Arc<T>>,
    wake: Option<Waker>,
}

/// Newest wins. Values are large (a whole Picture), so they are also freed on the side that puts them in.
pub struct Slot<T> {
    inner: Mutex<Inner<T>>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { inner: Mutex::new(Inner { newest: None, spent: Vec::new(), wake: None }) }
    }
}

impl<T> Slot<T> {
    /// Replaces what nobody took yet, and wakes the taker. Frees what was given back.
    pub fn put(&self, value: Arc<T>) {
        let (old, spent) = {
            let mut inner = self.lock();
            let old = inner.newest.replace(value);
            let spent = std::mem::take(&mut inner.spent);
            if let Some(wake) = &inner.wake {
                wake();
            }
            (old, spent)
        };
        // Outside the lock: freeing a large value takes time.
        drop((old, spent));
    }

    /// The newest value, if it was not taken yet.
    pub fn take(&self) -> Option<Arc<T>> {
        self.lock().newest.take()
    }

    /// Hands a value back, to be freed by the next [`put`](Self::put).
    pub fn give_back(&self, spent: Arc<T>) {
        self.lock().spent.push(spent);
    }

    /// `wake` is called after every put, on the putter's thread: it must be quick and must not block. It is called
    /// at once when a value already waits.
    pub fn on_put(&self, wake: impl Fn() + Send + 'static) {
        let mut inner = self.lock();
        if inner.newest.is_some() {
            wake();
        }
        inner.wake = Some(Box::new(wake));
    }

    // A panic elsewhere must not take the screen with it: the value is whole in any case.
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn only_the_newest_is_taken_and_once() {
        let slot = Slot::default();
        slot.put(Arc::new(1));
        slot.put(Arc::new(2));
        assert_eq!(slot.take().as_deref(), Some(&2));
        assert_eq!(slot.take(), None);
    }

    #[test]
    fn the_taker_is_woken_also_for_what_waits_already() {
        let slot = Slot::default();
        slot.put(Arc::new(1));
        let (tx, rx) = mpsc::channel();
        slot.on_put(move || tx.send(()).unwrap());
        slot.put(Arc::new(2));
        assert_eq!(rx.try_iter().count(), 2);
    }

    #[test]
    fn what_is_given_back_is_freed_by_the_next_put() {
        let slot = Slot::default();
        let value = Arc::new(1);
        slot.give_back(Arc::clone(&value));
        assert_eq!(Arc::strong_count(&value), 2);
        slot.put(Arc::new(2));
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
