//! Going on in another file (RULES R32): a copy of all records, chain and all, and one more that says where they come from.
//!
//! What was proven stays provable: the copy has the old file's `meta`, its records have their hashes, so every head that
//! was ever noted is found in the new file. Of a damaged file only what the chain still proves is copied so. What follows is
//! carried over as far as it can be read, behind a record that says that nothing proves it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection, Row, params_from_iter,
    types::{Value, ValueRef},
};

use super::{
    beside, chain, console_lock,
    error::JournalError,
    head::Head,
    place, queries,
    reader::Reader,
    row, schema,
    verify::{Verification, verify},
    writer::{self, Draft},
};
use crate::{
    incident::{Actor, Event, JournalDamage},
    model::{ConsoleId, Digest, IncidentId, Time, text},
};

/// So many findings are kept in the record; verification of the old file tells all.
const KEPT: usize = 5;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continuation {
    pub from: PathBuf,
    /// The file that goes on.
    pub to: PathBuf,
    /// Of the last record that is in both, proven by the chain.
    pub proven: Head,
    /// The newest of the new file.
    pub head: Head,
    pub damage: Option<JournalDamage>,
    /// The old file is marked, so that no console opens it by mistake.
    pub marked: bool,
}

/// Goes on from the journal `from` in the new file `to`, in the name of `who`. `despite`: why to go on although `from` is
/// damaged; it is recorded.
///
/// # Errors
/// `to` is there, or on a network filesystem; consoles are open on `from`; it holds nothing, cannot be read, was continued
/// already, or is not whole and nobody said why to go on without what is missing. Then there is no new file.
pub fn go_on(from: &Path, to: &Path, who: &Actor, despite: Option<&str>, now: Time) -> Result<Continuation, JournalError> {
    let reader = Reader::open(from)?;
    let from = reader.path().to_owned();
    beside::check_not_continued(&from)?;
    check_unused(&from)?;
    if to.symlink_metadata().is_ok() {
        return Err(JournalError::TargetThere { path: to.to_owned() });
    }
    let seen = verify(&from, None)?;
    let why = match (seen.is_good(), despite) {
        (true, _) => None,
        (false, Some(why)) => Some(text::clean(why)),
        (false, None) => return Err(JournalError::NotWhole { path: from, what: first_of(&seen) }),
    };
    if seen.is_good() && seen.head.is_none() {
        return Err(JournalError::NothingYet { path: from });
    }
    place::make_folder(to)?;
    place::check_filesystem(to)?;
    let fresh = beside::beside(to, &format!(".new-{}", schema::id(now)));
    let by = By { from: &from, seen: &seen, who, why, now };
    let made = reader.ask(|old| {
        // The old file may have to be read anew.
        let _ = std::fs::remove_file(&fresh);
        by.write(old, &fresh)
    });
    let placed = made.and_then(|made| {
        check_whole(&fresh)?;
        // Nobody went on in the old one meanwhile.
        check_unused(&from)?;
        if verify(&from, None)?.head != seen.head {
            return Err(JournalError::InUse { path: from.clone(), who: "somebody wrote to it just now".to_owned() });
        }
        if !schema::put_in_place(&fresh, to)? {
            return Err(JournalError::TargetThere { path: to.to_owned() });
        }
        Ok(made)
    });
    let (proven, damage) = placed.inspect_err(|_| {
        // Best effort: the error that is told is the first one.
        let _ = std::fs::remove_file(&fresh);
    })?;
    let to = place::true_name(to)?;
    let marked = std::os::unix::fs::symlink(&to, beside::mark_of(&from)).is_ok();
    let head = Reader::open(&to)?.ask(|new| queries::head(new, &to))?.unwrap_or_else(|| proven.clone());
    Ok(Continuation { from, to, proven, head, damage, marked })
}

fn check_unused(path: &Path) -> Result<(), JournalError> {
    let alive = console_lock::alive(path, &ConsoleId::from(""))?;
    if alive.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = alive.into_iter().map(|(_, name)| name).collect();
    Err(JournalError::InUse { path: path.to_owned(), who: names.join(", ") })
}

fn first_of(seen: &Verification) -> String {
    let more = (seen.findings.len() as u64 + seen.more).saturating_sub(1);
    let first = seen.findings.first().map_or("", |finding| finding.text.as_str());
    if more == 0 { first.to_owned() } else { format!("{first}; and {more} more") }
}

/// The copy must hold by itself, or nobody should rely on it.
fn check_whole(fresh: &Path) -> Result<(), JournalError> {
    let seen = verify(fresh, None)?;
    if seen.is_good() { Ok(()) } else { Err(JournalError::NotWhole { path: fresh.to_owned(), what: first_of(&seen) }) }
}

/// What the new file is made by.
struct By<'a> {
    from: &'a Path,
    seen: &'a Verification,
    who: &'a Actor,
    /// `Some`: the old file is damaged, and this is why somebody goes on.
    why: Option<String>,
    now: Time,
}

impl By<'_> {
    fn write(&self, old: &Connection, fresh: &Path) -> Result<(Head, Option<JournalDamage>), JournalError> {
        let mut meta = queries::meta(old, self.from)?;
        let meta_holds = schema::meta_value(&meta, "start") == schema::start_of(&meta).as_str();
        if !meta_holds {
            meta = schema::new_meta(&self.seen.plan, self.now);
        }
        let incident = incident_to_tell(old, self.from);
        let mut told = None;
        schema::make(fresh, &meta, |new| {
            let head = Head { seq: 0, hash: Digest::from(schema::meta_value(&meta, "start").to_owned()) };
            let copy = Copy { old, new, from: self.from, fresh };
            let (proven, rest) = if meta_holds { copy.proven(head)? } else { (head, copy.places()?) };
            let (rest, missing) = copy.legible(rest, proven.seq);
            let damage = self.why.clone().map(|why| JournalDamage {
                why,
                found: self.seen.findings.iter().take(KEPT).map(|finding| finding.text.clone()).collect(),
                carried: rest.len() as u64,
                missing,
            });
            let from = text::clean(&self.from.display().to_string());
            let event = Event::JournalContinued { from, head: proven.to_string(), damage: damage.clone().map(Box::new) };
            let draft = Draft { incident, who: self.who.clone(), happened: None, event };
            let (record, hash) = writer::insert(new, fresh, &proven, &draft, self.now)?;
            let mut head = Head { seq: record.seq, hash };
            for values in rest {
                head = copy.carry_over(values, &head)?;
            }
            told = Some((proven, damage));
            Ok(())
        })?;
        // It was filled, or an error came back.
        told.ok_or_else(|| JournalError::NothingYet { path: self.from.to_owned() })
    }
}

/// Of the newest open incident, else of the newest one, those who read it should know.
fn incident_to_tell(old: &Connection, path: &Path) -> IncidentId {
    let newest = |wanted| queries::incidents(old, path, wanted).ok().and_then(|ids| ids.last().cloned());
    let incident = newest(queries::OPEN_INCIDENTS).or_else(|| newest(queries::INCIDENTS));
    incident.unwrap_or_else(|| IncidentId::numbered(1))
}

struct Copy<'a> {
    old: &'a Connection,
    new: &'a Connection,
    from: &'a Path,
    fresh: &'a Path,
}

impl Copy<'_> {
    /// Copies record after record as it is, while each chains on to the one before it. Gives the last one, and the places of
    /// those that are left.
    fn proven(&self, start: Head) -> Result<(Head, Vec<i64>), JournalError> {
        let mut head = start;
        let places = self.places()?;
        for (nth, place) in places.iter().enumerate() {
            match self.raw(*place) {
                Some(values) if follows(&values, &head) => {
                    self.add(&values)?;
                    head = Head { seq: head.seq + 1, hash: Digest::from(words(&values[10])) };
                }
                _ => return Ok((head, places[nth..].to_vec())),
            }
        }
        Ok((head, Vec::new()))
    }

    /// Where there are records, in order, by whatever still tells: a page of the table may be gone that an index knows of.
    fn places(&self) -> Result<Vec<i64>, JournalError> {
        let mut places = BTreeSet::new();
        for by in ["NOT INDEXED", "INDEXED BY records_by_incident"] {
            let Ok(mut query) = self.old.prepare(&format!("SELECT seq FROM records {by}")) else { continue };
            let Ok(rows) = query.query_map([], |row| row.get::<_, i64>(0)) else { continue };
            places.extend(rows.map_while(Result::ok));
        }
        if places.is_empty() && self.old.prepare("SELECT 1 FROM records").is_err() {
            return Err(JournalError::Corrupt { path: self.from.to_owned(), what: "it has no records any more".to_owned() });
        }
        Ok(places.into_iter().collect())
    }

    fn raw(&self, place: i64) -> Option<Vec<Value>> {
        let wanted = format!("SELECT {} FROM records NOT INDEXED WHERE seq = ?1", row::COLUMNS);
        let read = |row: &Row<'_>| (0..row::NAMES.len()).map(|column| row.get(column)).collect::<rusqlite::Result<Vec<Value>>>();
        self.old.prepare_cached(&wanted).and_then(|mut query| query.query_row([place], read)).ok()
    }

    /// Those of `places` that a console understands, and in words which are missing after `proven`.
    fn legible(&self, places: Vec<i64>, proven: u64) -> (Vec<Vec<Value>>, String) {
        let wanted = format!("SELECT {} FROM records NOT INDEXED WHERE seq = ?1", row::COLUMNS);
        let understood = |place: i64| {
            let mut query = self.old.prepare_cached(&wanted).ok()?;
            query.query_row([place], |row| Ok(row::record(row, self.from).is_ok())).ok()
        };
        let last_place = places.last().copied().unwrap_or(0);
        let mut legible = Vec::new();
        let mut missing = Vec::new();
        let mut next = i64::try_from(proven).unwrap_or(i64::MAX).saturating_add(1);
        let mut gap = |from: i64, to: i64| match to.saturating_sub(from) {
            ..0 => {}
            0 => missing.push(from.to_string()),
            _ => missing.push(format!("{from} to {to}")),
        };
        for place in places {
            if understood(place) == Some(true)
                && let Some(values) = self.raw(place)
            {
                gap(next, place.saturating_sub(1));
                next = place.saturating_add(1);
                legible.push(values);
            }
        }
        gap(next, last_place);
        (legible, missing.join(", "))
    }

    /// Adds a record anew after `head`, with all that was said but its place and its links.
    fn carry_over(&self, mut values: Vec<Value>, head: &Head) -> Result<Head, JournalError> {
        let seq = head.seq + 1;
        values[0] = Value::Integer(i64::try_from(seq).unwrap_or(i64::MAX));
        values[9] = Value::Text(head.hash.to_string());
        let hash = chain::record_hash(values[..10].iter().map(ValueRef::from));
        values[10] = Value::Text(hash.to_string());
        self.add(&values)?;
        Ok(Head { seq, hash })
    }

    fn add(&self, values: &[Value]) -> Result<(), JournalError> {
        let added = format!("INSERT INTO records ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", row::COLUMNS);
        let done = self.new.prepare_cached(&added).and_then(|mut insert| insert.execute(params_from_iter(values)));
        done.map(drop).map_err(|error| JournalError::sqlite(self.fresh, "writing to the journal", &error))
    }
}

/// Whether a record is the next one after `head`, and its hash its own.
fn follows(values: &[Value], head: &Head) -> bool {
    let types = row::NAMES.iter().zip(values).all(|(name, value)| row::fits(name, ValueRef::from(value)));
    let own = chain::record_hash(values[..10].iter().map(ValueRef::from));
    let place = matches!(values[0], Value::Integer(seq) if u64::try_from(seq) == Ok(head.seq + 1));
    types && place && words(&values[9]) == head.hash.as_str() && words(&values[10]) == own.as_str()
}

fn words(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        _ => String::new(),
    }
}
