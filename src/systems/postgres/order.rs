//! What all actions on a PostgreSQL server begin with: the connection a call names, and proof that it is the server agreed to.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    fault::Fault,
    identity::{Facts, identify},
    link::{As, Server, Session},
};
use crate::{
    model::{Call, Clock, Duration, Identity, Outcome, PartReport, text::clean},
    plan::{Connection, Link},
    systems::action::ActionFault,
};

/// The PostgreSQL connection `name` of the plan.
pub fn server(
    action: &str,
    field: &str,
    name: Option<&str>,
    links: &BTreeMap<String, Connection>,
) -> Result<Server, ActionFault> {
    let name = name.ok_or_else(|| ActionFault::new(format!("{action} needs `{field}`: the name of a postgres connection")))?;
    match links.get(name).map(|connection| &connection.link) {
        Some(Link::Postgres(link)) => Ok(Server::new(name, link)),
        Some(other) => Err(ActionFault::new(format!("{action}: `{name}` is a {} connection, expected postgres", other.system()))),
        None => Err(ActionFault::new(format!("{action}: the plan has no connection `{name}`"))),
    }
}

/// The server that `call` acts on. It must have an `act` login: what cannot be done is not worth previewing.
pub fn target(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Server, ActionFault> {
    let server = server(&call.action, "via", call.via.as_deref(), links)?;
    if server.link.act.is_none() {
        let name = &server.name;
        return Err(ActionFault::new(format!(
            "{}: the connection `{name}` has no `act` login: add `act: {{user, password}}`",
            call.action
        )));
    }
    Ok(server)
}

/// Opens a session and refuses, before anything is sent, when the server is not the one agreed to (RULES R14).
pub async fn begin(
    server: &Server,
    who: As,
    pinned: &Identity,
    limit: Duration,
    clock: &Arc<dyn Clock>,
) -> Result<(Session, Facts), Fault> {
    let session = server.open(who, limit, clock).await?;
    // Nothing that changes anything was sent yet, whatever goes wrong here.
    let facts = identify(&session).await.map_err(|fault| Fault::unreachable(fault.reason))?;
    facts.same(session.place(), pinned, &[]).map_err(Fault::unreachable)?;
    Ok((session, facts))
}

/// Opens a looking session for a preview.
pub async fn look(server: &Server, limit: Duration, clock: &Arc<dyn Clock>) -> Result<(Session, Facts), ActionFault> {
    let session = server.open(As::Observe, limit, clock).await?;
    let facts = identify(&session).await?;
    Ok((session, facts))
}

/// The same outcome for each part.
pub fn all(parts: &[String], outcome: &Outcome) -> Vec<PartReport> {
    parts.iter().map(|part| PartReport::new(part, outcome.clone())).collect()
}

/// Of an action that has no undo.
pub fn no_undo(parts: &[String], why: &str) -> Vec<PartReport> {
    all(parts, &Outcome::failed(clean(why)))
}
