//! How long something took, over many times.

use std::{fmt, time::Duration};

/// In milliseconds.
pub struct Spread {
    pub p50: f64,
    pub p99: f64,
    pub most: f64,
}

impl Spread {
    pub fn of(mut spans: Vec<Duration>) -> Self {
        spans.sort();
        let at = |part: f64| spans[((spans.len() - 1) as f64 * part) as usize].as_secs_f64() * 1_000.0;
        Self { p50: at(0.5), p99: at(0.99), most: at(1.0) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10.3} ms{:>10.3} ms{:>10.3} ms", self.p50, self.p99, self.most)
    }
}
