//! Files beside the journal that somebody removed: under a living console, and after a killed one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use lifeboat::{
    console::{Reply, Request},
    incident::Command,
    journal::{AppendError, JournalError, Read, Reader, Writer, verify},
};

use super::{
    made::{assert_good, commands, continued, noted, open, shows_the_world, texts},
    site::Site,
    support::records::{at, note},
};

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    (folder, path)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// The files of a living journal as a kill would leave them, without those that end in `lost`.
fn killed(path: &Path, lost: &[&str]) -> PathBuf {
    let folder = path.parent().unwrap().join("killed");
    fs::create_dir(&folder).unwrap();
    let copy = folder.join("orders.db");
    for end in ["", "-wal", "-shm"].into_iter().filter(|end| !lost.contains(end)) {
        fs::copy(beside(path, end), beside(&copy, end)).unwrap();
    }
    copy
}

#[test]
fn r32_a_log_or_its_memory_that_is_removed_under_a_console_costs_nothing_but_stops_it() {
    for end in ["-wal", "-shm"] {
        let (_folder, path) = place();
        let mut writer = noted(&path, 6);
        fs::remove_file(beside(&path, end)).unwrap();
        let error = writer.append(6, &[note("seven")], at(9)).unwrap_err();
        assert!(matches!(error, AppendError::Failed(JournalError::Removed { .. })), "{end}: {error:?}");
        let words = error.to_string();
        for word in [end, "removed while this console had the journal open", "is safe in the journal itself", "start one again"] {
            assert!(words.contains(word), "{words}");
        }
        // The main file alone holds everything by now, whatever becomes of the process.
        let alone = path.with_file_name("alone.db");
        fs::copy(&path, &alone).unwrap();
        assert_eq!(texts(&alone).len(), 6, "{end}");
        assert!(writer.changed().is_err(), "{end}: it is said without an append, too");
        drop(writer);
        let mut writer = open(&path, "b");
        writer.append(6, &[note("seven")], at(9)).unwrap();
        drop(writer);
        assert_good(&path, 7);
    }
}

#[test]
fn r32_a_log_that_was_replaced_under_a_console_is_not_written_over() {
    let (_folder, path) = place();
    let mut writer = noted(&path, 6);
    fs::remove_file(beside(&path, "-wal")).unwrap();
    fs::write(beside(&path, "-wal"), "").unwrap();
    let words = writer.append(6, &[note("seven")], at(9)).unwrap_err().to_string();
    assert!(words.contains("was replaced") && words.contains("may be missing there"), "{words}");
}

#[test]
fn r32_a_lost_shared_memory_of_a_killed_console_costs_nothing() {
    let (_folder, path) = place();
    let writer = noted(&path, 6);
    let copy = killed(&path, &["-shm"]);
    drop(writer);
    assert_eq!(Reader::open(&copy).unwrap().after(0, 100).unwrap().len(), 6, "a viewer needs none");
    let mut again = open(&copy, "b");
    again.append(6, &[note("seven")], at(9)).unwrap();
    drop(again);
    assert_good(&copy, 7);
}

#[test]
fn r32_a_lost_log_of_a_killed_console_is_found_and_said() {
    let (_folder, path) = place();
    let mut writer = noted(&path, 6);
    writer.checkpoint().unwrap();
    writer.append(6, &[note("only in the log")], at(9)).unwrap();
    let copy = killed(&path, &["-wal"]);
    drop(writer);
    let refused = Writer::open(&copy, "orders", &"b".into(), "Ben", at(9)).unwrap_err();
    assert!(matches!(refused, JournalError::LogLost { .. }), "{refused:?}");
    let words = refused.to_string();
    assert!(words.contains("orders.db-wal, was removed, and the newest records with it: put it back"), "{words}");
    let seen = verify(&copy, None).unwrap();
    assert_eq!((seen.records, seen.findings.len()), (6, 1), "{seen:?}");
    commands(&copy)[0].1.says(1, &["was removed", "NOT GOOD: 6 records"]);
    let to = path.with_file_name("on.db");
    continued(&copy, &to, None).says(1, &["is not whole", "was removed", "--despite-damage WHY"]);
    assert!(!to.exists());
    continued(&copy, &to, Some("the log is gone for good")).says(0, &["continued in"]);
    assert_good(&to, 7);

    // Put back, it is whole again.
    let whole = killed_whole(&path);
    assert_eq!(texts(&whole).len(), 7);
}

/// A killed journal with all its files, opened and closed once.
fn killed_whole(path: &Path) -> PathBuf {
    let mut writer = open(path, "c");
    let newest = writer.head().unwrap().unwrap().seq;
    assert_eq!(newest, 7);
    writer.checkpoint().unwrap();
    drop(writer);
    path.to_owned()
}

#[test]
fn r32_a_log_that_was_folded_is_not_missed() {
    let (_folder, path) = place();
    let mut writer = noted(&path, 6);
    writer.checkpoint().unwrap();
    let copy = killed(&path, &["-wal"]);
    drop(writer);
    drop(open(&copy, "b"));
    assert_good(&copy, 6);
}

#[test]
fn r32_a_log_without_its_journal_is_never_taken_into_a_new_one() {
    let (_folder, path) = place();
    let writer = noted(&path, 6);
    let copy = killed(&path, &[]);
    drop(writer);
    fs::remove_file(&copy).unwrap();
    let words = Writer::open(&copy, "orders", &"b".into(), "Ben", at(9)).unwrap_err().to_string();
    assert!(words.contains("there is no journal") && words.contains("orders.db-wal is there: put the journal back"), "{words}");
    assert!(!copy.exists());
}

#[test]
fn r32_a_running_console_says_that_its_log_was_removed_and_shows_the_world() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    fs::remove_file(beside(&site.journal(), "-wal")).unwrap();
    ada.until_trouble("was removed while this console had the journal open, so nothing more is written");
    let fault = ada.ask(Request::Do(Command::Note { text: "anybody?".into(), happened: None }));
    assert!(matches!(&fault, Reply::Fault { reason, .. } if reason.contains("is safe in the journal itself")), "{fault:?}");
    let seen = ada.look_afresh();
    assert!(shows_the_world(&seen) && seen.book.is_some());
    let kept = seen.journal.len();
    ada.ends();
    let mut ben = site.joined_by("Ben");
    ben.until("all of it is there", |p| p.journal.len() >= kept && p.trouble.is_empty());
    ben.carries_out("scale");
    ben.ends();
    site.assert_journal_good();
}
