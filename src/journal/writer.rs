//! A console's hold on the journal: it appends, reads, and knows which other consoles live.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, TransactionBehavior, params, types::ValueRef};

use super::{
    beside::{self, Beside},
    chain,
    console_lock::{self, ConsoleLock},
    error::{AppendError, JournalError},
    head::Head,
    place, queries,
    read::Read,
    row, schema,
};
use crate::{
    incident::{Actor, Event, Record},
    model::{ConsoleId, Digest, Duration, IncidentId, Time, text},
};

/// How long an append waits for another console's to end. One takes milliseconds; a disk under load some hundred.
const PATIENCE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(2);
/// The log is folded into the file at this many pages, 16 MB; [`Writer::checkpoint`] does it earlier, when idle.
const PAGES: u32 = 4_000;

/// An event to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub incident: IncidentId,
    pub who: Actor,
    /// When it happened, where that is not when it is recorded (RULES R11).
    pub happened: Option<Time>,
    pub event: Event,
}

/// The journal, open to append. Its calls block on the disk: keep it on a thread of its own.
#[derive(Debug)]
pub struct Writer {
    connection: Connection,
    path: PathBuf,
    console: ConsoleId,
    version: i64,
    beside: Beside,
    _lock: ConsoleLock,
}

impl Writer {
    /// Opens the journal of `plan` at `path`, and makes it (mode 0600, its folder 0700) when it is not there.
    /// The console is alive to others, under its person's `name`, until this is dropped or the process ends.
    ///
    /// # Errors
    /// It is not this plan's journal, not a journal, of a newer Lifeboat, on a network filesystem, continued in another file,
    /// without its log, or cannot be written.
    pub fn open(path: &Path, plan: &str, console: &ConsoleId, name: &str, now: Time) -> Result<Self, JournalError> {
        place::make_folder(path)?;
        place::check_filesystem(path)?;
        schema::create_unless_there(path, plan, now)?;
        let path = place::true_name(path)?;
        // The file itself may be a link to elsewhere.
        place::check_filesystem(&path)?;
        schema::check_file(&path)?;
        place::check_names(&path)?;
        beside::check_not_continued(&path)?;
        beside::check_log(&path)?;
        let lock = ConsoleLock::take(&path, console, name)?;

        let failed = |error: rusqlite::Error| JournalError::sqlite(&path, "opening the journal", &error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
        set_up(&mut connection).map_err(failed)?;
        if connection.is_readonly("main").map_err(failed)? {
            let reason = "the file allows only reading".to_owned();
            return Err(JournalError::ReadOnly { path, reason });
        }
        schema::check_opened(&connection, &path)?;
        let meta = queries::meta(&connection, &path)?;
        let found = schema::meta_value(&meta, "plan");
        if found != plan {
            let (found, wanted) = (text::clean(found), text::clean(plan));
            return Err(JournalError::OtherPlan { path, found, wanted });
        }
        let version = queries::data_version(&connection, &path)?;
        let beside = Beside::of(&path);
        Ok(Self { connection, path, console: console.clone(), version, beside, _lock: lock })
    }

    /// Adds all `drafts`, or none of them, after the record `after` (0: the first). They are on the disk when this returns.
    ///
    /// # Errors
    /// `Conflict`, when `after` is not the newest record any more; `Failed`, when they could not be written.
    pub fn append(&mut self, after: u64, drafts: &[Draft], now: Time) -> Result<Vec<Record>, AppendError> {
        self.check_beside()?;
        let path = self.path.clone();
        let failed = |error: rusqlite::Error| JournalError::sqlite(&path, "writing to the journal", &error);
        // Who is late anyhow does not make the others wait for the lock.
        let newest = queries::head(&self.connection, &path)?.map_or(0, |head| head.seq);
        if newest != after {
            return Err(AppendError::Conflict { newest });
        }
        // Immediate: a deferred transaction that begins with a read is refused at once when another console commits between.
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let mut head = match queries::head(&transaction, &path)? {
            Some(head) => head,
            None => Head { seq: 0, hash: start(&transaction, &path)? },
        };
        if head.seq != after {
            return Err(AppendError::Conflict { newest: head.seq });
        }
        let mut records = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let (record, hash) = insert(&transaction, &path, &head, draft, now)?;
            head = Head { seq: record.seq, hash };
            records.push(record);
        }
        transaction.commit().map_err(failed)?;
        Ok(records)
    }

    /// Whether `console` is proven to have ended: its lock is free. Only then may its unfinished actions be called
    /// unknown (RULES R7).
    pub fn is_dead(&self, console: &ConsoleId) -> Result<bool, JournalError> {
        console_lock::is_dead(&self.path, console)
    }

    /// The other consoles that live on this journal, with the names of the people at them.
    pub fn alive(&self) -> Result<Vec<(ConsoleId, String)>, JournalError> {
        console_lock::alive(&self.path, &self.console)
    }

    /// Folds the log into the file as far as nobody reads it, so that no append has to. For idle moments.
    pub fn checkpoint(&mut self) -> Result<(), JournalError> {
        let done = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        done.map_err(|error| JournalError::sqlite(&self.path, "tidying the journal", &error))
    }

    /// The journal's true name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Fails when the log or its shared memory is not the one that this console writes to. A log without a name is folded
    /// into the file first, so that all that was acknowledged is there when the process ends.
    fn check_beside(&self) -> Result<(), JournalError> {
        let Some(lost) = self.beside.lost() else { return Ok(()) };
        let (how, kept) = match lost.replaced {
            // Another console has made it anew and may be writing: what is folded now could go over that.
            true => ("replaced", "what was recorded here may be missing there, compare with this screen"),
            false if self.fold() => ("removed", "what was recorded is safe in the journal itself"),
            false => ("removed", "it is being folded into the journal, leave this console open until this says that it is safe"),
        };
        Err(JournalError::Removed { file: lost.file, how, kept })
    }

    /// Folds all of the log into the file. Whether all of it is there.
    fn fold(&self) -> bool {
        let done = self.connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        });
        done.is_ok_and(|(busy, pages, folded)| busy == 0 && pages == folded)
    }
}

/// SQLite's own waiting sleeps longer and longer: where many consoles write, who came late would always be first.
fn wait_for_others(waited: i32) -> bool {
    if u64::from(waited.unsigned_abs()) * POLL.as_millis() >= PATIENCE.as_millis() {
        return false;
    }
    std::thread::sleep(POLL.std());
    true
}

fn set_up(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(wait_for_others))?;
    connection.execute_batch(&format!(
        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = {PAGES}; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
    ))?;
    // It is so since the file was made; asking sets it right again if somebody changed it.
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
}

fn start(connection: &Connection, path: &Path) -> Result<Digest, JournalError> {
    let meta = queries::meta(connection, path)?;
    Ok(Digest::from(schema::meta_value(&meta, "start").to_owned()))
}

/// Adds one record after `head`; gives it with its hash.
pub(super) fn insert(
    to: &Connection,
    path: &Path,
    head: &Head,
    draft: &Draft,
    now: Time,
) -> Result<(Record, Digest), JournalError> {
    let (body, event) = row::body_of(&draft.event, path)?;
    let record = Record {
        seq: head.seq + 1,
        incident: draft.incident.clone(),
        recorded: row::stored(now),
        happened: draft.happened.map(row::stored),
        who: Actor { name: text::clean(&draft.who.name), console: draft.who.console.clone() },
        event,
    };
    let seq = i64::try_from(record.seq).unwrap_or(i64::MAX);
    let (recorded, happened) = (row::stamp(record.recorded), record.happened.map(row::stamp));
    let text = |t: &'static str| ValueRef::Text(t.as_bytes());
    let hash = chain::record_hash([
        ValueRef::Integer(seq),
        ValueRef::Text(record.incident.as_str().as_bytes()),
        ValueRef::Text(recorded.as_bytes()),
        happened.as_ref().map_or(ValueRef::Null, |h| ValueRef::Text(h.as_bytes())),
        ValueRef::Text(record.who.name.as_bytes()),
        ValueRef::Text(record.who.console.as_str().as_bytes()),
        text(record.event.kind()),
        ValueRef::Integer(i64::from(row::BODY_VERSION)),
        ValueRef::Text(body.as_bytes()),
        ValueRef::Text(head.hash.as_str().as_bytes()),
    ]);
    let added = format!("INSERT INTO records ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", row::COLUMNS);
    let values = params![
        seq,
        record.incident.as_str(),
        recorded,
        happened,
        record.who.name,
        record.who.console.as_str(),
        record.event.kind(),
        row::BODY_VERSION,
        body,
        head.hash.as_str(),
        hash.as_str(),
    ];
    let done = to.prepare_cached(&added).and_then(|mut insert| insert.execute(values));
    done.map_err(|error| JournalError::sqlite(path, "writing to the journal", &error))?;
    Ok((record, hash))
}

impl Read for Writer {
    fn head(&self) -> Result<Option<Head>, JournalError> {
        queries::head(&self.connection, &self.path)
    }
    fn after(&self, seq: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
        queries::after(&self.connection, &self.path, seq, limit)
    }
    fn incident(&self, id: &IncidentId) -> Result<Vec<Record>, JournalError> {
        queries::incident(&self.connection, &self.path, id)
    }
    fn incidents(&self) -> Result<Vec<IncidentId>, JournalError> {
        queries::incidents(&self.connection, &self.path, queries::INCIDENTS)
    }
    fn open_incidents(&self) -> Result<Vec<IncidentId>, JournalError> {
        queries::incidents(&self.connection, &self.path, queries::OPEN_INCIDENTS)
    }
    fn start(&self) -> Result<Digest, JournalError> {
        start(&self.connection, &self.path)
    }
    fn plan(&self) -> Result<String, JournalError> {
        let meta = queries::meta(&self.connection, &self.path)?;
        Ok(text::clean(schema::meta_value(&meta, "plan")))
    }
    fn changed(&mut self) -> Result<bool, JournalError> {
        self.check_beside()?;
        let version = queries::data_version(&self.connection, &self.path)?;
        Ok(std::mem::replace(&mut self.version, version) != version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn draft(text: &str) -> Draft {
        let event = Event::Noted { text: text.to_owned() };
        Draft { incident: IncidentId::numbered(1), who: Actor::new("Ada", "a"), happened: None, event }
    }

    fn now() -> Time {
        chrono::Utc.timestamp_opt(1_700_000_000, 0).unwrap()
    }

    fn writer(folder: &tempfile::TempDir) -> Writer {
        Writer::open(&folder.path().join("x.db"), "orders", &ConsoleId::from("a"), "Ada", now()).unwrap()
    }

    #[test]
    fn r07_a_commit_is_synced_to_the_disk_before_append_returns() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        let asked = |pragma: &str| writer.connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, String>(0));
        assert_eq!(asked("journal_mode").unwrap(), "wal");
        // 2 is FULL: in WAL mode the log is synced at every commit, not only at checkpoints.
        let synchronous = writer.connection.query_row("PRAGMA synchronous", [], |row| row.get::<_, u32>(0));
        assert_eq!(synchronous.unwrap(), 2);
    }

    #[test]
    fn r32_a_full_disk_is_said_and_nothing_is_half_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(&folder);
        writer.append(0, &[draft("one")], now()).unwrap();
        let pages: u32 = writer.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        writer.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
        let much = draft(&"x".repeat(50_000));
        let error = writer.append(1, &[draft("two"), much.clone()], now()).unwrap_err();
        assert!(matches!(error, AppendError::Failed(JournalError::DiskFull { .. })), "{error}");
        assert!(error.to_string().contains("nothing was written; free space"), "{error}");
        assert_eq!(writer.head().unwrap().unwrap().seq, 1);
        writer.connection.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
        assert_eq!(writer.append(1, &[much], now()).unwrap()[0].seq, 2, "and it goes on once there is space");
    }
}
