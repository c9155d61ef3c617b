//! Exit codes, the same for every command.

use std::io::{self, Write};

use crate::{journal::JournalError, model::Verdict};

/// All is well.
pub const GOOD: u8 = 0;
/// The answer is bad news.
pub const BAD_NEWS: u8 = 1;
/// It cannot be told.
pub const CANNOT_TELL: u8 = 2;
/// What was given is wrong; the place is said.
pub const INPUT: u8 = 3;
/// Lifeboat itself failed.
pub const FAILED: u8 = 4;

/// What it means that a journal cannot be used: a file that is not what it should be is wrong input, a damaged one bad news.
pub fn of(error: &JournalError) -> u8 {
    match error {
        JournalError::Missing { .. }
        | JournalError::Empty { .. }
        | JournalError::NotAJournal { .. }
        | JournalError::OtherPlan { .. }
        | JournalError::BadHead { .. }
        | JournalError::NetworkFilesystem { .. }
        | JournalError::OnlyLog { .. }
        | JournalError::Continued { .. }
        | JournalError::TargetThere { .. }
        | JournalError::InUse { .. }
        | JournalError::NothingYet { .. }
        | JournalError::Newer { .. }
        | JournalError::HardLinks { .. } => INPUT,
        JournalError::Corrupt { .. }
        | JournalError::Unreadable { .. }
        | JournalError::LogLost { .. }
        | JournalError::NotWhole { .. } => BAD_NEWS,
        JournalError::Busy { .. } => CANNOT_TELL,
        JournalError::DiskFull { .. }
        | JournalError::ReadOnly { .. }
        | JournalError::Removed { .. }
        | JournalError::Unwritable { .. }
        | JournalError::BadConsole { .. }
        | JournalError::ConsoleTaken { .. }
        | JournalError::Io { .. } => FAILED,
    }
}

/// What it means that the objectives stand so.
pub fn of_verdict(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Met | Verdict::OnTrack => GOOD,
        Verdict::CannotTell => CANNOT_TELL,
        Verdict::AtRisk | Verdict::WillMiss | Verdict::Missed => BAD_NEWS,
    }
}

/// Says on `err` why a journal cannot be used, and gives the exit code for it.
pub fn refused(error: &JournalError, err: &mut dyn Write) -> u8 {
    // Where nobody listens there is nothing to say.
    let _ = writeln!(err, "lifeboat: {error}");
    of(error)
}

/// `code`, unless the output could not be written. A reader that has seen enough (`| head`) is no failure.
pub fn printed(done: io::Result<()>, code: u8, err: &mut dyn Write) -> u8 {
    match done {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(err, "lifeboat: the output cannot be written ({error}): send it elsewhere");
            FAILED
        }
        _ => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_changes_no_answer_and_a_full_disk_is_said() {
        let mut err = Vec::new();
        assert_eq!(printed(Err(io::ErrorKind::BrokenPipe.into()), BAD_NEWS, &mut err), BAD_NEWS);
        assert!(err.is_empty());
        assert_eq!(printed(Err(io::ErrorKind::StorageFull.into()), GOOD, &mut err), FAILED);
        assert!(String::from_utf8(err).unwrap().contains("cannot be written"));
    }

    #[test]
    fn a_journal_that_cannot_be_used_is_wrong_input_bad_news_or_a_failure() {
        let path = std::path::PathBuf::from("x.db");
        assert_eq!(of(&JournalError::Missing { path: path.clone() }), INPUT);
        assert_eq!(of(&JournalError::Corrupt { path: path.clone(), what: "x".into() }), BAD_NEWS);
        assert_eq!(of(&JournalError::Busy { path: path.clone(), reason: "x".into() }), CANNOT_TELL);
        assert_eq!(of(&JournalError::DiskFull { path }), FAILED);
    }
}
