//! `journal continue`: the chain goes on in another file, and what was proven stays provable.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command as Process,
};

use lifeboat::{
    cli,
    incident::{Event, Status},
    journal::{JournalError, Read, Reader, Writer, go_on, verify, verify_across},
};

use super::{
    made::{Said, ada, assert_good, commands, continued, head, noted, open, texts},
    site::Site,
    support::records::{at, note},
};

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    (folder, path)
}

fn across(new: &Path, old: &Path) -> Said {
    Said::of(|out, err| cli::journal::verify_across(new, old, None, false, out, err))
}

/// The other program's exit code and words.
fn python(file: &Path, head: Option<&str>) -> (i32, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify_journal.py");
    let output = Process::new("python3").arg(script).arg(file).args(head).output().expect("python3");
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn r32_the_chain_goes_on_from_the_last_head_and_both_files_verify_together() {
    let (folder, path) = place();
    drop(noted(&path, 5));
    let (old_head, old_bytes) = (head(&path), fs::read(&path).unwrap());
    let to = folder.path().join("other disk/orders.db");
    let done = go_on(&path, &to, &ada(), None, at(60)).unwrap();
    assert_eq!((done.proven.to_string(), done.head.seq, done.damage.is_none(), done.marked), (old_head.clone(), 6, true, true));
    assert_eq!(fs::read(&path).unwrap(), old_bytes, "the old file is left as it was");
    assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(to.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);

    let records = Reader::open(&to).unwrap().after(5, 10).unwrap();
    let Event::JournalContinued { from, head, damage: None } = &records[0].event else { panic!("{records:?}") };
    assert_eq!((from.as_str(), head.as_str()), (path.to_str().unwrap(), old_head.as_str()), "it names the old head");
    assert_eq!((records[0].who.name.as_str(), records[0].recorded), ("Ada", at(60)));
    let seen = verify(&to, Some(&old_head)).unwrap();
    assert!(seen.is_good() && seen.records == 6, "every head of the old file is in the new one: {seen:?}");
    across(&to, &path).says(0, &["good: 5 records", "good: 6 records", "record 6 continues", "it was continued in"]);
    let (code, said) = python(&to, Some(&old_head));
    assert_eq!(code, 0, "{said}");

    let mut writer = open(&to, "b");
    writer.append(6, &[note("on")], at(61)).unwrap();
    drop(writer);
    assert_good(&to, 7);
    across(&to, &path).says(0, &[]);
}

#[test]
fn r32_the_old_file_is_marked_so_that_nobody_goes_on_in_both() {
    let (folder, path) = place();
    drop(noted(&path, 5));
    let to = folder.path().join("new.db");
    continued(&path, &to, None).says(0, &["go on with: lifeboat --journal"]);
    let refused = Writer::open(&path, "orders", &"b".into(), "Ben", at(9)).unwrap_err();
    assert!(matches!(refused, JournalError::Continued { .. }), "{refused:?}");
    let words = refused.to_string();
    assert!(words.contains("was continued in") && words.contains("new.db: open that one with --journal"), "{words}");
    continued(&path, &folder.path().join("newer.db"), None).says(3, &["was continued in", "new.db"]);
    for (_, said) in commands(&path) {
        assert!(said.code == 0 || said.err.contains("no incident"), "it can still be read: {said:?}");
    }

    // Somebody removes the mark and goes on in both: verification tells.
    fs::remove_file(folder.path().join("orders.db.continued")).unwrap();
    open(&path, "b").append(5, &[note("on the old one")], at(9)).unwrap();
    open(&to, "a").append(6, &[note("on the new one")], at(9)).unwrap();
    across(&to, &path).says(1, &["it went on after record 5, where", "record 6 is only here", "NOT GOOD: 6 records"]);
    let (old, new) = verify_across(&to, &path, None).unwrap();
    assert_eq!((old.findings[0].seq, new.is_good()), (Some(6), true));
}

#[test]
fn r32_a_continuation_is_refused_in_words_and_leaves_nothing_behind() {
    let (folder, path) = place();
    let mut writer = noted(&path, 5);
    let to = folder.path().join("new.db");
    continued(&path, &to, None).says(3, &["consoles are open on the journal", "person at a", "end them first"]);
    writer.append(5, &[note("six")], at(9)).unwrap();
    drop(writer);
    fs::write(&to, "precious").unwrap();
    continued(&path, &to, None).says(3, &["new.db is there already", "never written over"]);
    assert_eq!(fs::read(&to).unwrap(), b"precious");
    continued(&path, &path, None).says(3, &["orders.db is there already"]);
    fs::remove_file(&to).unwrap();
    std::os::unix::fs::symlink(folder.path().join("nowhere"), &to).unwrap();
    continued(&path, &to, None).says(3, &["new.db is there already"]);
    let empty = folder.path().join("fresh.db");
    drop(open(&empty, "a"));
    continued(&empty, &folder.path().join("x.db"), None).says(3, &["holds no record yet"]);
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["fresh.db", "fresh.db.consoles", "new.db", "orders.db", "orders.db.consoles"]);
}

#[test]
fn r32_a_journal_is_continued_again_and_each_file_verifies_with_the_next() {
    let (folder, first) = place();
    drop(noted(&first, 3));
    let second = folder.path().join("second.db");
    let third = folder.path().join("third.db");
    go_on(&first, &second, &ada(), None, at(60)).unwrap();
    open(&second, "a").append(4, &[note("on the second")], at(61)).unwrap();
    go_on(&second, &third, &ada(), None, at(70)).unwrap();
    let notes = |n: usize| format!("note number {n}");
    let wanted = [&notes(1), &notes(2), &notes(3), "journal_continued", "on the second", "journal_continued"];
    assert_eq!(texts(&third), wanted);
    across(&third, &second).says(0, &[]);
    across(&third, &first).says(0, &[]);
    across(&second, &first).says(0, &[]);
    across(&first, &second).says(1, &["nothing in it says that it goes on from", "second.db"]);
    let (code, json) = {
        let said = Said::of(|out, err| cli::journal::verify_across(&third, &second, None, true, out, err));
        (said.code, serde_json::from_str::<serde_json::Value>(&said.out).unwrap())
    };
    assert_eq!((code, &json["good"], &json["before"]["good"]), (0, &true.into(), &true.into()));
    assert_eq!((&json["joints"][0]["seq"], &json["joints"][1]["head"]["seq"]), (&4.into(), &5.into()));
}

#[test]
fn r32_a_joint_that_names_another_head_is_found_by_both_programs() {
    let (folder, path) = place();
    drop(noted(&path, 3));
    let to = folder.path().join("new.db");
    go_on(&path, &to, &ada(), None, at(60)).unwrap();
    // As somebody would who writes a journal from scratch and claims a past for it.
    let event = Reader::open(&to).unwrap().after(3, 1).unwrap()[0].event.clone();
    let forged = folder.path().join("forged.db");
    open(&forged, "a").append(0, &[note("one"), super::support::records::draft(event)], at(61)).unwrap();
    let seen = verify(&forged, None).unwrap();
    let words = "record 2: it says that the journal goes on after 3:";
    assert!(seen.findings.len() == 1 && seen.findings[0].text.starts_with(words), "{seen:?}");
    let (code, said) = python(&forged, None);
    assert!(code == 1 && said.contains("record 2 says that the journal goes on after 3:"), "{said}");
}

#[test]
fn r32_a_console_on_the_new_file_goes_on_with_the_incident() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    ada.carries_out("scale");
    let state = site.state();
    let mut dee = site.viewer("Dee");
    ada.ends();
    let old = site.journal();
    let elsewhere = tempfile::tempdir().unwrap();
    let site = Site::at(elsewhere.path(), "quiet", 60.0);
    continued(&old, &site.journal(), None).says(0, &[]);
    dee.until_trouble("this journal was continued in");
    dee.ends();

    let mut ben = site.joined_by("Ben");
    ben.until_step("scale", Status::Succeeded);
    let went_on = site.state();
    assert_eq!((went_on.steps, went_on.services, went_on.commander), (state.steps, state.services, state.commander));
    let refused =
        ben.refused(super::driver::Driver::agreement("scale", lifeboat::incident::RunKind::First, ben.preview("scale")));
    assert!(refused.to_string().contains("done") || refused.to_string().contains("succeeded"), "{refused}");
    ben.says(lifeboat::incident::Command::Note { text: "on the other disk".into(), happened: None });
    ben.ends();
    site.assert_journal_good();
    across(&site.journal(), &old).says(0, &[]);
}
