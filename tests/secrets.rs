//! What is secret stays where it was written, what comes from outside draws nothing, and files are their owner's alone:
//! the real console in a real terminal, its journal, what its commands print and what its children are given.
#![allow(clippy::disallowed_methods, reason = "real programs run in real time; every wait is bounded")]

mod support;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use lifeboat::incident::Status;
use portable_pty::CommandBuilder;
use rustix::process::Signal;
use support::{real::Night, terminal::Terminal};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::path};

const SOON: Duration = Duration::from_secs(30);
const SIZE: (u16, u16) = (150, 50);

/// In each secret, and nowhere else.
const MARK: &str = "5ecret";
/// `look:pw-5ecret-C3` as basic authentication sends it.
const BASIC: &str = "bG9vazpwdy01ZWNyZXQtQzM=";
/// Clears the screen, writes the clipboard, turns text round, hides in it.
const CODES: &str = "\u{1b}[2J\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}31m\u{202e}live\u{2066}\u{200b}\u{feff}";

/// Says its caller's secrets and codes in every text that it answers with.
struct Echo;

impl Respond for Echo {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let said = request.headers.iter().map(|(name, value)| format!("{name}={}", value.to_str().unwrap_or_default()));
        let said = said.collect::<Vec<_>>().join(" ");
        let status = if request.url.path() == "/good" { 200 } else { 500 };
        ResponseTemplate::new(status).set_body_string(format!("{CODES} {said}"))
    }
}

struct Scene {
    runtime: tokio::runtime::Runtime,
    server: MockServer,
    folder: tempfile::TempDir,
    night: Night,
}

impl Scene {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            for place in ["/good", "/bad", "/health", "/api/v1/query", "/api/v2/alerts"] {
                Mock::given(path(place)).respond_with(Echo).mount(&server).await;
            }
            server
        });
        let folder = tempfile::tempdir().unwrap();
        let secrets = folder.path().join("secrets");
        fs::create_dir(&secrets).unwrap();
        fs::write(secrets.join("key"), "hdr-5ecret-B2\n").unwrap();
        fs::write(secrets.join("pw"), "pw-5ecret-C3\n").unwrap();
        let (url, at) = (server.uri(), secrets.display());
        let plan = format!(
            r#"apiVersion: lifeboat/v1
kind: Plan
name: secrets
about: {{title: "East \u202elive\u200b and \e[2J"}}
regions: [{{name: east, role: primary}}]
connections:
  api: {{http: {{url: "{url}", token: {{env: SHOP_TOKEN}}, headers: {{X-Key: {{file: {at}/key}}}}}}}}
  prom: {{region: east, prometheus: {{url: "{url}", token: {{file: {at}/key}}}}}}
  am: {{region: east, alertmanager: {{url: "{url}", user: look, password: {{file: {at}/pw}}}}}}
  db: {{region: east, postgres: {{host: 127.0.0.1, port: 9, dbname: shop, tls: false, observe: {{user: look, password: {{command: [cat, {at}/pw]}}}}}}}}
  cache: {{region: east, redis: {{host: 127.0.0.1, port: 9, tls: false, observe: {{user: look, password: {{env: SHOP_TOKEN}}}}}}}}
services:
  - {{name: shop, region: east, healthy: {{http: {{via: api, path: /health, expect: 200}}, for: 30s}}}}
  - {{name: queue, region: east, healthy: {{query: {{via: prom, expr: up, expect: "== 1"}}, for: 30s}}}}
datasets:
  - name: orders
    sources:
      - {{name: replica, kind: replica, region: east, restore: 1m, lag: {{postgres: {{via: db}}}}, connected: {{postgres: {{via: db}}}}}}
      - {{name: sessions, kind: snapshot, region: east, every: 30m, restore: 1m, at: {{redis: {{via: cache}}}}}}
---
apiVersion: lifeboat/v1
kind: Runbook
name: by-hand
title: By hand
steps:
  - {{id: good, title: Send what works, action: http.request, with: {{via: api, method: POST, path: /good}}, takes: 1m}}
  - {{id: child, title: Run a program, action: command.run, with: {{argv: [sh, -c, "env > {folder}/child-env; printf '\\033]52;c;x\\007\\342\\200\\256done\\n'"]}}, takes: 1m}}
  - {{id: bad, title: "Send what fails \u202e\u200b", action: http.request, with: {{via: api, method: POST, path: /bad}}, takes: 1m}}
"#,
            folder = folder.path().display(),
        );
        let night = Night::begin(folder.path(), &plan);
        Self { runtime, server, folder, night }
    }

    fn args(&self) -> Vec<String> {
        let path = |path: PathBuf| path.to_str().unwrap().to_owned();
        ["--plan", &path(self.night.plan_dir()), "--journal", &path(self.night.journal())].map(str::to_owned).into()
    }

    /// A console whose shell allows everybody everything, and core files.
    fn console(&self) -> Terminal {
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", "umask 0; ulimit -c unlimited; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_lifeboat"), "--as", "Ada"]);
        command.args(self.args());
        command.cwd(self.folder.path());
        command.env("SHOP_TOKEN", "tok-5ecret-A1");
        command.env("XDG_STATE_HOME", self.folder.path().join("state"));
        Terminal::run("Ada", command, SIZE)
    }

    fn said(&self, command: &[&str], with: &[String]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        program.args(command).args(with).env("SHOP_TOKEN", "tok-5ecret-A1");
        program.output().unwrap()
    }

    /// All files beside the secrets' own and the plan.
    fn files(&self) -> Vec<PathBuf> {
        let (mut found, mut folders) = (Vec::new(), vec![self.folder.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                match path.file_name().and_then(|name| name.to_str()) {
                    Some("secrets" | "plan") => {}
                    _ if path.is_dir() => folders.push(path),
                    _ => found.push(path),
                }
            }
        }
        found
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|piece| piece == text.as_bytes())
}

#[track_caller]
fn no_secret(what: &str, bytes: &[u8]) {
    for secret in [MARK, BASIC] {
        assert!(!holds(bytes, secret), "{what} holds {secret}: {}", String::from_utf8_lossy(bytes));
    }
}

/// What would draw, ring, write the clipboard, or stand where it is not seen.
#[track_caller]
fn no_codes(what: &str, bytes: &[u8]) {
    for code in ["\u{1b}]52", "\u{7}", "\u{9b}", "\u{202e}", "\u{2066}", "\u{200b}", "\u{feff}"] {
        assert!(!holds(bytes, code), "{what} holds {code:?}: {}", String::from_utf8_lossy(bytes).escape_debug());
    }
}

/// Starts a step and waits until the journal says how it ended.
fn carries_out(ada: &Terminal, step: &str, number: usize, night: &Night) {
    ada.command(&format!("start {number}"));
    ada.until("yes, do it", SOON);
    ada.press("y\r");
    let status = || night.state().step(&step.into()).map(|step| step.status).unwrap_or_default();
    let ended = || !matches!(status(), Status::Open | Status::Running);
    let ends = std::time::Instant::now() + SOON;
    while !ended() {
        assert!(std::time::Instant::now() < ends, "{step} does not end:\n{}", ada.screen());
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

#[test]
fn no_secret_and_no_code_from_outside_is_shown_kept_or_handed_on() {
    let scene = Scene::new();
    let mut ada = scene.console();
    ada.until("INC-0001", SOON);
    ada.until("Send what fails", SOON);
    let pid = ada.pid();
    no_secret("its command line", &fs::read(format!("/proc/{pid}/cmdline")).unwrap());
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "no core file");
    for (number, step) in ["good", "child", "bad"].into_iter().enumerate() {
        carries_out(&ada, step, number + 1, &scene.night);
    }
    // Each screen, with what was seen of every system.
    for screen in ["1", "2", "3", "4", "5"] {
        ada.press(screen);
        ada.command("runbook 1");
        ada.press(screen);
        ada.command("runbook 3");
    }
    ada.press("5");
    ada.until("alertmanager", SOON);
    let asked = scene.runtime.block_on(scene.server.received_requests()).unwrap();
    let heard = asked.iter().map(|request| format!("{:?}", request.headers)).collect::<String>();
    for secret in ["tok-5ecret-A1", "hdr-5ecret-B2", BASIC] {
        assert!(heard.contains(secret), "{secret} was never sent: nothing is proven");
    }
    let child = fs::read(scene.folder.path().join("child-env")).unwrap();
    no_secret("what a child is given", &child);
    fs::remove_file(scene.folder.path().join("child-env")).unwrap();

    ada.signal(Signal::ABORT);
    ada.until_its_end(SOON);
    let raw = ada.raw();
    no_secret("the terminal", &raw);
    no_codes("the terminal", &raw);
    let files = scene.files();
    assert!(files.iter().any(|path| path.ends_with("journal.db")), "{files:?}");
    for path in &files {
        let (mode, name) = (fs::metadata(path).unwrap().permissions().mode() & 0o777, path.display());
        assert_eq!(mode, 0o600, "{name}");
        assert!(!name.to_string().contains("core"), "{name}");
        no_secret(&name.to_string(), &fs::read(path).unwrap());
    }

    let (args, journal) = (scene.args(), scene.args()[2..].to_vec());
    let plan = vec![scene.night.plan_dir().to_str().unwrap().to_owned()];
    let commands: [(&[&str], &[String]); 10] = [
        (&["status"], &args),
        (&["status", "--json"], &args),
        (&["incident", "list"], &journal),
        (&["incident", "list", "--json"], &journal),
        (&["report"], &journal),
        (&["report", "--json"], &journal),
        (&["journal", "verify"], &journal),
        (&["journal", "export"], &journal),
        (&["plan", "check"], &plan),
        (&["plan", "check", "--json"], &plan),
    ];
    for (command, with) in commands {
        let Output { stdout, stderr, status } = scene.said(command, with);
        let (what, both) = (format!("`{}`", command.join(" ")), [stdout, stderr].concat());
        assert!(status.code().is_some_and(|code| code < 3), "{what}: {}", String::from_utf8_lossy(&both));
        assert!(!both.is_empty(), "{what}");
        no_secret(&what, &both);
        no_codes(&what, &both);
    }
    let _ = ada.is_running();
}

#[test]
fn what_a_console_makes_is_its_owners_alone_whatever_the_umask() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan");
    fs::create_dir(&plan).unwrap();
    fs::write(plan.join("plan.yaml"), "apiVersion: lifeboat/v1\nkind: Plan\nname: alone\n").unwrap();
    let state = folder.path().join("state");
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", "umask 0; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_lifeboat"), "--as", "Ada", "--plan"]);
    command.arg(&plan);
    command.env("XDG_STATE_HOME", &state);
    let mut ada = Terminal::run("Ada", command, SIZE);
    ada.until("no incident", SOON);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let home = state.join("lifeboat");
    assert_eq!(mode(&home), 0o700);
    let made: Vec<_> = fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(made.len() >= 2, "{made:?}");
    for path in made {
        assert_eq!(mode(&path), if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
    assert_eq!(ada.ends_by(Signal::TERM, SOON), 0);
}
