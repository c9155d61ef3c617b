//! Whatever is changed in a journal is found and named; another program finds the same; what is exported can be verified.

mod support;

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use lifeboat::{
    cli,
    journal::{self, Draft, JournalError, Read, Reader, Verification, Writer, verify},
    model::{ConsoleId, IncidentId},
};
use proptest::prelude::*;
use support::records::{at, draft, every_event, note};

/// A journal with records of forty kinds, closed, of which the ninth is a note; and its head.
fn journal(folder: &Path) -> (PathBuf, String) {
    let path = folder.join("orders.db");
    let mut writer = Writer::open(&path, "orders", &ConsoleId::from("a"), "Ada", at(0)).unwrap();
    // That one names the record before it, which is another here.
    let events = every_event().into_iter().filter(|event| event.kind() != "journal_continued");
    let mut drafts: Vec<_> = events.take(RECORDS as usize).map(draft).collect();
    let noted = drafts.iter().position(|draft| draft.event.kind() == "noted").unwrap();
    drafts.swap(8, noted);
    drafts[5] = Draft { happened: Some(at(31)), ..drafts[5].clone() };
    writer.append(0, &drafts, at(5)).unwrap();
    let head = writer.head().unwrap().unwrap().to_string();
    (path, head)
}

const RECORDS: u64 = 40;

/// As an owner would who knows SQLite: the triggers go, the rows change, the triggers come back.
fn tamper(path: &Path, sql: &str) {
    let db = rusqlite::Connection::open(path).unwrap();
    let triggers: Vec<(String, String)> = {
        let mut query = db.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").unwrap();
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    for (name, _) in &triggers {
        db.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    db.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    for (_, sql) in &triggers {
        db.execute_batch(sql).unwrap();
    }
}

/// What `sql` leads to, without a head and with the one from before.
fn after(sql: &str) -> (Verification, Verification) {
    let folder = tempfile::tempdir().unwrap();
    let (path, head) = journal(folder.path());
    tamper(&path, sql);
    (verify(&path, None).unwrap(), verify(&path, Some(&head)).unwrap())
}

fn texts(seen: &Verification) -> Vec<&str> {
    seen.findings.iter().map(|finding| finding.text.as_str()).collect()
}

#[test]
fn an_untouched_journal_is_good_and_any_of_its_heads_proves_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, head) = journal(folder.path());
    let seen = verify(&path, Some(&head)).unwrap();
    assert!(seen.is_good() && seen.records == RECORDS && seen.plan == "orders", "{seen:?}");
    assert_eq!(seen.head.unwrap().to_string(), head);
    let mut writer = Writer::open(&path, "orders", &ConsoleId::from("b"), "Ben", at(9)).unwrap();
    let start = writer.start().unwrap();
    writer.append(RECORDS, &[note("later")], at(10)).unwrap();
    assert!(verify(&path, Some(&head)).unwrap().is_good(), "an earlier head, while a console has it open");
    assert!(verify(&path, Some(&format!("0:{start}"))).unwrap().is_good(), "the start is a head, too");
    let wrong = verify(&path, Some(&format!("0:{}", "0".repeat(64)))).unwrap();
    assert_eq!(texts(&wrong), ["the head you gave is of another journal: this one's start is a different one"]);
    assert!(matches!(verify(&path, Some("40")), Err(JournalError::BadHead { .. })));
}

#[test]
fn each_finding_names_its_record() {
    let (changed, _) = after("UPDATE records SET body = replace(body, 'provider', 'vendor') WHERE seq = 9");
    assert_eq!(texts(&changed), ["record 9: its body or another field of it does not match its hash"]);
    let (removed, _) = after("DELETE FROM records WHERE seq = 17");
    assert_eq!(
        texts(&removed),
        ["record 18 follows 16: 17 is missing", "record 18: it does not chain on to record 16 as it is now"]
    );
    let (some, _) = after("DELETE FROM records WHERE seq BETWEEN 17 AND 19");
    assert_eq!(texts(&some)[0], "record 20 follows 16: 17 to 19 are missing");
    let (first, _) = after("DELETE FROM records WHERE seq < 3");
    assert_eq!(texts(&first)[0], "the first record is 3: 1 to 2 are missing");
    let (cut, with_head) = after("DELETE FROM records WHERE seq > 38");
    assert!(cut.is_good(), "without a head from elsewhere a cut end cannot be seen");
    assert!(texts(&with_head)[0].starts_with("ends at 38, but the head you gave is 40:"), "{:?}", texts(&with_head));
    assert!(texts(&with_head)[0].ends_with("records were cut off"));
    let (plan, _) = after("UPDATE meta SET value = 'shop' WHERE name = 'plan'");
    assert!(texts(&plan)[0].contains("meta") && texts(&plan)[0].contains("was changed"), "{:?}", texts(&plan));
    let (zero, _) = after(
        "INSERT INTO records SELECT 0, incident, recorded, happened, who, console, kind, version, body, prev, hash FROM records WHERE seq = 1",
    );
    assert_eq!(texts(&zero)[0], "there is a record 0, but the first is 1: it was added");
}

#[test]
fn a_chain_that_was_computed_anew_is_found_by_the_head() {
    let folder = tempfile::tempdir().unwrap();
    let (path, head) = journal(folder.path());
    let drafts: Vec<_> = Reader::open(&path).unwrap().after(0, 100).unwrap();
    let forged = folder.path().join("forged.db");
    let mut writer = Writer::open(&forged, "orders", &ConsoleId::from("a"), "Ada", at(0)).unwrap();
    let drafts: Vec<_> =
        drafts.into_iter().map(|r| Draft { incident: r.incident, who: r.who, happened: r.happened, event: r.event }).collect();
    writer.append(0, &drafts, at(6)).unwrap();
    drop(writer);
    assert!(verify(&forged, None).unwrap().is_good());
    let seen = verify(&forged, Some(&head)).unwrap();
    assert_eq!(
        texts(&seen),
        ["record 40: its hash is not that of the head you gave: the journal was written anew, or is another one"]
    );
}

#[test]
fn triggers_and_indexes_that_were_changed_are_found() {
    for (sql, words) in [
        ("DROP TRIGGER records_are_never_changed", "the trigger records_are_never_changed is missing from the file"),
        ("DROP INDEX records_by_incident", "the index records_by_incident is missing from the file"),
        (
            "DROP TRIGGER records_are_never_removed; CREATE TRIGGER records_are_never_removed BEFORE DELETE ON records BEGIN SELECT 1; END",
            "the trigger records_are_never_removed of the file was changed",
        ),
        ("CREATE VIEW v AS SELECT 1", "the file holds a view v that is not Lifeboat's"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = journal(folder.path());
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        assert_eq!(texts(&verify(&path, None).unwrap()), [words]);
    }
}

#[test]
fn a_damaged_file_is_bad_news_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let (path, head) = journal(folder.path());
    let whole = std::fs::read(&path).unwrap();
    for page in 1..whole.len() / 4096 {
        let mut bytes = whole.clone();
        bytes[page * 4096..page * 4096 + 64].fill(0xa5);
        std::fs::write(&path, &bytes).unwrap();
        match verify(&path, Some(&head)) {
            Ok(seen) => assert!(!seen.is_good(), "page {page}"),
            Err(error) => assert!(matches!(error, JournalError::Corrupt { .. }), "page {page}: {error}"),
        }
    }
    for length in [100, 4096, 5000, whole.len() - 4096] {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(verify(&path, Some(&head)).map_or(true, |seen| !seen.is_good()), "cut to {length}");
    }
}

/// A change of one row, or of the order of two.
#[derive(Clone, Debug)]
enum Mutation {
    Set { seq: u64, column: &'static str, value: String },
    Delete { seq: u64 },
    Swap { one: u64, other: u64 },
    Renumber { seq: u64, to: u64 },
    Insert { copy: u64, at: u64 },
    Truncate { after: u64 },
}

impl Mutation {
    fn sql(&self) -> String {
        let all = "incident, recorded, happened, who, console, kind, version, body, prev, hash";
        match self {
            Mutation::Set { seq, column, value } => format!("UPDATE records SET {column} = {value} WHERE seq = {seq}"),
            Mutation::Delete { seq } => format!("DELETE FROM records WHERE seq = {seq}"),
            Mutation::Swap { one, other } => {
                let moved = |from: u64, to: i64| format!("UPDATE records SET seq = {to} WHERE seq = {from};");
                format!("{}{}UPDATE records SET seq = {other} WHERE seq = -1;", moved(*one, -1), moved(*other, *one as i64))
            }
            Mutation::Renumber { seq, to } => format!("UPDATE records SET seq = {to} WHERE seq = {seq}"),
            Mutation::Insert { copy, at } => format!("INSERT INTO records SELECT {at}, {all} FROM records WHERE seq = {copy}"),
            Mutation::Truncate { after } => format!("DELETE FROM records WHERE seq > {after}"),
        }
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let seq = || 1..=RECORDS;
    let texts = vec!["incident", "recorded", "happened", "who", "console", "kind", "body", "prev", "hash"];
    let set = |column: &'static str, value: &str| (column, value.to_owned());
    let value = prop_oneof![
        // A suffix, another case, another type, nothing at all: each differs from what is stored, whatever that is.
        prop::sample::select(texts.clone()).prop_map(move |column| set(column, &format!("coalesce({column}, '') || 'x'"))),
        prop::sample::select(texts.clone()).prop_map(move |column| set(column, &format!("coalesce({column}, '') || char(0)"))),
        prop::sample::select(texts).prop_map(move |column| set(column, &format!("CAST(coalesce({column}, '') AS BLOB)"))),
        prop::sample::select(vec!["incident", "who", "console", "body", "prev", "hash"])
            .prop_map(move |column| set(column, "''")),
        Just(set("version", "version + 1")),
        Just(set("version", "'one'")),
        Just(set("happened", "'2026-11-20T02:00:00.000Z'")),
        Just(set("recorded", "'2026-11-20T02:00:06.000Z'")),
        Just(set("prev", "hash")),
        Just(set("hash", "prev")),
    ];
    prop_oneof![
        6 => (seq(), value).prop_map(|(seq, (column, value))| Mutation::Set { seq, column, value }),
        1 => seq().prop_map(|seq| Mutation::Delete { seq }),
        1 => (seq(), seq()).prop_filter("two", |(a, b)| a != b).prop_map(|(one, other)| Mutation::Swap { one, other }),
        1 => (seq(), RECORDS + 1..1000).prop_map(|(seq, to)| Mutation::Renumber { seq, to }),
        1 => (seq(), RECORDS + 1..RECORDS + 3).prop_map(|(copy, at)| Mutation::Insert { copy, at }),
        1 => (0..RECORDS).prop_map(|after| Mutation::Truncate { after }),
    ]
}

/// The bytes of one untouched journal, made once, and its head.
fn pristine() -> &'static (Vec<u8>, String) {
    static MADE: OnceLock<(Vec<u8>, String)> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (path, head) = journal(folder.path());
        (std::fs::read(path).unwrap(), head)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_single_change_is_found(mutation in mutation()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.db");
        let (bytes, head) = pristine();
        std::fs::write(&path, bytes).unwrap();
        tamper(&path, &mutation.sql());
        let seen = verify(&path, Some(head)).unwrap();
        prop_assert!(!seen.is_good(), "{:?} went unseen", mutation);
        // Without a head only a cut end can hide, and a mere removal of the last record is one.
        let cut = matches!(mutation, Mutation::Truncate { .. } | Mutation::Delete { seq: RECORDS });
        prop_assert_eq!(verify(&path, None).unwrap().is_good(), cut);
    }
}

/// The other program's exit code and words.
fn python(file: &Path, head: Option<&str>) -> (i32, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify_journal.py");
    let output = Command::new("python3").arg(script).arg(file).args(head).output().expect("python3");
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
    )
}

#[test]
fn another_program_agrees_on_good_and_on_changed_journals() {
    let folder = tempfile::tempdir().unwrap();
    let (path, head) = journal(folder.path());
    let good = format!("good: {RECORDS} records, head {head}\n");
    assert_eq!(python(&path, None), (0, good.clone()));
    assert_eq!(python(&path, Some(&head)), (0, good.clone()));
    let whole = std::fs::read(&path).unwrap();
    for sql in [
        "UPDATE records SET body = replace(body, 'provider', 'vendor') WHERE seq = 9",
        "UPDATE records SET happened = NULL WHERE seq = 6",
        "UPDATE records SET happened = '' WHERE seq = 7",
        "UPDATE records SET version = 'one' WHERE seq = 7",
        "UPDATE records SET who = CAST(who AS BLOB) WHERE seq = 7",
        "UPDATE records SET prev = 'x' WHERE seq = 1",
        "UPDATE records SET hash = upper(hash) WHERE seq = 40",
        "DELETE FROM records WHERE seq = 17",
        "DELETE FROM records WHERE seq > 30",
        "UPDATE meta SET value = 'shop' WHERE name = 'plan'",
        "INSERT INTO meta VALUES ('new', 'x')",
    ] {
        std::fs::write(&path, &whole).unwrap();
        tamper(&path, sql);
        let (code, said) = python(&path, Some(&head));
        assert_eq!(code, 1, "{sql}: {said}");
        assert!(!verify(&path, Some(&head)).unwrap().is_good(), "{sql}");
        let (alone, said) = python(&path, None);
        assert_eq!(alone == 0, verify(&path, None).unwrap().is_good(), "{sql}: {said}");
    }
}

#[test]
fn another_program_agrees_while_the_newest_records_are_only_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = journal(folder.path());
    let mut writer = Writer::open(&path, "orders", &ConsoleId::from("b"), "Ben", at(9)).unwrap();
    writer.append(RECORDS, &[note("later")], at(10)).unwrap();
    let head = writer.head().unwrap().unwrap().to_string();
    assert_eq!(python(&path, Some(&head)), (0, format!("good: 41 records, head {head}\n")));
}

#[test]
fn an_export_carries_the_whole_chain_and_ends_with_the_head() {
    let folder = tempfile::tempdir().unwrap();
    let (path, head) = journal(folder.path());
    let mut out = Vec::new();
    assert_eq!(journal::export(&path, &mut out).unwrap().to_string(), head);
    let lines: Vec<serde_json::Value> =
        String::from_utf8(out.clone()).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len() as u64, RECORDS + 2);
    assert_eq!(lines[0]["journal"]["plan"], "orders");
    assert_eq!(lines[6]["happened"], "2026-11-20T02:00:31.000Z");
    assert_eq!(lines.last().unwrap()["head"], head);

    let file = folder.path().join("export.jsonl");
    std::fs::write(&file, &out).unwrap();
    assert_eq!(python(&file, Some(&head)).0, 0);
    let text = String::from_utf8(out).unwrap();
    std::fs::write(&file, text.replace("provider", "vendor")).unwrap();
    assert_eq!(python(&file, None).0, 1);
    let cut: Vec<_> = text.lines().take(20).collect();
    std::fs::write(&file, cut.join("\n")).unwrap();
    assert_eq!(python(&file, None).0, 1, "an export without its end is not whole");
}

#[test]
fn the_commands_end_with_the_right_code() {
    let folder = tempfile::tempdir().unwrap();
    let (path, head) = journal(folder.path());
    let run = |path: &Path, head: Option<&str>, json: bool| {
        let mut out = Vec::new();
        let code = cli::journal::verify(path, head, json, &mut out, &mut Vec::new());
        (code, String::from_utf8(out).unwrap())
    };
    let (code, said) = run(&path, Some(&head), false);
    assert_eq!(code, 0);
    assert!(said.starts_with("good: 40 records of the plan orders") && said.contains(&format!("head {head}")), "{said}");
    assert!(run(&path, None, false).1.contains("cannot be seen whether records were cut off"));
    assert_eq!(run(&path, Some("nonsense"), false).0, 3);
    assert_eq!(run(&folder.path().join("none.db"), None, false).0, 3);
    let text = folder.path().join("text.db");
    std::fs::write(&text, "hello").unwrap();
    assert_eq!(run(&text, None, false).0, 3);
    let later = folder.path().join("later.db");
    std::fs::copy(&path, &later).unwrap();
    rusqlite::Connection::open(&later).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
    assert_eq!(run(&later, None, false).0, 3, "a newer format is the wrong file for this program");

    tamper(&path, "DELETE FROM records WHERE seq = 17");
    let (code, said) = run(&path, None, false);
    assert!(code == 1 && said.contains("record 18 follows 16: 17 is missing") && said.contains("NOT GOOD: 39 records"), "{said}");
    let (code, said) = run(&path, None, true);
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &json["good"], &json["findings"][0]["seq"]), (1, &false.into(), &18.into()));
    tamper(&path, "UPDATE records SET who = 'x', prev = 'y'");
    let (_, said) = run(&path, None, false);
    assert!(said.lines().count() == 53 && said.contains(" more\n"), "many findings are counted, not all told: {said}");

    let mut out = Vec::new();
    assert_eq!(cli::journal::export(&folder.path().join("none.db"), &mut out, &mut Vec::new()), 3);
    assert_eq!(cli::journal::export(&later, &mut out, &mut Vec::new()), 3);
    assert!(out.is_empty());
}

#[test]
fn incidents_are_listed_with_how_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let mut writer = Writer::open(&path, "orders", &ConsoleId::from("a"), "Ada", at(0)).unwrap();
    let list = |json| {
        let mut out = Vec::new();
        assert_eq!(cli::incident::list(&path, json, &mut out, &mut Vec::new()), 0);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(list(false), "no incidents\n");
    let of = |n: u64, event| Draft { incident: IncidentId::numbered(n), ..draft(event) };
    let event = |kind: &str| every_event().into_iter().find(|event| event.kind() == kind).unwrap();
    let drafts = [
        of(1, event("declared")),
        of(2, event("declared")),
        of(1, event("severity_changed")),
        of(1, event("closed")),
        of(2, event("closed")),
    ];
    writer.append(0, &drafts, at(5)).unwrap();
    writer.append(5, &[of(2, event("reopened"))], at(6)).unwrap();
    assert_eq!(
        list(false),
        "incident  severity  declared              state        scenario          title\n\
         INC-0002  SEV 1     2026-11-20T02:00:05Z  open         database-failure  the orders database is lost\n\
         INC-0001  SEV 2     2026-11-20T02:00:05Z  resolved     database-failure  the orders database is lost\n"
    );
    let json: serde_json::Value = serde_json::from_str(&list(true)).unwrap();
    assert_eq!((&json[0]["open"], &json[1]["open"], &json[1]["severity"]), (&true.into(), &false.into(), &2.into()));
    assert_eq!(cli::incident::list(&folder.path().join("none.db"), false, &mut Vec::new(), &mut Vec::new()), 3);
}
