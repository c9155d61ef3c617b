//! What the errors of Redis and Sentinel say, in words, and what is known then.

use redis::{ErrorKind, RedisError};

pub use crate::systems::fault::{Fault, Known};
use crate::{model::text::brief, systems::transport};

/// The same, of a connection in the clear that came to nothing: a server that wants TLS just ends it.
pub fn in_the_clear(fault: Fault) -> Fault {
    if matches!(fault.known, Known::Refused(_)) {
        return fault;
    }
    Fault { reason: format!("{}: does it want TLS?", fault.reason), ..fault }
}

/// Of a command that had been sent to `place`.
pub fn of_command(place: &str, error: &RedisError, too_large: bool) -> Fault {
    if too_large {
        return Fault::lost(format!("{place}: the answer is larger than allowed: ask for less"));
    }
    if let Some(code) = error.code() {
        let said = words(code, error.detail().unwrap_or_default());
        let advice = match code {
            "NOPERM" => ": let the login's ACL user do that",
            "NOAUTH" => ": the plan names no `password` for this login",
            "LOADING" => ": ask again when it has loaded its data",
            _ => "",
        };
        return Fault::refused(format!("{place}: {said}{advice}"), code);
    }
    match error.kind() {
        ErrorKind::Parse => Fault::lost(format!("{place}: it answers unlike Redis (is that its port?)")),
        _ if error.is_connection_dropped() => Fault::lost(format!("{place}: the connection was lost")),
        _ => Fault::lost(format!("{place}: {}", transport::deepest(error))),
    }
}

/// Of a login to `place`; `secret` says where its password was found, never what it is.
pub fn of_login(place: &str, secret: Option<&str>, fault: Fault) -> Fault {
    let advice = match (&fault.known, secret) {
        (Known::Refused(code), Some(secret)) if code == "WRONGPASS" => {
            format!(": the password from {secret} is not the right one, or the user is off")
        }
        (Known::Refused(code), None) if code == "WRONGPASS" => ": the plan names no `password` for this login".to_owned(),
        (Known::Refused(code), _) if code == "ERR" => ": for a server without ACL users the login is `default`".to_owned(),
        (Known::Refused(_), _) => String::new(),
        _ => return fault.unsent(),
    };
    let why = fault.reason.strip_prefix(&format!("{place}: ")).unwrap_or(&fault.reason);
    Fault { reason: brief(&format!("{place} refuses the login: {why}{advice}")), known: fault.known }
}

/// The server's own words; `ERR` says nothing.
fn words(code: &str, detail: &str) -> String {
    match (code, detail) {
        ("ERR", detail) => detail.to_owned(),
        (code, "") => code.to_owned(),
        (code, detail) => format!("{code} {detail}"),
    }
}
