//! Starts the real servers of `tests/lab` and ends them with the test.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// One running piece of the lab: its folder, and what its `env.json` says.
pub struct Piece {
    kind: &'static str,
    folder: tempfile::TempDir,
    pub env: serde_json::Value,
}

impl Piece {
    /// Runs `tests/lab/KIND/up.sh DIR ARGS...`. Fails the test, in words, when the lab is not there.
    pub fn up(kind: &'static str, args: &[&str]) -> Self {
        assert!(
            std::env::var_os("LIFEBOAT_LAB").is_some(),
            "this test needs real servers: run ./tests/run, or ./tests/run --lab-only FILTER"
        );
        let folder = tempfile::Builder::new().prefix("lifeboat-lab-").tempdir_in("/tmp").expect("a folder under /tmp");
        let dir = folder.path().join(kind);
        run(kind, "up.sh", std::iter::once(dir.to_str().unwrap()).chain(args.iter().copied()));
        let env = std::fs::read(dir.join("env.json")).expect("up.sh writes env.json");
        Self { kind, folder, env: serde_json::from_slice(&env).expect("env.json is JSON") }
    }

    pub fn dir(&self) -> PathBuf {
        self.folder.path().join(self.kind)
    }

    /// Runs another script of this piece: `piece.script("stop-primary.sh", &[])`.
    pub fn script(&self, name: &str, args: &[&str]) -> String {
        run(self.kind, name, std::iter::once(self.dir().to_str().unwrap()).chain(args.iter().copied()))
    }

    /// The text at a JSON pointer of `env.json`.
    pub fn text(&self, pointer: &str) -> &str {
        self.env.pointer(pointer).and_then(|v| v.as_str()).unwrap_or_else(|| panic!("no text {pointer} in {}", self.env))
    }

    /// The number at a JSON pointer of `env.json`.
    pub fn number(&self, pointer: &str) -> u64 {
        self.env.pointer(pointer).and_then(|v| v.as_u64()).unwrap_or_else(|| panic!("no number {pointer} in {}", self.env))
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let dir = self.dir();
        let script = script_path(self.kind, "down.sh");
        let ended = Command::new(&script).arg(&dir).output();
        if !ended.as_ref().is_ok_and(|output| output.status.success()) {
            eprintln!("{} did not end well: {ended:?}", script.display());
        }
    }
}

/// Runs a script of the lab that belongs to no piece's folder: `script("toxiproxy", "cut.sh", &[api, "app"])`.
pub fn script(kind: &str, name: &str, args: &[&str]) -> String {
    run(kind, name, args.iter().copied())
}

fn script_path(kind: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab").join(kind).join(name)
}

fn run<'a>(kind: &str, name: &str, args: impl Iterator<Item = &'a str>) -> String {
    let path = script_path(kind, name);
    let output = Command::new(&path)
        .args(args)
        .env("LIFEBOAT_LAB_OWNER", std::process::id().to_string())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(
        output.status.success(),
        "{} ended with {}:\n{}{}",
        path.display(),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
