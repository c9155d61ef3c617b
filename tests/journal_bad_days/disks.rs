//! A disk that is full, and one that may only be read.

use std::{fs, path::Path};

use lifeboat::{
    console::{Reply, Request},
    incident::{Command, RunKind, Status},
    journal::{AppendError, JournalError, Read, Reader, Writer},
};

use super::{
    driver::Driver,
    made::{ada, assert_good, commands, continued, noted, open, shows_the_world, texts},
    site::Site,
    small_disk::{fill, make_read_only, on_a_disk_of},
    support::records::{at, note},
};

/// Appends until it fails; gives the error, and how many notes are acknowledged by now.
fn append_until_it_fails(writer: &mut Writer, mut newest: u64) -> (JournalError, u64) {
    for _ in 0..20_000 {
        match writer.append(newest, &[note(&format!("note number {}", newest + 1))], at(9)) {
            Ok(records) => newest = records[0].seq,
            Err(AppendError::Failed(error)) => return (error, newest),
            Err(conflict) => panic!("{conflict}"),
        }
    }
    panic!("the disk never got full");
}

#[test]
fn r32_a_full_disk_stops_writing_in_words_and_loses_nothing() {
    let Some(disk) = on_a_disk_of("3m", "disks::r32_a_full_disk_stops_writing_in_words_and_loses_nothing") else { return };
    let path = disk.join("orders.db");
    let mut writer = noted(&path, 5);
    let filler = fill(&disk);
    let (error, acknowledged) = append_until_it_fails(&mut writer, 5);
    assert!(matches!(error, JournalError::DiskFull { .. }), "{error}");
    let words = error.to_string();
    for word in ["orders.db", "is full: nothing was written", "journal continue --to FILE", "--read-only"] {
        assert!(words.contains(word), "{words}");
    }
    let again = writer.append(acknowledged, &[note("x")], at(9)).unwrap_err();
    assert!(matches!(again, AppendError::Failed(JournalError::DiskFull { .. })), "it is said each time: {again}");
    let wanted: Vec<_> = (1..=acknowledged).map(|n| format!("note number {n}")).collect();
    assert_eq!(texts(&path), wanted, "a viewer reads all that was acknowledged, and no more");
    let refused = Writer::open(&path, "orders", &"b".into(), "Ben", at(0)).map(drop);
    assert!(refused.as_ref().is_err_and(|error| error.to_string().contains("is full")), "{refused:?}");

    fs::remove_file(filler).unwrap();
    writer.append(acknowledged, &[note("there is room again")], at(10)).unwrap();
    drop(writer);
    assert_good(&path, acknowledged + 1);
}

fn note_of(text: &str) -> Request {
    Request::Do(Command::Note { text: text.into(), happened: None })
}

/// Notes until the console says that the disk is full; gives how many were taken.
#[track_caller]
fn notes_until_full(ada: &Driver) -> usize {
    for taken in 0..20_000 {
        match ada.ask(note_of(&"what was seen ".repeat(100))) {
            Reply::Done { .. } => {}
            Reply::Fault { what, reason } => {
                assert_eq!(what, "write to the journal");
                assert!(reason.contains("gaudi3-scale.db is full: nothing was written"), "{reason}");
                return taken;
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("the disk never got full");
}

#[test]
fn r32_on_a_full_disk_acting_stops_the_world_stays_and_the_incident_goes_on_in_another_file() {
    let test = "disks::r32_on_a_full_disk_acting_stops_the_world_stays_and_the_incident_goes_on_in_another_file";
    let Some(disk) = on_a_disk_of("8m", test) else { return };
    let site = Site::at(&disk, "quiet", 60.0);
    let mut console = site.ada_at_the_actions();
    let before = site.records().len();
    fill(&disk);
    let taken = notes_until_full(&console);
    console.until_trouble("the journal could not be written, so nothing can be done: the disk that holds");

    // Looking goes on; acting does not.
    let seen = console.look_afresh();
    assert!(shows_the_world(&seen) && seen.book.is_some());
    let started = console.ask(Driver::agreement("scale", RunKind::First, console.preview("scale")));
    assert!(matches!(&started, Reply::Fault { what, .. } if what == "write to the journal"), "{started:?}");
    assert_eq!(site.platform.sent_in_all(), 0, "nothing leaves before it is durable");
    let mut dee = site.viewer("Dee");
    dee.until("a viewer sees the incident", |p| p.book.is_some());
    dee.ends();
    let path = site.journal();
    let in_use = continued(&path, &disk.join("x.db"), None);
    in_use.says(3, &["consoles are open on the journal", "(Ada)", "end them first"]);
    console.ends();
    for (name, said) in commands(&path) {
        said.says(0, &[]);
        assert!(!said.out.is_empty(), "{name}");
    }

    let elsewhere = tempfile::tempdir().unwrap();
    let site = Site::at(elsewhere.path(), "quiet", 60.0);
    let went_on = continued(&path, &site.journal(), None);
    went_on.says(0, &["continued in", "gaudi3-scale.db", "go on with: lifeboat --journal"]);
    assert_eq!(site.records().len(), before + taken + 1, "all that was acknowledged, and where it comes from");
    let mut ben = site.joined_by("Ben");
    ben.until("it says so", |p| p.journal.iter().any(|line| line.text.contains("continued the journal in this file, from")));
    ben.carries_out("scale");
    ben.until_step("scale", Status::Succeeded);
    ben.ends();
    site.assert_journal_good();
}

#[test]
fn r32_a_read_only_disk_is_said_and_everything_on_it_can_be_read() {
    let Some(disk) = on_a_disk_of("8m", "disks::r32_a_read_only_disk_is_said_and_everything_on_it_can_be_read") else { return };
    let site = Site::at(&disk, "quiet", 60.0);
    site.ada_at_the_actions().ends();
    let (path, records) = (site.journal(), site.records().len());
    // What a killed console leaves: a log with records in it that are nowhere else.
    let left = disk.join("left.db");
    let writer = noted(&disk.join("live.db"), 7);
    for end in ["", "-wal", "-shm"] {
        fs::copy(disk.join(format!("live.db{end}")), disk.join(format!("left.db{end}"))).unwrap();
    }
    drop(writer);
    make_read_only(&disk);

    let refused = Writer::open(&path, &site.plan.name, &"b".into(), "Ben", at(0)).unwrap_err();
    assert!(matches!(refused, JournalError::ReadOnly { .. }), "{refused:?}");
    let words = refused.to_string();
    for word in ["gaudi3-scale.db", "cannot be written", "journal continue --to FILE", "--read-only"] {
        assert!(words.contains(word), "{words}");
    }
    for (name, said) in commands(&path) {
        said.says(0, &[]);
        assert!(!said.out.is_empty(), "{name}");
    }
    assert_eq!(Reader::open(&left).unwrap().after(0, 100).unwrap().len(), 7, "also what is only in a log");
    let mut dee = site.viewer("Dee");
    let seen = dee.until("a viewer sees the incident", |p| p.book.is_some());
    assert!(shows_the_world(&seen));
    dee.ends();

    let elsewhere = tempfile::tempdir().unwrap();
    let site = Site::at(elsewhere.path(), "quiet", 60.0);
    // Nothing can be left beside it that would keep others away.
    continued(&path, &site.journal(), None).says(0, &["continued in", "could not be marked: tell everybody to open"]);
    assert_eq!(site.records().len(), records + 1);
    let to = elsewhere.path().join("left.db");
    continued(&left, &to, None).says(0, &["7 records"]);
    assert_good(&to, 8);
    let mut ben = site.joined_by("Ben");
    ben.carries_out("scale");
    ben.ends();
    site.assert_journal_good();
}

#[test]
fn r32_a_new_journal_on_a_full_disk_is_refused_and_leaves_nothing_behind() {
    let test = "disks::r32_a_new_journal_on_a_full_disk_is_refused_and_leaves_nothing_behind";
    let Some(disk) = on_a_disk_of("1m", test) else { return };
    let elsewhere = tempfile::tempdir().unwrap();
    let old = elsewhere.path().join("old.db");
    drop(noted(&old, 3));
    let filler = fill(&disk);
    let names = |folder: &Path| {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names(&disk);
    let path = disk.join("orders.db");
    let refused = Writer::open(&path, "orders", &"a".into(), "Ada", at(0)).unwrap_err();
    assert!(matches!(refused, JournalError::DiskFull { .. }), "{refused:?}");
    continued(&old, &path, None).says(4, &["is full"]);
    assert_eq!(names(&disk), before);
    fs::remove_file(filler).unwrap();
    drop(open(&path, "a"));
    assert!(lifeboat::journal::go_on(&old, &disk.join("new.db"), &ada(), None, at(5)).is_ok());
}
