//! What goes wrong with a Redis server or a Sentinel, in words, and what that means for a request.

use redis::{ErrorKind, RedisError};

use crate::{model::text::brief, systems::transport};

/// What is known of the request that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// There is no connection: nothing was sent.
    Unreachable,
    /// The server itself said no; the command had no effect. Its error's first word tells why: `NOPERM`, `ERR`.
    Refused(String),
    /// It was sent and not answered: it may have taken effect.
    Lost,
}

/// A sentence that names the server, and what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub reason: String,
    pub known: Known,
}

impl Fault {
    pub fn unreachable(reason: impl Into<String>) -> Self {
        Self { reason: brief(&reason.into()), known: Known::Unreachable }
    }
    pub fn lost(reason: impl Into<String>) -> Self {
        Self { reason: brief(&reason.into()), known: Known::Lost }
    }
    /// The same, of a connection in the clear that came to nothing: a server that wants TLS just ends it.
    pub fn in_the_clear(self) -> Self {
        if matches!(self.known, Known::Refused(_)) {
            return self;
        }
        Self { reason: format!("{}: does it want TLS?", self.reason), ..self }
    }
    /// The same, where it is certain that nothing that changes anything was sent yet.
    pub fn unsent(self) -> Self {
        Self { known: Known::Unreachable, ..self }
    }
    /// Whether the server refused with this word.
    pub fn is(&self, code: &str) -> bool {
        matches!(&self.known, Known::Refused(said) if said == code)
    }

    /// Of a command that had been sent to `place`.
    pub fn of_command(place: &str, error: &RedisError, too_large: bool) -> Self {
        if too_large {
            return Self::lost(format!("{place}: the answer is larger than allowed: ask for less"));
        }
        if let Some(code) = error.code() {
            let said = words(code, error.detail().unwrap_or_default());
            let advice = match code {
                "NOPERM" => ": let the login's ACL user do that",
                "NOAUTH" => ": the plan names no `password` for this login",
                "LOADING" => ": ask again when it has loaded its data",
                _ => "",
            };
            return Self { reason: brief(&format!("{place}: {said}{advice}")), known: Known::Refused(code.to_owned()) };
        }
        match error.kind() {
            ErrorKind::Parse => Self::lost(format!("{place}: it answers unlike Redis (is that its port?)")),
            _ if error.is_connection_dropped() => Self::lost(format!("{place}: the connection was lost")),
            _ => Self::lost(format!("{place}: {}", transport::deepest(error))),
        }
    }

    /// Of a login to `place`; `secret` says where its password was found, never what it is.
    pub fn of_login(place: &str, secret: Option<&str>, fault: Self) -> Self {
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
        Self { reason: brief(&format!("{place} refuses the login: {why}{advice}")), known: fault.known }
    }
}

/// The server's own words; `ERR` says nothing.
fn words(code: &str, detail: &str) -> String {
    match (code, detail) {
        ("ERR", detail) => detail.to_owned(),
        (code, "") => code.to_owned(),
        (code, detail) => format!("{code} {detail}"),
    }
}
