//! Names of things, each a type of its own so that none is taken for another.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name!(
    /// An incident of one journal, as people say it: `INC-0042`.
    IncidentId
);
name!(
    /// A step of the open runbook, by its `id` in the file.
    StepId
);
name!(
    /// One attempt at a step: a UUID version 7, made by the console that starts it.
    RunId
);
name!(
    /// One running console: a UUID version 7, made when it starts.
    ConsoleId
);

impl IncidentId {
    /// Where a journal keeps what stands outside of every incident: which failovers are armed. It is no incident and is
    /// not listed as one.
    pub fn standing() -> Self {
        Self(Self::STANDING.to_owned())
    }
    pub const STANDING: &'static str = "STANDING";

    /// The `n`-th incident of a journal.
    pub fn numbered(n: u64) -> Self {
        Self(format!("INC-{n:04}"))
    }
}
