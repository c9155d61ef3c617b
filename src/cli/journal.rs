//! `lifeboat journal`: the evidence, and going on in another file.

use std::{io::Write, path::Path};

use super::exit;
use crate::{
    incident::Actor,
    journal::{self, Continuation, Verification},
    model::{Clock, ConsoleId},
    systems::SystemClock,
};

/// Verifies the journal at `path`, against the head `SEQ:HASH` if one was kept. Prints to `out`, and says to `err` what
/// keeps it from it. Gives the exit code: bad news is that something was changed.
pub fn verify(path: &Path, head: Option<&str>, json: bool, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let seen = match journal::verify(path, head) {
        Ok(seen) => seen,
        Err(error) => return exit::refused(&error, err),
    };
    let good = seen.is_good();
    let told = if json { print(&Told { good, seen: &seen, before: None }, out) } else { words(&seen, out) };
    exit::printed(told.and_then(|()| out.flush()), code(good), err)
}

/// The same, together with the file `before` that it continues.
pub fn verify_across(path: &Path, before: &Path, head: Option<&str>, json: bool, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let (old, new) = match journal::verify_across(path, before, head) {
        Ok(seen) => seen,
        Err(error) => return exit::refused(&error, err),
    };
    let good = old.is_good() && new.is_good();
    let told = if json {
        let before = Told { good: old.is_good(), seen: &old, before: None };
        print(&Told { good, seen: &new, before: Some(Box::new(before)) }, out)
    } else {
        words(&old, out).and_then(|()| words(&new, out))
    };
    exit::printed(told.and_then(|()| out.flush()), code(good), err)
}

/// Prints the journal at `path` as JSON lines, the head last. It judges nothing.
pub fn export(path: &Path, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    match journal::export(path, out) {
        Ok(_) => exit::GOOD,
        Err(error) => exit::refused(&error, err),
    }
}

/// Goes on from the journal at `path` in the new file `to`, in the name of `who`. Gives the exit code.
pub fn go_on(path: &Path, to: &Path, who: &str, despite: Option<&str>, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let actor = Actor::new(who, ConsoleId::from(uuid::Uuid::now_v7().to_string()));
    match journal::go_on(path, to, &actor, despite, SystemClock.now()) {
        Ok(done) => {
            if !done.marked {
                // The words are only a help; the answer stands without them.
                let _ = writeln!(
                    err,
                    "lifeboat: the old file could not be marked: tell everybody to open {} and no longer {}",
                    done.to.display(),
                    done.from.display()
                );
            }
            exit::printed(continued(&done, out).and_then(|()| out.flush()), exit::GOOD, err)
        }
        Err(error) => exit::refused(&error, err),
    }
}

fn continued(done: &Continuation, out: &mut dyn Write) -> std::io::Result<()> {
    let proven = done.proven.seq;
    writeln!(out, "continued in {}: {} of {}", done.to.display(), records(proven), done.from.display())?;
    if let Some(damage) = &done.damage {
        writeln!(
            out,
            "after record {proven} the old file is damaged: {} carried over, which nothing proves",
            records(damage.carried)
        )?;
        if !damage.missing.is_empty() {
            writeln!(out, "NOT READABLE THERE, and missing here: {}", damage.missing)?;
        }
    }
    writeln!(out, "head {}", done.head)?;
    writeln!(out, "go on with: lifeboat --journal {}", done.to.display())
}

#[derive(serde::Serialize)]
struct Told<'a> {
    good: bool,
    #[serde(flatten)]
    seen: &'a Verification,
    /// The file that it continues, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Box<Told<'a>>>,
}

fn print(told: &Told<'_>, out: &mut dyn Write) -> std::io::Result<()> {
    serde_json::to_string_pretty(told).map_err(std::io::Error::from).and_then(|text| writeln!(out, "{text}"))
}

fn code(good: bool) -> u8 {
    if good { exit::GOOD } else { exit::BAD_NEWS }
}

fn records(n: u64) -> String {
    if n == 1 { "1 record".to_owned() } else { format!("{n} records") }
}

fn words(seen: &Verification, out: &mut dyn Write) -> std::io::Result<()> {
    for finding in &seen.findings {
        writeln!(out, "{}", finding.text)?;
    }
    if seen.more > 0 {
        writeln!(out, "and {} more", seen.more)?;
    }
    for joint in &seen.joints {
        writeln!(out, "record {} continues {} after its record {}", joint.seq, joint.from, joint.head.seq)?;
        if let Some(unproven) = joint.unproven {
            writeln!(
                out,
                "that file was damaged: the {} after record {} are carried over, and nothing proves them",
                records(unproven),
                joint.seq
            )?;
        }
    }
    let verdict = if seen.is_good() { "good" } else { "NOT GOOD" };
    writeln!(out, "{verdict}: {} of the plan {} in {}", records(seen.records), seen.plan, seen.path.display())?;
    if let Some(head) = &seen.head {
        writeln!(out, "head {head}")?;
    }
    if seen.is_good() {
        match &seen.given {
            Some(given) => writeln!(out, "the head you gave ({}) is in it: nothing up to there was cut off", given.seq)?,
            None => writeln!(out, "without --head from elsewhere it cannot be seen whether records were cut off at the end")?,
        }
    }
    if let Some(to) = journal::continued_in(&seen.path) {
        writeln!(out, "it was continued in {}", to.display())?;
    }
    Ok(())
}
