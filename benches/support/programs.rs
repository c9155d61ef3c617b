//! The programs whose screens are measured, each in a terminal of its own.

use std::{env, error::Error, path::Path};

use portable_pty::CommandBuilder;

use super::pty::Pty;

/// What the benchmark itself is where it is started as the floor.
const ROLE: &str = "LIFEBOAT_BENCH_ROLE";

/// Whether this process was started by [`bare_program`].
pub fn is_bare() -> bool {
    env::var_os(ROLE).is_some()
}

/// The bare program, not yet painted.
pub fn bare_program() -> Result<Pty, Box<dyn Error>> {
    let mut command = CommandBuilder::new(env::current_exe()?);
    command.env(ROLE, "bare");
    Ok(Pty::start(command))
}

/// The console on the plan and the journal in `folder`, not yet painted.
pub fn console(folder: &Path) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(["--as", "Ada", "--plan"]);
    command.arg(folder);
    command.arg("--journal");
    command.arg(folder.join("journal.db"));
    command.env("HOME", folder);
    Pty::start(command)
}
