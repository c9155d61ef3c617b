//! The actions of PostgreSQL on the simulated platform.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{
    database::{Database, DatabaseRole},
    deed::{Deed, Watch},
    world::World,
};
use crate::{
    model::{Call, Effect, FenceAnswer, Outcome, PartPreview, PartReport, Request, Time, size, time},
    systems::postgres::effects::{self, Stream},
};

enum What {
    /// Takes LOGIN away, or gives it back.
    Login(bool),
    CaughtUp {
        of: String,
    },
    CheckStandby,
    Promote,
    WriteProbe,
}

pub struct PostgresDeed {
    call: Call,
    via: String,
    what: What,
    parts: Vec<String>,
    /// It is an undo, to these.
    put_back: Option<BTreeMap<String, Json>>,
}

/// More than this behind is worth a second thought before a promotion.
const ACCEPTABLE: f64 = effects::UNRECEIVED;
/// Of an application's role that may log in.
const SESSIONS: u64 = 41;
/// Seconds since an attached primary's last message.
const HEARD: f64 = 0.4;

impl PostgresDeed {
    pub fn new(call: &Call, put_back: Option<&BTreeMap<String, Json>>) -> Result<Self, String> {
        let missing = |field: &str| format!("{} needs `{field}` in its `with`", call.action);
        let via = call.via.clone().ok_or_else(|| missing("via"))?;
        let roles = || Some(call.texts("roles")).filter(|roles| !roles.is_empty()).ok_or_else(|| missing("roles"));
        let (what, parts) = match call.action.as_str() {
            "postgres.fence" => (What::Login(false), roles()?),
            "postgres.allow_writes" => (What::Login(true), roles()?),
            "postgres.wait_caught_up" => {
                (What::CaughtUp { of: call.text("of").ok_or_else(|| missing("of"))?.to_owned() }, vec![via.clone()])
            }
            "postgres.check_standby" => (What::CheckStandby, vec![via.clone()]),
            "postgres.promote" => (What::Promote, vec![via.clone()]),
            "postgres.write_probe" => (What::WriteProbe, vec![call.text("role").ok_or_else(|| missing("role"))?.to_owned()]),
            other => return Err(format!("the simulated platform does not know the action {other}")),
        };
        if put_back.is_some() && !matches!(what, What::Login(_)) {
            return Err(format!("{} cannot be taken back", call.action));
        }
        Ok(Self { call: call.clone(), via, what, parts, put_back: put_back.cloned() })
    }

    fn database<'a>(&self, world: &'a World) -> Result<&'a Database, String> {
        world.databases.get(&self.via).ok_or_else(|| format!("{} is no PostgreSQL connection", self.via))
    }

    fn login_effect(&self, database: &Database, role: &str) -> Effect {
        let has_sessions = database.may_write() && database.logins.get(role).is_some_and(|may| *may);
        match self.login(role) {
            true => effects::let_in(role),
            false => effects::shut_out(role, if has_sessions { SESSIONS } else { 0 }),
        }
    }

    /// Whether `role` may log in afterwards.
    fn login(&self, role: &str) -> bool {
        match (&self.put_back, &self.what) {
            (Some(before), _) => before.get(role).and_then(Json::as_bool).unwrap_or(true),
            (None, What::Login(may)) => *may,
            _ => true,
        }
    }

    /// The answer of a fence, where this is one.
    fn fenced(&self, report: PartReport, may_log_in: bool, now: Time) -> PartReport {
        if !self.fences() {
            return report;
        }
        report.fenced(if may_log_in {
            FenceAnswer::StillWritable { why: "the role may still log in".into() }
        } else {
            FenceAnswer::RefusesWrites { proven: now }
        })
    }

    /// A report of whether `role` may log in as it should.
    fn login_report(&self, database: &Database, role: &str, now: Time) -> PartReport {
        let (is, wanted) = (database.logins.get(role).copied(), self.login(role));
        let outcome = match is {
            None => Outcome::failed(format!("role \"{role}\" does not exist")),
            Some(is) if is == wanted && wanted => Outcome::succeeded("may log in"),
            Some(is) if is == wanted => Outcome::succeeded("may not log in, no session is left"),
            Some(true) => Outcome::failed("may still log in: it did not take effect"),
            Some(false) => Outcome::failed("may not log in: it did not take effect"),
        };
        self.fenced(PartReport::new(role, outcome), is.unwrap_or(true), now)
    }
}

impl Deed for PostgresDeed {
    fn name(&self) -> String {
        if self.put_back.is_some() { format!("undo {}", self.call.action) } else { self.call.action.clone() }
    }
    fn via(&self) -> Option<&str> {
        Some(&self.via)
    }
    fn target(&self) -> &str {
        &self.via
    }
    fn mutates(&self) -> bool {
        !matches!(self.what, What::CaughtUp { .. } | What::CheckStandby)
    }
    fn fences(&self) -> bool {
        matches!(self.what, What::Login(false)) && self.put_back.is_none()
    }
    fn changes(&self) -> &'static [&'static str] {
        if matches!(self.what, What::Promote) { &["timeline", "role"] } else { &[] }
    }

    fn parts(&self, world: &World) -> Result<Vec<PartPreview>, String> {
        let database = self.database(world)?;
        let mut parts = Vec::new();
        let back = self.put_back.as_ref().map(|before| before.keys().cloned().collect());
        for name in back.unwrap_or_else(|| self.parts.clone()) {
            let (change, before) = match &self.what {
                What::Login(_) => {
                    let Some(may) = database.logins.get(&name).copied() else {
                        return Err(format!("role \"{name}\" does not exist on {}", self.via));
                    };
                    let words = |may| if may { "may log in" } else { "may not log in" };
                    let wanted = self.login(&name);
                    let change = if may == wanted {
                        format!("{} already", words(may))
                    } else {
                        format!("{} to {}", words(may), words(wanted))
                    };
                    (change, Some(json!(may)))
                }
                What::CaughtUp { of } => (format!("waits for {of}"), None),
                What::CheckStandby => ("looks".to_owned(), None),
                What::Promote => ("standby to primary".to_owned(), None),
                What::WriteProbe => ("writes a row and removes it".to_owned(), None),
            };
            parts.push(PartPreview { name, change, before });
        }
        Ok(parts)
    }

    fn requests(&self, world: &World, parts: &[PartPreview]) -> Vec<Request> {
        let Ok(database) = self.database(world) else { return vec![] };
        let request = |user: &str, text: String| Request { to: format!("{} as {user}", database.address()), text };
        match &self.what {
            What::Login(_) => parts
                .iter()
                .flat_map(|part| {
                    let may = self.login(&part.name);
                    let alter = format!("ALTER ROLE \"{}\" {}", part.name, if may { "LOGIN" } else { "NOLOGIN" });
                    let end = format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = '{}'", part.name);
                    [Some(alter), (!may).then_some(end)].into_iter().flatten().map(|text| request("lifeboat", text))
                })
                .collect(),
            What::Promote => vec![request("lifeboat", "select pg_promote(true, 60)".into())],
            What::WriteProbe => {
                let insert = "insert into lifeboat_write_probe default values returning id".to_owned();
                let role = parts.first().map_or("app", |part| part.name.as_str());
                vec![request(role, insert), request(role, "delete from lifeboat_write_probe where id = $1".into())]
            }
            What::CaughtUp { .. } | What::CheckStandby => vec![],
        }
    }

    fn effects(&self, world: &World, parts: &[PartPreview]) -> (Vec<Effect>, Vec<String>) {
        let Ok(database) = self.database(world) else { return (vec![], vec![]) };
        let now = world.now();
        let (via, behind) = (self.via.as_str(), database.behind(now));
        let stream = database.streaming.then_some(Stream { to_receive: Some(behind), receipt_age: Some(HEARD) });
        match &self.what {
            What::Login(_) => (parts.iter().map(|part| self.login_effect(database, &part.name)).collect(), vec![]),
            What::Promote => {
                let warnings = if database.streaming { vec![effects::still_sends(via)] } else { vec![] };
                (effects::promotion(via, Some(0.0), stream), warnings)
            }
            What::CheckStandby => (effects::standby_check(Some(0.0), stream.unwrap_or_default()), vec![]),
            What::CaughtUp { of } => match world.reach(of) {
                Err((_, reason)) => (vec![], vec![format!("how far it is behind cannot be told: {reason}")]),
                Ok(_) if !database.streaming => (vec![], vec![effects::does_not_stream(via, "none")]),
                Ok(_) => (vec![effects::behind(via, of, behind)], vec![]),
            },
            What::WriteProbe => (vec![], vec![]),
        }
    }

    fn send(&self, world: &mut World, part: &str) -> Result<(), String> {
        let now = world.now();
        let database = self.database(world)?;
        let standby = database.role == DatabaseRole::Standby;
        match &self.what {
            What::Login(_) | What::WriteProbe if standby => {
                Err("cannot execute this in a read-only transaction: it is a standby".into())
            }
            What::Login(_) => {
                let may = self.login(part);
                if !database.logins.contains_key(part) {
                    return Err(format!("role \"{part}\" does not exist"));
                }
                // roles are part of the log: attached standbys have them too
                for (name, other) in &mut world.databases {
                    if *name == self.via || (other.streaming && other.follows.as_ref() == Some(&self.via)) {
                        other.logins.insert(part.to_owned(), may);
                    }
                }
                world.settle();
                Ok(())
            }
            What::WriteProbe => match database.logins.get(part) {
                Some(true) => {
                    if let Some(database) = world.databases.get_mut(&self.via) {
                        database.written = Some(now);
                    }
                    Ok(())
                }
                Some(false) => Err(format!("role \"{part}\" is not permitted to log in")),
                None => Err(format!("role \"{part}\" does not exist")),
            },
            What::Promote => world.promote(&self.via),
            What::CaughtUp { .. } | What::CheckStandby => Ok(()),
        }
    }

    fn watch(&self, world: &World, part: &str, _: Time) -> Watch {
        let now = world.now();
        let database = match self.database(world) {
            Ok(database) => database,
            Err(reason) => return Watch::ended(part, Outcome::failed(reason)),
        };
        match &self.what {
            What::Login(_) => Watch::Ended(self.login_report(database, part, now)),
            What::WriteProbe => Watch::ended(part, Outcome::succeeded("wrote a row and removed it")),
            What::Promote if database.role == DatabaseRole::Primary => {
                Watch::ended(part, Outcome::succeeded(format!("takes writes, on timeline {}", database.timeline)))
            }
            What::Promote => Watch::Going("waiting for recovery to end".into()),
            What::CheckStandby => Watch::ended(part, standby_check(database, now)),
            What::CaughtUp { of } => {
                if let Err((_, reason)) = world.reach(of) {
                    return Watch::ended(part, Outcome::failed(format!("its last commit cannot be known: {reason}")));
                }
                if !database.streaming {
                    return Watch::ended(
                        part,
                        Outcome::failed(format!("the receiver is not attached to {of}: it comes no nearer")),
                    );
                }
                match database.behind(now) {
                    0.0 => Watch::ended(part, Outcome::succeeded(format!("has everything that {of} has"))),
                    behind => Watch::Going(format!("{} behind", size(behind))),
                }
            }
        }
    }

    fn read_back(&self, world: &World, part: &str, since: Time) -> PartReport {
        let now = world.now();
        let database = match self.database(world) {
            Ok(database) => database,
            Err(reason) => return PartReport::new(part, Outcome::unknown(reason)),
        };
        let outcome = match &self.what {
            What::Login(_) => return self.login_report(database, part, now),
            What::Promote if database.role == DatabaseRole::Primary => {
                Outcome::succeeded(format!("is a primary, on timeline {}", database.timeline))
            }
            What::Promote if database.promoting_until.is_some() => Outcome::unknown("is being promoted: ask again"),
            What::Promote => Outcome::failed("is still a standby: it did not take effect"),
            What::WriteProbe if database.written.is_some_and(|at| at >= since) => Outcome::succeeded("the row was written"),
            What::WriteProbe => Outcome::failed("no row was written"),
            What::CaughtUp { .. } | What::CheckStandby => match self.watch(world, part, since) {
                Watch::Ended(report) => return report,
                Watch::Going(so_far) => Outcome::failed(so_far),
            },
        };
        PartReport::new(part, outcome)
    }
}

fn standby_check(database: &Database, now: Time) -> Outcome {
    if database.role == DatabaseRole::Primary {
        return Outcome::failed("it is a primary, not a standby");
    }
    if !database.streaming {
        let heard = time::clock(database.last_heard, now);
        return Outcome::failed(format!("its receiver is not attached; the last message from the primary came at {heard}"));
    }
    let behind = database.behind(now);
    if behind > ACCEPTABLE {
        return Outcome::failed(format!("{} behind, more than {}", size(behind), size(ACCEPTABLE)));
    }
    Outcome::succeeded(format!("standby, streaming, {} behind, may be promoted", size(behind)))
}
