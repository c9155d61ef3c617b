//! A primary and its replica of the lab: what they are asked, and what is done to them.
#![allow(clippy::disallowed_methods, reason = "real servers run in real time; every wait is bounded")]

use std::{path::Path, process::Command, sync::Mutex};

use rustix::process::{Pid, Signal, kill_process};

use super::console::wait_for;
use crate::support::lab::Piece;

pub struct Servers {
    pub piece: Piece,
    /// Processes that stand still, as they were noted when they were stopped.
    frozen: Mutex<Vec<i32>>,
}

impl Servers {
    pub fn up() -> Self {
        Self { piece: Piece::up("postgres", &[]), frozen: Mutex::default() }
    }

    pub fn port(&self, server: &str) -> u64 {
        self.piece.number(&format!("/{server}/port"))
    }

    /// The folder of the passwords, each in a file named after its role.
    pub fn secrets(&self) -> &Path {
        Path::new(self.piece.text("/secrets/app")).parent().expect("it is in a folder")
    }

    /// What a server says to one question, asked as the superuser; an error as text.
    pub fn sql(&self, server: &str, query: &str) -> Result<String, String> {
        let password = std::fs::read_to_string(self.piece.text("/secrets/postgres")).expect("the superuser's password");
        let output = Command::new("psql")
            .arg(format!(
                "host=localhost port={} user=postgres dbname=orders sslmode=verify-full sslrootcert={}",
                self.port(server),
                self.piece.text("/ca")
            ))
            .args(["-At", "-c", query])
            .env("PGPASSWORD", password)
            .env("PGCONNECT_TIMEOUT", "3")
            .output()
            .expect("psql runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    pub fn is_primary(&self, server: &str) -> bool {
        self.sql(server, "select pg_is_in_recovery()").as_deref() == Ok("f")
    }

    pub fn timeline(&self, server: &str) -> Result<String, String> {
        self.sql(server, "checkpoint")?;
        self.sql(server, "select timeline_id from pg_control_checkpoint()")
    }

    /// The ids of all orders that a server has.
    pub fn orders(&self, server: &str) -> std::collections::BTreeSet<i64> {
        let ids = self.sql(server, "select string_agg(id::text, ',') from orders").expect("it answers");
        ids.split(',').filter(|id| !id.is_empty()).map(|id| id.parse().expect("an id")).collect()
    }

    /// When the replica last heard from its primary, in whole milliseconds.
    pub fn last_receipt(&self) -> lifeboat::model::Time {
        let asked = "select trunc(extract(epoch from last_msg_receipt_time) * 1000) from pg_stat_wal_receiver";
        let millis = self.sql("replica", asked).expect("it answers").parse().expect("a number");
        chrono::DateTime::from_timestamp_millis(millis).expect("a moment")
    }

    /// The process that sends WAL to the replica stands still: what is committed from here on does not arrive.
    pub fn stop_sending(&self) {
        self.freeze(self.child("primary", "walsender"));
    }

    /// The primary hangs: connections stay open, new ones are taken by the kernel, nothing answers.
    pub fn freeze_primary(&self) {
        let postmaster = self.postmaster("primary");
        // The first process first: after that none of its children comes or goes.
        self.freeze(postmaster);
        for child in children(postmaster) {
            self.freeze(child);
        }
    }

    pub fn thaw(&self) {
        for pid in self.frozen.lock().unwrap_or_else(|broken| broken.into_inner()).drain(..) {
            let _ = kill_process(pid_of(pid), Signal::CONT);
        }
    }

    /// The replica's startup process, which carries a promotion out, stands still: the promotion is asked for and waits.
    pub fn hold_promotion(&self) {
        self.freeze(self.child("replica", "startup"));
    }

    pub fn release_promotion(&self) {
        let startup = self.child("replica", "startup");
        kill_process(pid_of(startup), Signal::CONT).expect("it goes on");
        self.frozen.lock().unwrap().retain(|pid| *pid != startup);
    }

    pub fn wait_until_promotion_is_asked(&self) {
        let asked = "select count(*) from pg_stat_activity where query ilike '%pg_promote%' and pid <> pg_backend_pid()";
        wait_for("the promotion is asked for", || self.sql("replica", asked).is_ok_and(|n| n != "0"));
    }

    fn freeze(&self, pid: i32) {
        // Noted first: what was stopped is let go whatever happens.
        self.frozen.lock().unwrap().push(pid);
        kill_process(pid_of(pid), Signal::STOP).expect("it is stopped");
    }

    fn postmaster(&self, server: &str) -> i32 {
        self.piece.number(&format!("/pids/{server}")) as i32
    }

    fn child(&self, server: &str, kind: &str) -> i32 {
        let is = |pid: &i32| std::fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains(kind));
        children(self.postmaster(server)).into_iter().find(is).unwrap_or_else(|| panic!("the {server} has no {kind}"))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.thaw();
    }
}

fn children(of: i32) -> Vec<i32> {
    let children = std::fs::read_to_string(format!("/proc/{of}/task/{of}/children")).expect("its children");
    children.split_whitespace().map(|pid| pid.parse().expect("a pid")).collect()
}

fn pid_of(pid: i32) -> Pid {
    Pid::from_raw(pid).expect("a pid")
}
