//! Consoles write to one journal: durable, all or nothing, never two at one place, and the dead are told from the living.

mod support;

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use lifeboat::{
    incident::{Actor, Event},
    journal::{AppendError, Draft, JournalError, Read, Reader, Writer, verify},
    model::{ConsoleId, IncidentId},
};
use support::records::{at, declared, draft, every_event, note};

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/orders.db");
    (folder, path)
}

fn open(path: &Path, console: &str) -> Writer {
    Writer::open(path, "orders", &ConsoleId::from(console), &format!("person at {console}"), at(0)).unwrap()
}

fn assert_good(path: &Path, records: u64) {
    let seen = verify(path, None).unwrap();
    assert_eq!(seen.findings, []);
    assert_eq!(seen.records, records);
}

#[test]
fn r11_a_record_reads_back_with_both_its_times() {
    let (_folder, path) = place();
    let mut writer = open(&path, "a");
    let odd = at(700) + chrono::TimeDelta::nanoseconds(123_456_789);
    let late = Draft { happened: Some(at(31)), ..note("Ben did it with kubectl") };
    let written = writer.append(0, &[note("one"), late], odd).unwrap();
    assert_eq!(written[0].recorded, at(700) + chrono::TimeDelta::milliseconds(123), "what is returned is what is stored");
    assert_eq!((written[0].happened, written[1].happened), (None, Some(at(31))));
    assert_eq!(written[1].time(), at(31));
    drop(writer);
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.after(0, 100).unwrap(), written);
}

#[test]
fn r11_order_stays_by_sequence_when_the_clock_goes_back() {
    let (_folder, path) = place();
    let mut writer = open(&path, "a");
    writer.append(0, &[note("first")], at(1_000)).unwrap();
    writer.append(1, &[note("second")], at(10)).unwrap();
    let times: Vec<_> = writer.after(0, 10).unwrap().iter().map(|r| (r.seq, r.recorded)).collect();
    assert_eq!(times, [(1, at(1_000)), (2, at(10))]);
    assert_good(&path, 2);
}

#[test]
fn every_kind_of_event_is_stored_and_read_back() {
    let (_folder, path) = place();
    let mut writer = open(&path, "a");
    let drafts: Vec<_> = every_event().into_iter().map(draft).collect();
    let written = writer.append(0, &drafts, at(5)).unwrap();
    let read = writer.after(0, 1_000).unwrap();
    assert_eq!(read, written);
    let events: Vec<_> = read.into_iter().map(|record| record.event).collect();
    assert_eq!(events, every_event());
    assert_eq!(writer.after(10, 3).unwrap().iter().map(|r| r.seq).collect::<Vec<_>>(), [11, 12, 13]);
}

#[test]
fn an_event_that_could_not_be_read_back_is_never_written() {
    let (_folder, path) = place();
    let mut writer = open(&path, "a");
    let not_a_number = Event::Decided { step: "s".into(), answer: f64::NAN.into() };
    let error = writer.append(0, &[note("fine"), draft(not_a_number)], at(1)).unwrap_err();
    assert!(matches!(error, AppendError::Failed(JournalError::Unwritable { kind: "decided", .. })), "{error}");
    assert_eq!(writer.head().unwrap(), None, "all or none");
    writer.append(0, &[note("goes on")], at(1)).unwrap();
}

#[test]
fn r07_appending_is_compare_and_set_and_a_conflict_says_the_newest() {
    let (_folder, path) = place();
    let (mut ada, mut ben) = (open(&path, "a"), open(&path, "b"));
    ada.append(0, &[note("1"), note("2")], at(1)).unwrap();
    assert_eq!(ben.append(0, &[note("x")], at(2)), Err(AppendError::Conflict { newest: 2 }));
    assert_eq!(ben.append(7, &[note("x")], at(2)), Err(AppendError::Conflict { newest: 2 }), "nor ahead of it");
    assert_eq!(ben.after(0, 10).unwrap().len(), 2, "read on");
    assert_eq!(ben.append(2, &[note("3")], at(3)).unwrap()[0].seq, 3);
    assert_good(&path, 3);
}

#[test]
fn incidents_are_read_alone_and_the_open_ones_are_known() {
    let (_folder, path) = place();
    let mut writer = open(&path, "a");
    let of = |n: u64, event: Event| Draft { incident: IncidentId::numbered(n), ..draft(event) };
    let close = || Event::Closed { resolution: lifeboat::incident::Resolution::Resolved, why: "done".into() };
    let drafts = [
        of(2, declared()),
        of(1, declared()),
        of(2, close()),
        of(1, Event::Noted { text: "still on".into() }),
        of(3, declared()),
        of(3, close()),
        of(3, Event::Noted { text: "late".into() }),
        of(2, Event::Reopened { why: "it came back".into() }),
    ];
    writer.append(0, &drafts, at(1)).unwrap();
    let named = |ids: &[u64]| ids.iter().map(|n| IncidentId::numbered(*n)).collect::<Vec<_>>();
    assert_eq!(writer.incidents().unwrap(), named(&[2, 1, 3]));
    assert_eq!(writer.open_incidents().unwrap(), named(&[2, 1]));
    let seqs: Vec<_> = writer.incident(&IncidentId::numbered(3)).unwrap().iter().map(|r| r.seq).collect();
    assert_eq!(seqs, [5, 6, 7]);
    assert_eq!(writer.incident(&IncidentId::numbered(9)).unwrap(), []);
    assert_eq!(writer.plan().unwrap(), "orders");
}

#[test]
fn changed_sees_other_consoles_commits_and_not_ones_own() {
    let (_folder, path) = place();
    let (mut ada, mut ben) = (open(&path, "a"), open(&path, "b"));
    assert!(!ben.changed().unwrap());
    ada.append(0, &[note("1")], at(1)).unwrap();
    assert!(ben.changed().unwrap());
    assert!(!ben.changed().unwrap(), "once");
    assert!(!ada.changed().unwrap(), "its own are no news");
    ada.checkpoint().unwrap();
    assert_eq!(ben.after(0, 10).unwrap().len(), 1);
}

#[test]
fn files_are_private_and_the_folder_is_made() {
    let (_folder, path) = place();
    let mut writer = open(&path, "a");
    writer.append(0, &[note("1")], at(1)).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&path.with_file_name("orders.db-wal")), 0o600);
    let names: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains(".new-")), "{names:?}");
}

#[test]
fn the_file_itself_refuses_changes_from_any_program() {
    let (_folder, path) = place();
    let mut writer = open(&path, "a");
    writer.append(0, &[note("1"), note("2")], at(1)).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    let row = "incident, recorded, happened, who, console, kind, version, body, prev, hash FROM records WHERE seq =";
    for (what, sql) in [
        ("never changed", "UPDATE records SET who = 'x' WHERE seq = 1".to_owned()),
        ("never removed", "DELETE FROM records WHERE seq = 2".to_owned()),
        ("at the end", format!("INSERT OR REPLACE INTO records SELECT 1, {row} 2")),
        ("at the end", format!("INSERT INTO records SELECT 7, {row} 2")),
        ("at the end", format!("INSERT INTO records SELECT NULL, {row} 2")),
        ("follow the newest", format!("INSERT INTO records SELECT 3, {row} 1")),
        ("meta is fixed", "UPDATE meta SET value = 'x'".to_owned()),
        ("meta is fixed", "DELETE FROM meta".to_owned()),
        ("meta is fixed", "INSERT OR REPLACE INTO meta VALUES ('plan', 'x')".to_owned()),
    ] {
        let error = other.execute(&sql, []).unwrap_err().to_string();
        assert!(error.contains(what), "{sql}: {error}");
    }
    assert_good(&path, 2);
}

#[test]
fn what_is_no_journal_of_this_plan_is_refused_in_words() {
    let (_folder, path) = place();
    drop(open(&path, "a"));
    let refused = |path: &Path| Writer::open(path, "orders", &"b".into(), "Ben", at(0)).unwrap_err().to_string();
    let beside = |name: &str| path.with_file_name(name);

    let other = Writer::open(&path, "shop", &"b".into(), "Ben", at(0)).unwrap_err().to_string();
    assert!(other.contains("`orders`") && other.contains("`shop`") && other.contains("--journal"), "{other}");

    std::fs::write(beside("text.db"), "x".repeat(500)).unwrap();
    assert!(refused(&beside("text.db")).contains("no SQLite file"));
    std::fs::write(beside("empty.db"), "").unwrap();
    assert!(refused(&beside("empty.db")).contains("empty file"));
    std::fs::create_dir(beside("folder.db")).unwrap();
    assert!(refused(&beside("folder.db")).contains("it is a folder"));

    let foreign = beside("foreign.db");
    let sql = "PRAGMA application_id = 7; CREATE TABLE t (x); INSERT INTO t VALUES (1);";
    rusqlite::Connection::open(&foreign).unwrap().execute_batch(sql).unwrap();
    let before = std::fs::read(&foreign).unwrap();
    let words = refused(&foreign);
    assert!(words.contains("foreign.db") && words.contains("another program (application id 0x00000007)"), "{words}");
    assert_eq!(std::fs::read(&foreign).unwrap(), before, "and left as it was");

    std::fs::copy(&path, beside("linked.db")).unwrap();
    std::fs::hard_link(beside("linked.db"), beside("again.db")).unwrap();
    assert!(refused(&beside("linked.db")).contains("2 names"));
}

#[test]
fn a_journal_of_a_newer_lifeboat_is_refused_in_words() {
    let (_folder, path) = place();
    let mut writer = open(&path, "a");
    writer.append(0, &[note("1")], at(1)).unwrap();
    drop(writer);
    let change = |sql: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let newer = |error: JournalError, what: &str| {
        let text = error.to_string();
        assert!(text.contains("newer Lifeboat") && text.contains(what) && text.contains("orders.db"), "{text}");
    };

    let add = |kind: &str, version: i64, body: &str| {
        change(&format!(
            "INSERT INTO records SELECT 2, incident, recorded, happened, who, console, '{kind}', {version}, '{body}', hash, 'x' FROM records WHERE seq = 1"
        ));
        let answer = Reader::open(&path).unwrap().after(0, 10).unwrap_err();
        change(
            "DROP TRIGGER records_are_never_removed; DELETE FROM records WHERE seq = 2; CREATE TRIGGER records_are_never_removed BEFORE DELETE ON records BEGIN SELECT RAISE(ABORT, 'x'); END",
        );
        answer
    };
    newer(
        add("teleported", 1, r#"{"teleported":{"to":"mars"}}"#),
        "record 2 is of a kind that this Lifeboat does not know: `teleported`",
    );
    newer(add("noted", 2, r#"{"noted":{"text":"x"}}"#), "version 2");
    let broken = add("noted", 1, r#"{"noted":{"text":"#).to_string();
    assert!(broken.contains("record 2") && broken.contains("cannot be understood"), "{broken}");
    let wrong = add("held", 1, r#"{"noted":{"text":"x"}}"#).to_string();
    assert!(wrong.contains("calls itself `held` but holds `noted`"), "{wrong}");

    change("PRAGMA user_version = 2");
    newer(Writer::open(&path, "orders", &"b".into(), "Ben", at(0)).unwrap_err(), "its format is 2");
    newer(Reader::open(&path).unwrap_err(), "its format is 2");
}

#[test]
fn consoles_that_come_by_different_links_see_each_other() {
    let (folder, path) = place();
    let ada = open(&path, "a");
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let ben = open(&link, "b");
    assert_eq!(ben.path(), ada.path());
    assert_eq!(ben.alive().unwrap(), [(ConsoleId::from("a"), "person at a".to_owned())]);
    assert!(!ben.is_dead(&"a".into()).unwrap());
}

#[test]
fn threads_that_race_never_fork_the_chain() {
    let (_folder, path) = place();
    let threads: Vec<_> = (0..4)
        .map(|n| {
            let path = path.clone();
            // They race to create it, too.
            std::thread::spawn(move || append_many(&path, &format!("t{n}"), 25))
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_raced(&path, &["t0", "t1", "t2", "t3"], 25);
}

#[test]
fn processes_that_race_never_fork_the_chain() {
    let (_folder, path) = place();
    let mut children: Vec<_> = ["p0", "p1", "p2"].iter().map(|name| child("race", name, &path)).collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert_raced(&path, &["p0", "p1", "p2"], 25);
}

/// Appends `many` notes one by one, reading on after every conflict.
fn append_many(path: &Path, name: &str, many: usize) {
    let mut writer = open(path, name);
    let mut newest = 0;
    for n in 0..many {
        let one = Draft { who: Actor::new(name, name), ..note(&format!("{name} {n}")) };
        loop {
            match writer.append(newest, std::slice::from_ref(&one), at(n as i64)) {
                Ok(records) => {
                    newest = records[0].seq;
                    break;
                }
                Err(AppendError::Conflict { newest: now }) => newest = now,
                Err(AppendError::Failed(error)) => panic!("{error}"),
            }
        }
    }
}

fn assert_raced(path: &Path, names: &[&str], many: usize) {
    assert_good(path, (names.len() * many) as u64);
    let records = Reader::open(path).unwrap().after(0, 10_000).unwrap();
    for name in names {
        let own: Vec<_> = records.iter().filter(|record| record.who.name == *name).map(|record| record.event.clone()).collect();
        let wanted: Vec<_> = (0..many).map(|n| Event::Noted { text: format!("{name} {n}") }).collect();
        assert_eq!(own, wanted, "each once and in its own order");
    }
}

#[test]
fn r07_a_killed_console_is_dead_and_a_living_one_is_not() {
    let (_folder, path) = place();
    let writer = open(&path, "a");
    let other = ConsoleId::from("p0");
    let mut killed = child("hold", "p0", &path);
    let mut lines = BufReader::new(killed.stdout.as_mut().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("durable 1")));

    assert!(!writer.is_dead(&other).unwrap());
    assert_eq!(writer.alive().unwrap(), [(other.clone(), "person at p0".to_owned())]);
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(writer.is_dead(&other).unwrap());
    assert_eq!(writer.alive().unwrap(), []);
    assert_eq!(writer.head().unwrap().unwrap().seq, 1, "what it was told is durable is there");
    assert_good(&path, 1);
    let mut writer = writer;
    writer.append(1, &[note("the others go on")], at(9)).unwrap();
}

/// Starts this test binary again, as another console.
fn child(does: &str, name: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "as_a_console_of_its_own", "--nocapture", "--test-threads=1"])
        .envs([("JOURNAL_CHILD", does), ("JOURNAL_CONSOLE", name)])
        .env("JOURNAL_PATH", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What the children run; by itself it does nothing.
#[test]
fn as_a_console_of_its_own() {
    let Ok(does) = std::env::var("JOURNAL_CHILD") else { return };
    let name = std::env::var("JOURNAL_CONSOLE").unwrap();
    let path = PathBuf::from(std::env::var_os("JOURNAL_PATH").unwrap());
    if does == "race" {
        return append_many(&path, &name, 25);
    }
    let mut writer = open(&path, &name);
    let record = writer.append(0, &[note("before the kill")], at(1)).unwrap();
    println!("\ndurable {}", record[0].seq);
    std::io::stdout().flush().unwrap();
    // Until it is killed, or its parent is gone.
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

#[test]
fn opening_reads_only_what_is_open_however_long_the_journal_is() {
    let (_folder, path) = place();
    let mut writer = open(&path, "a");
    let of = |n: u64, event: Event| Draft { incident: IncidentId::numbered(n), ..draft(event) };
    let mut newest = 0;
    for n in 1..=20 {
        let mut drafts = vec![of(n, Event::Noted { text: "long ago".into() }); 500];
        drafts[0] = of(n, declared());
        if n != 7 {
            drafts[499] = of(n, Event::Closed { resolution: lifeboat::incident::Resolution::Resolved, why: "done".into() });
        }
        newest = writer.append(newest, &drafts, at(1)).unwrap().last().unwrap().seq;
    }
    assert_eq!(writer.open_incidents().unwrap(), [IncidentId::numbered(7)]);
    assert_eq!(writer.incidents().unwrap().len(), 20);
    drop(writer);
    // The questions of a start go by an index, never through the table.
    let connection = rusqlite::Connection::open(&path).unwrap();
    for sql in [
        "SELECT incident, kind, max(seq) FROM records WHERE kind IN ('declared', 'closed', 'reopened') GROUP BY incident",
        "SELECT * FROM records WHERE incident = 'INC-0007' ORDER BY seq",
        "SELECT min(incident) FROM records WHERE incident > 'INC-0007'",
    ] {
        let mut query = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let plan: Vec<String> = query.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        let plan = plan.join("; ");
        assert!(plan.contains("INDEX records_") && !plan.contains("TEMP B-TREE"), "{sql}: {plan}");
    }
}
