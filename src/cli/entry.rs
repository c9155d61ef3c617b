//! From the arguments to the command that carries them out.

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;

use super::{
    args::{Cli, Command, IncidentCommand, JournalArg, JournalCommand, PlanCommand, SchemaOf},
    console, demo, doctor, exit, incident, journal, manual, place, plan, report, status,
};
use crate::{plan::load, systems::catalogue};

/// The whole program.
pub fn main() -> ExitCode {
    leave_no_core();
    // One TLS provider for everything; a second call would only say that there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            // Help and version are no mistakes; the rest is wrong input.
            return ExitCode::from(if error.use_stderr() { exit::INPUT } else { exit::GOOD });
        }
    };
    ExitCode::from(run(cli))
}

/// Secrets are in memory while they are used: should this process crash, none of it is written to a file.
fn leave_no_core() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // Where it cannot be set, everything else goes on as it would.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

fn run(cli: Cli) -> u8 {
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    let code = match cli.command {
        None => {
            drop((out, err));
            return console::run(cli.console);
        }
        Some(Command::Demo(args)) => {
            drop((out, err));
            return demo::run(args);
        }
        Some(Command::Status(args)) => status::run(&args, &mut out, &mut err),
        Some(Command::Doctor(args)) => {
            let colour = has_colour(&out);
            doctor::run(&args, colour, &mut out, &mut err)
        }
        Some(Command::Plan { command: PlanCommand::Check { dir, json } }) => {
            let colour = has_colour(&out);
            plan::check(&dir, json, colour, &mut out, &mut err)
        }
        Some(Command::Plan { command: PlanCommand::Rules { dir, via, json } }) => {
            plan::rules(&dir, via.as_deref(), json, std::io::stderr().is_terminal(), &mut out, &mut err)
        }
        Some(Command::Plan { command: PlanCommand::Schema { of } }) => {
            let text = plan::schema(match of {
                SchemaOf::Plan => plan::Which::Plan,
                SchemaOf::Runbook => plan::Which::Runbook,
            });
            print(&text, &mut out, &mut err)
        }
        Some(Command::Incident { command: IncidentCommand::List { journal, json } }) => {
            with_journal(journal, &mut err, |path, err| incident::list(&path, json, &mut out, err))
        }
        Some(Command::Report { incident, journal, json }) => {
            with_journal(journal, &mut err, |path, err| report::run(&path, incident.as_deref(), json, &mut out, err))
        }
        Some(Command::Journal { command: JournalCommand::Verify { journal, head, before, json } }) => {
            let (head, before) = (head.as_deref(), before.as_deref());
            with_journal(journal, &mut err, |path, err| match before {
                None => journal::verify(&path, head, json, &mut out, err),
                Some(before) => journal::verify_across(&path, before, head, json, &mut out, err),
            })
        }
        Some(Command::Journal { command: JournalCommand::Continue { journal, to, despite_damage, name } }) => {
            let who = place::your_name(name);
            with_journal(journal, &mut err, |path, err| {
                journal::go_on(&path, &to, &who, despite_damage.as_deref(), &mut out, err)
            })
        }
        Some(Command::Journal { command: JournalCommand::Export { journal } }) => {
            with_journal(journal, &mut err, |path, err| journal::export(&path, &mut out, err))
        }
        Some(Command::Completions { shell }) => print(&manual::completions(shell), &mut out, &mut err),
        Some(Command::Man) => print(&manual::page(), &mut out, &mut err),
    };
    let _ = out.flush();
    code
}

fn has_colour(out: &impl IsTerminal) -> bool {
    out.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn print(text: &str, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    exit::printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()), exit::GOOD, err)
}

/// The journal that was named, or that of the plan.
fn with_journal(arg: JournalArg, err: &mut dyn Write, run: impl FnOnce(PathBuf, &mut dyn Write) -> u8) -> u8 {
    if let Some(path) = arg.journal {
        return run(path, err);
    }
    let Some(dir) = place::plan_dir(arg.plan) else {
        let _ = writeln!(
            err,
            "lifeboat: which journal? there is no plan here; name the journal by --journal FILE, or its plan by --plan DIR"
        );
        return exit::INPUT;
    };
    let loaded = load(&dir, &catalogue());
    let Some(plan) = loaded.plan else {
        let _ = writeln!(
            err,
            "lifeboat: the plan {} has errors: run `lifeboat plan check {0}`, or name the journal by --journal FILE",
            dir.display()
        );
        return exit::INPUT;
    };
    match place::journal_of(&plan) {
        Ok(path) => run(path, err),
        Err(error) => {
            let _ = writeln!(err, "lifeboat: where journals are kept cannot be told: {error}; name it by --journal FILE");
            exit::INPUT
        }
    }
}
