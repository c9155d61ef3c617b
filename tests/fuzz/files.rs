//! A journal's file with bytes of it changed: what is called good is what was written.

use std::fs;

use lifeboat::{
    incident::Record,
    journal::{Draft, Read, Reader, Writer, verify},
};

use super::{
    engine::fuzz,
    support::records::{actor, at, incident, story},
};

/// The story, written; the file's bytes, its head, and what it says.
fn written() -> (Vec<u8>, String, Vec<Record>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("good.db");
    let mut writer = Writer::open(&path, "orders", &"console-ada".into(), "Ada", at(0)).unwrap();
    let drafts: Vec<_> = story()
        .0
        .into_iter()
        .map(|record| Draft { incident: incident(), who: actor("Ada"), happened: record.happened, event: record.event })
        .collect();
    let records = writer.append(0, &drafts, at(1)).unwrap();
    writer.checkpoint().unwrap();
    drop(writer);
    let head = verify(&path, None).unwrap().head.unwrap().to_string();
    (fs::read(&path).unwrap(), head, records)
}

#[test]
fn a_changed_file_is_never_called_good_unless_it_says_what_was_written() {
    let (bytes, head, records) = written();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.db");
    fuzz("file", vec![bytes], 200, |bytes| {
        for beside in ["", "-wal", "-shm"] {
            let _none_yet = fs::remove_file(folder.path().join(format!("changed.db{beside}")));
        }
        fs::write(&path, bytes).unwrap();
        let verified = verify(&path, Some(&head));
        let read = Reader::open(&path).and_then(|reader| reader.after(0, 10_000));
        let safe = |text: &str| !text.chars().any(|c| c.is_control() && c != '\n');
        match (verified, read) {
            (Ok(seen), Ok(read)) if seen.findings.is_empty() => assert_eq!(read, records, "called good"),
            (Ok(seen), Err(error)) => assert!(!seen.findings.is_empty(), "called good, but {error}"),
            (Ok(seen), Ok(_)) => assert!(seen.findings.iter().all(|found| safe(&found.text)), "{:?}", seen.findings),
            (Err(error), _) => assert!(safe(&error.to_string()), "{error}"),
        }
    });
}
