//! Files that are no journal, or not one for this program: each command says what it is and what to do.

use std::{
    fs,
    path::{Path, PathBuf},
};

use lifeboat::journal::{Writer, verify};

use super::{
    made::{commands, continued, noted},
    site::Site,
    support::records::at,
};

struct Stranger {
    path: PathBuf,
    code: u8,
    words: &'static [&'static str],
}

fn strangers(folder: &Path) -> Vec<Stranger> {
    let of = |name: &str, code, words| Stranger { path: folder.join(name), code, words };
    let text = of("notes.txt", 3, &["notes.txt is not a journal of Lifeboat: it is no SQLite file", "--journal"]);
    fs::write(&text.path, "what happened last night\n".repeat(50)).unwrap();
    let short = of("short.db", 3, &["short.db is not a journal of Lifeboat: it is no SQLite file"]);
    fs::write(&short.path, "SQLite format 3\0").unwrap();
    let empty = of("empty.db", 3, &["empty.db is an empty file, not a journal: remove it", "--journal"]);
    fs::write(&empty.path, "").unwrap();
    let other =
        of("firefox.db", 3, &["firefox.db is not a journal of Lifeboat: it is a SQLite file of another program", "--journal"]);
    let db = rusqlite::Connection::open(&other.path).unwrap();
    db.execute_batch("CREATE TABLE records (seq INTEGER PRIMARY KEY); INSERT INTO records VALUES (1)").unwrap();
    let newer = of(
        "newer.db",
        3,
        &["newer.db was written by a newer Lifeboat (its format is 2, this Lifeboat knows 1)", "use that version"],
    );
    drop(noted(&newer.path, 3));
    rusqlite::Connection::open(&newer.path).unwrap().execute_batch("PRAGMA user_version = 2").unwrap();
    let nowhere = of("nowhere.db", 3, &["there is no journal", "nowhere.db: look at the path"]);
    let inside = of("folder.db", 3, &["folder.db is not a journal of Lifeboat: it is a folder"]);
    fs::create_dir(&inside.path).unwrap();
    vec![text, short, empty, other, newer, nowhere, inside]
}

#[test]
fn r32_what_is_no_journal_is_said_by_every_command_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for Stranger { path, code, words } in strangers(folder.path()) {
        let before = fs::read(&path).ok();
        for (name, said) in commands(&path) {
            said.says(code, words);
            assert_eq!(said.out, "", "{name}");
        }
        let to = folder.path().join("on.db");
        continued(&path, &to, Some("no matter what")).says(code, words);
        assert!(!to.exists());
        if path.exists() {
            let refused = Writer::open(&path, "orders", &"a".into(), "Ada", at(0)).unwrap_err().to_string();
            assert!(words.iter().all(|word| refused.contains(word)), "{refused}");
        }
        assert_eq!(fs::read(&path).ok(), before);
    }
}

#[test]
fn r32_a_viewer_shows_the_world_beside_a_journal_of_a_newer_version() {
    let site = Site::quiet();
    site.ada_at_the_actions().ends();
    rusqlite::Connection::open(site.journal()).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
    let mut dee = site.viewer("Dee");
    dee.until_trouble("was written by a newer Lifeboat (its format is 9");
    dee.until("the world is on screen", |p| super::made::shows_the_world(p) && p.incident.is_none());
    // Mended, it is read at once.
    rusqlite::Connection::open(site.journal()).unwrap().execute_batch("PRAGMA user_version = 1").unwrap();
    dee.until("the incident is there", |p| p.book.is_some() && p.trouble.is_empty());
    dee.ends();
    assert!(verify(&site.journal(), None).unwrap().is_good());
}
