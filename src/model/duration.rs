//! Lengths of time: read from plans (`15m`, `7days`, `1week`) and shown with letters (`41m07s`).

use std::{fmt, str::FromStr};

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::time::Time;

/// A length of time in whole milliseconds, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

impl Duration {
    pub const ZERO: Duration = Duration(0);

    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000)
    }
    pub const fn from_mins(mins: u64) -> Self {
        Self(mins * 60_000)
    }
    pub const fn from_hours(hours: u64) -> Self {
        Self(hours * 3_600_000)
    }
    /// From `from` to `to`; zero when `to` is the earlier one.
    pub fn between(from: Time, to: Time) -> Self {
        Self((to - from).num_milliseconds().max(0) as u64)
    }
    pub const fn as_millis(self) -> u64 {
        self.0
    }
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000
    }
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }
    /// For arithmetic with [`Time`]: at most ten thousand years, so that it cannot overflow with a time that clocks tell.
    pub fn delta(self) -> TimeDelta {
        const MOST: u64 = 10_000 * 365 * 86_400_000;
        TimeDelta::milliseconds(self.0.min(MOST) as i64)
    }
    /// For timers.
    pub fn std(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0)
    }
    /// From here on people say minutes, not seconds.
    const BY_THE_MINUTE: u64 = 120_000;
    /// And from here on hours.
    const BY_THE_HOUR: u64 = 36_000_000;

    const fn unit(self) -> u64 {
        match self.0 {
            ..Self::BY_THE_MINUTE => 1_000,
            Self::BY_THE_MINUTE..Self::BY_THE_HOUR => 60_000,
            _ => 3_600_000,
        }
    }
    /// An estimate as people say it: the nearest second under two minutes, the nearest minute under ten hours, else the
    /// nearest hour.
    pub const fn about(self) -> Self {
        Self((self.0 + self.unit() / 2) / self.unit() * self.unit())
    }
    /// An age, or what is left, as people say it: in whole seconds, minutes or hours as [`about`](Self::about), never
    /// too many.
    pub const fn whole(self) -> Self {
        Self(self.0 / self.unit() * self.unit())
    }
    /// Whole seconds, at least as long.
    pub const fn up_to_secs(self) -> Self {
        Self(self.0.div_ceil(1_000) * 1_000)
    }
    /// `12s ago`, `41m ago`; `just now` within the second.
    pub fn ago(self) -> String {
        if self.0 < 1_000 { "just now".into() } else { format!("{} ago", self.whole()) }
    }
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::ops::Add for Duration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}
impl std::ops::Mul<u64> for Duration {
    type Output = Self;
    fn mul(self, n: u64) -> Self {
        Self(self.0.saturating_mul(n))
    }
}
impl std::iter::Sum for Duration {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, |a, b| a + b)
    }
}

/// `4s`, `41m07s`, `3h18m`, `4d02h`; whole units drop the rest (`1h`, `15m`, `24h`), under a second `250ms`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ms, s) = (self.0, self.0 / 1_000);
        let (d, h, m) = (s / 86_400, s / 3_600, s / 60);
        let text = if ms == 0 {
            "0s".into()
        } else if s == 0 {
            format!("{ms}ms")
        } else if m == 0 {
            format!("{s}s")
        } else if h == 0 {
            if s % 60 == 0 { format!("{m}m") } else { format!("{m}m{:02}s", s % 60) }
        } else if h < 48 {
            if m % 60 == 0 { format!("{h}h") } else { format!("{h}h{:02}m", m % 60) }
        } else if h % 24 == 0 {
            format!("{d}d")
        } else {
            format!("{d}d{:02}h", h % 24)
        };
        f.pad(&text)
    }
}

/// What a duration may be written like, for messages.
pub const EXPECTED: &str = "a duration such as 30s, 15m, 4h, 7days, 1week or 3months";

impl FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("expected {EXPECTED}, found `{text}`");
        let mut rest = text.trim();
        let mut total: u64 = 0;
        if rest.is_empty() {
            return Err(bad());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
            let number: u64 = rest[..digits].parse().map_err(|_| bad())?;
            rest = rest[digits..].trim_start();
            let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let unit: u64 = match &rest[..letters] {
                "ms" => 1,
                "s" | "sec" | "second" | "seconds" => 1_000,
                "m" | "min" | "minute" | "minutes" => 60_000,
                "h" | "hour" | "hours" => 3_600_000,
                "d" | "day" | "days" => 86_400_000,
                "w" | "week" | "weeks" => 7 * 86_400_000,
                "month" | "months" => 30 * 86_400_000,
                "y" | "year" | "years" => 365 * 86_400_000,
                _ => return Err(bad()),
            };
            rest = rest[letters..].trim_start();
            total = number.checked_mul(unit).and_then(|n| total.checked_add(n)).ok_or_else(bad)?;
        }
        Ok(Self(total))
    }
}

impl Serialize for Duration {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // Exact: what is shown may drop the rest of a unit, what is stored may not.
        to.serialize_str(&format!("{}ms", self.0))
    }
}
impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
impl JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A length of time: 0s, 30s, 15m, 4h, 7days, 1week, 3months",
            "pattern": "^\\s*([0-9]+\\s*(ms|s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?|months?|y|years?)\\s*)+$"
        })
    }
}

/// `4s to 18m`, or one figure; in whole seconds, never less than the most.
pub fn between_words(least: Duration, most: Duration) -> String {
    let (from, to) = (Duration::from_secs(least.as_secs()), most.up_to_secs());
    if least == most || from == to { to.to_string() } else { format!("{from} to {to}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r30_durations_carry_letters() {
        for (text, shown) in [
            ("0s", "0s"),
            ("4s", "4s"),
            ("250ms", "250ms"),
            ("41m7s", "41m07s"),
            ("15m", "15m"),
            ("1h", "1h"),
            ("3h18m", "3h18m"),
            ("24h", "24h"),
            ("1week", "7d"),
            ("98h", "4d02h"),
            ("3months", "90d"),
        ] {
            assert_eq!(text.parse::<Duration>().unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn a_bad_duration_says_what_was_expected() {
        for text in ["", "15", "m", "15 parsecs", "-3m", "99999999999999999999s", "1.5h"] {
            let error = text.parse::<Duration>().unwrap_err();
            assert!(error.contains("15m"), "{text}: {error}");
        }
    }

    #[test]
    fn people_do_not_say_milliseconds() {
        let of = Duration::from_millis;
        let about = |ms| of(ms).about().to_string();
        assert_eq!([499, 29_600, 119_400, 2_350_000, 3_022_000].map(about), ["0s", "30s", "1m59s", "39m", "50m"]);
        let whole = |ms| of(ms).whole().to_string();
        assert_eq!([999, 59_900, 1_133_000, 84_600_000].map(whole), ["0s", "59s", "18m", "23h"]);
        assert_eq!((of(575).up_to_secs().to_string(), of(24_000).up_to_secs().to_string()), ("1s".into(), "24s".into()));
        assert_eq!([575, 8_200, 2_460_000].map(|ms| of(ms).ago()), ["just now", "8s ago", "41m ago"]);
    }

    #[test]
    fn what_is_stored_is_exact() {
        let odd = Duration::from_millis(2_467_123);
        let json = serde_json::to_string(&odd).unwrap();
        assert_eq!(serde_json::from_str::<Duration>(&json).unwrap(), odd);
    }
}
