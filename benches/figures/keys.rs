//! From a key to what it paints, in a real pseudo-terminal: the console with a long journal while every backend answers,
//! hangs, or floods, and a bare ratatui program meanwhile, key by key in turns.

use std::error::Error;

use super::{
    backends::{self, Backends},
    fault::Fault,
    history,
    lines::{heading, line, verdict},
    programs::console,
    pty,
    typing::in_turns,
};

const KEYS: usize = 2_000;
/// What a key may cost beside the bare program, in milliseconds.
const AIM: f64 = 2.0;

pub fn figures() -> Result<(), Box<dyn Error>> {
    heading(&format!("key to paint, {KEYS} keys each in turns, {}x{}", pty::COLUMNS, pty::ROWS));
    let cases = [
        ("every backend answers", None),
        ("every backend hangs", Some(Fault::Silent)),
        ("every backend floods", Some(Fault::Endless)),
    ];
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    for (name, fault) in cases {
        let folder = tempfile::tempdir()?;
        let backends = runtime.block_on(Backends::open(fault));
        backends.plan(folder.path());
        history::write(&folder.path().join("journal.db"), backends::PLAN)?;
        let (floor, spread) = in_turns(console(folder.path()), backends::PLAN, KEYS)?;
        line(&format!("the console, {name}"), &spread);
        line("a bare ratatui program meanwhile", &floor);
        let more = spread.p99 - floor.p99;
        let what = format!("bare + {more:.2} ms at p99, {} requests met", backends.asked());
        verdict(&what, more <= AIM, &format!("bare + {AIM} ms"));
        assert!(backends.asked() > 0, "the backends were never asked: nothing was measured");
    }
    Ok(())
}
