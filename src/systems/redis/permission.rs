//! Whether a login may send a command, without the command being carried out.

use redis::Value;

use super::{
    fault::{Fault, Known},
    link::Session,
    reply,
};

/// No server knows a setting, a mode or a master of this name.
const NOBODY: &str = "lifeboat-only-asks";

/// A command that an action sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    Bgsave,
    SetConfig,
    GetConfig,
    Failover,
}

impl Command {
    /// As people say it.
    pub const fn name(self) -> &'static str {
        match self {
            Command::Bgsave => "BGSAVE",
            Command::SetConfig => "CONFIG SET",
            Command::GetConfig => "CONFIG GET",
            Command::Failover => "SENTINEL FAILOVER",
        }
    }
    /// As an ACL rule lets it.
    pub const fn rule(self) -> &'static str {
        match self {
            Command::Bgsave => "+bgsave",
            Command::SetConfig => "+config|set",
            Command::GetConfig => "+config|get",
            Command::Failover => "+sentinel|failover",
        }
    }
    /// The command with words that no server could carry out, were it ever more than asked about.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Command::Bgsave => &["BGSAVE", NOBODY],
            Command::SetConfig => &["CONFIG", "SET", NOBODY, "0"],
            Command::GetConfig => &["CONFIG", "GET", NOBODY],
            Command::Failover => &["SENTINEL", "FAILOVER", NOBODY],
        }
    }
}

/// What a server says of a right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum May {
    Yes,
    /// In the server's words.
    No(String),
    /// The login may not ask; in the server's words.
    Untold(String),
}

/// Whether `user`, who asks, may send `command`. `ACL DRYRUN` tells it where the login may ask that (Redis 7 and `+acl|dryrun`). A
/// command that changes something is not sent to find out, however little it could do; one that only reads is.
pub async fn may(session: &Session, user: &str, command: Command) -> Result<May, Fault> {
    let mut words = vec!["ACL", "DRYRUN", user];
    words.extend(command.words());
    let untold = match session.ask(&words).await {
        Ok(Value::Okay) => return Ok(May::Yes),
        Ok(answer) => match reply::text(&answer) {
            Some(text) if text == "OK" => return Ok(May::Yes),
            Some(text) if text.contains("no permissions") => return Ok(May::No(text)),
            _ => "it answered ACL DRYRUN with what is no answer".to_owned(),
        },
        Err(Fault { reason, known: Known::Refused(_) }) => reason,
        Err(fault) => return Err(fault),
    };
    if command != Command::GetConfig {
        return Ok(May::Untold(untold));
    }
    match session.ask(command.words()).await {
        Err(fault) if fault.is("NOPERM") || fault.reason.contains("unknown command") => Ok(May::No(fault.reason)),
        Err(fault) => Err(fault),
        Ok(_) => Ok(May::Yes),
    }
}
