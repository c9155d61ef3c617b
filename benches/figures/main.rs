//! Every figure that Lifeboat is held to, beside its floor in the same run:
//!
//!     cargo bench --bench figures [-- appends] [paint] [keys] [storm] [DIR]
//!
//! Without words, all four. Appends are measured on the disk that holds DIR, by default the working directory.
#![allow(clippy::disallowed_methods, reason = "a benchmark measures real time")]

mod appends;
mod backends;
#[path = "../support/bare.rs"]
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
mod lines;
mod paint;
#[path = "../../tests/hostile/postgres_answers.rs"]
mod postgres_answers;
#[path = "../../tests/hostile/postgres_server.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod postgres_server;
#[path = "../support/programs.rs"]
mod programs;
#[path = "../../tests/hostile/prometheus_speech.rs"]
mod prometheus_speech;
#[path = "../support/pty.rs"]
mod pty;
#[path = "../../tests/hostile/redis_server.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod redis_server;
#[path = "../support/spread.rs"]
mod spread;
mod storm;
#[path = "../support/typing.rs"]
mod typing;
#[path = "../support/world.rs"]
mod world;

use std::{env, error::Error, path::PathBuf};

const PARTS: [&str; 4] = ["appends", "paint", "keys", "storm"];

fn main() -> Result<(), Box<dyn Error>> {
    if programs::is_bare() {
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
