//! What goes wrong with a database server, in words, and what that means for a request.

use super::action::ActionFault;
use crate::model::{Outcome, text::brief};

/// What is known of the request that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// There is no connection: nothing was sent.
    Unreachable,
    /// The server itself said no; the request had no effect. Its own code tells why: an SQLSTATE, `NOPERM`.
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
    pub fn refused(reason: impl Into<String>, code: impl Into<String>) -> Self {
        Self { reason: brief(&reason.into()), known: Known::Refused(code.into()) }
    }
    /// The same, where it is certain that nothing that changes anything was sent yet.
    pub fn unsent(self) -> Self {
        Self { known: Known::Unreachable, ..self }
    }
    /// Whether the server refused with this code.
    pub fn is(&self, code: &str) -> bool {
        matches!(&self.known, Known::Refused(said) if said == code)
    }
    /// What it means for the action that sent the request: one that may have had its effect is unknown.
    pub fn outcome(&self) -> Outcome {
        match self.known {
            Known::Lost => Outcome::unknown(&self.reason),
            Known::Unreachable | Known::Refused(_) => Outcome::failed(&self.reason),
        }
    }
}

/// Of a preview, which only looks. A server that refuses was reached.
impl From<Fault> for ActionFault {
    fn from(fault: Fault) -> Self {
        match fault.known {
            Known::Unreachable | Known::Lost => Self::unreachable(fault.reason),
            Known::Refused(_) => Self::new(fault.reason),
        }
    }
}
