//! Finds any record that was changed, removed, added, reordered or cut off, and says which.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Row};
use serde::Serialize;

use super::{beside, chain, error::JournalError, head::Head, reader::Reader, row, schema};
use crate::{
    incident::Event,
    model::{Digest, text},
};

/// More than these are only counted: a journal that was rewritten has one a record.
const SHOWN: usize = 50;

/// What speaks against a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The record it is about; `None`: the file as a whole.
    pub seq: Option<u64>,
    /// A sentence that names the record.
    pub text: String,
}

/// A record that says from which file the journal goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Joint {
    pub seq: u64,
    pub from: String,
    /// Of the record before it, which was the last of that file.
    pub head: Head,
    /// That file was damaged: this many records after the joint are carried over unproven.
    pub unproven: Option<u64>,
}

/// What came of looking at every record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    pub path: PathBuf,
    /// The plan it is of.
    pub plan: String,
    /// How many there are.
    pub records: u64,
    /// Of the newest record; to be kept elsewhere, as the next verification's proof that nothing was cut off.
    pub head: Option<Head>,
    /// The head that was given to compare with.
    pub given: Option<Head>,
    /// Where it was continued from other files, the newest last.
    pub joints: Vec<Joint>,
    /// The first of them.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
}

impl Verification {
    pub fn is_good(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn find(&mut self, seq: Option<u64>, text: String) {
        if self.findings.len() < SHOWN {
            self.findings.push(Finding { seq, text });
        } else {
            self.more += 1;
        }
    }
}

/// Verifies the journal at `path`. Without a `head` (`SEQ:HASH`) from elsewhere, records that were cut off at the end,
/// and a chain that was computed anew as a whole, cannot be seen.
///
/// # Errors
/// The journal cannot be read at all, or `head` is not one.
pub fn verify(path: &Path, head: Option<&str>) -> Result<Verification, JournalError> {
    let given = head.map(str::parse::<Head>).transpose()?;
    let reader = Reader::open(path)?;
    let mut seen = reader.ask(|connection| look(connection, reader.path(), given.clone()))?;
    if let Err(lost) = beside::check_log(reader.path()) {
        seen.find(None, lost.to_string());
    }
    Ok(seen)
}

/// The same for a journal that this process has open, by its true name.
///
/// # Errors
/// It cannot be read at all.
pub fn verify_open(path: &Path) -> Result<Verification, JournalError> {
    let reader = Reader::open_again(path)?;
    reader.ask(|connection| look(connection, path, None))
}

fn look(connection: &Connection, path: &Path, given: Option<Head>) -> Result<Verification, JournalError> {
    let mut seen = Verification {
        path: path.to_owned(),
        plan: String::new(),
        records: 0,
        head: None,
        given,
        joints: Vec::new(),
        findings: Vec::new(),
        more: 0,
    };
    // One moment for all questions, also while a console writes.
    let moment = connection.unchecked_transaction().map_err(|error| JournalError::sqlite(path, "reading the journal", &error))?;
    let damaged = |error: rusqlite::Error| match JournalError::sqlite(path, "reading the journal", &error) {
        JournalError::Corrupt { what, .. } => Ok(what),
        other => Err(other),
    };
    if let Err(error) = file(&moment, &mut seen) {
        let what = damaged(error)?;
        seen.find(None, format!("the file is damaged: {what}"));
    }
    let mut link = Link { seq: 0, hash: String::new() };
    let looked = start(&moment, &mut seen).and_then(|start| {
        link.hash = start;
        records(&moment, &mut seen, &mut link)
    });
    if let Err(error) = looked {
        let what = damaged(error)?;
        seen.find(None, format!("the file is damaged after record {}: {what}", link.seq));
    }
    if link.seq > 0 {
        seen.head = Some(Head { seq: link.seq, hash: Digest::from(text::clean(&link.hash)) });
    }
    if let Some(given) = seen.given.clone()
        && given.seq > link.seq
    {
        let words = format!("ends at {}, but the head you gave is {given}: records were cut off", link.seq);
        seen.find(None, words);
    }
    Ok(seen)
}

/// The record before, by what is stored of it.
struct Link {
    seq: u64,
    hash: String,
}

fn file(connection: &Connection, seen: &mut Verification) -> rusqlite::Result<()> {
    let mut query = connection.prepare("PRAGMA integrity_check(10)")?;
    let said: Vec<String> = query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for line in said.iter().filter(|line| *line != "ok") {
        seen.find(None, format!("the file is damaged: {}", text::clean(line)));
    }
    for difference in schema::differences(connection)? {
        seen.find(None, difference);
    }
    Ok(())
}

/// Checks `meta`, and gives what record 1 must chain on to.
fn start(connection: &Connection, seen: &mut Verification) -> rusqlite::Result<String> {
    let meta = schema::meta(connection)?;
    seen.plan = text::clean(schema::meta_value(&meta, "plan"));
    let (stored, computed) = (schema::meta_value(&meta, "start"), schema::start_of(&meta));
    if stored != computed.as_str() {
        seen.find(
            None,
            "the journal's meta (plan, time of creation, format) does not match its start: it was changed".to_owned(),
        );
    }
    if seen.given.as_ref().is_some_and(|given| given.seq == 0 && given.hash != computed) {
        seen.find(None, "the head you gave is of another journal: this one's start is a different one".to_owned());
    }
    Ok(stored.to_owned())
}

fn records(connection: &Connection, seen: &mut Verification, before: &mut Link) -> rusqlite::Result<()> {
    // By the table itself, never by an index: an index may have been made to hide something.
    let mut query = connection.prepare(&format!("SELECT {} FROM records NOT INDEXED ORDER BY seq", row::COLUMNS))?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        seen.records += 1;
        record(row, seen, before)?;
    }
    Ok(())
}

fn record(row: &Row<'_>, seen: &mut Verification, before: &mut Link) -> rusqlite::Result<()> {
    let number: i64 = row.get(0)?;
    let Ok(seq) = u64::try_from(number) else {
        seen.find(None, format!("there is a record {number}, but the first is 1: it was added"));
        return Ok(());
    };
    if seq != before.seq + 1 {
        let missing = match seq.saturating_sub(2) - before.seq.min(seq.saturating_sub(2)) {
            0 => format!("{} is missing", before.seq + 1),
            _ => format!("{} to {} are missing", before.seq + 1, seq - 1),
        };
        let words = match (seq, before.seq) {
            (0, _) => "there is a record 0, but the first is 1: it was added".to_owned(),
            (_, 0) => format!("the first record is {seq}: {missing}"),
            (_, newest) => format!("record {seq} follows {newest}: {missing}"),
        };
        seen.find(Some(seq), words);
    }
    for (column, name) in row::NAMES.iter().enumerate() {
        if !row::fits(name, row.get_ref(column)?) {
            seen.find(Some(seq), format!("record {seq}: its {name} has a type that Lifeboat never stores"));
        }
    }
    let fields = (0..10).map(|column| row.get_ref(column)).collect::<rusqlite::Result<Vec<_>>>()?;
    let computed = chain::record_hash(fields);
    let stored = row.get_ref(10)?.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    if stored != computed.as_str() {
        seen.find(Some(seq), format!("record {seq}: its body or another field of it does not match its hash"));
    }
    joint(row, seq, seen, before)?;
    let prev = row.get_ref(9)?.as_bytes().unwrap_or_default();
    if prev != before.hash.as_bytes() {
        let words = match before.seq {
            0 => format!("record {seq}: it does not chain on to the journal's start"),
            newest => format!("record {seq}: it does not chain on to record {newest} as it is now"),
        };
        seen.find(Some(seq), words);
    }
    if let Some(given) = &seen.given
        && given.seq == seq
        && given.hash.as_str() != stored
    {
        let words =
            format!("record {seq}: its hash is not that of the head you gave: the journal was written anew, or is another one");
        seen.find(Some(seq), words);
    }
    *before = Link { seq, hash: stored };
    Ok(())
}

/// A record that continues another file names the head that it stands on.
fn joint(row: &Row<'_>, seq: u64, seen: &mut Verification, before: &Link) -> rusqlite::Result<()> {
    let column = |n: usize| row.get_ref(n).map(|value| value.as_str().unwrap_or_default());
    if column(6)? != "journal_continued" {
        return Ok(());
    }
    // A body that is none has been found by its hash, or is of no use to anybody.
    let Ok(Event::JournalContinued { from, head, damage }) = serde_json::from_str(column(8)?) else { return Ok(()) };
    let stands_on = Head { seq: before.seq, hash: Digest::from(before.hash.clone()) };
    if head != stands_on.to_string() {
        let words = format!(
            "record {seq}: it says that the journal goes on after {}, but stands on record {}",
            text::clean(&head),
            before.seq
        );
        seen.find(Some(seq), words);
    }
    seen.joints.push(Joint { seq, from: text::clean(&from), head: stands_on, unproven: damage.map(|damage| damage.carried) });
    Ok(())
}
