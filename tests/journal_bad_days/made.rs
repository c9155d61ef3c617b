//! Journals to do something to, and the commands as scripts use them.

use std::path::{Path, PathBuf};

use lifeboat::{
    cli,
    incident::{Actor, Event},
    journal::{Draft, Read, Reader, Writer, verify},
    model::ConsoleId,
    picture::Picture,
};

use crate::support::records::{at, every_event, note};

pub fn open(path: &Path, console: &str) -> Writer {
    Writer::open(path, "orders", &ConsoleId::from(console), &format!("person at {console}"), at(0)).unwrap()
}

/// A writer whose journal holds `many` notes, each appended by itself.
pub fn noted(path: &Path, many: u64) -> Writer {
    let mut writer = open(path, "a");
    for n in 1..=many {
        writer.append(n - 1, &[note(&format!("note number {n}"))], at(n as i64)).unwrap();
    }
    writer
}

/// A closed journal with some records of different kinds, one of them with a time of its own.
pub fn varied(folder: &Path) -> PathBuf {
    let path = folder.join("orders.db");
    let wanted = ["declared", "noted", "approved", "action_started", "part_ended", "confirmed", "released", "closed"];
    let events = every_event().into_iter().filter(|event| wanted.contains(&event.kind()));
    let mut drafts: Vec<_> = events.map(crate::support::records::draft).collect();
    drafts[2] = Draft { happened: Some(at(31)), ..drafts[2].clone() };
    open(&path, "a").append(0, &drafts, at(5)).unwrap();
    path
}

pub fn texts(path: &Path) -> Vec<String> {
    let records = Reader::open(path).unwrap().after(0, 100_000).unwrap();
    let text = |event: Event| match event {
        Event::Noted { text } => text,
        other => other.kind().to_owned(),
    };
    records.into_iter().map(|record| text(record.event)).collect()
}

pub fn head(path: &Path) -> String {
    Reader::open(path).unwrap().head().unwrap().unwrap().to_string()
}

#[track_caller]
pub fn assert_good(path: &Path, records: u64) {
    let seen = verify(path, None).unwrap();
    assert_eq!((seen.findings.as_slice(), seen.records), ([].as_slice(), records));
}

pub fn ada() -> Actor {
    Actor::new("Ada", "console-ada")
}

/// A command's exit code, and what it said on either stream.
#[derive(Debug)]
pub struct Said {
    pub code: u8,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(run: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>) -> u8) -> Self {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(&mut out, &mut err);
        Self { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
    }

    /// It ended with that code, and said all of these words on one of the streams.
    #[track_caller]
    pub fn says(&self, code: u8, words: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        let missing: Vec<_> = words.iter().filter(|word| !self.out.contains(**word) && !self.err.contains(**word)).collect();
        assert!(missing.is_empty(), "{missing:?} is not in: {self:?}");
    }
}

/// Every command that reads a journal, by its name.
pub fn commands(path: &Path) -> Vec<(&'static str, Said)> {
    vec![
        ("verify", Said::of(|out, err| cli::journal::verify(path, None, false, out, err))),
        ("export", Said::of(|out, err| cli::journal::export(path, out, err))),
        ("list", Said::of(|out, err| cli::incident::list(path, false, out, err))),
        ("report", Said::of(|out, err| cli::report::run(path, None, false, out, err))),
    ]
}

/// `journal continue`.
pub fn continued(path: &Path, to: &Path, despite: Option<&str>) -> Said {
    Said::of(|out, err| cli::journal::go_on(path, to, "Ada", despite, out, err))
}

/// What is known of services, data and systems is on screen, whatever the journal is like.
pub fn shows_the_world(picture: &Picture) -> bool {
    !picture.tiers.is_empty() && !picture.datasets.is_empty() && !picture.links.is_empty()
}
