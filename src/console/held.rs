//! This machine's clock as a console reads it: wall time as of its last look, carried on by the clock that nobody sets.
//! Between two looks time cannot jump under what is read, decided, written or shown; a jump takes effect where it is looked
//! for, and nowhere else (RULES R11).

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use crate::model::{Clock, Duration, Time};

pub struct HeldClock {
    machine: Arc<dyn Clock>,
    /// Wall and steady time of the last look. `None` where there is no steady clock: simulated time never jumps.
    looked: Mutex<Option<(Time, Duration)>>,
}

impl HeldClock {
    pub fn new(machine: Arc<dyn Clock>) -> Self {
        let held = Self { machine, looked: Mutex::default() };
        held.look();
        held
    }

    /// Goes by the machine's clock from now on, however it was set meanwhile: its wall and steady time.
    pub fn look(&self) -> (Time, Option<Duration>) {
        let (now, steady) = (self.machine.now(), self.machine.steady());
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = steady.map(|steady| (now, steady));
        (now, steady)
    }
}

impl Clock for HeldClock {
    fn now(&self) -> Time {
        let looked = *self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        match looked.zip(self.machine.steady()) {
            Some(((wall, at), steady)) => wall + steady.saturating_sub(at).delta(),
            None => self.machine.now(),
        }
    }
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.machine.sleep(span)
    }
    fn steady(&self) -> Option<Duration> {
        self.machine.steady()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};

    use super::*;

    /// A machine whose clocks a test moves.
    #[derive(Default)]
    struct Machine {
        steady: AtomicU64,
        ahead: AtomicI64,
    }

    fn at(secs: i64) -> Time {
        Time::from_timestamp(1_700_000_000 + secs, 0).unwrap()
    }

    impl Clock for Machine {
        fn now(&self) -> Time {
            at(self.ahead.load(SeqCst) + self.steady.load(SeqCst) as i64)
        }
        fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(std::future::ready(()))
        }
        fn steady(&self) -> Option<Duration> {
            Some(Duration::from_secs(self.steady.load(SeqCst)))
        }
    }

    #[test]
    fn r11_time_goes_on_between_two_looks_and_jumps_at_a_look_only() {
        let machine = Arc::new(Machine::default());
        let held = HeldClock::new(machine.clone());
        for (ahead, before) in [(3_600, 0), (0, 3_600)] {
            machine.ahead.store(ahead, SeqCst);
            machine.steady.fetch_add(2, SeqCst);
            let passed = machine.steady.load(SeqCst) as i64;
            assert_eq!(held.now(), at(before + passed), "it goes on as if nobody had set the clock");
            assert_eq!(held.look(), (at(ahead + passed), Some(Duration::from_secs(passed as u64))));
            assert_eq!(held.now(), at(ahead + passed));
        }
    }
}
