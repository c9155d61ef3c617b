//! Viewers look on without a trace: no file beside the journal, no write, also where they may not write.

mod support;

use std::{
    collections::BTreeMap,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

use lifeboat::{
    journal::{JournalError, Read, Reader, Writer, verify},
    model::ConsoleId,
};
use support::records::{at, note};

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state of orders?#100%/ünïcode.db");
    (folder, path)
}

fn open(path: &Path) -> Writer {
    Writer::open(path, "orders", &ConsoleId::from("a"), "Ada", at(0)).unwrap()
}

fn add(writer: &mut Writer, many: usize) {
    for _ in 0..many {
        let newest = writer.head().unwrap().map_or(0, |head| head.seq);
        writer.append(newest, &[note("more")], at(1)).unwrap();
    }
}

fn count(reader: &Reader) -> usize {
    reader.after(0, 10_000).unwrap().len()
}

/// Every file of a folder with its bytes; of a `-shm` only the name, for there its readers' locks are noted.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = if path.is_dir() || name.ends_with("-shm") { vec![] } else { std::fs::read(&path).unwrap() };
        found.insert(name, bytes);
    }
    found
}

#[test]
fn r32_a_closed_journal_is_read_without_a_trace() {
    let (_folder, path) = place();
    let mut writer = open(&path);
    add(&mut writer, 3);
    let head = writer.head().unwrap();
    drop(writer);
    let before = files(path.parent().unwrap());
    assert!(!before.contains_key("ünïcode.db-wal"), "the log is gone with its last writer");
    let mut reader = Reader::open(&path).unwrap();
    assert_eq!(count(&reader), 3);
    assert_eq!(reader.head().unwrap(), head);
    assert!(!reader.changed().unwrap());
    assert!(verify(&path, Some(&head.unwrap().to_string())).unwrap().is_good());
    assert_eq!(files(path.parent().unwrap()), before);
    drop(reader);
    assert_eq!(files(path.parent().unwrap()), before);
}

#[test]
fn r32_a_viewer_follows_a_writer_that_comes_and_goes() {
    let (_folder, path) = place();
    drop(open(&path));
    let mut reader = Reader::open(&path).unwrap();
    assert_eq!(count(&reader), 0);
    for round in 1..=5 {
        let mut writer = open(&path);
        add(&mut writer, 2);
        assert!(reader.changed().unwrap(), "round {round}");
        assert!(!reader.changed().unwrap());
        assert_eq!(count(&reader), round * 4 - 2);
        add(&mut writer, 1);
        assert_eq!(count(&reader), round * 4 - 1);
        add(&mut writer, 1);
        writer.checkpoint().unwrap();
        assert!(reader.changed().unwrap());
        assert_eq!(count(&reader), round * 4);
        drop(writer);
        assert_eq!(count(&reader), round * 4, "after its writer has gone");
    }
    assert!(verify(&path, None).unwrap().is_good());
}

#[test]
fn r32_viewers_never_break_the_writer() {
    let (_folder, path) = place();
    let mut writer = open(&path);
    let start = files(path.parent().unwrap()).into_keys().collect::<Vec<_>>();
    for n in 0..20 {
        let reader = Reader::open(&path).unwrap();
        assert_eq!(count(&reader), n);
        add(&mut writer, 1);
        assert_eq!(count(&reader), n + 1);
        assert_eq!(files(path.parent().unwrap()).into_keys().collect::<Vec<_>>(), start);
    }
}

#[test]
fn r32_a_log_without_its_shared_memory_is_read_from_a_copy() {
    let (_folder, path) = place();
    let mut writer = open(&path);
    add(&mut writer, 3);
    // As a backup that left the shared memory out, with everything still in the log.
    let saved = path.with_file_name("saved");
    std::fs::create_dir(&saved).unwrap();
    let copy = saved.join("orders.db");
    std::fs::copy(&path, &copy).unwrap();
    std::fs::copy(path.with_file_name("ünïcode.db-wal"), saved.join("orders.db-wal")).unwrap();
    for file in ["orders.db", "orders.db-wal"] {
        std::fs::set_permissions(saved.join(file), std::fs::Permissions::from_mode(0o400)).unwrap();
    }
    let before = files(&saved);
    let mut reader = Reader::open(&copy).unwrap();
    assert_eq!(count(&reader), 3);
    assert!(!reader.changed().unwrap());
    assert!(verify(&copy, None).unwrap().is_good());
    assert_eq!(files(&saved), before);
}

#[test]
fn r32_what_a_killed_writer_left_is_read_as_it_is() {
    let (_folder, path) = place();
    let mut writer = open(&path);
    add(&mut writer, 3);
    let saved = path.with_file_name("saved");
    std::fs::create_dir(&saved).unwrap();
    for end in ["", "-wal", "-shm"] {
        std::fs::copy(path.with_file_name(format!("ünïcode.db{end}")), saved.join(format!("orders.db{end}"))).unwrap();
    }
    let before = files(&saved);
    assert_eq!(count(&Reader::open(&saved.join("orders.db")).unwrap()), 3);
    assert_eq!(files(&saved), before);
}

#[test]
fn a_viewer_reads_while_a_writer_writes() {
    let (_folder, path) = place();
    let mut writer = open(&path);
    let writing = std::thread::spawn(move || {
        for n in 0..150 {
            add(&mut writer, 1);
            if n % 40 == 39 {
                writer.checkpoint().unwrap();
            }
        }
    });
    let mut reader = Reader::open(&path).unwrap();
    let mut seen = 0;
    while seen < 150 {
        let finished = writing.is_finished();
        let records = reader.after(seen, 10_000).unwrap();
        assert!(records.iter().map(|record| record.seq).eq(seen + 1..=seen + records.len() as u64), "no gap, no repeat");
        seen += records.len() as u64;
        assert!(seen == 150 || !finished, "stands still at {seen}");
        reader.changed().unwrap();
    }
    writing.join().unwrap();
}

#[test]
fn r32_a_viewer_may_look_where_it_may_not_write() {
    let (folder, path) = place();
    let mut writer = open(&path);
    add(&mut writer, 3);
    if rustix::process::geteuid().is_root() {
        // Root may always write: look as nobody, into what everybody may read.
        let open_up = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        for end in ["", "-wal", "-shm"] {
            open_up(&path.with_file_name(format!("ünïcode.db{end}")), 0o644);
        }
        open_up(folder.path(), 0o755);
        open_up(path.parent().unwrap(), 0o755);
        look_as_nobody(folder.path(), &path, 3);
        add(&mut writer, 1);
        look_as_nobody(folder.path(), &path, 4);
        drop(writer);
        look_as_nobody(folder.path(), &path, 4);
    } else {
        std::fs::set_permissions(path.parent().unwrap(), std::fs::Permissions::from_mode(0o500)).unwrap();
        let seen = count(&Reader::open(&path).unwrap());
        std::fs::set_permissions(path.parent().unwrap(), std::fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(seen, 3);
    }
}

fn look_as_nobody(folder: &Path, path: &Path, wanted: usize) {
    // Where this binary lies nobody may not be allowed to go.
    let program = folder.join("viewer");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let output = Command::new(&program)
        .args(["--exact", "as_a_viewer_of_its_own", "--nocapture"])
        .current_dir("/")
        .env("JOURNAL_PATH", path)
        .env("JOURNAL_WANTED", wanted.to_string())
        .uid(65_534)
        .gid(65_534)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("looked"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// What the child runs; by itself it does nothing.
#[test]
fn as_a_viewer_of_its_own() {
    let Some(path) = std::env::var_os("JOURNAL_PATH").map(PathBuf::from) else { return };
    assert!(std::fs::write(path.with_file_name("test"), "x").is_err(), "this test is about a folder that cannot be written");
    assert_eq!(count(&Reader::open(&path).unwrap()).to_string(), std::env::var("JOURNAL_WANTED").unwrap());
    let refused = Writer::open(&path, "orders", &"n".into(), "Nobody", at(0)).unwrap_err();
    assert!(matches!(refused, JournalError::ReadOnly { .. }) && refused.to_string().contains("--read-only"), "{refused}");
    println!("\nlooked");
}

#[test]
fn what_is_not_there_or_no_journal_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let words = Reader::open(&path).unwrap_err().to_string();
    assert!(words.contains("there is no journal") && words.contains("orders.db"), "{words}");
    let foreign = rusqlite::Connection::open(&path).unwrap();
    foreign.execute_batch("CREATE TABLE records (seq INTEGER PRIMARY KEY)").unwrap();
    drop(foreign);
    let words = Reader::open(&path).unwrap_err().to_string();
    assert!(words.contains("SQLite file of another program"), "{words}");
    std::os::unix::fs::symlink(folder.path().join("nowhere"), folder.path().join("link")).unwrap();
    assert!(matches!(Reader::open(&folder.path().join("link")), Err(JournalError::Missing { .. })));
    assert!(matches!(
        Writer::open(&folder.path().join("link"), "orders", &"a".into(), "Ada", at(0)),
        Err(JournalError::Missing { .. })
    ));
}
