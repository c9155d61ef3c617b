//! From starting the program to its first whole screen: the console with a long journal while every backend hangs, beside a
//! bare ratatui program, in turns.

use std::{
    error::Error,
    path::Path,
    time::{Duration, Instant},
};

use super::{
    backends::Backends,
    fault::Fault,
    history,
    lines::{heading, line, verdict},
    programs::{bare_program, console},
    pty::Pty,
    spread::Spread,
};

const TURNS: usize = 40;
/// What stands in the line before the bare program's last once it has painted.
const LAST_OF_BARE: &str = "BARE line 38";
/// What the first screen may cost beside the bare program's, in milliseconds.
const AIM: f64 = 10.0;

pub fn figures() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (short, long) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let backends = runtime.block_on(Backends::open(Some(Fault::Silent)));
    for folder in [&short, &long] {
        backends.plan(folder.path());
    }
    history::write(&long.path().join("journal.db"), super::backends::PLAN)?;
    let (mut floor, mut empty, mut full) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        floor.push(first_paint(bare_program, LAST_OF_BARE)?);
        clear(short.path());
        empty.push(first_paint(|| Ok(console(short.path())), "help")?);
        full.push(first_paint(|| Ok(console(long.path())), "it goes on")?);
    }
    heading(&format!("first paint, {TURNS} starts each"));
    let floor = Spread::of(floor);
    line("a bare ratatui program", &floor);
    line("the console, no journal yet, every backend hangs", &Spread::of(empty));
    let full = Spread::of(full);
    let events = history::INCIDENTS * history::EVENTS as u64;
    line(&format!("the console, a journal of {events} events, the same"), &full);
    let more = full.p50 - floor.p50;
    verdict(&format!("bare + {more:.1} ms at p50"), more <= AIM, &format!("bare + {AIM} ms"));
    Ok(())
}

/// Nothing is there before the first start.
fn clear(folder: &Path) {
    for beside in ["journal.db", "journal.db-wal", "journal.db-shm", "journal.db.consoles"] {
        let _gone = std::fs::remove_file(folder.join(beside));
    }
}

/// Until the screen shows `last`, which stands at its end.
fn first_paint(program: impl FnOnce() -> Result<Pty, Box<dyn Error>>, last: &str) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    let pty = program()?;
    Ok(pty.sees(last) - started)
}
