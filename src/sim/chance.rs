//! Chance that is the same each time: a number from a seed and a name, whatever was asked before.

use crate::model::{Duration, Time};

/// FNV-1a over the name, stirred with the seed.
pub fn hash(seed: u64, name: &str) -> u64 {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in name.bytes() {
        sum = (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    // splitmix64's end: without it, near names would have near numbers
    sum = (sum ^ (sum >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    sum = (sum ^ (sum >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    sum ^ (sum >> 31)
}

/// From 0 up to, not including, 1.
pub fn unit(seed: u64, name: &str) -> f64 {
    (hash(seed, name) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Between the two, by name.
pub fn between(seed: u64, name: &str, least: Duration, most: Duration) -> Duration {
    let span = most.saturating_sub(least).as_millis() as f64;
    Duration::from_millis(least.as_millis() + (span * unit(seed, name)) as u64)
}

/// From 0 up to 1, another number each five seconds: how figures tremble.
pub fn tremble(seed: u64, name: &str, now: Time) -> f64 {
    unit(seed, &format!("{name}@{}", now.timestamp().div_euclid(5)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_has_the_same_chance_and_others_spread() {
        assert_eq!(hash(7, "a"), hash(7, "a"));
        assert_ne!(hash(7, "a"), hash(8, "a"));
        let many: Vec<f64> = (0..200).map(|n| unit(7, &format!("pod-{n}"))).collect();
        assert!(many.iter().all(|x| (0.0..1.0).contains(x)));
        assert!(many.iter().any(|x| *x < 0.1) && many.iter().any(|x| *x > 0.9));
        let span = between(7, "x", Duration::from_secs(3), Duration::from_secs(4));
        assert!(span >= Duration::from_secs(3) && span < Duration::from_secs(4));
    }
}
