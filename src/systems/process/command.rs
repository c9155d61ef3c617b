//! What a call asks to be run, read once from its `with`.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    model::{Call, Duration},
    systems::action::ActionFault,
};

/// All that a program gets from the console's own environment.
const KEPT: [&str; 4] = ["PATH", "HOME", "LANG", "TZ"];

#[derive(Clone, Debug)]
pub struct Command {
    pub action: String,
    /// The program and its arguments; for a shell text `sh -c TEXT`.
    pub argv: Vec<String>,
    pub cwd: PathBuf,
    /// The plan's own additions.
    pub added: BTreeMap<String, String>,
    pub stdin: Option<String>,
    /// The exit code of success.
    pub expect: i64,
    pub reads_only: bool,
    pub timeout: Duration,
}

impl Command {
    /// `plan_dir` is where it starts, unless `cwd` says otherwise; a relative `cwd` counts from there.
    pub fn of(call: &Call, plan_dir: &Path) -> Result<Command, ActionFault> {
        let fault = |what: &str| ActionFault::new(format!("{}: {what}", call.action));
        let argv = match (call.texts("argv"), call.text("shell")) {
            (argv, None) if argv.first().is_some_and(|program| !program.is_empty()) => argv,
            (argv, Some(text)) if argv.is_empty() => vec!["sh".to_owned(), "-c".to_owned(), text.to_owned()],
            _ => return Err(fault("expected either `argv`, the program and its arguments, or `shell`, a text")),
        };
        let mut added = BTreeMap::new();
        match call.with.get("env") {
            None => {}
            Some(Value::Object(env)) => {
                for (name, value) in env {
                    let text = match value {
                        Value::String(text) => text.clone(),
                        Value::Number(_) | Value::Bool(_) => value.to_string(),
                        _ => return Err(fault(&format!("env.{name}: expected a text"))),
                    };
                    added.insert(name.clone(), text);
                }
            }
            Some(_) => return Err(fault("env: expected variable: value")),
        }
        let every = argv.iter().chain(added.keys()).chain(added.values());
        if every.into_iter().any(|text| text.contains('\0')) || added.keys().any(|name| name.is_empty() || name.contains('=')) {
            return Err(fault("a program cannot be given a NUL character, or a variable with `=` in its name"));
        }
        let expect = match call.with.get("expect") {
            None => 0,
            Some(code) => code.as_i64().ok_or_else(|| fault("expect: expected an exit code, a whole number"))?,
        };
        Ok(Command {
            action: call.action.clone(),
            argv,
            cwd: call.text("cwd").map_or_else(|| plan_dir.to_owned(), |cwd| plan_dir.join(cwd)),
            added,
            stdin: call.text("stdin").map(str::to_owned),
            expect,
            reads_only: call.with.get("reads_only") == Some(&Value::Bool(true)),
            timeout: call.timeout,
        })
    }

    /// All that it gets.
    pub fn environment(&self) -> BTreeMap<OsString, OsString> {
        let own = KEPT.iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)));
        own.chain(self.added.iter().map(|(name, value)| (name.into(), value.into()))).collect()
    }

    /// The file that would run: found as the program itself would be, by the PATH it gets.
    pub fn program(&self) -> Option<PathBuf> {
        let name = self.argv.first()?;
        if name.contains('/') {
            return Some(self.cwd.join(name)).filter(|path| runs(path));
        }
        let path = self.environment().get(&OsString::from("PATH")).cloned().unwrap_or_default();
        std::env::split_paths(&path).map(|folder| self.cwd.join(folder).join(name)).find(|path| runs(path))
    }

    /// That there is no such program, and where it was looked for.
    pub fn no_program(&self) -> String {
        let name = self.argv.first().map_or("", String::as_str);
        if name.contains('/') {
            return format!("no program `{name}` was found as an executable file, from {}", self.cwd.display());
        }
        let path = self.environment().get(&OsString::from("PATH")).cloned().unwrap_or_default();
        format!("no program `{name}` was found on PATH ({})", path.to_string_lossy())
    }

    /// That the folder to start it in is not there, if it is not.
    pub fn no_folder(&self) -> Option<String> {
        (!self.cwd.is_dir()).then(|| format!("the folder {} to start it in is not there", self.cwd.display()))
    }

    /// The program's base name.
    pub fn target(&self) -> String {
        let name = self.argv.first().map_or("", String::as_str);
        crate::model::text::clean(name.rsplit('/').next().unwrap_or(name))
    }

    /// As it would be typed, each argument in quotes where a shell would need them. Nothing is run from this text.
    pub fn shown(&self) -> String {
        self.argv.iter().map(|argument| quoted(argument)).collect::<Vec<_>>().join(" ")
    }
}

fn runs(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
