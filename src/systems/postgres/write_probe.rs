//! `postgres.write_probe`: writes, reads and removes one row as the application, in one transaction that is committed.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    fault::{Fault, Known},
    link::{As, Server, quoted},
    order,
    privileges::may_write,
    roles,
};
use crate::{
    model::{Call, Clock, Effect, Identity, Outcome, PartPreview, PartReport, Preview, Request, Time, text::clean},
    plan::Connection,
    systems::action::{ActionFault, Inspect, Order, Perform, Progress},
};

const INSERT: &str = "INSERT INTO lifeboat.write_probe (id) VALUES ($1)";
const READ: &str = "SELECT id FROM lifeboat.write_probe WHERE id = $1";
const DELETE: &str = "DELETE FROM lifeboat.write_probe WHERE id = $1";

pub struct WriteProbe {
    call: Call,
    server: Server,
    role: String,
}

impl WriteProbe {
    pub fn new(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Self, ActionFault> {
        let server = order::target(call, links)?;
        let role = call
            .text("role")
            .ok_or_else(|| ActionFault::new(format!("{} needs `role`: what the application logs in as", call.action)))?;
        Ok(Self { call: call.clone(), server, role: role.to_owned() })
    }

    /// The login that proves LOGIN too; `None`: the acting login has to take the role on.
    fn real_login(&self) -> bool {
        self.server.link.application.as_ref().is_some_and(|login| login.user == self.role)
    }

    fn writer(&self) -> As {
        if self.real_login() { As::Application } else { As::Act }
    }

    /// What makes the table, when it is not there for the role yet.
    fn preparation(&self) -> String {
        let role = quoted(&self.role);
        format!(
            "BEGIN; CREATE SCHEMA IF NOT EXISTS lifeboat; \
             CREATE TABLE IF NOT EXISTS lifeboat.write_probe (id text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now()); \
             GRANT USAGE ON SCHEMA lifeboat TO {role}; GRANT INSERT, SELECT, DELETE ON lifeboat.write_probe TO {role}; COMMIT"
        )
    }

    /// Until COMMIT is sent a fault means that nothing was written: the server undoes what was open.
    async fn write(&self, part: &str, order: &Order, progress: &dyn Progress, clock: &Arc<dyn Clock>) -> Outcome {
        let failed = |what: &str, fault: Fault| {
            let end =
                if matches!(fault.known, Known::Refused(_)) { "was refused" } else { "was not answered; nothing is written" };
            Outcome::failed(format!("{what} {end}: {}", fault.reason))
        };
        let (acting, facts) = match order::begin(&self.server, As::Act, &order.identity, self.call.timeout, clock).await {
            Ok(begun) => begun,
            Err(fault) => return Outcome::failed(fault.reason),
        };
        if facts.standby {
            return Outcome::failed(format!("{} is a standby: it takes no writes", acting.place()));
        }
        match may_write(&acting, &self.role).await {
            Ok(true) => {}
            Ok(false) => {
                progress.say(part, "preparing lifeboat.write_probe");
                if let Err(fault) = acting.run(&self.preparation()).await {
                    return match fault.known {
                        Known::Lost => Outcome::unknown(format!("the table could not be prepared: {}", fault.reason)),
                        _ => failed("preparing the table", fault),
                    };
                }
            }
            Err(fault) => return failed("looking at the table", fault),
        }
        let session = if self.real_login() {
            match order::begin(&self.server, As::Application, &order.identity, self.call.timeout, clock).await {
                Ok((session, _)) => session,
                Err(fault) => return Outcome::failed(format!("the application cannot log in: {}", fault.reason)),
            }
        } else {
            acting
        };
        let begin = if self.real_login() { "BEGIN".to_owned() } else { format!("BEGIN; SET LOCAL ROLE {}", quoted(&self.role)) };
        if let Err(fault) = session.run(&begin).await {
            return failed("beginning a transaction", fault);
        }
        let id = uuid::Uuid::now_v7().to_string();
        match session.execute(INSERT, &[&id]).await {
            Ok(1) => {}
            Ok(_) => return Outcome::failed("the row was not taken: a trigger or rule drops it"),
            Err(fault) => return failed("writing", fault),
        }
        match session.rows(READ, &[&id]).await {
            Ok(rows) if rows.len() == 1 => {}
            Ok(_) => return Outcome::failed("the row was written and cannot be read"),
            Err(fault) => return failed("reading", fault),
        }
        match session.execute(DELETE, &[&id]).await {
            Ok(1) => {}
            Ok(_) => return Outcome::failed("the row was written and could not be removed; nothing was committed"),
            Err(fault) => return failed("removing", fault),
        }
        match session.run("COMMIT").await {
            Ok(()) => Outcome::succeeded(match self.real_login() {
                true => format!("{} logged in, wrote, read and removed a row", clean(&self.role)),
                false => format!(
                    "wrote, read and removed a row with SET ROLE {}: does not prove that it may log in",
                    clean(&self.role)
                ),
            }),
            Err(fault) if fault.known == Known::Lost => Outcome::unknown(format!(
                "{}: the commit was not answered; does it wait for a synchronous standby?",
                fault.reason
            )),
            Err(fault) => failed("the commit", fault),
        }
    }
}

#[async_trait]
impl Inspect for WriteProbe {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let (session, facts) = order::look(&self.server, self.call.timeout, clock).await?;
        let (name, role) = (&self.server.name, clean(&self.role));
        let (mut requests, mut effects, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
        if facts.standby {
            warnings.push(format!("{name} is a standby: it takes no writes"));
        }
        match roles::role(&session, &self.role).await? {
            None => warnings.push(format!("there is no role {role} on {name}")),
            Some(state) => {
                if !state.login {
                    warnings.push(format!("{role} may not log in: let it in first (postgres.allow_writes)"));
                }
                if !may_write(&session, &self.role).await? {
                    requests.push(Request { to: self.server.to(As::Act), text: clean(&self.preparation()) });
                    effects.push(Effect { text: "a table lifeboat.write_probe is made and stays".into(), measure: None });
                }
            }
        }
        let to = self.server.to(self.writer());
        let begin = if self.real_login() { "BEGIN".to_owned() } else { format!("BEGIN; SET LOCAL ROLE {}", quoted(&self.role)) };
        for text in [begin.as_str(), INSERT, READ, DELETE, "COMMIT"] {
            requests.push(Request { to: to.clone(), text: clean(text) });
        }
        effects.push(Effect { text: format!("one row of its own is written as {role} and removed"), measure: None });
        if !self.real_login() {
            warnings.push(format!("the connection has no `application` login {role}: this does not prove that it may log in"));
        }
        Ok(Preview {
            action: self.call.action.clone(),
            target: name.clone(),
            identity: facts.identity(),
            requests,
            parts: vec![PartPreview { name: name.clone(), change: format!("a row of {role} comes and goes"), before: None }],
            effects,
            warnings,
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], _: &Identity, _: Time, _: &Arc<dyn Clock>) -> Vec<PartReport> {
        // The row is gone either way, so a server cannot tell.
        order::all(
            parts,
            &Outcome::unknown("it leaves no trace, so this cannot be read back; no row was left: do it anew as a new attempt"),
        )
    }
}

#[async_trait]
impl Perform for WriteProbe {
    async fn run(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        let Some(part) = order.parts.first() else { return Vec::new() };
        let outcome = tokio::select! {
            outcome = self.write(part, order, progress, clock) => outcome,
            () = stop.cancelled() => Outcome::unknown("stopped in the middle; no row is left either way"),
        };
        vec![PartReport::new(part, outcome)]
    }

    async fn undo(&self, order: &Order, _: &dyn Progress, _: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        order::no_undo(&order.parts, "its row is gone already: there is nothing to undo")
    }
}
