//! Rows of the table `records`: how a record becomes one, and back.

use std::path::Path;

use chrono::{DateTime, SubsecRound, Utc};
use rusqlite::{Row, types::ValueRef};

use super::error::JournalError;
use crate::{
    incident::{Actor, Event, Record},
    model::{Time, text},
};

/// The shape of bodies; old ones are understood, a higher one is refused.
pub const BODY_VERSION: u32 = 1;

/// All columns in the table's order; the last one is the hash over the others.
pub(super) const COLUMNS: &str = "seq, incident, recorded, happened, who, console, kind, version, body, prev, hash";
pub(super) const NAMES: [&str; 11] =
    ["seq", "incident", "recorded", "happened", "who", "console", "kind", "version", "body", "prev", "hash"];

/// Whether a column of that name is ever stored with this type.
pub(super) fn fits(name: &str, value: ValueRef<'_>) -> bool {
    match (value, name) {
        (ValueRef::Integer(_), "seq" | "version") | (ValueRef::Null, "happened") => true,
        (ValueRef::Text(_), name) => !matches!(name, "seq" | "version"),
        _ => false,
    }
}

/// A time as it is stored: RFC 3339 in UTC, with milliseconds.
pub(super) fn stamp(time: Time) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// What is left of a time once it is stored.
pub(super) fn stored(time: Time) -> Time {
    time.trunc_subsecs(3)
}

/// A body as text, and the event that everybody will read from it. An event that could not be read back is refused here,
/// before it makes the journal unreadable.
pub(super) fn body_of(event: &Event, path: &Path) -> Result<(String, Event), JournalError> {
    let refused = |error: serde_json::Error| JournalError::Unwritable {
        path: path.to_owned(),
        kind: event.kind(),
        reason: text::clean(&error.to_string()),
    };
    let body = serde_json::to_string(event).map_err(refused)?;
    let back = serde_json::from_str(&body).map_err(refused)?;
    Ok((body, back))
}

/// Reads a row of [`COLUMNS`].
pub(super) fn record(row: &Row<'_>, path: &Path) -> Result<Record, JournalError> {
    let seq = match row.get_ref(0) {
        Ok(ValueRef::Integer(seq)) => seq.max(0) as u64,
        _ => 0,
    };
    let wrong = |what: String| JournalError::Unreadable { path: path.to_owned(), seq, what: text::clean(&what) };
    let word = |column: usize| -> Result<&str, JournalError> {
        row.get_ref(column)
            .ok()
            .and_then(|value| value.as_str().ok())
            .ok_or_else(|| wrong(format!("its {} is no text", NAMES[column])))
    };
    let time = |said: &str| {
        let read = DateTime::parse_from_rfc3339(said).map(|time| time.with_timezone(&Utc));
        read.map_err(|_| wrong(format!("`{said}` is no time")))
    };
    let version: i64 = row.get(7).map_err(|_| wrong("its version is no number".to_owned()))?;
    let kind = word(6)?;
    let newer = || JournalError::Newer {
        path: path.to_owned(),
        what: format!("record {seq} is of a kind that this Lifeboat does not know: `{}`, version {version}", text::clean(kind)),
    };
    if version > i64::from(BODY_VERSION) {
        return Err(newer());
    }
    let event: Event = serde_json::from_str(word(8)?).map_err(|error| {
        // serde has no kind of its own for this.
        if error.to_string().starts_with("unknown variant") { newer() } else { wrong(error.to_string()) }
    })?;
    if event.kind() != kind {
        return Err(wrong(format!("it calls itself `{kind}` but holds `{}`", event.kind())));
    }
    let happened = match row.get_ref(3) {
        Ok(ValueRef::Null) => None,
        _ => Some(time(word(3)?)?),
    };
    Ok(Record {
        seq,
        incident: word(1)?.into(),
        recorded: time(word(2)?)?,
        happened,
        who: Actor::new(&text::clean(word(4)?), word(5)?),
        event,
    })
}
