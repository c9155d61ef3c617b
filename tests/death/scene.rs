//! An open incident whose one action runs a command that takes until it is let go.
#![allow(clippy::disallowed_methods, reason = "real programs run in real time; every wait is bounded")]

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

use lifeboat::incident::Status;

use crate::support::{real::Night, terminal::Terminal};

pub const SOON: Duration = Duration::from_secs(30);
pub const SIZE: (u16, u16) = (150, 50);

const PLAN: &str = "
apiVersion: lifeboat/v1
kind: Plan
name: night
---
apiVersion: lifeboat/v1
kind: Runbook
name: by-hand
title: By hand
steps:
  - {id: work, title: Do the work, action: command.run, with: {argv: [./work.sh]}, timeout: 10m, takes: 1m}
  - {id: look, title: See that it was done, needs: [work], check: {}, takes: 1m}
";

/// Takes until it is let go, says how far it is, and has a child of its own.
const WORK: &str = "#!/bin/sh
echo $$ >> deeds
sleep 300 &
echo $$ $! > pids.new && mv pids.new pids
n=0
while [ ! -e go ] && [ $n -lt 1200 ]; do n=$((n + 1)); echo \"at $n\"; sleep 0.1; done
kill $!
echo the work is done
";

pub struct Scene {
    pub night: Night,
    folder: Option<tempfile::TempDir>,
}

/// Waits for something outside any screen, with a bound.
#[track_caller]
pub fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + SOON;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not within {SOON:?}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

impl Scene {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scene = Self { night: Night::begin(folder.path(), PLAN), folder: Some(folder) };
        let work = scene.night.plan_dir().join("work.sh");
        std::fs::write(&work, WORK).unwrap();
        std::fs::set_permissions(&work, std::fs::Permissions::from_mode(0o755)).unwrap();
        scene
    }

    /// The scene that another process made.
    pub fn at(folder: &Path) -> Self {
        Self { night: Night { folder: folder.to_owned() }, folder: None }
    }

    pub fn folder(&self) -> &Path {
        &self.night.folder
    }

    /// `name` opens the real console.
    pub fn console(&self, name: &str) -> Terminal {
        let (plan, journal) = (self.night.plan_dir(), self.night.journal());
        let args = ["--plan", plan.to_str().unwrap(), "--journal", journal.to_str().unwrap(), "--as", name];
        let terminal = Terminal::start(name, &args, &[], SIZE);
        terminal.until("INC-0001", SOON);
        terminal
    }

    // --- the command

    pub fn let_go(&self) {
        std::fs::write(self.night.plan_dir().join("go"), "").unwrap();
    }

    /// How often it was run.
    pub fn deeds(&self) -> usize {
        std::fs::read_to_string(self.night.plan_dir().join("deeds")).unwrap_or_default().lines().count()
    }

    /// Of the command and its child, those that run.
    pub fn running(&self) -> Vec<String> {
        let pids = std::fs::read_to_string(self.night.plan_dir().join("pids")).unwrap_or_default();
        let runs = |pid: &&str| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            !stat.is_empty() && !stat.contains(") Z ")
        };
        pids.split_whitespace().filter(runs).map(str::to_owned).collect()
    }

    // --- the journal

    pub fn status(&self) -> Status {
        self.night.state().step(&"work".into()).map(|step| step.status).unwrap_or_default()
    }
    pub fn count(&self, kind: &str) -> usize {
        self.night.count(kind)
    }

    /// The journal is whole and says that the command was run to its end, once, by a console that said so itself.
    #[track_caller]
    pub fn the_work_was_done_once(&self) {
        self.the_journal_is_whole();
        assert_eq!(self.status(), Status::Succeeded);
        assert_eq!((self.deeds(), self.count("action_started"), self.count("console_lost")), (1, 1, 0));
    }

    #[track_caller]
    pub fn the_journal_is_whole(&self) {
        self.night.the_journal_is_whole();
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if self.folder.is_none() {
            return;
        }
        // What a console that was killed has left: its command found nobody to tell how far it is, and has ended; its child runs.
        for pid in self.running() {
            let pid = pid.parse().ok().and_then(rustix::process::Pid::from_raw);
            let _ = pid.map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::KILL));
        }
    }
}

// --- a person

/// Looks at the step, agrees, and the command runs.
#[track_caller]
pub fn starts_the_work(terminal: &Terminal, scene: &Scene) {
    terminal.command("start work");
    terminal.until("⏎ takes it", SOON);
    terminal.press("y\r");
    wait_for("the command runs", || scene.running().len() == 2);
}

/// The step in full has that status.
#[track_caller]
pub fn sees_the_work(terminal: &Terminal, status: &str) {
    terminal.command("runbook work");
    let is = [format!("─ {status} ─"), format!("─ {status}, ")];
    terminal.wait(&format!("the work {status}"), SOON, |screen| {
        screen.lines().any(|line| line.contains("─ 1. Do the work") && is.iter().any(|is| line.contains(is)))
    });
}

/// The console has ended with that code, and the terminal is as it was.
#[track_caller]
pub fn gives_the_terminal_back(terminal: &mut Terminal, code: u32) {
    assert_eq!(terminal.ended(SOON), code, "{}", terminal.screen());
    terminal.until_its_end(SOON);
    assert_eq!(terminal.taken(), Vec::<&str>::new());
}
