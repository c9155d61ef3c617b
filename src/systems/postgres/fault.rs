//! What PostgreSQL's errors say, in words, and what is known then.

use tokio_postgres::error::{DbError, Severity, SqlState};

pub use crate::systems::fault::{Fault, Known};
use crate::{model::text::brief, systems::transport};

/// Of a statement that had been sent to `place`.
pub fn of_statement(place: &str, error: &tokio_postgres::Error, too_large: bool) -> Fault {
    if too_large {
        return Fault::lost(format!(
            "{place}: the answer is larger than the 1 MiB that is taken: ask for less, or look at the server"
        ));
    }
    match error.as_db_error() {
        // Said while the session is being ended: the statement before it may be done.
        Some(said) if is_fatal(said) => Fault::lost(format!("{place} ended the session: {}", words(said))),
        Some(said) => Fault::refused(format!("{place}: {}", words(said)), said.code().code()),
        None if error.is_closed() => Fault::lost(format!("{place}: the connection was lost")),
        None => Fault::lost(format!("{place}: {}", broken(error).unwrap_or_else(|| transport::deepest(error)))),
    }
}

/// Of a login to `place`; `secret` says where its password was found, never what it is.
pub fn of_login(place: &str, host: &str, secret: Option<&str>, error: &tokio_postgres::Error) -> Fault {
    if let Some(said) = error.as_db_error() {
        let advice = match *said.code() {
            SqlState::INVALID_PASSWORD => match secret {
                Some(secret) => format!(": the password from {secret} is not the right one"),
                None => ": the plan names no `password` for this login".to_owned(),
            },
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION => ": look at the role's LOGIN and at pg_hba.conf".to_owned(),
            SqlState::INVALID_CATALOG_NAME => ": correct `dbname`".to_owned(),
            SqlState::TOO_MANY_CONNECTIONS => ": keep some with reserved connections for this login".to_owned(),
            SqlState::CANNOT_CONNECT_NOW => ": ask again in a moment".to_owned(),
            _ => String::new(),
        };
        return Fault::refused(format!("{place} refuses the login: {}{advice}", words(said)), said.code().code());
    }
    let tls = transport::tls_words(error, host, transport::Written::Plan);
    let why = tls.unwrap_or_else(|| match transport::deepest(error) {
        why if why.contains("does not support TLS") => {
            "it offers no TLS, or is no PostgreSQL: turn `ssl` on there (or say `tls: false` where nobody can listen)".to_owned()
        }
        why if why.contains("invalid dns name") => format!("`{}` is no name that a certificate can have", brief(host)),
        why if why.contains("password missing") => "it wants a password and the plan names none for this login".to_owned(),
        why => match broken(error) {
            Some(words) if words == LOST => {
                "it ended the connection before we were in: does something between cut it, is it PostgreSQL?".to_owned()
            }
            Some(words) => words,
            None => why,
        },
    });
    Fault::unreachable(format!("{place}: {why}"))
}

const LOST: &str = "the connection was lost";

/// A connection that ended, or does not speak PostgreSQL; `None` when something else is wrong.
fn broken(error: &tokio_postgres::Error) -> Option<String> {
    let why = transport::deepest(error);
    let (outer, inner) = (error.to_string(), why.to_lowercase());
    let ended = ["eof", "end of file", "connection closed", "connection reset", "broken pipe", "close_notify", "bytes remaining"];
    if ended.iter().any(|text| inner.contains(text)) {
        return Some(LOST.to_owned());
    }
    let foreign = ["error parsing response", "unexpected message from server", "invalid message"];
    let foreign = foreign.iter().any(|text| outer.contains(text) || inner.contains(text));
    foreign.then(|| format!("it answers unlike PostgreSQL: are host and port right? ({why})"))
}

fn is_fatal(said: &DbError) -> bool {
    matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
        || (said.parsed_severity().is_none() && said.severity() != "ERROR")
}

fn words(said: &DbError) -> String {
    let mut text = said.message().to_owned();
    for more in [said.detail(), said.hint()].into_iter().flatten() {
        text.push_str("; ");
        text.push_str(more);
    }
    text
}
