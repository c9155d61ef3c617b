//! Moments, always UTC, and how they are written (RULES R30).

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc};

/// A moment in UTC.
pub type Time = DateTime<Utc>;

/// Whether a clock can tell it: beyond the years 1 to 9999 it is no time, and reckoning with it could overflow.
pub fn is_told_by_clocks(time: &Time) -> bool {
    (1..=9999).contains(&time.year())
}

/// So many milliseconds since 1970; none where no clock tells it.
pub fn of_millis(millis: i64) -> Option<Time> {
    Time::from_timestamp_millis(millis).filter(is_told_by_clocks)
}

/// `02:47:13Z`, with the date in front when `time` is not on the same UTC day as `now`.
pub fn clock(time: Time, now: Time) -> String {
    if time.date_naive() == now.date_naive() {
        time.format("%H:%M:%SZ").to_string()
    } else {
        time.format("%Y-%m-%d %H:%M:%SZ").to_string()
    }
}

/// `02:47Z`, with the date in front when `time` is on another UTC day than `now`.
pub fn clock_minutes(time: Time, now: Time) -> String {
    if time.date_naive() == now.date_naive() {
        time.format("%H:%MZ").to_string()
    } else {
        time.format("%Y-%m-%d %H:%MZ").to_string()
    }
}

/// `2026-11-20T02:47:13Z`: for files and documents that outlive the day.
pub fn full(time: Time) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Reads a moment as a person types it: RFC 3339, `2026-11-20 02:31Z`, `02:31Z`, `02:31:05Z`
/// (the latest such moment not after `now`) or `12m ago`.
pub fn parse(text: &str, now: Time) -> Result<Time, String> {
    let text = text.trim();
    let time = read(text, now)?;
    time.filter(is_told_by_clocks).ok_or_else(|| format!("`{text}` is no moment: write 02:31Z, 2026-11-20 02:31Z or 12m ago"))
}

fn read(text: &str, now: Time) -> Result<Option<Time>, String> {
    if let Some(span) = text.strip_suffix("ago") {
        let span: super::duration::Duration = span.trim().parse()?;
        return Ok(Some(now - span.delta()));
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(Some(time.with_timezone(&Utc)));
    }
    let bare = text.trim_end_matches(['Z', 'z']);
    for form in ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"] {
        if let Ok(time) = chrono::NaiveDateTime::parse_from_str(bare, form) {
            return Ok(Some(time.and_utc()));
        }
    }
    for form in ["%H:%M:%S", "%H:%M"] {
        if let Ok(time) = NaiveTime::parse_from_str(bare, form) {
            let today = now.date_naive().and_time(time).and_utc();
            return Ok(Some(if today > now { today - TimeDelta::days(1) } else { today }));
        }
    }
    Ok(None)
}

/// Like [`parse`], for a moment that may be one to come: a clock time without its day is refused, because it means two.
pub fn parse_any_day(text: &str, now: Time) -> Result<Time, String> {
    let bare = text.trim().trim_end_matches(['Z', 'z']);
    if ["%H:%M:%S", "%H:%M"].iter().any(|form| NaiveTime::parse_from_str(bare, form).is_ok()) {
        let today = now.format("%Y-%m-%d");
        return Err(format!("`{}` has no day: write it too, such as {today} {bare}Z", text.trim()));
    }
    parse(text, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r30_clock_times_carry_z_and_a_date_only_on_another_day() {
        let now = parse("2026-11-20T00:10:00Z", Time::MIN_UTC).unwrap();
        assert_eq!(clock(now, now), "00:10:00Z");
        assert_eq!(clock_minutes(now - TimeDelta::hours(1), now), "2026-11-19 23:10Z");
    }

    #[test]
    fn a_clock_time_ahead_of_now_means_yesterday() {
        let now = parse("2026-11-20T00:10:00Z", Time::MIN_UTC).unwrap();
        assert_eq!(full(parse("23:50Z", now).unwrap()), "2026-11-19T23:50:00Z");
        assert_eq!(full(parse("12m ago", now).unwrap()), "2026-11-19T23:58:00Z");
        assert!(parse("soon", now).unwrap_err().contains("02:31Z"));
    }

    #[test]
    fn what_no_clock_tells_is_no_time_and_overflows_nothing() {
        let now = parse("2026-11-20T00:10:00Z", Time::MIN_UTC).unwrap();
        for absurd in ["500000000y ago", "9999y ago", "+262142-12-31 23:59", "-0001-01-01 00:00:00"] {
            assert!(parse(absurd, now).unwrap_err().contains("is no moment"), "{absurd}");
            assert!(parse_any_day(absurd, now).is_err(), "{absurd}");
        }
        assert_eq!((of_millis(i64::MAX), of_millis(i64::MIN), of_millis(0)), (None, None, Time::from_timestamp(0, 0)));
    }

    #[test]
    fn a_moment_to_come_is_read_with_its_day_only() {
        let now = parse("2026-11-20T18:48:00Z", Time::MIN_UTC).unwrap();
        assert_eq!(parse_any_day("19:30", now).unwrap_err(), "`19:30` has no day: write it too, such as 2026-11-20 19:30Z");
        assert_eq!(full(parse_any_day("2026-11-20 19:30Z", now).unwrap()), "2026-11-20T19:30:00Z");
        assert_eq!(full(parse_any_day("12m ago", now).unwrap()), "2026-11-20T18:36:00Z");
    }
}
