//! How long a durable record takes, beside the floor: 500 bytes appended to a growing file, and fdatasync.
//!
//! Both are measured in turns on the same disk, so that what else the disk has
//! to do meets both alike.

use std::{
    error::Error,
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use lifeboat::{
    incident::{Actor, Event},
    journal::{Draft, Writer},
    model::{Clock, IncidentId},
    systems::SystemClock,
};

use super::{
    lines::{heading, line, verdict},
    spread::Spread,
};

const TURNS: usize = 40;
const IN_A_TURN: usize = 50;
/// About what a record takes on disk beside its index entries.
const BYTES: usize = 500;

/// What a record may cost beside the raw append, as a factor.
const AIM: f64 = 1.5;

/// In a folder of its own in `dir`.
pub fn figures(dir: &Path) -> Result<(), Box<dyn Error>> {
    let scratch = Scratch::new(dir)?;
    let mut raw = Raw::new(&scratch)?;
    let mut journal = Journal::new(&scratch)?;
    let (mut floor, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        for _ in 0..IN_A_TURN {
            floor.push(timed(|| raw.append())?);
        }
        for _ in 0..IN_A_TURN {
            ours.push(timed(|| journal.append())?);
        }
        // As a console does when nothing waits for it.
        journal.writer.checkpoint()?;
    }
    heading(&format!("durable appends, {} each, in {}", TURNS * IN_A_TURN, dir.display()));
    let (floor, ours) = (Spread::of(floor), Spread::of(ours));
    line(&format!("raw: {BYTES} B to a growing file, fdatasync"), &floor);
    line("a record in the journal", &ours);
    let (middle, late) = (ours.p50 / floor.p50, ours.p99 / floor.p99);
    verdict(&format!("raw x {middle:.2} at p50, x {late:.2} at p99"), middle <= AIM && late <= AIM, &format!("raw x {AIM}"));
    Ok(())
}

fn timed(append: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let began = Instant::now();
    append()?;
    Ok(began.elapsed())
}

struct Raw(File);

impl Raw {
    fn new(scratch: &Scratch) -> Result<Self, Box<dyn Error>> {
        Ok(Self(OpenOptions::new().append(true).create_new(true).open(scratch.0.join("raw"))?))
    }
    fn append(&mut self) -> Result<(), Box<dyn Error>> {
        self.0.write_all(&[b'x'; BYTES])?;
        Ok(self.0.sync_data()?)
    }
}

struct Journal {
    writer: Writer,
    newest: u64,
}

impl Journal {
    fn new(scratch: &Scratch) -> Result<Self, Box<dyn Error>> {
        let writer = Writer::open(&scratch.0.join("journal.db"), "bench", &"bench".into(), "bench", SystemClock.now())?;
        Ok(Self { writer, newest: 0 })
    }
    fn append(&mut self) -> Result<(), Box<dyn Error>> {
        // With its names, times and two hashes such a record has some 500 bytes.
        let event = Event::Noted { text: "x".repeat(220) };
        let draft = Draft { incident: IncidentId::numbered(1), who: Actor::new("Ada", "bench"), happened: None, event };
        let records = self.writer.append(self.newest, &[draft], SystemClock.now())?;
        self.newest = records.last().map_or(self.newest, |record| record.seq);
        Ok(())
    }
}

/// A folder that goes with the run.
struct Scratch(PathBuf);

impl Scratch {
    fn new(dir: &Path) -> std::io::Result<Self> {
        let path = dir.join(format!(".lifeboat-bench-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
