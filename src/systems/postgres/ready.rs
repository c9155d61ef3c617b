//! Whether the actions on a PostgreSQL server could be done now: its logins, and what each may do. Only asks.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    actions,
    fault::{Fault, Known},
    link::{As, Server, Session, quoted},
    privileges::{self, Lack, Over},
};
use crate::{
    model::{Aspect, Call, Check, Clock, Ready, text::clean},
    plan::Connections,
    systems::{
        action::ActionFault,
        found::{Found, LIMIT, Steps},
        reach::{Door, Speech},
        transport::{self, Written},
    },
};

/// What an action needs of a server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// To look, which every preview and read-back does.
    Look,
    /// To see when a standby last heard of its primary.
    Hear,
    Promote,
    /// To take LOGIN from the role and end its sessions.
    ShutOut(String),
    LetIn(String),
    /// To write as the role.
    Write(String),
}

pub type Wants = BTreeMap<Want, Steps>;

/// What `call` needs, by connection; or why it could not even be looked at.
pub fn wants(call: &Call, links: &Connections) -> Result<Vec<(String, Want)>, ActionFault> {
    // What a preview would refuse is refused here, in its words.
    drop(actions::inspect(call, links)?);
    let via = call.via.clone().unwrap_or_default();
    let mut wants = vec![(via.clone(), Want::Look)];
    let roles = |want: fn(String) -> Want| call.texts("roles").into_iter().map(want);
    let also: Vec<Want> = match call.action.as_str() {
        "postgres.fence" => roles(Want::ShutOut).collect(),
        "postgres.allow_writes" => roles(Want::LetIn).collect(),
        "postgres.check_standby" => vec![Want::Hear, Want::Promote],
        "postgres.promote" => vec![Want::Promote],
        "postgres.write_probe" => call.text("role").map(|role| Want::Write(role.to_owned())).into_iter().collect(),
        _ => Vec::new(),
    };
    wants.extend(also.into_iter().map(|want| (via.clone(), want)));
    wants.extend(call.text("of").map(|of| (of.to_owned(), Want::Look)));
    Ok(wants)
}

/// Asks `server` for all of `wants`.
pub async fn ask(server: &Server, wants: &Wants, found: &Found, clock: &Arc<dyn Clock>) {
    let all: Steps = wants.values().flatten().cloned().collect();
    let acting: Steps =
        wants.iter().filter(|(want, _)| !matches!(want, Want::Look | Want::Hear)).flat_map(|(_, s)| s.clone()).collect();
    let writing: Steps =
        wants.iter().filter(|(want, _)| is_real_login(server, want)).flat_map(|(_, steps)| steps.clone()).collect();
    let logins = [(As::Observe, &all), (As::Act, &acting), (As::Application, &writing)];
    let mut can = Vec::new();
    for (who, steps) in logins.into_iter().filter(|(_, steps)| !steps.is_empty()) {
        let secret = server.login(who).and_then(|login| login.password.as_ref());
        if found.secret(steps, secret, clock.as_ref()).await {
            can.push((who, steps));
        }
    }
    if !knock(server, &all, found, clock).await {
        return;
    }
    one_login(server, &acting, found);
    for (who, steps) in can {
        let Some(session) = let_in(server, who, steps, found, clock).await else { continue };
        let asked = match who {
            As::Observe => looks(server, &session, wants, found).await,
            As::Act => acts(server, &session, wants, found).await,
            As::Application => Ok(()),
        };
        if let Err(fault) = asked {
            found.unknown(steps, Aspect::Permission, "what it may do", &fault.reason);
        }
    }
}

fn is_real_login(server: &Server, want: &Want) -> bool {
    let application = server.link.application.as_ref().map(|login| &login.user);
    matches!(want, Want::Write(role) if Some(role) == application)
}

async fn knock(server: &Server, steps: &Steps, found: &Found, clock: &Arc<dyn Clock>) -> bool {
    let speech = if server.link.tls == Some(false) {
        Speech::Clear
    } else {
        match transport::trust(server.link.ca.as_deref()).await {
            Ok(trust) => Speech::Postgres(Box::new(trust)),
            Err(why) => {
                found.no(steps, Aspect::Tls, "whom to trust", &why);
                return false;
            }
        }
    };
    let door = Door { host: &server.link.host, port: server.link.port(), name: None, written: Written::Plan };
    door.knock(speech, found, steps, clock.as_ref()).await
}

/// RULES R18: who only looks should not be able to act.
fn one_login(server: &Server, steps: &Steps, found: &Found) {
    let (observe, act) = (&server.link.observe, server.link.act.as_ref());
    if !steps.is_empty() && act.is_some_and(|act| act.user == observe.user) {
        let words = format!("`{}` is both", observe.user);
        let check = Check::new(Aspect::Login, "looking and acting by logins of their own", Ready::Warned, words);
        found.add(steps, check.mend("give `observe` a login that may only look"));
    }
}

async fn let_in(server: &Server, who: As, steps: &Steps, found: &Found, clock: &Arc<dyn Clock>) -> Option<Session> {
    let user = server.login(who).map_or("nobody", |login| login.user.as_str());
    let what = match who {
        As::Observe => format!("{user} looks"),
        As::Act => format!("{user} acts"),
        As::Application => format!("{user} logs in as the application does"),
    };
    match server.open(who, LIMIT, clock).await {
        Ok(session) => {
            found.add(steps, Check::new(Aspect::Login, what, Ready::Yes, "is let in"));
            Some(session)
        }
        Err(Fault { reason, known: Known::Refused(_) }) => {
            found.no(steps, Aspect::Login, &what, &reason);
            None
        }
        Err(fault) => {
            found.unknown(steps, Aspect::Login, &what, &fault.reason);
            None
        }
    }
}

async fn looks(server: &Server, session: &Session, wants: &Wants, found: &Found) -> Result<(), Fault> {
    let user = clean(&server.link.observe.user);
    let looker = privileges::looker(session, &server.link.observe.user).await?;
    let is_one = server.link.act.as_ref().is_some_and(|act| act.user == server.link.observe.user);
    if !looker.beyond.is_empty() && !is_one {
        let steps: Steps = wants.values().flatten().cloned().collect();
        let check = Check::new(Aspect::Login, format!("{user} may only look"), Ready::Warned, looker.beyond.join(", "));
        found.add(&steps, check.mend("take that away: viewers and gates use this login"));
    }
    if let Some(steps) = wants.get(&Want::Hear) {
        let may = if looker.hears {
            Ok(())
        } else {
            let why = format!("{user} does not see pg_stat_wal_receiver");
            Err(Lack { why, mend: format!("GRANT pg_monitor TO {}", quoted(&server.link.observe.user)) })
        };
        tell(found, steps, format!("{user} sees what a standby hears"), may);
    }
    Ok(())
}

fn tell(found: &Found, steps: &Steps, what: String, may: Result<(), Lack>) {
    found.add(
        steps,
        match may {
            Ok(()) => Check::new(Aspect::Permission, what, Ready::Yes, "it may"),
            Err(lack) => Check::new(Aspect::Permission, what, Ready::No, lack.why).mend(lack.mend),
        },
    );
}

async fn acts(server: &Server, session: &Session, wants: &Wants, found: &Found) -> Result<(), Fault> {
    let user = server.login(As::Act).map_or("", |login| login.user.as_str());
    for (want, steps) in wants {
        match want {
            Want::Look | Want::Hear => {}
            Want::Promote => {
                tell(found, steps, format!("{user} may promote"), privileges::may_promote(session, user).await?);
            }
            Want::ShutOut(role) | Want::LetIn(role) | Want::Write(role) => {
                let over = privileges::over(session, user, role).await?;
                if !over.there {
                    let why = "there is none: the application logs in as another one";
                    found.no(steps, Aspect::Target, &format!("role {role}"), why);
                    continue;
                }
                role_of(server, session, want, &over, steps, found).await?;
            }
        }
    }
    Ok(())
}

async fn role_of(
    server: &Server,
    session: &Session,
    want: &Want,
    over: &Over,
    steps: &Steps,
    found: &Found,
) -> Result<(), Fault> {
    let (user, role) = (&over.user, &over.role);
    if let Want::Write(_) = want {
        if !is_real_login(server, want) {
            tell(found, steps, format!("{user} may take {role} on"), over.may_take_on());
        }
        if !privileges::may_write(session, role).await? {
            tell(found, steps, format!("{user} may prepare a write test"), over.may_prepare());
        }
        return Ok(());
    }
    tell(found, steps, format!("{user} may change {role}'s LOGIN"), over.may_change_login());
    if let Want::ShutOut(_) = want {
        tell(found, steps, format!("{user} may end {role}'s sessions"), over.may_end_sessions());
    }
    Ok(())
}
