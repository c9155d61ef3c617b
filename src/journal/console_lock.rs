//! A console is alive while it holds the lock on its own file beside the journal (RULES R7). The kernel frees the lock
//! when the process ends, however it ends.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{Read as _, Write as _},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};

use super::{beside::beside, error::JournalError};
use crate::model::{ConsoleId, text};

/// A file is prepared under a name with this in front, so that under its own name it is never seen unlocked.
const NEW: &str = ".new-";

/// This console's own lock, held for its life.
#[derive(Debug)]
pub(super) struct ConsoleLock {
    file: PathBuf,
    /// Holds the lock.
    _held: File,
}

/// The folder of locks of the journal `path`, which must be its true name.
fn folder(path: &Path) -> PathBuf {
    beside(path, ".consoles")
}

/// A console's name comes from the journal, and becomes a file's name: nothing in it may lead elsewhere.
fn lock_file(path: &Path, console: &ConsoleId) -> Result<PathBuf, JournalError> {
    let name = console.as_str();
    let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.bytes().all(fine) {
        return Err(JournalError::BadConsole { said: text::cut_middle(&text::clean(name), 60) });
    }
    Ok(folder(path).join(name))
}

impl ConsoleLock {
    /// Takes the lock, with the person's `name` in it for the others to read, and clears away what dead consoles left.
    pub(super) fn take(path: &Path, console: &ConsoleId, name: &str) -> Result<Self, JournalError> {
        let file = lock_file(path, console)?;
        let folder = folder(path);
        let failed = |error: std::io::Error| match JournalError::io(&folder, "taking this console's lock in", &error) {
            _ if error.kind() == std::io::ErrorKind::PermissionDenied => {
                JournalError::ReadOnly { path: folder.clone(), reason: error.to_string() }
            }
            JournalError::DiskFull { .. } => JournalError::DiskFull { path: path.to_owned() },
            JournalError::ReadOnly { reason, .. } => JournalError::ReadOnly { path: path.to_owned(), reason },
            other => other,
        };
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
        if file.exists() && !is_free(&file).map_err(failed)? {
            return Err(JournalError::ConsoleTaken { path: path.to_owned(), console: console.to_string() });
        }
        let fresh = folder.join(format!("{NEW}{console}"));
        let mut held = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&fresh).map_err(failed)?;
        flock(&held, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| JournalError::ConsoleTaken { path: path.to_owned(), console: console.to_string() })?;
        held.set_len(0).and_then(|()| held.write_all(text::clean(name).as_bytes())).map_err(failed)?;
        std::fs::rename(&fresh, &file).map_err(failed)?;
        sweep(&folder, &file);
        Ok(Self { file, _held: held })
    }
}

impl Drop for ConsoleLock {
    fn drop(&mut self) {
        // Gone before it is free; a file that stays is harmless.
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Whether `console` is proven dead: its lock could be had, or its file is gone.
pub(super) fn is_dead(path: &Path, console: &ConsoleId) -> Result<bool, JournalError> {
    let file = lock_file(path, console)?;
    is_free(&file).map_err(|error| JournalError::io(&file, "asking for the lock", &error))
}

/// The consoles that hold their lock, but for `own`, with the name in it.
pub(super) fn alive(path: &Path, own: &ConsoleId) -> Result<Vec<(ConsoleId, String)>, JournalError> {
    let folder = folder(path);
    let failed = |error: std::io::Error| JournalError::io(&folder, "reading", &error);
    let mut alive = Vec::new();
    let entries = match std::fs::read_dir(&folder) {
        // Nobody ever opened it here.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(alive),
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let console = ConsoleId::from(name);
        if console == *own || lock_file(path, &console).is_err() || is_free(&entry.path()).map_err(failed)? {
            continue;
        }
        let mut who = String::new();
        // It may end this very moment; then it is not among the living any more.
        if File::open(entry.path()).and_then(|file| file.take(1_000).read_to_string(&mut who)).is_ok() {
            alive.push((console, text::clean(&who)));
        }
    }
    alive.sort();
    Ok(alive)
}

/// Asks with a shared lock: two that ask at once do not take each other for the owner.
fn is_free(file: &Path) -> std::io::Result<bool> {
    let open = match File::open(file) {
        Ok(open) => open,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    match flock(&open, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Removes the files of consoles that are dead. Names are never used twice, so nobody can be about to take one of them;
/// a file that another console prepares just now is young and left alone by its lock.
fn sweep(folder: &Path, own: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let file = entry.path();
        let prepared = entry.file_name().to_string_lossy().starts_with(NEW);
        if file != own && !prepared && is_free(&file).unwrap_or(false) {
            let _ = std::fs::remove_file(&file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        (folder, path)
    }

    #[test]
    fn r07_a_console_is_alive_while_it_holds_its_lock_and_dead_after() {
        let (_folder, path) = place();
        let (ada, ben) = (ConsoleId::from("a-1"), ConsoleId::from("b-1"));
        let lock = ConsoleLock::take(&path, &ada, "Ada\x1b[31m").unwrap();
        assert!(!is_dead(&path, &ada).unwrap(), "also to itself");
        assert_eq!(alive(&path, &ben).unwrap(), [(ada.clone(), "Ada\\u{1b}[31m".to_owned())]);
        assert_eq!(alive(&path, &ada).unwrap(), [], "its own name is not among the others");
        drop(lock);
        assert!(is_dead(&path, &ada).unwrap());
        assert!(is_dead(&path, &ben).unwrap(), "without a file it is dead");
    }

    #[test]
    fn r07_two_that_ask_at_once_do_not_take_each_other_for_the_owner() {
        let (_folder, path) = place();
        let ada = ConsoleId::from("a-1");
        let file = folder(&path).join("a-1");
        drop(ConsoleLock::take(&path, &ConsoleId::from("b"), "Ben").unwrap());
        std::fs::write(&file, "Ada").unwrap();
        let asking = File::open(&file).unwrap();
        flock(&asking, FlockOperation::NonBlockingLockShared).unwrap();
        assert!(is_dead(&path, &ada).unwrap());
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        let (_folder, path) = place();
        for name in ["", "..", "../x", "a/b", ".new-a", "a\0b", &"x".repeat(101)] {
            assert!(matches!(is_dead(&path, &ConsoleId::from(name)), Err(JournalError::BadConsole { .. })), "{name:?}");
        }
    }

    #[test]
    fn a_second_console_of_the_same_name_is_refused_and_dead_ones_are_cleared_away() {
        let (_folder, path) = place();
        let id = ConsoleId::from("a-1");
        let lock = ConsoleLock::take(&path, &id, "Ada").unwrap();
        assert!(matches!(ConsoleLock::take(&path, &id, "Ada"), Err(JournalError::ConsoleTaken { .. })));
        let left = folder(&path).join("dead-1");
        std::fs::write(&left, "Cy").unwrap();
        let other = ConsoleLock::take(&path, &ConsoleId::from("b-1"), "Ben").unwrap();
        assert!(!left.exists());
        assert!(!is_dead(&path, &id).unwrap(), "the living keep theirs");
        assert_eq!(std::fs::metadata(folder(&path)).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(std::fs::metadata(&other.file).unwrap().permissions().mode() & 0o777, 0o600);
        drop(lock);
    }
}
