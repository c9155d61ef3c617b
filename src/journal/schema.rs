//! What the file holds, and how a new one comes into being: whole or not at all.

use std::{
    fs::{File, OpenOptions},
    io::Read as _,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rusqlite::{Connection, OpenFlags, types::ValueRef};

use super::{
    beside::{beside, log_of},
    chain,
    error::JournalError,
    row,
};
use crate::model::{Digest, Time, text};

/// `LfBt`: SQLite's mark of whose file it is.
pub const APPLICATION_ID: u32 = 0x4c66_4274;
/// The layout of tables; a file with a higher one is refused.
pub const FORMAT: u32 = 1;

/// Triggers stand in the file itself, so that they bind every program that opens it.
const TABLES: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE records (
  seq INTEGER PRIMARY KEY NOT NULL,
  incident TEXT NOT NULL,
  recorded TEXT NOT NULL,
  happened TEXT,
  who TEXT NOT NULL,
  console TEXT NOT NULL,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  prev TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX records_by_incident ON records (incident, seq);
CREATE INDEX records_that_turn ON records (incident, seq, kind) WHERE kind IN ('declared', 'closed', 'reopened');
CREATE TRIGGER records_are_never_changed BEFORE UPDATE ON records BEGIN
  SELECT RAISE(ABORT, 'records of the journal are never changed');
END;
CREATE TRIGGER records_are_never_removed BEFORE DELETE ON records BEGIN
  SELECT RAISE(ABORT, 'records of the journal are never removed');
END;
CREATE TRIGGER records_are_added_at_the_end BEFORE INSERT ON records BEGIN
  SELECT RAISE(ABORT, 'records of the journal are only added at the end')
    WHERE NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM records);
  SELECT RAISE(ABORT, 'a record of the journal must follow the newest one')
    WHERE NEW.prev IS NOT coalesce((SELECT hash FROM records ORDER BY seq DESC LIMIT 1), (SELECT value FROM meta WHERE name = 'start'));
END;
";
/// Set once `meta` is filled.
const META_TRIGGERS: &str = "
CREATE TRIGGER meta_is_never_added_to BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT, 'the journal''s meta is fixed'); END;
CREATE TRIGGER meta_is_never_changed BEFORE UPDATE ON meta BEGIN SELECT RAISE(ABORT, 'the journal''s meta is fixed'); END;
CREATE TRIGGER meta_is_never_removed BEFORE DELETE ON meta BEGIN SELECT RAISE(ABORT, 'the journal''s meta is fixed'); END;
";

/// Makes the journal `path` unless there is one. The folder must be there.
///
/// It is made under another name and then renamed, so that no other console ever sees half of one; of two that make it
/// at once, one wins and both use that.
pub(super) fn create_unless_there(path: &Path, plan: &str, now: Time) -> Result<(), JournalError> {
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    // SQLite would read it into the new file.
    let log = log_of(path);
    if log.exists() {
        return Err(JournalError::OnlyLog { path: path.to_owned(), log });
    }
    let meta = new_meta(plan, now);
    let fresh = beside(path, &format!(".new-{}", id(now)));
    // Of two that make it at once both use the one that is there then.
    let made = make(&fresh, &meta, |_| Ok(())).and_then(|()| put_in_place(&fresh, path).map(drop));
    if made.is_err() {
        // Best effort: the error that is told is the first one.
        let _ = std::fs::remove_file(&fresh);
    }
    made
}

/// The rows of `meta` of a new journal, in the order of their names, with the start that they hash to.
pub(super) fn new_meta(plan: &str, now: Time) -> Vec<(String, String)> {
    let (created, format, id) = (row::stamp(now), FORMAT.to_string(), id(now));
    let rows = [("created", created.as_str()), ("format", &format), ("id", &id), ("plan", plan)];
    let start = chain::start_hash(rows);
    rows.into_iter().chain([("start", start.as_str())]).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Makes a journal with `meta` in the new file `fresh`, whatever `fill` adds to it, closed and durable.
pub(super) fn make(
    fresh: &Path,
    meta: &[(String, String)],
    fill: impl FnOnce(&Connection) -> Result<(), JournalError>,
) -> Result<(), JournalError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => JournalError::ReadOnly { path: fresh.to_owned(), reason: error.to_string() },
        _ => JournalError::io(fresh, "creating the journal", &error),
    };
    let sqlite = |error: rusqlite::Error| JournalError::sqlite(fresh, "creating the journal", &error);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(fresh).map_err(failed)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(fresh, flags).map_err(sqlite)?;
    lay_out(&connection, meta).map_err(sqlite)?;
    fill(&connection)?;
    let finish = || -> rusqlite::Result<()> {
        connection.execute_batch("COMMIT;")?;
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.close().map_err(|(_, error)| error)
    };
    finish().map_err(sqlite)?;
    file.sync_all().map_err(failed)
}

/// Leaves the transaction open.
fn lay_out(connection: &Connection, meta: &[(String, String)]) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "PRAGMA synchronous = FULL; BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; {TABLES}"
    ))?;
    for (name, value) in meta {
        connection.execute("INSERT INTO meta (name, value) VALUES (?1, ?2)", [name, value])?;
    }
    connection.execute_batch(META_TRIGGERS)
}

/// A name that no other journal has.
pub(super) fn id(now: Time) -> String {
    let seconds = now.timestamp().max(0) as u64;
    uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.timestamp_subsec_nanos())).to_string()
}

/// Gives a finished journal its name, unless there is one of that name by now. Whether it did.
pub(super) fn put_in_place(fresh: &Path, path: &Path) -> Result<bool, JournalError> {
    let failed = |error: std::io::Error| JournalError::io(path, "creating the journal", &error);
    let here = rustix::fs::CWD;
    let renamed = rustix::fs::renameat_with(here, fresh, here, path, rustix::fs::RenameFlags::NOREPLACE);
    let placed = match renamed {
        Ok(()) => true,
        Err(rustix::io::Errno::EXIST) => false,
        // Some filesystems cannot rename so; a link does not replace either.
        Err(_) => match std::fs::hard_link(fresh, path) {
            Ok(()) => true,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(failed(error)),
        },
    };
    if renamed.is_err() {
        std::fs::remove_file(fresh).map_err(failed)?;
    }
    if placed {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(placed)
}

/// Looks at the first bytes, before SQLite touches it, whether this is a journal that can be read.
pub(super) fn check_file(path: &Path) -> Result<(), JournalError> {
    let told = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => JournalError::Missing { path: path.to_owned() },
        _ => JournalError::io(path, "reading the journal", &error),
    };
    let alien = |what: String| JournalError::NotAJournal { path: path.to_owned(), what };
    let about = std::fs::metadata(path).map_err(told)?;
    if !about.is_file() {
        return Err(alien(if about.is_dir() { "it is a folder" } else { "it is no regular file" }.to_owned()));
    }
    if about.len() == 0 {
        return Err(JournalError::Empty { path: path.to_owned() });
    }
    let mut bytes = Vec::with_capacity(100);
    File::open(path).map_err(told)?.take(100).read_to_end(&mut bytes).map_err(told)?;
    if bytes.len() < 100 || !bytes.starts_with(b"SQLite format 3\0") {
        return Err(alien("it is no SQLite file".to_owned()));
    }
    let word = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    check_marks(path, word(68), word(60))
}

/// The same by SQLite's own word, which also knows what is not yet in the main file.
pub(super) fn check_opened(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let mark = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, u32>(0));
    let failed = |error: rusqlite::Error| JournalError::sqlite(path, "reading the journal", &error);
    check_marks(path, mark("application_id").map_err(failed)?, mark("user_version").map_err(failed)?)
}

fn check_marks(path: &Path, application: u32, format: u32) -> Result<(), JournalError> {
    if application != APPLICATION_ID {
        let what = match application {
            0 => "it is a SQLite file of another program".to_owned(),
            id => format!("it is a SQLite file of another program (application id {id:#010x})"),
        };
        return Err(JournalError::NotAJournal { path: path.to_owned(), what });
    }
    if format > FORMAT {
        let what = format!("its format is {format}, this Lifeboat knows {FORMAT}");
        return Err(JournalError::Newer { path: path.to_owned(), what });
    }
    Ok(())
}

/// The rows of `meta`, in the order of their names.
pub(super) fn meta(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut query = connection.prepare("SELECT name, value FROM meta ORDER BY name")?;
    query.query_map([], |row| Ok((lossy(row.get_ref(0)?), lossy(row.get_ref(1)?))))?.collect()
}

/// The value of one row of `meta`, empty when it is not there.
pub(super) fn meta_value<'a>(rows: &'a [(String, String)], name: &str) -> &'a str {
    rows.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}

/// The start that the rows of `meta` should have.
pub(super) fn start_of(rows: &[(String, String)]) -> Digest {
    chain::start_hash(rows.iter().filter(|(name, _)| name != "start").map(|(n, v)| (n.as_str(), v.as_str())))
}

fn lossy(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => format!("{:?}", other.data_type()),
    }
}

/// How the file's tables, indexes and triggers differ from what they should be, in sentences.
pub(super) fn differences(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let wanted = Connection::open_in_memory()?;
    wanted.execute_batch(TABLES)?;
    wanted.execute_batch(META_TRIGGERS)?;
    let (found, wanted) = (laid_out(connection)?, laid_out(&wanted)?);
    let mut differences = Vec::new();
    for (name, (kind, sql)) in &wanted {
        match found.get(name) {
            None => differences.push(format!("the {kind} {name} is missing from the file")),
            Some((_, other)) if other != sql => differences.push(format!("the {kind} {name} of the file was changed")),
            Some(_) => {}
        }
    }
    for (name, (kind, _)) in found.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
        differences.push(format!("the file holds a {kind} {} that is not Lifeboat's", text::clean(name)));
    }
    Ok(differences)
}

type Layout = std::collections::BTreeMap<String, (String, String)>;

fn laid_out(connection: &Connection) -> rusqlite::Result<Layout> {
    let mut query =
        connection.prepare("SELECT name, type, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'")?;
    query.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?.collect()
}
