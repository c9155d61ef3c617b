//! Whether the actions on a Redis server and its Sentinels could be done now: their logins, what each may send, and
//! whether a failover could be authorized. Only asks.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    actions,
    fault::{Fault, Known},
    info::run_id,
    link::{As, Server, Session},
    order,
    permission::{Command, May, may},
    sentinel,
};
use crate::{
    model::{Aspect, Call, Check, Clock, Ready, text::clean},
    plan::Connections,
    systems::{
        action::ActionFault,
        found::{Found, LIMIT, Steps},
        reach::{Door, Speech},
        transport::Written,
    },
};

/// What an action needs of a server or a Sentinel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// To look, which every preview and read-back does.
    Look,
    /// To look at settings.
    ReadSettings,
    /// To be let in with the acting login.
    Act,
    Send(Command),
    /// A Sentinel that could have a failover of this master authorized.
    Quorum(String),
}

pub type Wants = BTreeMap<Want, Steps>;

impl Want {
    fn acts(&self) -> bool {
        matches!(self, Want::Act | Want::Send(_))
    }
}

/// What `call` needs, by connection; or why it could not even be looked at.
pub fn wants(call: &Call, links: &Connections) -> Result<Vec<(String, Want)>, ActionFault> {
    // What a preview would refuse is refused here, in its words.
    drop(actions::inspect(call, links)?);
    let server = order::server(&call.action, "via", call.via.as_deref(), links)?;
    let mut wants = vec![(server.name.clone(), Want::Look)];
    let own: &[Want] = match call.action.as_str() {
        "redis.ping" if server.login(As::Act).is_some() => &[Want::Act],
        "redis.bgsave" => &[Want::Send(Command::Bgsave)],
        "redis.fence" | "redis.allow_writes" => {
            &[Want::ReadSettings, Want::Send(Command::GetConfig), Want::Send(Command::SetConfig)]
        }
        _ => &[],
    };
    wants.extend(own.iter().map(|want| (server.name.clone(), want.clone())));
    wants.extend(call.text("of").map(|of| (of.to_owned(), Want::Look)));
    let fails_over = call.action == "redis.sentinel_failover";
    if fails_over || call.action == "redis.check_quorum" {
        let master = order::master(call)?;
        for sentinel in order::sentinels(&call.action, &server, links)? {
            if fails_over && sentinel.login(As::Act).is_some() {
                wants.push((sentinel.name.clone(), Want::Send(Command::Failover)));
            }
            wants.push((sentinel.name, Want::Quorum(master.clone())));
        }
    }
    Ok(wants)
}

/// Asks `server` for all of `wants`.
pub async fn ask(server: &Server, wants: &Wants, found: &Found, clock: &Arc<dyn Clock>) {
    let all: Steps = wants.values().flatten().cloned().collect();
    let acting: Steps = wants.iter().filter(|(want, _)| want.acts()).flat_map(|(_, steps)| steps.clone()).collect();
    let mut can = Vec::new();
    for (who, steps) in [(As::Observe, &all), (As::Act, &acting)].into_iter().filter(|(_, steps)| !steps.is_empty()) {
        let secret = server.login(who).and_then(|login| login.password.as_ref());
        if found.secret(steps, secret, clock.as_ref()).await {
            can.push((who, steps));
        }
    }
    let speech = match server.trust().await {
        Ok(trust) => trust.map_or(Speech::Clear, |trust| Speech::Tls(Box::new(trust))),
        Err(why) => return found.no(&all, Aspect::Tls, "whom to trust", &why),
    };
    let door = Door { host: server.host(), port: server.port(), name: None, written: Written::Plan };
    if !door.knock(speech, found, &all, clock.as_ref()).await {
        return;
    }
    one_login(server, &acting, found);
    for (who, steps) in can {
        let Some(session) = let_in(server, who, steps, found, clock).await else { continue };
        let user = server.login(who).map_or("", |login| login.user.as_str());
        for (want, steps) in wants.iter().filter(|(want, _)| want.acts() == (who == As::Act)) {
            if let Err(fault) = answer(&session, user, want, steps, found).await {
                let refused = matches!(fault.known, Known::Refused(_));
                let ready = if refused { Ready::No } else { Ready::CannotTell };
                found.add(steps, Check::new(Aspect::Permission, format!("what {user} may do"), ready, &fault.reason));
            }
        }
    }
}

/// RULES R18: who only looks should not be able to act.
fn one_login(server: &Server, steps: &Steps, found: &Found) {
    let user = |who| server.login(who).map(|login| &login.user);
    if let (false, Some(act), true) = (steps.is_empty(), user(As::Act), user(As::Act) == user(As::Observe)) {
        let words = format!("`{act}` is both");
        let check = Check::new(Aspect::Login, "looking and acting by logins of their own", Ready::Warned, words);
        found.add(steps, check.mend("give `observe` a user that may only look"));
    }
}

async fn let_in(server: &Server, who: As, steps: &Steps, found: &Found, clock: &Arc<dyn Clock>) -> Option<Session> {
    let user = server.login(who).map_or("nobody", |login| login.user.as_str());
    let what = format!("{user} {}", if who == As::Observe { "looks" } else { "acts" });
    let opened = async {
        let session = server.open(who, LIMIT, clock).await?;
        // A server without a password lets everybody in, and then answers nothing.
        run_id(&session, server.kind).await?;
        Ok::<_, Fault>(session)
    };
    match opened.await {
        Ok(session) => {
            found.add(steps, Check::new(Aspect::Login, what, Ready::Yes, "is let in"));
            Some(session)
        }
        Err(fault) => {
            let ready = if matches!(fault.known, Known::Refused(_)) { Ready::No } else { Ready::CannotTell };
            found.add(steps, Check::new(Aspect::Login, what, ready, &fault.reason));
            None
        }
    }
}

async fn answer(session: &Session, user: &str, want: &Want, steps: &Steps, found: &Found) -> Result<(), Fault> {
    let command = match want {
        Want::Look | Want::Act => return Ok(()),
        Want::ReadSettings => Command::GetConfig,
        Want::Send(command) => *command,
        Want::Quorum(master) => return quorum(session, master, steps, found).await,
    };
    let what = format!("{user} may send {}", command.name());
    let let_it = |rule: &str| format!("ACL SETUSER {} {rule}, and in the server's own list of users", clean(user));
    let check = match may(session, user, command).await? {
        May::Yes => Check::new(Aspect::Permission, what, Ready::Yes, "it may"),
        May::No(why) => Check::new(Aspect::Permission, what, Ready::No, why).mend(let_it(command.rule())),
        May::Untold(why) => Check::new(Aspect::Permission, what, Ready::CannotTell, why).mend(let_it("+acl|dryrun")),
    };
    found.add(steps, check);
    Ok(())
}

async fn quorum(session: &Session, master: &str, steps: &Steps, found: &Found) -> Result<(), Fault> {
    let what = format!("a failover of {master} could be authorized");
    match sentinel::quorum(session, master).await {
        Ok(Ok(said)) => found.add(steps, Check::new(Aspect::Target, what, Ready::Yes, said)),
        Ok(Err(why)) => {
            let check = Check::new(Aspect::Target, what, Ready::No, why);
            found.add(steps, check.mend("bring back the Sentinels that are missing"));
        }
        // `ERR No such master with that name`.
        Err(Fault { reason, known: Known::Refused(_) }) => found.no(steps, Aspect::Target, &what, &reason),
        Err(fault) => return Err(fault),
    }
    Ok(())
}
