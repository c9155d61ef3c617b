//! Whether a request could be sent now: that its server answers, and that who asks can say so. Sends nothing.

use std::{collections::BTreeMap, sync::Arc};

use secrecy::ExposeSecret;

use super::{login::Login, task::Task};
use crate::{
    model::{Aspect, Call, Check, Clock, Ready},
    plan::{Connections, HttpHeader, HttpLink, HttpLogin, SecretRef},
    systems::{
        action::ActionFault,
        expiry,
        found::{Found, Steps},
        reach::{Door, Speech},
        secret, transport,
        transport::Written,
    },
};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    Look,
    Act,
}

pub type Wants = BTreeMap<Want, Steps>;

/// What `call` needs, by connection; or why it could not even be looked at.
pub fn wants(call: &Call, links: &Connections) -> Result<Vec<(String, Want)>, ActionFault> {
    let task = Task::of(call, links)?;
    let want = if task.mutates() { Want::Act } else { Want::Look };
    Ok(vec![(task.connection, want)])
}

/// Asks about the server of `link`.
pub async fn ask(name: &str, link: &HttpLink, wants: &Wants, found: &Found, clock: &Arc<dyn Clock>) {
    let all: Steps = wants.values().flatten().cloned().collect();
    for (want, steps) in wants {
        let login = if *want == Want::Act { link.acting().unwrap_or_default() } else { link.observing() };
        present(&login, *want, steps, found, clock).await;
        if *want == Want::Act && !login.is_empty() && login == link.observing() {
            let check =
                Check::new(Aspect::Login, "looking and acting by logins of their own", Ready::Warned, "one login serves both");
            found.add(steps, check.mend("give the connection `observe` and `act`"));
        }
    }
    let unusable = |why: String| found.no(&all, Aspect::Reachable, name, &why);
    let url = match super::way::parse(&link.url) {
        Ok(url) => url,
        Err(why) => return unusable(why),
    };
    let speech = match (url.scheme(), transport::trust(link.ca.as_deref()).await) {
        ("https", Ok(trust)) => Speech::Tls(Box::new(trust)),
        ("https", Err(why)) => return unusable(why),
        _ => Speech::Clear,
    };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or_default();
    Door { host, port, name: None, written: Written::Plan }.knock(speech, found, &all, clock.as_ref()).await;
}

/// Whether the login's secrets can be read and sent; whether the server takes them only a request would tell.
async fn present(login: &HttpLogin, want: Want, steps: &Steps, found: &Found, clock: &Arc<dyn Clock>) {
    let what = if want == Want::Act { "the login to act" } else { "the login to look" };
    let headers = login.headers.values().filter_map(|header| match header {
        HttpHeader::Secret(secret) => Some(secret),
        HttpHeader::Text(_) => None,
    });
    let secrets: Vec<&SecretRef> = login.token.iter().chain(&login.password).chain(headers).collect();
    let mut all_there = true;
    for secret in &secrets {
        all_there &= found.secret(steps, Some(secret), clock.as_ref()).await;
    }
    if !all_there {
        return;
    }
    if let Some(token) = &login.token
        && let Ok(read) = secret::resolve(token, clock.as_ref()).await
        && let Some(ends) = expiry::of_token(read.expose_secret())
    {
        let what = format!("the token from {}", secret::place(token));
        found.add(steps, expiry::judge(Aspect::Expiry, &what, ends, expiry::TOKEN_SOON, clock.now()));
    }
    match Login::read(login, clock.as_ref()).await {
        Err(why) => found.no(steps, Aspect::Login, what, &why),
        Ok(_) if login.is_empty() => found.add(steps, Check::new(Aspect::Login, what, Ready::Yes, "it says none")),
        Ok(_) => {
            let words = "is there; whether the server takes it only a request would tell";
            found.add(steps, Check::new(Aspect::Login, what, Ready::Yes, words));
        }
    }
}
