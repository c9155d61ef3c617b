//! `command.run` on the simulated platform: nothing is run, and it says so.

use super::{
    deed::{Deed, Watch, effect},
    world::World,
};
use crate::model::{Call, Duration, Effect, Outcome, PartPreview, PartReport, Request, Time};

pub struct ProcessDeed {
    program: String,
    line: String,
    reads_only: bool,
}

const TAKES: Duration = Duration::from_secs(2);

impl ProcessDeed {
    pub fn new(call: &Call, undo: bool) -> Result<Self, String> {
        if undo {
            return Err("command.run cannot be taken back: give the step an `undo` of its own".into());
        }
        let argv = match call.text("shell") {
            Some(shell) => vec!["sh".to_owned(), "-c".to_owned(), shell.to_owned()],
            None => call.texts("argv"),
        };
        let program = argv.first().cloned().ok_or("command.run needs `argv` or `shell` in its `with`")?;
        let reads_only = call.with.get("reads_only").and_then(|v| v.as_bool()).unwrap_or(false);
        Ok(Self { program, line: argv.join(" "), reads_only })
    }
}

impl Deed for ProcessDeed {
    fn name(&self) -> String {
        "command.run".into()
    }
    fn via(&self) -> Option<&str> {
        None
    }
    fn target(&self) -> &str {
        &self.program
    }
    fn mutates(&self) -> bool {
        !self.reads_only
    }
    fn parts(&self, _: &World) -> Result<Vec<PartPreview>, String> {
        Ok(vec![PartPreview { name: self.program.clone(), change: "runs once".into(), before: None }])
    }
    fn requests(&self, _: &World, _: &[PartPreview]) -> Vec<Request> {
        vec![Request { to: "this machine".into(), text: self.line.clone() }]
    }
    fn effects(&self, _: &World, _: &[PartPreview]) -> (Vec<Effect>, Vec<String>) {
        (vec![effect("simulated: no program is run")], vec![])
    }
    fn send(&self, world: &mut World, _: &str) -> Result<(), String> {
        let now = world.now();
        world.ran.insert(self.line.clone(), now);
        Ok(())
    }
    fn watch(&self, world: &World, part: &str, since: Time) -> Watch {
        if Duration::between(since, world.now()) < TAKES {
            return Watch::Going("running".into());
        }
        Watch::ended(part, Outcome::succeeded("simulated: no program was run"))
    }
    fn read_back(&self, world: &World, part: &str, since: Time) -> PartReport {
        let outcome = match world.ran.get(&self.line) {
            Some(at) if *at >= since => Outcome::succeeded("it was run"),
            _ => Outcome::failed("it was not run"),
        };
        PartReport::new(part, outcome)
    }
}
