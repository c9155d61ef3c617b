//! Who only looks changes nothing: strace beside the read-only console and the status shows no file written, and the servers
//! that they ask hear no request that changes anything.
#![allow(clippy::disallowed_methods, reason = "real programs run in real time; every wait is bounded")]

mod support;

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use lifeboat::{journal::Writer, model::Clock, systems::SystemClock};
use portable_pty::CommandBuilder;
use support::{real::Night, terminal::Terminal};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

const SOON: Duration = Duration::from_secs(40);
const SIZE: (u16, u16) = (150, 50);
/// Requests that show that each system was looked at.
const ASKED: usize = 4;
/// Everything by which a file or a folder comes, goes, or changes.
const CALLS: &str = "trace=open,openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,symlink,\
                     symlinkat,chmod,fchmodat,chown,fchownat,truncate,ftruncate,fallocate,mknod,mknodat,write,writev,pwrite64,pwritev,pwritev2";

/// Containers may forbid it.
fn may_trace() -> bool {
    Command::new("strace").args(["-o", "/dev/null", "true"]).status().expect("strace is installed").success()
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
            Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string("[]")).mount(&server).await;
            server
        });
        let folder = tempfile::tempdir().unwrap();
        let (url, at) = (server.uri(), folder.path().display());
        let kubeconfig = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: lab\nclusters: [{{name: c, cluster: {{server: \"{url}\"}}}}]\n\
             users: [{{name: u, user: {{token: t}}}}]\ncontexts: [{{name: lab, context: {{cluster: c, user: u}}}}]\n"
        );
        fs::write(folder.path().join("kubeconfig"), kubeconfig).unwrap();
        let plan = format!(
            r#"apiVersion: lifeboat/v1
kind: Plan
name: viewed
regions: [{{name: east, role: primary}}]
connections:
  api: {{http: {{url: "{url}"}}}}
  prom: {{region: east, prometheus: {{url: "{url}"}}}}
  am: {{region: east, alertmanager: {{url: "{url}"}}}}
  k8s: {{region: east, kubernetes: {{context: lab, kubeconfig: {at}/kubeconfig}}}}
services:
  - {{name: shop, region: east, healthy: {{http: {{via: api, path: /health, expect: 200}}, for: 30s}}}}
  - {{name: queue, region: east, healthy: {{query: {{via: prom, expr: up, expect: "== 1"}}, for: 30s}}}}
accelerators:
  - {{name: cards, region: east, nodes: 1, cards_per_node: 8, via: k8s}}
---
apiVersion: lifeboat/v1
kind: Runbook
name: by-hand
title: By hand
steps:
  - {{id: send, title: Send it, action: http.request, with: {{via: api, method: POST, path: /change}}, takes: 1m}}
"#
        );
        let night = Night::begin(folder.path(), &plan);
        Self { runtime, server, folder, night }
    }

    fn args(&self) -> Vec<String> {
        let path = |path: PathBuf| path.to_str().unwrap().to_owned();
        ["--plan", &path(self.night.plan_dir()), "--journal", &path(self.night.journal())].map(str::to_owned).into()
    }

    fn traced(&self) -> PathBuf {
        self.folder.path().join("traced")
    }

    /// The program and its arguments behind strace, which follows its threads. Where nobody may trace, that is said and the
    /// program runs alone: then only what is in the folder tells.
    fn behind_strace(&self, command: &[&str]) -> Vec<String> {
        let trace = self.traced().to_str().unwrap().to_owned();
        if !may_trace() {
            let _ = std::io::stderr().write_all(b"lab_viewer: strace may not trace here; files are compared, calls are not\n");
            let alone = [env!("CARGO_BIN_EXE_lifeboat")];
            return alone.iter().chain(command).map(|word| (*word).to_owned()).chain(self.args()).collect();
        }
        let strace = ["strace", "-f", "-y", "-qq", "-o", &trace, "-e", CALLS, env!("CARGO_BIN_EXE_lifeboat")];
        strace.iter().chain(command).map(|word| (*word).to_owned()).chain(self.args()).collect()
    }

    /// What is in the folder, but for what strace writes itself and the memory by which SQLite's readers agree.
    fn kept(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut found, mut folders) = (BTreeMap::new(), vec![self.folder.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                let name = path.to_string_lossy().into_owned();
                match path.is_dir() {
                    true => folders.push(path),
                    false if name.ends_with("-shm") || name.ends_with("traced") => {}
                    false => drop(found.insert(path.clone(), fs::read(path).unwrap())),
                }
            }
        }
        found
    }

    fn asked(&self) -> Vec<wiremock::Request> {
        self.runtime.block_on(self.server.received_requests()).unwrap()
    }

    #[track_caller]
    fn was_only_asked(&self) {
        let ends = Instant::now() + SOON;
        while self.asked().len() < ASKED {
            assert!(Instant::now() < ends, "the servers were never asked: nothing is proven");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        for request in self.asked() {
            // Prometheus takes long queries as forms.
            let looks = request.method == "GET" || (request.method == "POST" && request.url.path() == "/api/v1/query");
            assert!(looks, "{} {}", request.method, request.url);
        }
    }

    /// No file is written, made, renamed or removed by what was traced.
    #[track_caller]
    fn wrote_nothing(&self) {
        if !may_trace() {
            return;
        }
        let traced = fs::read_to_string(self.traced()).unwrap();
        assert!(traced.lines().count() > 50, "strace saw next to nothing (may it trace here?): {traced}");
        let folder = self.folder.path().to_str().unwrap();
        for line in traced.lines() {
            let call = line.split_once(' ').map_or(line, |(_, call)| call.trim_start());
            // What a call ended with says nothing of what it was asked to do.
            if call.starts_with("<...") {
                continue;
            }
            let name = call.split('(').next().unwrap_or_default();
            let opens = name.starts_with("open") && ["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|flag| call.contains(flag));
            let writes = name.contains("write") && call.contains(&format!("<{folder}"));
            let changes = !name.starts_with("open") && !name.contains("write") && !name.is_empty() && call.contains(folder);
            // The terminal and nothing; and SQLite's log and shared memory, opened to read with the others, never written.
            let harmless =
                ["\"/dev/tty\"", "\"/dev/null\"", "journal.db-wal\"", "journal.db-shm\""].iter().any(|path| call.contains(path));
            assert!(!writes && !changes && (!opens || harmless), "{line}");
        }
    }
}

#[test]
fn r18_a_read_only_console_writes_no_file_and_sends_nothing_that_changes() {
    let scene = Scene::new();
    // Somebody who acts has it open.
    let _writer = Writer::open(&scene.night.journal(), "viewed", &"ada".into(), "Ada", SystemClock.now()).unwrap();
    let before = scene.kept();
    let words = scene.behind_strace(&["--read-only", "--as", "Vi"]);
    let mut command = CommandBuilder::new(&words[0]);
    command.args(&words[1..]);
    command.env("HOME", scene.folder.path());
    command.env("XDG_STATE_HOME", scene.folder.path().join("state"));
    let mut viewer = Terminal::run("Vi", command, SIZE);
    viewer.until("INC-0001", SOON);
    // Everything that would act, by key and by name.
    for keys in ["h", "\x1bOR", "d", "\x1b", "\r", "n", "\x1b", "2", "\r", "3", "4", "5", "1"] {
        viewer.press(keys);
    }
    viewer.command("start 1");
    viewer.until("this console only looks", SOON);
    viewer.command("hold");
    viewer.command("close");
    scene.was_only_asked();
    viewer.command("quit");
    viewer.press("y\r");
    assert_eq!(viewer.ended(SOON), 0);
    scene.wrote_nothing();
    scene.was_only_asked();
    assert_eq!(scene.kept(), before, "not a byte of the journal, the plan or anything beside them changed");
}

#[test]
fn r18_the_status_writes_no_file_and_sends_nothing_that_changes() {
    let scene = Scene::new();
    let before = scene.kept();
    let words = scene.behind_strace(&["status"]);
    let said = Command::new(&words[0]).args(&words[1..]).env("HOME", scene.folder.path()).output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(text.contains("INC-0001") && said.status.code().is_some_and(|code| code < 3), "{said:?}");
    scene.wrote_nothing();
    scene.was_only_asked();
    assert_eq!(scene.kept(), before);
}
