//! `command.run`: what it would run, and running it.

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    child::{self, Ended},
    command::{Command, quoted},
};
use crate::{
    model::{Call, Clock, Effect, Identity, Outcome, PartPreview, PartReport, Preview, Request, Time, Value, text::clean},
    systems::{
        action::{ActionFault, Inspect, Order, Perform, Progress},
        one_shot::{Once, OneShot},
    },
};

/// Lines of output that an outcome carries.
const WHY: usize = 5;

/// Looks at `call`. There is no undo to look at: what a program did only a person can take back.
pub fn inspect(call: &Call, plan_dir: &Path) -> Result<Box<dyn Inspect>, ActionFault> {
    Ok(Box::new(Look(Command::of(call, plan_dir)?)))
}

/// Does `call`.
pub fn perform(call: &Call, plan_dir: &Path) -> Result<Box<dyn Perform>, ActionFault> {
    Ok(Box::new(Once(Act(Command::of(call, plan_dir)?))))
}

struct Look(Command);
struct Act(Command);

/// This machine and the file that runs (RULES R14): the same words elsewhere are another target.
fn identity(command: &Command) -> Identity {
    let program = command.program().map_or_else(|| "not found".to_owned(), |path| clean(&path.to_string_lossy()));
    Identity::default().with("program", program).with("machine", machine())
}

fn machine() -> String {
    let said = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| {
        std::process::Command::new("uname").arg("-n").output().ok().map(|o| String::from_utf8_lossy(&o.stdout).into())
    });
    said.map(|name| clean(name.trim())).filter(|name| !name.is_empty()).unwrap_or_else(|| "this machine".into())
}

#[async_trait]
impl Inspect for Look {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let command = &self.0;
        let identity = identity(command);
        let target = command.target();
        let added: Vec<String> = command.added.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        let mut text = clean(&command.shown());
        text.push_str(&clean(&format!(" in {}", command.cwd.display())));
        if !added.is_empty() {
            text.push_str(&clean(&format!(" with {}", added.join(" "))));
        }
        if let Some(stdin) = &command.stdin {
            text.push_str(&format!(", reading {}", clean(&quoted(stdin))));
        }
        let mut warnings = Vec::new();
        if command.program().is_none() {
            warnings.push(clean(&command.no_program()));
        }
        warnings.extend(command.no_folder().map(|why| clean(&why)));
        let what = if command.reads_only {
            "runs a program that, the plan says, changes nothing"
        } else {
            "runs a program; what it changes only the program knows, and it cannot be read back"
        };
        let success =
            format!("exit code {} is success; after {} it is ended with all its children", command.expect, command.timeout);
        Ok(Preview {
            action: command.action.clone(),
            requests: vec![Request {
                to: format!("this machine, {}", identity.0.get("machine").map_or("", String::as_str)),
                text,
            }],
            identity,
            parts: vec![PartPreview { name: target.clone(), change: what.into(), before: None }],
            target,
            effects: vec![Effect { text: success, measure: None }],
            warnings,
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], _identity: &Identity, _since: Time, _clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        let cannot = Outcome::unknown("a command cannot be read back; look at what it was to do, then resolve it by hand");
        parts.iter().map(|part| PartReport::new(part, cannot.clone())).collect()
    }
}

#[async_trait]
impl OneShot for Act {
    const WHAT: &'static str = "command";

    async fn go(
        &self,
        order: &Order,
        part: &str,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> PartReport {
        let command = &self.0;
        let moved = identity(command).differences(&order.identity, &[]);
        if !moved.is_empty() {
            return PartReport::new(
                part,
                Outcome::failed(format!("nothing was run: not what was agreed to: {}", moved.join("; "))),
            );
        }
        if stop.is_cancelled() {
            return PartReport::new(part, Outcome::failed("stopped before it was run"));
        }
        let (ended, output) = child::run(command, |line| progress.say(part, line), clock, stop).await;
        let said = output.tail(WHY);
        let with = |what: String| if said.is_empty() { what } else { format!("{what}: {said}") };
        // Ended half-way it may have done its work, or half of it; a program that only reads has none to do.
        let cut_short =
            |what: String| if command.reads_only { Outcome::failed(with(what)) } else { Outcome::unknown(with(what)) };
        let outcome = match ended {
            Ended::Exited(code) if i64::from(code) == command.expect => Outcome::succeeded(with(format!("exit code {code}"))),
            Ended::Exited(code) => Outcome::failed(with(format!("exit code {code}, expected {}", command.expect))),
            Ended::Signalled(signal) => cut_short(format!("it was ended from outside by signal {signal}")),
            Ended::TimedOut => cut_short(format!("it was ended with its children after {}", command.timeout)),
            Ended::Stopped => cut_short("it was stopped, with its children".into()),
            Ended::NotStarted(why) => Outcome::failed(format!("nothing was run: {}", clean(&why))),
            Ended::Lost(why) => cut_short(clean(&why)),
        };
        let mut report = PartReport::new(part, outcome);
        report.result = output.newest().map(Value::from).filter(|_| report.outcome.is_success());
        report
    }
}
