//! Whether a program could be run now: that it and its folder are there. Runs nothing.

use std::{collections::BTreeMap, path::Path};

use super::command::Command;
use crate::{
    model::{Aspect, Call, Check, Ready},
    systems::{
        action::ActionFault,
        found::{Found, Steps},
    },
};

/// A program and the folder that it starts in.
pub type Wants = BTreeMap<String, (Command, Steps)>;

/// What `call` needs of this machine, by a name of its own; or why it could not even be looked at.
pub fn wants(call: &Call, plan_dir: &Path) -> Result<(String, Command), ActionFault> {
    let command = Command::of(call, plan_dir)?;
    let path = command.added.get("PATH").map_or("", String::as_str);
    Ok((format!("{} {} {path}", command.argv.first().map_or("", String::as_str), command.cwd.display()), command))
}

/// Looks for all of `wants`.
pub fn ask(wants: &Wants, found: &Found) {
    for (command, steps) in wants.values() {
        let name = command.argv.first().map_or("", String::as_str);
        let what = format!("program {name}");
        match (command.program(), command.no_program()) {
            (Some(program), _) => {
                found.add(steps, Check::new(Aspect::Program, what, Ready::Yes, program.display().to_string()));
            }
            (None, why) => {
                let check = Check::new(Aspect::Program, what, Ready::No, why);
                found.add(steps, check.mend("install it here, or name it by its path in `argv`"));
            }
        }
        if let Some(why) = command.no_folder() {
            let check = Check::new(Aspect::Program, format!("folder {}", command.cwd.display()), Ready::No, why);
            found.add(steps, check.mend("make it, or correct `cwd`"));
        }
    }
}
