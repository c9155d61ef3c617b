//! Time of the simulated platform: scaled for a demo, moved by hand for tests.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use crate::model::{Clock, Duration, Time};

/// Starts at a moment of choice and runs `speed` times as fast as the machine's monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct SimClock {
    start: Time,
    origin: std::time::Instant,
    speed: f64,
}

impl SimClock {
    /// Slowest and fastest speed; beyond them a demo shows nothing that a person could follow.
    pub const SPEEDS: (f64, f64) = (0.1, 120.0);

    /// `speed` is clamped to [`SimClock::SPEEDS`]; one that is no number counts as 1.
    #[allow(clippy::disallowed_methods, reason = "simulated time is made from the machine's, here and nowhere else in sim")]
    pub fn scaled(start: Time, speed: f64) -> Self {
        let speed = if speed.is_finite() { speed.clamp(Self::SPEEDS.0, Self::SPEEDS.1) } else { 1.0 };
        Self { start, origin: std::time::Instant::now(), speed }
    }
}

impl Clock for SimClock {
    fn now(&self) -> Time {
        let passed = self.origin.elapsed().as_secs_f64() * self.speed * 1_000.0;
        self.start + Duration::from_millis(passed as u64).delta()
    }
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(span.std().div_f64(self.speed)))
    }
}

/// Stands still until it is advanced. Clones share one time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Hands>>);

#[derive(Debug)]
struct Hands {
    now: Time,
    next: u64,
    /// Who waits, by when they want to be woken and in the order in which they came.
    sleepers: BTreeMap<(Time, u64), Option<Waker>>,
}

impl ManualClock {
    pub fn at(start: Time) -> Self {
        Self(Arc::new(Mutex::new(Hands { now: start, next: 0, sleepers: BTreeMap::new() })))
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves time on by `span` in one go and wakes whose time has come.
    pub fn advance(&self, span: Duration) {
        let to = self.hands().now + span.delta();
        self.set(to);
    }

    /// Moves time on to `to`; an earlier moment changes nothing.
    pub fn set(&self, to: Time) {
        let mut woken = Vec::new();
        {
            let mut hands = self.hands();
            hands.now = hands.now.max(to);
            let now = hands.now;
            for ((due, _), waker) in &mut hands.sleepers {
                if *due > now {
                    break;
                }
                woken.extend(waker.take());
            }
        }
        woken.into_iter().for_each(Waker::wake);
    }

    /// When the first sleeper wants to be woken, if anybody sleeps.
    pub fn next_wake(&self) -> Option<Time> {
        self.hands().sleepers.keys().next().map(|(due, _)| *due)
    }

    /// How many sleep now.
    pub fn sleepers(&self) -> usize {
        self.hands().sleepers.len()
    }

    /// Moves time on by `span` from sleeper to sleeper, so that each runs at its own moment. For a current-thread runtime,
    /// where giving way lets every other task run.
    pub async fn pass(&self, span: Duration) {
        let end = self.now() + span.delta();
        loop {
            give_way().await;
            match self.next_wake() {
                Some(due) if due <= end => self.set(due),
                _ => break,
            }
        }
        self.set(end);
        give_way().await;
    }

    /// Runs `work` to its end, moving time on to the next sleeper whenever nothing else can run.
    pub async fn drive<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            for _ in 0..GIVE_WAY {
                let polled = std::future::poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await;
                if let Poll::Ready(done) = polled {
                    return done;
                }
                tokio::task::yield_now().await;
            }
            if let Some(due) = self.next_wake() {
                self.set(due);
            }
        }
    }
}

/// Often enough for a chain of tasks that wake one another.
const GIVE_WAY: usize = 16;

async fn give_way() {
    for _ in 0..GIVE_WAY {
        tokio::task::yield_now().await;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        self.hands().now
    }
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut hands = self.hands();
        let key = (hands.now + span.delta(), hands.next);
        hands.next += 1;
        hands.sleepers.insert(key, None);
        drop(hands);
        Box::pin(Sleep { clock: self.clone(), key })
    }
}

struct Sleep {
    clock: ManualClock,
    key: (Time, u64),
}

impl Future for Sleep {
    type Output = ();
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut hands = self.clock.hands();
        if hands.now >= self.key.0 {
            hands.sleepers.remove(&self.key);
            return Poll::Ready(());
        }
        hands.sleepers.insert(self.key, Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.clock.hands().sleepers.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Time {
        crate::model::time::parse("2026-11-20T02:00:00Z", Time::MIN_UTC).unwrap()
    }

    #[tokio::test]
    async fn sleepers_wake_when_time_passes_theirs_and_not_before() {
        let clock = ManualClock::at(start());
        let log = Arc::new(Mutex::new(Vec::new()));
        for secs in [5, 2] {
            let (clock, log) = (clock.clone(), log.clone());
            tokio::spawn(async move {
                clock.sleep(Duration::from_secs(secs)).await;
                log.lock().unwrap().push((secs, clock.now()));
            });
        }
        clock.pass(Duration::from_millis(1_999)).await;
        assert!(log.lock().unwrap().is_empty());
        assert_eq!(clock.sleepers(), 2);
        clock.pass(Duration::from_secs(60)).await;
        let at = |secs| (secs, start() + Duration::from_secs(secs).delta());
        assert_eq!(*log.lock().unwrap(), [at(2), at(5)], "each ran at its own moment, the earlier one first");
        assert_eq!(clock.sleepers(), 0);
    }

    #[tokio::test]
    async fn a_dropped_sleeper_is_forgotten_and_drive_needs_no_other_hand() {
        let clock = ManualClock::at(start());
        drop(clock.sleep(Duration::from_secs(1)));
        assert_eq!(clock.next_wake(), None);
        let inner = clock.clone();
        let took = clock
            .drive(async move {
                for _ in 0..3 {
                    inner.sleep(Duration::from_mins(1)).await;
                }
                inner.now()
            })
            .await;
        assert_eq!(took, start() + Duration::from_mins(3).delta());
    }

    #[test]
    fn a_scaled_clock_starts_where_it_is_told_and_never_stands() {
        let clock = SimClock::scaled(start(), f64::NAN);
        assert!(clock.now() >= start());
        assert_eq!(clock.speed, 1.0);
        assert_eq!(SimClock::scaled(start(), 1e9).speed, SimClock::SPEEDS.1);
    }
}
