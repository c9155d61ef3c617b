//! What the real program says of a plan, looked at until it says what a test waits for.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use crate::support::lab::Piece;

/// A folder with a plan, and a place for a journal that is never written.
pub struct Looks {
    folder: tempfile::TempDir,
}

impl Looks {
    pub fn at(plan: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("plan.yaml"), plan).unwrap();
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What `lifeboat status` says once `good` holds of it; at most half a minute.
    #[track_caller]
    pub fn until(&self, what: &str, good: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let output = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
                .args(["status", "--plan"])
                .arg(self.folder())
                .env("XDG_STATE_HOME", self.folder())
                .output()
                .unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            if good(&text) {
                return text;
            }
            assert!(
                Instant::now() < deadline,
                "{what}: not within 30 s, at last:\n{text}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}

/// A real Prometheus that scrapes these beside what it always does. It is given a PostgreSQL because its lab wants one.
pub struct Scraped {
    prometheus: Piece,
    _postgres: Piece,
}

impl Scraped {
    /// `jobs`: `NAME=HOST:PORT`, each scraped every second.
    pub fn by(jobs: &[String]) -> Self {
        let postgres = Piece::up("postgres", &[]);
        let dir = postgres.dir();
        let arguments: Vec<&str> = std::iter::once(dir.to_str().unwrap()).chain(jobs.iter().map(String::as_str)).collect();
        let prometheus = Piece::up("prometheus", &arguments);
        Self { prometheus, _postgres: postgres }
    }

    pub fn url(&self) -> &str {
        self.prometheus.text("/url")
    }

    /// The one value that Prometheus itself gives of `expr`.
    pub fn value(&self, expr: &str) -> String {
        let url = format!("{}/api/v1/query", self.url());
        let asked = Command::new("curl").args(["-sf", "-m", "5", &url, "--data-urlencode", &format!("query={expr}")]).output();
        let answer: serde_json::Value = serde_json::from_slice(&asked.unwrap().stdout).unwrap();
        answer["data"]["result"][0]["value"][1].as_str().unwrap_or_else(|| panic!("{expr}: {answer}")).to_owned()
    }

    /// Ends one of its exporters, by the pid that the lab noted.
    pub fn kill(&self, name: &str) {
        let pid = self.prometheus.number(&format!("/pids/{name}")).to_string();
        assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    }
}
