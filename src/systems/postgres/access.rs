//! Takes LOGIN from roles, or gives it back: what fencing, letting in and the undo of both are made of.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio_postgres::error::SqlState;
use tokio_util::sync::CancellationToken;

use super::{
    effects,
    fault::{Fault, Known},
    link::{As, Server, Session, quoted},
    order,
    roles::{self, Role},
};
use crate::{
    model::{
        Call, Clock, Duration, FenceAnswer, Identity, Outcome, PartPreview, PartReport, Preview, Request, Time, text::clean,
    },
    systems::action::{ActionFault, Inspect, Order, Perform, Progress},
};

/// What a role is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// No LOGIN and no session.
    Out,
    /// LOGIN.
    In,
}

/// Ends the sessions of `$1` but for those in `$2`, which were told before: each is told once.
const TERMINATE: &str = "SELECT a.pid, pg_terminate_backend(a.pid) FROM pg_stat_activity a \
    WHERE a.usename = $1 AND a.pid <> pg_backend_pid() AND NOT (a.pid = ANY($2))";
/// How often it is looked whether the sessions are gone.
const LOOK: Duration = Duration::from_millis(200);

/// Roles of one server, and what each is to be.
pub struct Access {
    action: String,
    server: Server,
    wishes: BTreeMap<String, Wish>,
    limit: Duration,
    /// Whether the parts answer as a fence (RULES R19).
    fences: bool,
}

impl Access {
    /// All `roles` of `call` are to be `wish`.
    pub fn new(call: &Call, server: Server, wish: Wish, fences: bool) -> Result<Self, ActionFault> {
        let wishes: BTreeMap<_, _> = call.texts("roles").into_iter().map(|role| (role, wish)).collect();
        if wishes.is_empty() {
            return Err(ActionFault::new(format!("{} needs `roles`: the roles the application logs in as", call.action)));
        }
        for own in [Some(&server.link.observe), server.link.act.as_ref()].into_iter().flatten() {
            if wishes.contains_key(&own.user) {
                let (action, user) = (&call.action, &own.user);
                return Err(ActionFault::new(format!(
                    "{action}: `{user}` is Lifeboat's own login there; it must stay able to look and act"
                )));
            }
        }
        Ok(Self { action: call.action.clone(), server, wishes, limit: call.timeout, fences })
    }

    /// The undo: each role as it was before. A role of which that is not known is left out.
    pub fn back(call: &Call, server: Server, remembered: &BTreeMap<String, serde_json::Value>) -> Result<Self, ActionFault> {
        let mut undo = Self::new(call, server, Wish::In, false)?;
        undo.wishes = wishes_of(remembered);
        Ok(undo)
    }

    /// For these roles alone.
    pub fn only(mut self, roles: &[String]) -> Self {
        self.wishes.retain(|role, _| roles.contains(role));
        self
    }

    async fn carry_out(
        &self,
        order: &Order,
        wish_of: impl Fn(&str) -> Option<Wish>,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        let session = match order::begin(&self.server, As::Act, &order.identity, self.limit, clock).await {
            Ok((session, _)) => session,
            Err(fault) => {
                return order
                    .parts
                    .iter()
                    .map(|part| self.report(part, Outcome::failed(&fault.reason), Some(answer_of(&fault))))
                    .collect();
            }
        };
        let mut reports = Vec::new();
        for part in &order.parts {
            let report = match wish_of(part) {
                None => self.report(part, Outcome::failed("what it was before is not known: nothing was sent"), None),
                Some(_) if stop.is_cancelled() => self.report(part, Outcome::failed("stopped before anything was sent"), None),
                Some(Wish::In) => self.report(part, let_in(&session, part).await, None),
                Some(Wish::Out) => {
                    let (outcome, answer) = shut_out(&session, part, self.limit, progress, clock, stop).await;
                    self.report(part, outcome, Some(answer))
                }
            };
            progress.ended(report.clone());
            reports.push(report);
        }
        reports
    }

    fn report(&self, part: &str, outcome: Outcome, answer: Option<FenceAnswer>) -> PartReport {
        let report = PartReport::new(part, outcome);
        match answer {
            Some(answer) if self.fences => report.fenced(answer),
            _ => report,
        }
    }
}

/// LOGIN where it was, NOLOGIN where it was not.
fn wishes_of(remembered: &BTreeMap<String, serde_json::Value>) -> BTreeMap<String, Wish> {
    let wish = |before: &serde_json::Value| before.as_bool().map(|login| if login { Wish::In } else { Wish::Out });
    remembered.iter().filter_map(|(role, before)| Some((role.clone(), wish(before)?))).collect()
}

/// The statement that is sent, word for word.
fn statement(role: &str, wish: Wish) -> String {
    format!("ALTER ROLE {} {}", quoted(role), if wish == Wish::Out { "NOLOGIN" } else { "LOGIN" })
}

fn answer_of(fault: &Fault) -> FenceAnswer {
    let why = fault.reason.clone();
    match fault.known {
        Known::Refused(_) => FenceAnswer::StillWritable { why },
        Known::Unreachable | Known::Lost => FenceAnswer::Unreachable { why },
    }
}

async fn let_in(session: &Session, role: &str) -> Outcome {
    if let Err(fault) = session.run(&statement(role, Wish::In)).await {
        return fault.outcome();
    }
    match roles::role(session, role).await {
        Ok(Some(Role { login: true, .. })) => Outcome::succeeded("may log in"),
        Ok(_) => Outcome::failed("LOGIN was given and is gone again: something else changes this role"),
        // The server has confirmed the change before.
        Err(_) => Outcome::succeeded("may log in"),
    }
}

async fn shut_out(
    session: &Session,
    role: &str,
    limit: Duration,
    progress: &dyn Progress,
    clock: &Arc<dyn Clock>,
    stop: &CancellationToken,
) -> (Outcome, FenceAnswer) {
    let ended = |fault: &Fault| (fault.outcome(), answer_of(fault));
    if let Err(fault) = session.run(&statement(role, Wish::Out)).await {
        return ended(&fault);
    }
    let began = clock.passed();
    let mut told: Vec<i32> = Vec::new();
    loop {
        match session.rows(TERMINATE, &[&role, &told]).await {
            Ok(rows) => told.extend(rows.iter().filter_map(|row| row.try_get::<_, i32>(0).ok())),
            Err(fault) if fault.is(SqlState::INSUFFICIENT_PRIVILEGE.code()) => {
                let why = format!("no new logins, but its sessions go on: {}", fault.reason);
                return (Outcome::failed(&why), FenceAnswer::StillWritable { why });
            }
            Err(fault) => return ended(&fault),
        }
        let now = match roles::role(session, role).await {
            Ok(now) => now,
            Err(fault) => return ended(&fault),
        };
        let proven = clock.now();
        let left = match judge(role, now.as_ref()) {
            Ok(()) => {
                let detail =
                    format!("may not log in; {} {} ended", told.len(), if told.len() == 1 { "session" } else { "sessions" });
                return (Outcome::succeeded(detail), FenceAnswer::RefusesWrites { proven });
            }
            Err(why) => why,
        };
        progress.say(role, &left);
        let over = clock.passed().saturating_sub(began) >= limit || stop.is_cancelled() || now.is_none_or(|role| role.login);
        if over {
            return (Outcome::failed(&left), FenceAnswer::StillWritable { why: left });
        }
        tokio::select! {
            () = clock.sleep(LOOK) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Whether the role is shut out, or in words why it can still write.
fn judge(role: &str, now: Option<&Role>) -> Result<(), String> {
    let role = clean(role);
    match now {
        None => Err(format!("there is no role {role}: the application logs in as another one")),
        Some(Role { login: true, .. }) => Err(format!("{role} may still log in")),
        Some(Role { sessions: 0, .. }) => Ok(()),
        Some(Role { sessions, .. }) => Err(format!("{role} may not log in, but {sessions} of its sessions are still there")),
    }
}

#[async_trait]
impl Inspect for Access {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let (session, facts) = order::look(&self.server, self.limit, clock).await?;
        let (mut requests, mut parts, mut effects, mut warnings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let to = self.server.to(As::Act);
        if facts.standby {
            warnings.push(format!("{} is a standby: roles are changed on its primary", self.server.name));
        }
        for (name, wish) in &self.wishes {
            let shown = clean(name);
            let state = roles::role(&session, name).await?;
            requests.push(Request { to: to.clone(), text: clean(&statement(name, *wish)) });
            if *wish == Wish::Out {
                requests.push(Request {
                    to: to.clone(),
                    text: clean(&format!("{TERMINATE} -- $1 = '{name}', $2 = those already told")),
                });
            }
            let Some(state) = state else {
                warnings
                    .push(format!("there is no role {shown} on {}: the application logs in as another one", self.server.name));
                parts.push(PartPreview { name: name.clone(), change: "no such role".into(), before: None });
                continue;
            };
            let change = match (wish, state.login) {
                (Wish::Out, true) => "LOGIN to NOLOGIN",
                (Wish::Out, false) => "has NOLOGIN already",
                (Wish::In, false) => "NOLOGIN to LOGIN",
                (Wish::In, true) => "has LOGIN already",
            };
            parts.push(PartPreview { name: name.clone(), change: change.into(), before: Some(state.login.into()) });
            if *wish == Wish::Out {
                effects.push(effects::shut_out(&shown, state.sessions as u64));
                if state.superuser {
                    warnings.push(format!("{shown} is a superuser: only a superuser can shut it out and end its sessions"));
                }
            } else {
                effects.push(effects::let_in(&shown));
            }
        }
        let out: Vec<String> = self.wishes.iter().filter(|(_, wish)| **wish == Wish::Out).map(|(role, _)| role.clone()).collect();
        if !out.is_empty() {
            let own = [Some(&self.server.link.observe), self.server.link.act.as_ref()];
            let but: Vec<String> = own.into_iter().flatten().map(|login| login.user.clone()).chain(out).collect();
            warnings.extend(roles::other_writers(&session, &but).await?);
        }
        Ok(Preview {
            action: self.action.clone(),
            target: self.server.name.clone(),
            identity: facts.identity(),
            requests,
            parts,
            effects,
            warnings,
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], identity: &Identity, _since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        let session = match order::begin(&self.server, As::Observe, identity, self.limit, clock).await {
            Ok((session, _)) => session,
            Err(fault) => {
                return parts
                    .iter()
                    .map(|part| self.report(part, Outcome::unknown(&fault.reason), Some(answer_of(&fault))))
                    .collect();
            }
        };
        let mut reports = Vec::new();
        for part in parts {
            let state = roles::role(&session, part).await;
            reports.push(match (self.wishes.get(part), state) {
                (_, Err(fault)) => self.report(part, Outcome::unknown(&fault.reason), Some(answer_of(&fault))),
                (None, _) => self.report(part, Outcome::unknown("what it should be is not known"), None),
                (Some(Wish::Out), Ok(state)) => match judge(part, state.as_ref()) {
                    Ok(()) => self.report(
                        part,
                        Outcome::succeeded("may not log in and has no session"),
                        Some(FenceAnswer::RefusesWrites { proven: clock.now() }),
                    ),
                    Err(why) => self.report(part, Outcome::failed(&why), Some(FenceAnswer::StillWritable { why })),
                },
                (Some(Wish::In), Ok(Some(Role { login: true, .. }))) => self.report(part, Outcome::succeeded("may log in"), None),
                (Some(Wish::In), Ok(_)) => self.report(part, Outcome::failed("may not log in"), None),
            });
        }
        reports
    }
}

#[async_trait]
impl Perform for Access {
    async fn run(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        self.carry_out(order, |role| self.wishes.get(role).copied(), progress, clock, stop).await
    }

    async fn undo(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        let before = wishes_of(&order.remembered);
        let undo = Access {
            action: self.action.clone(),
            server: self.server.clone(),
            wishes: before.clone(),
            limit: self.limit,
            fences: false,
        };
        undo.carry_out(order, |role| before.get(role).copied(), progress, clock, stop).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Login, PostgresLink};

    #[test]
    fn what_is_sent_is_what_is_shown_and_a_role_stays_one_identifier() {
        assert_eq!(statement("app", Wish::Out), "ALTER ROLE \"app\" NOLOGIN");
        assert_eq!(statement("a\"b LOGIN; --", Wish::In), "ALTER ROLE \"a\"\"b LOGIN; --\" LOGIN");
    }

    #[test]
    fn r03_a_retry_looks_at_the_roles_that_failed_alone() {
        let login = || Login { user: "lifeboat".into(), password: None };
        let link = PostgresLink {
            host: "10.1.0.15".into(),
            port: None,
            dbname: "orders".into(),
            observe: login(),
            act: Some(login()),
            application: None,
            ca: None,
            tls: None,
        };
        let server = Server::new("db-east", &link);
        let roles = serde_json::json!(["app", "batch"]);
        let call = Call {
            action: "postgres.fence".into(),
            via: Some("db-east".into()),
            with: BTreeMap::from([("roles".into(), roles)]),
            timeout: LOOK,
        };
        let retry = Access::new(&call, server, Wish::Out, true).unwrap().only(&["batch".into()]);
        assert_eq!(retry.wishes, BTreeMap::from([("batch".into(), Wish::Out)]));
    }

    #[test]
    fn r02_undo_puts_back_what_was_there_not_the_opposite() {
        let remembered =
            BTreeMap::from([("app".to_owned(), true.into()), ("batch".to_owned(), false.into()), ("odd".to_owned(), 7.into())]);
        let wishes = wishes_of(&remembered);
        assert_eq!(wishes.get("app"), Some(&Wish::In));
        assert_eq!(wishes.get("batch"), Some(&Wish::Out), "it had no LOGIN before: it gets none");
        assert_eq!(wishes.get("odd"), None);
    }

    #[test]
    fn r19_only_no_login_and_no_session_refuses_writes() {
        let role = |login, sessions| Role { login, superuser: false, sessions };
        assert_eq!(judge("app", Some(&role(false, 0))), Ok(()));
        assert!(judge("app", Some(&role(true, 0))).unwrap_err().contains("still log in"));
        assert!(judge("app", Some(&role(false, 2))).unwrap_err().contains("2 of its sessions"));
        assert!(judge("app", None).unwrap_err().contains("no role app"));
    }
}
