//! The files that SQLite keeps beside a journal: the log (`-wal`), which holds the newest records until they are folded into
//! the file, and its shared memory (`-shm`). Somebody may remove them; what that costs is told from what is left.

use std::{
    io::Read as _,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::error::JournalError;

/// `path` with `suffix` after its last part, as SQLite names its `-wal`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

pub(super) fn log_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

pub(super) fn memory_of(path: &Path) -> PathBuf {
    beside(path, "-shm")
}

/// Where a journal that was continued leads to: a symbolic link to the file that goes on.
pub(super) fn mark_of(path: &Path) -> PathBuf {
    beside(path, ".continued")
}

/// The file in which the journal `path` was continued, if a mark beside it says so.
pub fn continued_in(path: &Path) -> Option<PathBuf> {
    std::fs::read_link(mark_of(path)).ok()
}

/// Refuses a journal that goes on in another file.
pub(super) fn check_not_continued(path: &Path) -> Result<(), JournalError> {
    match continued_in(path) {
        Some(to) => Err(JournalError::Continued { path: path.to_owned(), to, mark: mark_of(path) }),
        None => Ok(()),
    }
}

/// Refuses a journal whose log was removed while there were records in it that are nowhere else. The shared memory, which a
/// killed console leaves behind, knows whether there were. Not for a process that has the journal open.
///
/// # Errors
/// [`JournalError::LogLost`].
pub fn check_log(path: &Path) -> Result<(), JournalError> {
    let log = log_of(path);
    if log.exists() || !unfolded(&memory_of(path)) {
        return Ok(());
    }
    Err(JournalError::LogLost { log })
}

/// Whether the shared memory speaks of pages in the log that are not in the file yet (SQLite's WAL-index: two equal headers
/// of 48 bytes, then how far it was folded). Numbers are in the machine's own order. Nothing else of it is relied on.
fn unfolded(memory: &Path) -> bool {
    let mut bytes = Vec::with_capacity(100);
    let read = std::fs::File::open(memory).and_then(|file| file.take(100).read_to_end(&mut bytes));
    if read.is_err() || bytes.len() < 100 || bytes[..48] != bytes[48..96] {
        return false;
    }
    let number = |at: usize| u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let (in_log, folded) = (number(16), number(96));
    in_log > folded
}

/// The two files as a connection found them when it was opened. It goes on using those, whatever has their names later;
/// records written to a log that has no name any more end with the process.
#[derive(Debug)]
pub(super) struct Beside {
    files: [(PathBuf, Option<(u64, u64)>); 2],
}

/// What happened to one of them.
#[derive(Debug)]
pub(super) struct Lost {
    pub file: PathBuf,
    /// Another file has its name now.
    pub replaced: bool,
}

impl Beside {
    pub(super) fn of(path: &Path) -> Self {
        Self { files: [log_of(path), memory_of(path)].map(|file| (file.clone(), identity(&file))) }
    }

    /// The first of them that is not the one that was opened.
    pub(super) fn lost(&self) -> Option<Lost> {
        let (file, now) = self.files.iter().find_map(|(file, opened)| {
            let now = identity(file);
            (now != *opened).then_some((file, now))
        })?;
        Some(Lost { file: file.clone(), replaced: now.is_some() })
    }
}

fn identity(file: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(file).ok().map(|about| (about.dev(), about.ino()))
}
