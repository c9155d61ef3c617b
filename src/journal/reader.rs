//! A viewer's hold on the journal. It never creates or changes a file beside it: an owner whose `-wal` or `-shm` belongs
//! to somebody else could not append any more.

use std::{
    cell::{Cell, RefCell},
    ffi::OsString,
    fs::{DirBuilder, File, OpenOptions},
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags};

use super::{
    beside::{log_of, memory_of},
    error::JournalError,
    head::Head,
    place, queries,
    read::Read,
    schema,
};
use crate::{
    incident::Record,
    model::{Digest, Duration, IncidentId, text},
};

/// How often the way of reading is chosen anew when the journal is opened or closed by others meanwhile.
const ATTEMPTS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(2);

/// The journal, open to look on.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    opened: RefCell<Opened>,
    /// Opened anew since `changed` was last asked.
    renewed: Cell<bool>,
}

#[derive(Debug)]
struct Opened {
    connection: Connection,
    /// Dropped after the connection: it may own the files.
    way: Way,
    version: i64,
}

/// How SQLite can read without creating anything.
#[derive(Debug)]
enum Way {
    /// `-wal` and `-shm` are there: with a shared memory that is only read.
    Live,
    /// No `-wal`: the file alone is everything, as long as it stays so.
    Still { file: Stamp },
    /// A `-wal` without `-shm` needs a `-shm`: in a copy of our own.
    Copy { file: Stamp, log: Stamp, _folder: PrivateFolder },
}

/// Tells whether a file is still the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let about = std::fs::metadata(path).ok()?;
        Some(Self { inode: about.ino(), size: about.len(), changed: (about.mtime(), about.mtime_nsec()) })
    }
}

#[derive(Debug)]
struct PrivateFolder(PathBuf);

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Reader {
    /// Opens a journal that this process has open already, by its true name. Nothing of ours may open and close the file
    /// itself then: the kernel would drop all of the process's locks on it, and another console could take its log away.
    pub(super) fn open_again(path: &Path) -> Result<Self, JournalError> {
        let opened = open(path)?;
        Ok(Self { path: path.to_owned(), opened: RefCell::new(opened), renewed: Cell::new(false) })
    }

    /// Opens the journal at `path` to read.
    ///
    /// # Errors
    /// It is not there, not a journal, of a newer Lifeboat, or in use on a network filesystem.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        if path.symlink_metadata().is_err() {
            return Err(JournalError::Missing { path: path.to_owned() });
        }
        let path = place::true_name(path)?;
        schema::check_file(&path)?;
        let opened = open(&path)?;
        Ok(Self { path, opened: RefCell::new(opened), renewed: Cell::new(false) })
    }

    /// The journal's true name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Asks on a connection whose way of reading held before and after; what was read across a change is thrown away.
    pub(super) fn ask<T>(&self, ask: impl Fn(&Connection) -> Result<T, JournalError>) -> Result<T, JournalError> {
        let mut opened = self.opened.borrow_mut();
        for attempt in 1.. {
            if !opened.holds(&self.path) {
                *opened = open(&self.path)?;
                self.renewed.set(true);
            }
            match ask(&opened.connection) {
                Ok(answer) if opened.holds(&self.path) => return Ok(answer),
                Err(error) if opened.holds(&self.path) || attempt >= ATTEMPTS => return Err(error),
                Ok(_) if attempt >= ATTEMPTS => break,
                _ => {}
            }
        }
        Err(unsteady(&self.path))
    }
}

fn unsteady(path: &Path) -> JournalError {
    JournalError::Busy { path: path.to_owned(), reason: "it is opened and closed all the time".to_owned() }
}

impl Opened {
    /// Whether what this way of reading rests on is still so.
    fn holds(&self, path: &Path) -> bool {
        match &self.way {
            // Our shared lock on the file keeps its owner from removing the log.
            Way::Live => true,
            Way::Still { file } => !log_of(path).exists() && Stamp::of(path) == Some(*file),
            Way::Copy { file, log, .. } => {
                !memory_of(path).exists() && Stamp::of(path) == Some(*file) && Stamp::of(&log_of(path)) == Some(*log)
            }
        }
    }
}

fn open(path: &Path) -> Result<Opened, JournalError> {
    let mut last = unsteady(path);
    for _ in 0..ATTEMPTS {
        let opened = match (log_of(path).exists(), memory_of(path).exists()) {
            (true, true) => open_live(path),
            (true, false) => open_copy(path),
            (false, _) => open_still(path),
        };
        // What fails may fail only because the owner comes or goes just now.
        match opened {
            Ok(Some(opened)) if opened.holds(path) => return Ok(opened),
            Ok(_) => {}
            Err(
                error @ (JournalError::Io { .. }
                | JournalError::ReadOnly { .. }
                | JournalError::Busy { .. }
                | JournalError::Corrupt { .. }),
            ) => {
                last = error;
            }
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

fn open_live(path: &Path) -> Result<Option<Opened>, JournalError> {
    place::check_filesystem(path)?;
    connect(path, &uri(path, "readonly_shm=1"), path, Way::Live).map(Some)
}

fn open_still(path: &Path) -> Result<Option<Opened>, JournalError> {
    let Some(file) = Stamp::of(path) else { return Err(JournalError::Missing { path: path.to_owned() }) };
    connect(path, &uri(path, "immutable=1"), path, Way::Still { file }).map(Some)
}

fn open_copy(path: &Path) -> Result<Option<Opened>, JournalError> {
    let log_path = log_of(path);
    let (Some(file), Some(log)) = (Stamp::of(path), Stamp::of(&log_path)) else { return Ok(None) };
    let name = uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 0, 0));
    let folder = std::env::temp_dir().join(format!("lifeboat-view-{name}"));
    let failed = |error: std::io::Error| JournalError::io(&folder, "copying the journal to", &error);
    DirBuilder::new().mode(0o700).create(&folder).map_err(failed)?;
    let owned = PrivateFolder(folder.clone());
    let copy = folder.join("copy.db");
    for (from, to) in [(path, &copy), (&log_path, &log_of(&copy))] {
        // Not fs::copy: the copy must be writable even where the journal is not.
        let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(failed)?;
        File::open(from).and_then(|mut from| std::io::copy(&mut from, &mut to)).map_err(failed)?;
    }
    if memory_of(path).exists() || Stamp::of(path) != Some(file) || Stamp::of(&log_path) != Some(log) {
        return Ok(None);
    }
    connect(path, copy.as_os_str(), &copy, Way::Copy { file, log, _folder: owned }).map(Some)
}

/// `path` is the journal, for words and checks; `file` what is opened.
fn connect(path: &Path, name: &std::ffi::OsStr, file: &Path, way: Way) -> Result<Opened, JournalError> {
    let failed = |error: rusqlite::Error| JournalError::sqlite(path, "opening the journal", &error);
    let mode = if file == path { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    let flags = mode | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(Path::new(name), flags).map_err(failed)?;
    connection.busy_timeout(PATIENCE.std()).map_err(failed)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;").map_err(failed)?;
    schema::check_opened(&connection, path)?;
    let version = queries::data_version(&connection, path)?;
    Ok(Opened { connection, way, version })
}

/// `path` as a URI for SQLite, whatever bytes are in it.
fn uri(path: &Path, with: &str) -> OsString {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b if b.is_ascii_alphanumeric() || b"/-_.~".contains(b) => uri.push(*b as char),
            b => uri.push_str(&format!("%{b:02X}")),
        }
    }
    uri.push('?');
    uri.push_str(with);
    uri.into()
}

impl Read for Reader {
    fn head(&self) -> Result<Option<Head>, JournalError> {
        self.ask(|connection| queries::head(connection, &self.path))
    }
    fn after(&self, seq: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
        self.ask(|connection| queries::after(connection, &self.path, seq, limit))
    }
    fn incident(&self, id: &IncidentId) -> Result<Vec<Record>, JournalError> {
        self.ask(|connection| queries::incident(connection, &self.path, id))
    }
    fn incidents(&self) -> Result<Vec<IncidentId>, JournalError> {
        self.ask(|connection| queries::incidents(connection, &self.path, queries::INCIDENTS))
    }
    fn open_incidents(&self) -> Result<Vec<IncidentId>, JournalError> {
        self.ask(|connection| queries::incidents(connection, &self.path, queries::OPEN_INCIDENTS))
    }
    fn start(&self) -> Result<Digest, JournalError> {
        let meta = self.ask(|connection| queries::meta(connection, &self.path))?;
        Ok(Digest::from(schema::meta_value(&meta, "start").to_owned()))
    }
    fn plan(&self) -> Result<String, JournalError> {
        let meta = self.ask(|connection| queries::meta(connection, &self.path))?;
        Ok(text::clean(schema::meta_value(&meta, "plan")))
    }
    fn changed(&mut self) -> Result<bool, JournalError> {
        let version = self.ask(|connection| queries::data_version(connection, &self.path))?;
        let renewed = self.renewed.replace(false);
        let opened = self.opened.get_mut();
        Ok(std::mem::replace(&mut opened.version, version) != version || renewed)
    }
}
