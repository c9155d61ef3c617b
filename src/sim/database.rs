//! A simulated PostgreSQL server: who may log in, where its log stands, what it follows.

use std::collections::BTreeMap;

use crate::model::{Duration, Time};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseRole {
    Primary,
    Standby,
}

/// How fast the application writes, in bytes a second.
pub const WRITES: f64 = 180_000.0;
/// How fast a standby that is behind comes nearer, in bytes a second.
const CATCHES_UP: f64 = 1_500_000.0;
/// How long a promotion takes from the request on.
const PROMOTION: Duration = Duration::from_secs(4);

#[derive(Clone, Debug)]
pub struct Database {
    /// Without the port, as applications are pointed to it.
    pub host: String,
    pub port: u16,
    /// System identifier: the same on a primary and what was copied from it.
    pub system: String,
    pub timeline: u32,
    pub role: DatabaseRole,
    /// The connection of the primary that it follows.
    pub follows: Option<String>,
    /// Login roles of the application, and whether they may log in.
    pub logins: BTreeMap<String, bool>,
    /// Log position in bytes at `anchored`; on a standby the received one while it is not streaming.
    position: f64,
    anchored: Time,
    writing: bool,
    pub streaming: bool,
    /// Bytes that had not arrived at `behind_at`.
    behind: f64,
    behind_at: Time,
    /// The last message from the primary, once it streams no more.
    pub last_heard: Time,
    pub promoting_until: Option<Time>,
    /// When the application last wrote a row of the console's.
    pub written: Option<Time>,
}

impl Database {
    pub fn new(host: &str, port: u16, system: String, follows: Option<String>, logins: &[String], now: Time) -> Self {
        let standby = follows.is_some();
        Self {
            host: host.to_owned(),
            port,
            system,
            timeline: 3,
            role: if standby { DatabaseRole::Standby } else { DatabaseRole::Primary },
            follows,
            logins: logins.iter().map(|role| (role.clone(), true)).collect(),
            position: 7.25e11,
            anchored: now,
            writing: !standby,
            streaming: standby,
            behind: 0.0,
            behind_at: now,
            last_heard: now,
            promoting_until: None,
            written: None,
        }
    }

    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Where its own log stands, in whole bytes.
    pub fn position(&self, now: Time) -> f64 {
        let written = if self.writing { WRITES * Duration::between(self.anchored, now).as_secs_f64() } else { 0.0 };
        (self.position + written).floor()
    }

    /// Takes the log's position as it is now, so that what changes from here on starts there.
    fn anchor(&mut self, now: Time) {
        self.position = self.position(now);
        self.anchored = now;
    }

    pub fn set_writing(&mut self, writing: bool, now: Time) {
        if self.writing != writing {
            self.anchor(now);
            self.writing = writing;
        }
    }

    pub fn may_write(&self) -> bool {
        self.role == DatabaseRole::Primary && self.logins.values().any(|may| *may)
    }

    /// Bytes of an attached primary's log that have not arrived.
    pub fn behind(&self, now: Time) -> f64 {
        (self.behind - CATCHES_UP * Duration::between(self.behind_at, now).as_secs_f64()).max(0.0).floor()
    }

    pub fn fall_behind(&mut self, bytes: f64, now: Time) {
        self.behind = self.behind(now) + bytes;
        self.behind_at = now;
    }

    /// Its receiver loses the primary, of whose log `received` bytes had arrived.
    pub fn detach(&mut self, received: f64, now: Time) {
        if self.streaming {
            self.streaming = false;
            self.position = received.floor();
            self.anchored = now;
            self.last_heard = now;
        }
    }

    pub fn attach(&mut self, behind: f64, now: Time) {
        if self.role == DatabaseRole::Standby && !self.streaming {
            self.streaming = true;
            self.behind = behind.max(0.0);
            self.behind_at = now;
        }
    }

    /// `pg_promote`: it takes effect a little later, whether or not the asker still listens.
    pub fn promote(&mut self, received: f64, now: Time) -> Result<(), String> {
        if self.role == DatabaseRole::Primary {
            return Err("ERROR: recovery is not in progress".into());
        }
        self.detach(received, now);
        self.promoting_until.get_or_insert(now + PROMOTION.delta());
        Ok(())
    }

    pub fn tick(&mut self, now: Time) {
        if self.promoting_until.is_some_and(|until| until <= now) {
            self.promoting_until = None;
            self.role = DatabaseRole::Primary;
            self.timeline += 1;
            self.follows = None;
            self.anchor(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        crate::model::time::parse("2026-11-20T02:00:00Z", Time::MIN_UTC).unwrap() + Duration::from_secs(secs).delta()
    }

    #[test]
    fn a_primary_writes_until_it_is_told_not_to() {
        let mut db = Database::new("10.1.0.15", 5432, "7".into(), None, &["app".into()], at(0));
        let start = db.position(at(0));
        assert_eq!(db.position(at(10)), start + 10.0 * WRITES);
        db.set_writing(false, at(10));
        assert_eq!(db.position(at(60)), start + 10.0 * WRITES);
    }

    #[test]
    fn r14_a_promotion_grows_the_timeline_once_and_a_primary_refuses_it() {
        let mut db = Database::new("10.2.0.15", 5432, "7".into(), Some("db-east".into()), &["app".into()], at(0));
        db.promote(1_000.0, at(0)).unwrap();
        db.tick(at(3));
        assert_eq!((db.role, db.timeline), (DatabaseRole::Standby, 3));
        db.tick(at(4));
        assert_eq!((db.role, db.timeline, db.position(at(4))), (DatabaseRole::Primary, 4, 1_000.0));
        db.tick(at(9));
        assert_eq!(db.timeline, 4);
        assert!(db.promote(1_000.0, at(9)).unwrap_err().contains("recovery is not in progress"));
    }

    #[test]
    fn what_a_standby_is_behind_shrinks_while_it_streams() {
        let mut db = Database::new("10.2.0.15", 5432, "7".into(), Some("db-east".into()), &[], at(0));
        db.fall_behind(4_000_000.0, at(0));
        assert_eq!(db.behind(at(1)), 2_500_000.0);
        assert_eq!(db.behind(at(9)), 0.0);
    }
}
