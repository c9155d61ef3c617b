//! How far a server's clock is from this machine's, by one answer that tells the time.

use chrono::TimeDelta;

use crate::model::Time;

/// Two clocks may differ by this without a word; milliseconds.
const UNTOLD_MS: i64 = 2_000;

/// Milliseconds that a clock which said `told` between `asked` and `read` is ahead of ours (negative: behind); zero
/// when the difference is small. In steps of ten seconds, towards older samples, so that one sample asked about twice
/// keeps one time.
pub fn ahead_ms(told: Time, asked: Time, read: Time) -> i64 {
    let off = if told > read { told - read } else { (told - asked).min(TimeDelta::zero()) };
    match off.num_milliseconds() {
        small if small.abs() <= UNTOLD_MS => 0,
        ahead => ((ahead as f64 / 10_000.0).ceil() * 10_000.0) as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r29_a_clock_that_is_ahead_does_not_make_old_samples_fresh() {
        let t = |ms: i64| Time::from_timestamp_millis(1_700_000_000_000 + ms).unwrap();
        assert_eq!(ahead_ms(t(1_500), t(0), t(100)), 0, "small differences are no matter");
        assert_eq!(ahead_ms(t(605_000), t(0), t(100)), 610_000, "rounded towards older");
        assert_eq!(ahead_ms(t(-605_000), t(0), t(100)), -600_000, "rounded towards older");
    }
}
