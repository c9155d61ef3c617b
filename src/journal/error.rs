//! What can go wrong with a journal, in words: which file, what was found, what to do.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::model::text;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    #[error("there is no journal {}: look at the path, or start the console, which makes one", path.display())]
    Missing { path: PathBuf },
    #[error("{} is an empty file, not a journal: remove it, or name another file with --journal", path.display())]
    Empty { path: PathBuf },
    #[error("{} is not a journal of Lifeboat: {what}; name another file with --journal", path.display())]
    NotAJournal { path: PathBuf, what: String },
    #[error("the journal {} is of the plan `{found}`, not of `{wanted}`: name another file with --journal, or open that plan", path.display())]
    OtherPlan { path: PathBuf, found: String, wanted: String },
    #[error("the journal {} was written by a newer Lifeboat ({what}): use that version or a later one", path.display())]
    Newer { path: PathBuf, what: String },
    #[error(
        "{} is on a network filesystem ({kind}), where SQLite can lose or corrupt a journal: put it on a local disk with --journal", path.display()
    )]
    NetworkFilesystem { path: PathBuf, kind: String },
    #[error("the journal {} has {names} names (hard links); consoles that use different ones would not see each other: keep one name", path.display())]
    HardLinks { path: PathBuf, names: u64 },
    #[error(
        "the disk that holds {} is full: nothing was written; free space there, or leave every console and go on in another file with \
         `lifeboat journal continue --to FILE`; --read-only looks on", path.display()
    )]
    DiskFull { path: PathBuf },
    #[error(
        "the journal {} cannot be written ({reason}): make the file and its folder writable for you, or go on in another file with \
         `lifeboat journal continue --to FILE`, or look on with --read-only", path.display()
    )]
    ReadOnly { path: PathBuf, reason: String },
    #[error("the journal {} is busy ({reason}): another program holds it; try again, and see who has the file open with `fuser`", path.display())]
    Busy { path: PathBuf, reason: String },
    #[error(
        "the journal {} is damaged ({what}): leave the file as it is, see with `lifeboat journal verify` how far it holds, and go on in another \
         file with `lifeboat journal continue --to FILE --despite-damage WHY`; --read-only looks on", path.display()
    )]
    Corrupt { path: PathBuf, what: String },
    #[error(
        "record {seq} of the journal {} cannot be understood ({what}): see with `lifeboat journal verify` whether it was changed, and go on in \
         another file with `lifeboat journal continue --to FILE --despite-damage WHY`; --read-only looks on", path.display()
    )]
    Unreadable { path: PathBuf, seq: u64, what: String },
    #[error(
        "the log of the journal, {}, was removed, and the newest records with it: put it back, or go on in another file without them with \
         `lifeboat journal continue --to FILE --despite-damage WHY`", log.display()
    )]
    LogLost { log: PathBuf },
    #[error(
        "{} was {how} while this console had the journal open, so nothing more is written: {kept}; end every console on this journal, \
         then start one again", file.display()
    )]
    Removed { file: PathBuf, how: &'static str, kept: &'static str },
    #[error(
        "there is no journal {}, but its log {} is there: put the journal back, or move the log away to begin a new one", path.display(), log.display()
    )]
    OnlyLog { path: PathBuf, log: PathBuf },
    #[error(
        "the journal {} was continued in {}: open that one with --journal; only if that one is lost, remove {} and use this one again",
        path.display(), to.display(), mark.display()
    )]
    Continued { path: PathBuf, to: PathBuf, mark: PathBuf },
    #[error("{} is there already: name a file that is not, for a journal is never written over", path.display())]
    TargetThere { path: PathBuf },
    #[error(
        "the journal {} is not whole ({what}): put a whole copy in its place, or say by --despite-damage WHY that you go on without what cannot \
         be read; that is recorded", path.display()
    )]
    NotWhole { path: PathBuf, what: String },
    #[error("consoles are open on the journal {} ({who}), and would go on in it: end them first, then continue it", path.display())]
    InUse { path: PathBuf, who: String },
    #[error("the journal {} holds no record yet: there is nothing to continue; start the console with --journal on another file", path.display())]
    NothingYet { path: PathBuf },
    #[error("an event `{kind}` was not written to the journal {}: {reason}; this is a fault of Lifeboat, please report it", path.display())]
    Unwritable { path: PathBuf, kind: &'static str, reason: String },
    #[error("`{said}` is no name of a console: expected letters, digits, dots and dashes, at most 100")]
    BadConsole { said: String },
    #[error("the console {console} is already running on the journal {}: start this one again, it will take another name", path.display())]
    ConsoleTaken { path: PathBuf, console: String },
    #[error(
        "`{said}` is no head of a journal: expected SEQ:HASH with 64 hex digits, as the report and `lifeboat journal export` print it"
    )]
    BadHead { said: String },
    #[error("{doing} {} failed ({reason}): mend that, then try again", path.display())]
    Io { path: PathBuf, doing: &'static str, reason: String },
}

/// Why records were not added; none of them was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Somebody else wrote meanwhile: read on to `newest` and decide again.
    #[error("another console wrote meanwhile: record {newest} is the newest now")]
    Conflict { newest: u64 },
    #[error(transparent)]
    Failed(#[from] JournalError),
}

impl JournalError {
    /// Whether it is this journal that is in trouble, and not the name that was given: what is in it may be read again later,
    /// or in part.
    pub fn is_of_the_moment(&self) -> bool {
        matches!(
            self,
            Self::Corrupt { .. }
                | Self::Unreadable { .. }
                | Self::Newer { .. }
                | Self::Io { .. }
                | Self::Busy { .. }
                | Self::ReadOnly { .. }
                | Self::DiskFull { .. }
        )
    }

    /// `doing` is a gerund that stands before the path: "reading".
    pub(super) fn io(path: &Path, doing: &'static str, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let (path, reason) = (path.to_owned(), error.to_string());
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull { path },
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path, reason },
            _ => Self::Io { path, doing, reason },
        }
    }

    pub(super) fn sqlite(path: &Path, doing: &'static str, error: &rusqlite::Error) -> Self {
        let (path, reason) = (path.to_owned(), text::clean(&error.to_string()));
        // There was no room for the shared memory: SQLite does not call that a full disk.
        if error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) {
            return Self::DiskFull { path };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly { path, reason },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
                Self::Busy { path, reason }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt { path, what: reason },
            _ => Self::Io { path, doing, reason },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    fn said(code: i32) -> String {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        JournalError::sqlite(Path::new("/var/lib/x.db"), "writing", &error).to_string()
    }

    #[test]
    fn every_failure_names_the_file_and_what_to_do() {
        for (code, words) in [
            (ffi::SQLITE_FULL, ["/var/lib/x.db", "full", "journal continue --to FILE"]),
            (ffi::SQLITE_IOERR_SHMSIZE, ["/var/lib/x.db", "full", "free space"]),
            (ffi::SQLITE_READONLY, ["/var/lib/x.db", "cannot be written", "--read-only"]),
            (ffi::SQLITE_READONLY_DBMOVED, ["/var/lib/x.db", "cannot be written", "--read-only"]),
            (ffi::SQLITE_BUSY, ["/var/lib/x.db", "busy", "try again"]),
            (ffi::SQLITE_CORRUPT, ["/var/lib/x.db", "damaged", "journal verify"]),
            (ffi::SQLITE_IOERR_FSYNC, ["/var/lib/x.db", "writing", "try again"]),
        ] {
            let text = said(code);
            assert!(words.iter().all(|word| text.contains(word)), "{code}: {text}");
        }
    }

    #[test]
    fn a_full_disk_is_one_by_whichever_way_it_is_met() {
        let error = JournalError::io(Path::new("x"), "creating", &std::io::ErrorKind::StorageFull.into());
        assert_eq!(error, JournalError::DiskFull { path: "x".into() });
        let error = JournalError::io(Path::new("x"), "creating", &std::io::ErrorKind::ReadOnlyFilesystem.into());
        assert!(matches!(error, JournalError::ReadOnly { .. }));
    }
}
