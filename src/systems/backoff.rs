//! How long to wait before asking a failing system again: doubling, capped, jittered so that many consoles do not ask in step.

use crate::model::Duration;

/// Doubles from `first` up to `cap`; each wait is between half and all of it.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    failures: u32,
    seed: u64,
}

impl Backoff {
    /// `seed` differs by source, so that their waits do.
    pub fn new(first: Duration, cap: Duration, seed: u64) -> Self {
        Self { first, cap, failures: 0, seed: seed | 1 }
    }
    /// After a good answer.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
    /// After a failure: the wait before the next try.
    pub fn after_failure(&mut self) -> Duration {
        let full = self.first.as_millis().saturating_mul(1 << self.failures.min(16)).min(self.cap.as_millis()).max(1);
        self.failures += 1;
        // xorshift: good enough for jitter, and the same each run for the same seed.
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        Duration::from_millis(full / 2 + self.seed % (full / 2 + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_the_cap_and_stay_under_it() {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(8), 7);
        let waits: Vec<u64> = (0..12).map(|_| backoff.after_failure().as_millis()).collect();
        assert!(waits[0] >= 250 && waits[0] <= 500, "{waits:?}");
        assert!(waits.iter().all(|w| *w <= 8_000) && waits[11] >= 4_000, "{waits:?}");
        backoff.reset();
        assert!(backoff.after_failure().as_millis() <= 500);
    }
}
