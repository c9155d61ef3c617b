//! Bits that flipped, pages that tore or rotted: found, named, and gone on from.

use std::{
    fs,
    path::{Path, PathBuf},
};

use lifeboat::{
    console::Request,
    incident::{Command, Event, Status},
    journal::{self, JournalError, Read, Reader, Writer, verify},
};
use rusqlite::{config::DbConfig, types::Value};

use super::{
    made::{assert_good, commands, continued, head, noted, open, shows_the_world, texts, varied},
    site::Site,
    support::records::{at, note},
};

const COLUMNS: [&str; 11] =
    ["seq", "incident", "recorded", "happened", "who", "console", "kind", "version", "body", "prev", "hash"];

/// As rot would, past all triggers.
fn change(path: &Path, column: &str, seq: i64, to: impl FnOnce(Value) -> Value) {
    let db = rusqlite::Connection::open(path).unwrap();
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).unwrap();
    let sql = format!("SELECT {column} FROM records WHERE seq = ?1");
    let was: Value = db.query_row(&sql, [seq], |row| row.get(0)).unwrap();
    let sql = format!("UPDATE records SET {column} = ?1 WHERE seq = ?2");
    assert_eq!(db.execute(&sql, rusqlite::params![to(was), seq]).unwrap(), 1);
}

/// `value` with one bit flipped: the lowest of its byte in the middle.
fn flipped(value: Value) -> Value {
    let flip = |mut bytes: Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    };
    match value {
        Value::Integer(n) => Value::Integer(n ^ 0x40),
        Value::Text(text) => Value::Text(String::from_utf8(flip(text.into_bytes())).unwrap()),
        // Its type is all that a null has.
        Value::Null => Value::Integer(0),
        Value::Blob(bytes) => Value::Blob(flip(bytes)),
        Value::Real(r) => Value::Real(-r),
    }
}

#[test]
fn r32_a_flipped_bit_in_any_column_of_any_row_is_found_and_the_record_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = varied(folder.path());
    let (pristine, records) = (fs::read(&path).unwrap(), verify(&path, None).unwrap().records as i64);
    assert!(records >= 8);
    for seq in 1..=records {
        for column in COLUMNS {
            fs::write(&path, &pristine).unwrap();
            change(&path, column, seq, flipped);
            let seen = verify(&path, None).unwrap();
            // A record with another number is missing at its place and found at another.
            let named = if column == "seq" { seq ^ 0x40 } else { seq } as u64;
            let about = |finding: &journal::Finding| {
                finding.seq == Some(named) && finding.text.contains(&format!("record {named}"))
                    || finding.text.contains("the first record is")
            };
            assert!(seen.findings.iter().any(about), "{column} of record {seq}: {seen:?}");
            // Who reads it all the same reads it, or is told which record cannot be read.
            if let Err(error) = Reader::open(&path).unwrap().after(0, 1_000) {
                let words = error.to_string();
                assert!(words.contains("orders.db") && words.contains("record "), "{column} of record {seq}: {words}");
            }
        }
    }
}

#[test]
fn r32_a_flipped_bit_anywhere_in_the_file_is_found_or_touches_nothing_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = varied(folder.path());
    let pristine = fs::read(&path).unwrap();
    let export = |path: &Path| {
        let mut out = Vec::new();
        journal::export(path, &mut out).map(|_| out)
    };
    let said = export(&path).unwrap();
    let (mut found, mut harmless) = (0, 0);
    for place in (0..pristine.len()).step_by((pristine.len() / 230) | 1) {
        let mut bytes = pristine.clone();
        bytes[place] ^= 1 << (place % 8);
        fs::write(&path, &bytes).unwrap();
        if verify(&path, None).is_ok_and(|seen| seen.is_good()) {
            assert_eq!(export(&path).unwrap(), said, "bit at byte {place} went unseen");
            harmless += 1;
        } else {
            found += 1;
        }
    }
    assert!(found > 50, "{found} were found, {harmless} touched nothing");
}

/// The journal's pages that hold `text`.
fn pages_with(bytes: &[u8], text: &str) -> Vec<usize> {
    let page = |nth: &usize| bytes[nth * 4096..(nth + 1) * 4096].windows(text.len()).any(|window| window == text.as_bytes());
    (0..bytes.len() / 4096).filter(page).collect()
}

/// A journal of 120 notes with the page that holds the 60th overwritten.
fn rotten(folder: &Path) -> PathBuf {
    let path = folder.join("orders.db");
    let mut writer = open(&path, "a");
    let drafts: Vec<_> = (1..=120).map(|n| note(&format!("note number {n}"))).collect();
    writer.append(0, &drafts, at(5)).unwrap();
    drop(writer);
    let mut bytes = fs::read(&path).unwrap();
    let page = pages_with(&bytes, "note number 60")[0];
    assert!(page > 1 && page < bytes.len() / 4096 - 1, "in the middle");
    bytes[page * 4096..(page + 1) * 4096].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn r32_a_corrupt_middle_is_said_by_every_command_and_gone_on_from_with_all_that_is_legible() {
    let folder = tempfile::tempdir().unwrap();
    let path = rotten(folder.path());
    for (name, said) in commands(&path) {
        match name {
            "verify" => said.says(1, &["the file is damaged after record", "NOT GOOD"]),
            // What was printed before the damage cannot be taken back, but it is not ended by a head.
            "export" => {
                said.says(1, &["orders.db is damaged", "journal verify", "--despite-damage WHY"]);
                assert!(!said.out.contains(r#"{"head""#));
            }
            _ => said.says(1, &["orders.db is damaged", "journal verify", "--despite-damage WHY"]),
        }
    }
    let to = folder.path().join("on.db");
    continued(&path, &to, None).says(1, &["is not whole", "damaged", "--despite-damage WHY"]);
    assert!(!to.exists() && !folder.path().join("orders.db.continued").exists());
    let said = continued(&path, &to, Some("no backup is newer"));
    said.says(0, &["continued in", "carried over, which nothing proves", "NOT READABLE THERE, and missing here: "]);
    let seen = verify(&to, None).unwrap();
    assert!(seen.is_good(), "{seen:?}");

    let kept = texts(&to);
    let joint = kept.iter().position(|text| text == "journal_continued").unwrap();
    let note = |n: usize| format!("note number {n}");
    assert!(joint > 5 && kept[..joint].iter().enumerate().all(|(nth, text)| *text == note(nth + 1)), "{joint}");
    assert_eq!(kept.last(), Some(&note(120)), "what comes after the damage is there");
    let lost = 120 - (kept.len() - 1);
    assert!((1..60).contains(&lost) && !kept.contains(&note(60)), "only what was on that page is lost: {lost}");
    let records = Reader::open(&to).unwrap().after(joint as u64, 1).unwrap();
    let Event::JournalContinued { from, head, damage: Some(damage) } = &records[0].event else { panic!("{records:?}") };
    assert!(from.ends_with("orders.db") && head.starts_with(&format!("{joint}:")), "{from} {head}");
    assert_eq!((damage.why.as_str(), damage.carried as usize), ("no backup is newer", kept.len() - joint - 1));
    assert_eq!(damage.missing, format!("{} to {}", joint + 1, joint + lost));
    commands(&to)[0].1.says(0, &["that file was damaged: the", "carried over, and nothing proves them"]);
    // It is a journal like any other.
    let mut writer = open(&to, "b");
    let newest = writer.head().unwrap().unwrap().seq;
    writer.append(newest, &[super::support::records::note("on")], at(9)).unwrap();
}

#[test]
fn r32_a_torn_last_page_of_the_log_loses_only_what_was_never_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let mut writer = noted(&path, 4);
    let log = || fs::read(folder.path().join("orders.db-wal")).unwrap();
    let before = log();
    writer.append(4, &[note("the last one")], at(9)).unwrap();
    let whole = log();
    let differs = |n: &usize| before.get(*n) != Some(&whole[*n]);
    let (from, to) = ((0..whole.len()).find(differs).unwrap(), (0..whole.len()).rfind(differs).unwrap() + 1);
    assert!(to - from > 4096, "at least a page and its head");
    let main = fs::read(&path).unwrap();
    drop(writer);
    for cut in (from..to).step_by(389).chain([to - 1, to]) {
        for torn_to_zeros in [false, true] {
            let copy = folder.path().join("torn.db");
            let mut log = whole[..cut].to_vec();
            if torn_to_zeros {
                log.resize(whole.len(), 0);
            }
            fs::write(&copy, &main).unwrap();
            fs::write(folder.path().join("torn.db-wal"), log).unwrap();
            let mut writer = open(&copy, "b");
            let newest = writer.head().unwrap().unwrap().seq;
            assert_eq!(newest, if cut == to { 5 } else { 4 }, "cut at {cut} of {from} to {to}");
            writer.append(newest, &[note("on")], at(10)).unwrap();
            drop(writer);
            assert_good(&copy, newest + 1);
            fs::remove_file(copy).unwrap();
        }
    }
}

#[test]
fn r32_a_torn_last_page_of_the_file_itself_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    drop(noted(&path, 30));
    let (whole, before) = (fs::read(&path).unwrap(), head(&path));
    for cut in [whole.len() - 1, whole.len() - 2048, whole.len() - 4096] {
        fs::write(&path, &whole[..cut]).unwrap();
        match verify(&path, Some(&before)) {
            Ok(seen) => assert!(!seen.is_good(), "cut to {cut}"),
            Err(error) => assert!(matches!(error, JournalError::Corrupt { .. }), "cut to {cut}: {error}"),
        }
        // The page that tore may be one that nobody asks for; then all is there.
        match Writer::open(&path, "orders", &"b".into(), "Ben", at(9)).and_then(|writer| writer.after(0, 100)) {
            Ok(records) => assert_eq!(records.len(), 30, "cut to {cut}"),
            Err(error) => {
                assert!(error.to_string().contains("journal continue --to FILE --despite-damage"), "cut to {cut}: {error}")
            }
        }
    }
}

#[test]
fn r32_a_console_says_on_screen_that_a_record_was_changed() {
    let site = Site::quiet();
    let ada = site.ada_at_the_actions();
    ada.says(Command::Note { text: "the provider called".into(), happened: None });
    let seq = site.records().last().unwrap().seq;
    ada.ends();
    change(&site.journal(), "who", seq as i64, flipped);
    let words = format!("the journal does not hold (record {seq}: its body or another field of it does not match its hash)");
    let mut ben = site.joined_by("Ben");
    ben.until_trouble(&words);
    let mut dee = site.viewer("Dee");
    dee.until_trouble(&words);
    dee.ends();
    ben.ends();
}

#[test]
fn r32_with_a_record_that_cannot_be_read_viewers_show_the_world_and_the_team_goes_on_in_another_file() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    ada.says(Command::Note { text: "the provider called".into(), happened: None });
    let noted = site.records().last().unwrap().seq as i64;
    ada.carries_out("scale");
    let before = site.records().len();
    ada.ends();
    let path = site.journal();
    let cut_short = |value: Value| match value {
        Value::Text(body) => Value::Text(body[..body.len() - 1].to_owned()),
        other => other,
    };
    change(&path, "body", noted, cut_short);

    let writer = Writer::open(&path, &site.plan.name, &"b".into(), "Ben", site.clock.now()).unwrap();
    let refused = lifeboat::console::commit::Commit::new(writer, site.clock.clone()).map(drop).unwrap_err().to_string();
    for words in [format!("record {noted} of the journal"), "cannot be understood".into(), "--read-only looks on".into()] {
        assert!(refused.contains(&words), "{refused}");
    }
    let mut dee = site.viewer("Dee");
    dee.until_trouble(&format!("the journal could not be read: record {noted} of the journal"));
    dee.until("the world is on screen", shows_the_world);
    let refusal = dee.refused(Request::Do(Command::Release));
    assert!(refusal.to_string().contains("only looks"));
    dee.ends();

    let elsewhere = tempfile::tempdir().unwrap();
    let site = Site::at(elsewhere.path(), "quiet", 60.0);
    let missing = format!("missing here: {noted}\n");
    continued(&path, &site.journal(), Some("nobody has a copy")).says(0, &["carried over, which nothing proves", &missing]);
    assert_eq!(site.records().len(), before, "one is missing, and one tells of it");
    let mut ben = site.joined_by("Ben");
    ben.until_step("scale", Status::Succeeded);
    ben.until("it is loud", |p| p.journal.iter().any(|line| line.loud && line.text.contains("ALTHOUGH IT IS DAMAGED")));
    ben.says(Command::Hold { why: "to see what is missing".into() });
    ben.ends();
    site.assert_journal_good();
}
