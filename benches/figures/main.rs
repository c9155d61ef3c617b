//! Every figure that Lifeboat is held to, beside its floor in the same run:
//!
//!     cargo bench --bench figures [-- appends] [paint] [keys] [storm] [DIR]
//!
//! Without words, all four. Appends are measured on the disk that holds DIR, by default the working directory.
#![allow(clippy::disallowed_methods, reason = "a benchmark measures real time")]

mod appends;
mod backends;
mod bare;
#[path = "../../tests/hostile/certificates.rs"]
mod certificates;
#[path = "../../tests/hostile/cluster.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod cluster;
#[path = "../../tests/hostile/den.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod den;
#[path = "../../tests/hostile/fault.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod fault;
mod history;
#[path = "../../tests/hostile/http.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod http;
#[path = "../../tests/hostile/hurry.rs"]
mod hurry;
mod keys;
mod paint;
#[path = "../../tests/hostile/postgres_answers.rs"]
mod postgres_answers;
#[path = "../../tests/hostile/postgres_server.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod postgres_server;
#[path = "../../tests/hostile/prometheus_speech.rs"]
mod prometheus_speech;
mod pty;
#[path = "../../tests/hostile/redis_server.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod redis_server;
mod spread;
mod storm;
#[path = "../support/world.rs"]
mod world;

use std::{env, error::Error, path::PathBuf};

use portable_pty::CommandBuilder;
use pty::Pty;

/// What this same program is where it is started as the floor.
const ROLE: &str = "LIFEBOAT_BENCH_ROLE";
const PARTS: [&str; 4] = ["appends", "paint", "keys", "storm"];

fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os(ROLE).is_some() {
        // Its terminal being gone is its usual end.
        let _ended = bare::run();
        return Ok(());
    }
    // Cargo passes `--bench`.
    let said: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let (parts, places): (Vec<_>, Vec<_>) = said.iter().partition(|word| PARTS.contains(&word.as_str()));
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|word| *word == part);
    let dir = places.first().map_or_else(env::current_dir, |dir| Ok(PathBuf::from(dir)))?;
    if wanted("appends") {
        appends::figures(&dir)?;
    }
    if wanted("paint") {
        paint::figures()?;
    }
    if wanted("keys") {
        keys::figures()?;
    }
    if wanted("storm") {
        storm::figures()?;
    }
    Ok(())
}

/// The bare program, not yet painted.
fn bare_program() -> Result<Pty, Box<dyn Error>> {
    let mut command = CommandBuilder::new(env::current_exe()?);
    command.env(ROLE, "bare");
    Ok(Pty::start(command))
}

/// The console on the plan and the journal in `folder`, not yet painted.
fn console(folder: &std::path::Path) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(["--as", "Ada", "--plan"]);
    command.arg(folder);
    command.arg("--journal");
    command.arg(folder.join("journal.db"));
    command.env("HOME", folder);
    Pty::start(command)
}
