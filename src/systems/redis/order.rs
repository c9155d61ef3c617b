//! What all actions on a Redis server begin with: the connection a call names, and proof that it is the server agreed to.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    fault::Fault,
    identity::{identity, same},
    info::{Info, info},
    link::{As, Server, Session},
};
use crate::{
    model::{Call, Clock, Duration, Identity, Outcome, PartReport, text::clean},
    plan::{Connection, Link},
    systems::action::ActionFault,
};

/// How often a server is looked at while something is awaited.
pub const LOOK: Duration = Duration::from_millis(250);

/// The Redis connection `name` of the plan.
pub fn server(
    action: &str,
    field: &str,
    name: Option<&str>,
    links: &BTreeMap<String, Connection>,
) -> Result<Server, ActionFault> {
    let name = name.ok_or_else(|| ActionFault::new(format!("{action} needs `{field}`: the name of a redis connection")))?;
    match links.get(name).map(|connection| &connection.link) {
        Some(Link::Redis(link)) => Ok(Server::redis(name, link)),
        Some(other) => Err(ActionFault::new(format!("{action}: `{name}` is a {} connection, expected redis", other.system()))),
        None => Err(ActionFault::new(format!("{action}: the plan has no connection `{name}`"))),
    }
}

/// The Sentinels that the connection `server` names.
pub fn sentinels(action: &str, server: &Server, links: &BTreeMap<String, Connection>) -> Result<Vec<Server>, ActionFault> {
    let named = match links.get(&server.name).map(|connection| &connection.link) {
        Some(Link::Redis(link)) => link.sentinels.as_slice(),
        _ => &[],
    };
    let found: Vec<Server> = named
        .iter()
        .filter_map(|name| match &links.get(name)?.link {
            Link::Sentinel(link) => Some(Server::sentinel(name, link)),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        let name = &server.name;
        return Err(ActionFault::new(format!("{action}: the connection `{name}` names no Sentinel: add `sentinels: [...]`")));
    }
    Ok(found)
}

/// The name that the Sentinels know the master by.
pub fn master(call: &Call) -> Result<String, ActionFault> {
    let name = call.text("master").map(str::to_owned);
    name.ok_or_else(|| ActionFault::new(format!("{} needs `master`: the name that the Sentinels know it by", call.action)))
}

/// The server that `call` changes. It must have an `act` login: what cannot be done is not worth previewing.
pub fn target(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Server, ActionFault> {
    let server = server(&call.action, "via", call.via.as_deref(), links)?;
    if server.login(As::Act).is_none() {
        return Err(no_act(&call.action, &server.name));
    }
    Ok(server)
}

pub fn no_act(action: &str, name: &str) -> ActionFault {
    ActionFault::new(format!("{action}: the connection `{name}` has no `act` login: add `act: {{user, password}}`"))
}

/// Opens a session and refuses, before anything is sent, when the server is not the one agreed to (RULES R14).
pub async fn begin(
    server: &Server,
    who: As,
    pinned: &Identity,
    limit: Duration,
    clock: &Arc<dyn Clock>,
) -> Result<(Session, Info), Fault> {
    let session = server.open(who, limit, clock).await?;
    let now = info(&session).await.map_err(Fault::unsent)?;
    same(session.place(), &identity(server, &now), pinned, &[]).map_err(Fault::unreachable)?;
    Ok((session, now))
}

/// Opens a looking session for a preview.
pub async fn look(server: &Server, limit: Duration, clock: &Arc<dyn Clock>) -> Result<(Session, Info), ActionFault> {
    let session = server.open(As::Observe, limit, clock).await?;
    let now = info(&session).await?;
    Ok((session, now))
}

/// The same outcome for each part.
pub fn all(parts: &[String], outcome: &Outcome) -> Vec<PartReport> {
    parts.iter().map(|part| PartReport::new(part, outcome.clone())).collect()
}

/// Of an action that has no undo.
pub fn no_undo(parts: &[String], why: &str) -> Vec<PartReport> {
    all(parts, &Outcome::failed(clean(why)))
}
