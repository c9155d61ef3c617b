//! When something comes again: `6h`, `day at 02:00`, `{cron: "0 2 * * *"}`. UTC.

use std::{fmt, str::FromStr};

use chrono::{Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Weekday};
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{duration::Duration, time::Time};

/// How often something comes, or at which times.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    text: String,
    form: Form,
}

#[derive(Clone, Debug, PartialEq)]
enum Form {
    Continuous,
    Change,
    Interval(Duration),
    /// Of the calendar, whatever their length.
    Months(u32),
    Calendar(Calendar),
}

#[derive(Clone, Debug, PartialEq)]
enum Calendar {
    Day(NaiveTime),
    Weekday(Weekday, NaiveTime),
    /// Some time in the n-th seven days of a month: due when they are over.
    WeekOfMonth(u32),
    /// With the shortest and the longest time between two, which is much to reckon.
    Cron(Box<Cron>, Gaps),
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Gaps {
    shortest: Duration,
    longest: Duration,
}

/// When the next one is expected, and from when on its absence is no accident any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub at: Time,
    /// 1.5 times the interval after the one before.
    pub late: Time,
}

/// What a schedule may be written like, for messages.
pub const EXPECTED: &str = "a duration such as 1h or 3months, `day at 02:00`, `sunday at 01:00`, `week 4 of month`, continuous, \
                            change, or {cron: \"0 2 * * *\"}";

const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);
/// A point may carry a time so much before it was due: clocks differ, and some tools stamp the beginning.
pub const EARLY: Duration = Duration::from_mins(1);
/// Longer ones are no cron expressions.
const LONGEST_CRON: usize = 120;

impl Schedule {
    /// Reads the five fields of a cron expression.
    pub fn cron(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.chars().count() > LONGEST_CRON {
            return Err("that is too long for a cron expression".into());
        }
        if text.starts_with('@') {
            return Err(format!("`{text}` has no five fields: write them out, 0 0 * * * for every midnight"));
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(text).map_err(|error| format!("`{text}` is no cron expression of five fields: {error}"))?;
        let gaps = gaps(&cron).ok_or_else(|| format!("`{text}` never comes"))?;
        Ok(Self { text: text.to_owned(), form: Form::Calendar(Calendar::Cron(Box::new(cron), gaps)) })
    }

    /// Whether it is a stream, without single points.
    pub fn is_continuous(&self) -> bool {
        self.form == Form::Continuous
    }

    /// The first one due after `point`; none where it comes continuously or on change, or where calendars end.
    pub fn due_after(&self, point: Time) -> Option<Due> {
        let (at, interval) = match &self.form {
            Form::Continuous | Form::Change => return None,
            Form::Interval(interval) => (point.checked_add_signed(interval.delta())?, *interval),
            Form::Months(months) => {
                let at = point.checked_add_months(Months::new(*months))?;
                (at, Duration::between(point, at))
            }
            Form::Calendar(calendar) => {
                let at = calendar.next(point.checked_add_signed(EARLY.delta())?)?;
                let before = calendar.previous(at.checked_sub_signed(TimeDelta::seconds(1))?)?;
                let after = calendar.next(at)?;
                // A gap such as a weekend does not make the day after it more patient.
                (at, Duration::between(before, at).min(Duration::between(at, after)))
            }
        };
        let patience = Duration::from_millis(interval.as_millis() / 2);
        Some(Due { at, late: at.checked_add_signed(patience.delta())? })
    }

    /// The last moment at or before `now` at which one was due; none without a calendar.
    pub fn previous_due(&self, now: Time) -> Option<Time> {
        let Form::Calendar(calendar) = &self.form else { return None };
        calendar.previous(now)
    }

    /// The first moment after `now` at which one is due; none without a calendar.
    pub fn next_due(&self, now: Time) -> Option<Time> {
        let Form::Calendar(calendar) = &self.form else { return None };
        calendar.next(now)
    }

    /// The longest time from one to the next, in plain arithmetic; zero where they come all the time or on change.
    pub fn interval(&self) -> Duration {
        const MONTH: Duration = Duration::from_hours(30 * 24);
        const DAY: Duration = Duration::from_hours(24);
        match &self.form {
            Form::Continuous | Form::Change => Duration::ZERO,
            Form::Interval(interval) => *interval,
            Form::Months(months) => MONTH * u64::from(*months),
            Form::Calendar(Calendar::Day(_)) => DAY,
            Form::Calendar(Calendar::Weekday(..)) => DAY * 7,
            Form::Calendar(Calendar::WeekOfMonth(_)) => MONTH,
            Form::Calendar(Calendar::Cron(_, gaps)) => gaps.longest,
        }
    }

    /// The shortest time from one to the next; zero where they come all the time or on change.
    pub fn shortest(&self) -> Duration {
        match &self.form {
            Form::Calendar(Calendar::Cron(_, gaps)) => gaps.shortest,
            _ => self.interval(),
        }
    }

    /// `every 1h`, `every day at 02:00Z`, `by cron 0 2 * * * (UTC)`.
    pub fn words(&self) -> String {
        let clock = |at: &NaiveTime| at.format("%H:%MZ");
        match &self.form {
            Form::Continuous => "continuously".into(),
            Form::Change => "on change".into(),
            Form::Interval(interval) => format!("every {interval}"),
            Form::Months(1) => "every month".into(),
            Form::Months(months) => format!("every {months} months"),
            Form::Calendar(Calendar::Day(at)) => format!("every day at {}", clock(at)),
            Form::Calendar(Calendar::Weekday(day, at)) => format!("every {} at {}", weekday_name(*day), clock(at)),
            Form::Calendar(Calendar::WeekOfMonth(nth)) => format!("in week {nth} of each month"),
            Form::Calendar(Calendar::Cron(..)) => format!("by cron {} (UTC)", self.text),
        }
    }
}

impl Calendar {
    fn next(&self, after: Time) -> Option<Time> {
        match self {
            Calendar::Cron(cron, _) => cron.find_next_occurrence(&after, false).ok(),
            Calendar::Day(at) => first_day(after.date_naive(), 1, |_| true, *at, |due| due > after),
            Calendar::Weekday(day, at) => first_day(after.date_naive(), 1, |date| date.weekday() == *day, *at, |due| due > after),
            Calendar::WeekOfMonth(nth) => (-1..=1).find_map(|month| week_end(after, month, *nth).filter(|due| *due > after)),
        }
    }

    fn previous(&self, until: Time) -> Option<Time> {
        match self {
            Calendar::Cron(cron, _) => cron.find_previous_occurrence(&until, true).ok(),
            Calendar::Day(at) => first_day(until.date_naive(), -1, |_| true, *at, |due| due <= until),
            Calendar::Weekday(day, at) => {
                first_day(until.date_naive(), -1, |date| date.weekday() == *day, *at, |due| due <= until)
            }
            Calendar::WeekOfMonth(nth) => {
                (-2..=0).rev().find_map(|month| week_end(until, month, *nth).filter(|due| *due <= until))
            }
        }
    }
}

/// Looked for between the first ones, which tells of a day, and at each midnight of a year, which tells of weekends and months;
/// none where there never is one.
fn gaps(cron: &Cron) -> Option<Gaps> {
    const FIRST: usize = 150;
    let next = |at: &Time| cron.find_next_occurrence(at, false).ok();
    let start = Time::UNIX_EPOCH;
    let mut at = next(&start)?;
    let (mut shortest, mut longest) = (Duration::from_hours(u64::MAX / 3_600_000), Duration::ZERO);
    for _ in 0..FIRST {
        let Some(then) = next(&at) else { break };
        let gap = Duration::between(at, then);
        (shortest, longest) = (shortest.min(gap), longest.max(gap));
        at = then;
    }
    for day in (1..=366).map(|days| start + TimeDelta::days(days)) {
        if let (Ok(before), Some(after)) = (cron.find_previous_occurrence(&day, true), next(&day)) {
            longest = longest.max(Duration::between(before, after));
        }
    }
    Some(Gaps { shortest: shortest.min(longest), longest })
}

/// The first day from `from` on, forth or back, that `is_meant` at a time of it that is `right`.
fn first_day(
    from: NaiveDate,
    way: i64,
    is_meant: impl Fn(NaiveDate) -> bool,
    at: NaiveTime,
    right: impl Fn(Time) -> bool,
) -> Option<Time> {
    (0..=8).find_map(|days| {
        let date = from.checked_add_signed(TimeDelta::days(way * days)).filter(|date| is_meant(*date))?;
        Some(date.and_time(at).and_utc()).filter(|due| right(*due))
    })
}

/// When the `nth` seven days are over, of the month that is so many after that of `now`.
fn week_end(now: Time, months: i32, nth: u32) -> Option<Time> {
    let first = now.date_naive().with_day(1)?;
    let span = Months::new(months.unsigned_abs());
    let first = if months < 0 { first.checked_sub_months(span)? } else { first.checked_add_months(span)? };
    let end = first.checked_add_signed(TimeDelta::days(7 * i64::from(nth)))?;
    Some(end.and_time(NaiveTime::MIN).and_utc())
}

fn weekday_name(day: Weekday) -> &'static str {
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][day.num_days_from_monday() as usize]
}

fn weekday(word: &str) -> Option<Weekday> {
    let mut all = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun].into_iter();
    all.find(|day| weekday_name(*day).to_lowercase() == word)
}

/// `02:00`, with both digits.
fn time_of_day(text: &str) -> Option<NaiveTime> {
    let five = text.len() == 5 && text.bytes().enumerate().all(|(nth, b)| if nth == 2 { b == b':' } else { b.is_ascii_digit() });
    five.then(|| NaiveTime::parse_from_str(text, "%H:%M").ok()).flatten()
}

/// Months alone are those of the calendar; beside other units they are 30 days.
fn months(text: &str) -> Option<u32> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u32 = text[..digits].parse().ok()?;
    match text[digits..].trim() {
        "month" | "months" => Some(number),
        "y" | "year" | "years" => number.checked_mul(12),
        _ => None,
    }
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let bad = || format!("expected {EXPECTED}, found `{text}`");
        let clock = |text: &str| time_of_day(text).ok_or_else(|| format!("`{text}` is no time of day: write 02:00, in UTC"));
        let form = match text.split_whitespace().collect::<Vec<_>>()[..] {
            ["continuous"] => Form::Continuous,
            ["change"] => Form::Change,
            ["day", "at", at] => Form::Calendar(Calendar::Day(clock(at)?)),
            ["week", nth, "of", "month"] => match nth {
                "1" | "2" | "3" | "4" => Form::Calendar(Calendar::WeekOfMonth(nth.parse().map_err(|_| bad())?)),
                _ => return Err(format!("every month has the weeks 1 to 4, not `{nth}`")),
            },
            [day, "at", at] => match weekday(day) {
                Some(day) => Form::Calendar(Calendar::Weekday(day, clock(at)?)),
                None => return Err(format!("`{day}` is no day: write day, or monday to sunday")),
            },
            _ => match text.parse::<Duration>() {
                Ok(interval) if interval == Duration::ZERO => return Err("0 is no interval: write continuous".into()),
                Ok(interval) if interval > LONGEST => return Err("that is longer than a hundred years".into()),
                Ok(interval) => months(text).map_or(Form::Interval(interval), Form::Months),
                Err(_) => return Err(bad()),
            },
        };
        Ok(Self { text: text.to_owned(), form })
    }
}

/// As it is written in a plan; the fields of a cron expression alone.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Cron { cron: String },
}

impl Serialize for Schedule {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = self.text.clone();
        match self.form {
            Form::Calendar(Calendar::Cron(..)) => Written::Cron { cron: text },
            _ => Written::Text(text),
        }
        .serialize(to)
    }
}
impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Written::deserialize(from)? {
            Written::Text(text) => text.parse(),
            Written::Cron { cron } => Self::cron(&cron),
        }
        .map_err(serde::de::Error::custom)
    }
}
impl JsonSchema for Schedule {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Schedule".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let duration = generator.subschema_for::<Duration>();
        schemars::json_schema!({
            "description": "How often, or when, in UTC: 6h, 3months, day at 02:00, sunday at 01:00, week 4 of month, continuous, change, or cron",
            "anyOf": [
                duration,
                {"enum": ["continuous", "change"]},
                {"type": "string", "pattern": "^(day|monday|tuesday|wednesday|thursday|friday|saturday|sunday) +at +([01][0-9]|2[0-3]):[0-5][0-9]$"},
                {"type": "string", "pattern": "^week +[1-4] +of +month$"},
                {"type": "object", "additionalProperties": false, "required": ["cron"], "properties": {
                    "cron": {"type": "string", "description": "Five fields: minute, hour, day of month, month, day of week; UTC", "maxLength": 120}
                }}
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(text: &str) -> Time {
        format!("{text}:00Z").parse().unwrap()
    }
    fn schedule(text: &str) -> Schedule {
        match text.strip_prefix("cron ") {
            Some(cron) => Schedule::cron(cron).unwrap(),
            None => text.parse().unwrap(),
        }
    }

    #[test]
    fn what_is_due_around_a_moment() {
        for (text, now, before, after) in [
            ("day at 02:00", "2026-03-01T02:00", "2026-03-01T02:00", "2026-03-02T02:00"),
            ("day at 02:00", "2026-03-01T01:59", "2026-02-28T02:00", "2026-03-01T02:00"),
            ("day at 02:00", "2028-02-29T23:00", "2028-02-29T02:00", "2028-03-01T02:00"),
            // A Sunday.
            ("sunday at 01:00", "2026-11-29T00:59", "2026-11-22T01:00", "2026-11-29T01:00"),
            ("sunday at 01:00", "2026-11-29T01:00", "2026-11-29T01:00", "2026-12-06T01:00"),
            // The fourth week ends with the 28th, in February with the month.
            ("week 4 of month", "2026-02-28T23:59", "2026-01-29T00:00", "2026-03-01T00:00"),
            ("week 4 of month", "2028-02-29T00:00", "2028-02-29T00:00", "2028-03-29T00:00"),
            ("week 1 of month", "2026-01-03T00:00", "2025-12-08T00:00", "2026-01-08T00:00"),
            ("cron 0 2 * * *", "2026-03-28T12:00", "2026-03-28T02:00", "2026-03-29T02:00"),
            // No summer time: each day has this hour once.
            ("cron 30 2 * * *", "2026-03-29T02:30", "2026-03-29T02:30", "2026-03-30T02:30"),
            ("cron 0 0 29 2 *", "2026-06-01T00:00", "2024-02-29T00:00", "2028-02-29T00:00"),
            ("cron 0 0 31 * *", "2026-04-15T00:00", "2026-03-31T00:00", "2026-05-31T00:00"),
            ("cron 0 9 * * 1-5", "2026-11-28T00:00", "2026-11-27T09:00", "2026-11-30T09:00"),
            // As every cron does: either of both days.
            ("cron 0 0 1 * 1", "2026-11-25T00:00", "2026-11-23T00:00", "2026-11-30T00:00"),
        ] {
            let schedule = schedule(text);
            assert_eq!(schedule.previous_due(t(now)), Some(t(before)), "{text} before {now}");
            assert_eq!(schedule.next_due(t(now)), Some(t(after)), "{text} after {now}");
        }
        assert_eq!(schedule("6h").next_due(t("2026-01-01T00:00")), None, "counted from the last one");
    }

    #[test]
    fn late_after_one_and_a_half_intervals() {
        for (text, point, due, late) in [
            ("1h", "2026-01-01T00:00", "2026-01-01T01:00", "2026-01-01T01:30"),
            // Calendar months: February has 28 days.
            ("1month", "2026-01-31T00:00", "2026-02-28T00:00", "2026-03-14T00:00"),
            ("1year", "2027-03-01T00:00", "2028-03-01T00:00", "2028-08-31T00:00"),
            ("1month 1day", "2026-01-31T00:00", "2026-03-03T00:00", "2026-03-18T12:00"),
            ("day at 02:00", "2026-01-01T02:07", "2026-01-02T02:00", "2026-01-02T14:00"),
            // Stamped a moment before it was due: it is that one all the same.
            ("day at 02:00", "2026-01-01T01:59", "2026-01-02T02:00", "2026-01-02T14:00"),
            ("sunday at 01:00", "2026-11-22T01:30", "2026-11-29T01:00", "2026-12-02T13:00"),
            ("week 4 of month", "2026-01-27T12:00", "2026-01-29T00:00", "2026-02-13T12:00"),
            // After a weekend nobody waits for half of it.
            ("cron 0 9 * * 1-5", "2026-11-27T09:05", "2026-11-30T09:00", "2026-11-30T21:00"),
        ] {
            assert_eq!(schedule(text).due_after(t(point)), Some(Due { at: t(due), late: t(late) }), "{text} after {point}");
        }
        for never in ["continuous", "change"] {
            assert_eq!(schedule(never).due_after(t("2026-01-01T00:00")), None);
        }
        for text in ["1h", "1month", "day at 02:00", "week 2 of month", "cron 0 2 * * *"] {
            assert_eq!(schedule(text).due_after(Time::MAX_UTC), None, "{text}: calendars end");
        }
    }

    #[test]
    fn the_longest_gap_bounds_what_could_be_lost() {
        let hours = |text| schedule(text).interval().as_secs() / 3600;
        assert_eq!(["continuous", "6h", "day at 02:00", "sunday at 01:00", "3months"].map(hours), [0, 6, 24, 168, 2160]);
        assert_eq!(hours("cron 0 9 * * 1-5"), 72);
        assert_eq!(schedule("cron 0 9 * * 1-5").shortest(), Duration::from_hours(24));
        assert_eq!(hours("cron * 9-17 * * 1-5"), 63, "from Friday 17:59 to Monday 09:00");
        assert_eq!(hours("cron 0 1,23 * * *"), 22, "within a day");
        assert_eq!(hours("cron * * * 1 *"), 334 * 24, "all year but January");
        assert_eq!(hours("cron 0 0 29 2 *"), 8 * 365 * 24 + 24, "1900 and 2100 have none");
    }

    #[test]
    fn what_is_no_schedule_says_why() {
        for (text, why) in [
            ("", "expected a duration such as 1h"),
            ("soon", "expected a duration such as 1h"),
            ("0s", "0 is no interval"),
            ("9000years", "a hundred years"),
            ("day at 2:00", "`2:00` is no time of day: write 02:00"),
            ("day at 24:00", "no time of day"),
            ("sundays at 01:00", "`sundays` is no day"),
            ("week 5 of month", "weeks 1 to 4"),
            ("day", "expected"),
        ] {
            let error = text.parse::<Schedule>().unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        for text in ["", "0 2 * *", "0 2 * * * *", "0 25 * * *", "* * * * bad", "0 0 30 2 *", "@reboot", "@daily"] {
            assert!(Schedule::cron(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_stored_is_what_was_written() {
        for text in ["continuous", "1day", "day at 02:00", "cron 0 2 * * *"] {
            let json = serde_json::to_value(schedule(text)).unwrap();
            assert_eq!(serde_json::from_value::<Schedule>(json.clone()).unwrap(), schedule(text));
            match text.strip_prefix("cron ") {
                Some(cron) => assert_eq!(json, serde_json::json!({"cron": cron})),
                None => assert_eq!(json, serde_json::json!(text)),
            }
        }
        let words = |text| schedule(text).words();
        assert_eq!(
            ["1h", "3months", "day at 02:00", "sunday at 01:00", "week 4 of month", "cron 0 2 * * *", "change"].map(words),
            [
                "every 1h",
                "every 3 months",
                "every day at 02:00Z",
                "every Sunday at 01:00Z",
                "in week 4 of each month",
                "by cron 0 2 * * * (UTC)",
                "on change"
            ]
        );
    }
}
