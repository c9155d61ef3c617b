//! Who does something, and from which console.

use serde::{Deserialize, Serialize};

use crate::model::ConsoleId;

/// Stands behind the names that an approval or an exception rests on, until identity is proven (RULES R16).
pub const UNVERIFIED: &str = "(unverified)";

/// A person at a console. Names are unverified until identity is built (RULES R16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub name: String,
    pub console: ConsoleId,
}

impl Actor {
    /// What runs by itself is done by nobody.
    pub const LIFEBOAT: &'static str = "Lifeboat";

    /// Lifeboat itself, at that console.
    pub fn lifeboat(console: &ConsoleId) -> Self {
        Self { name: Self::LIFEBOAT.to_owned(), console: console.clone() }
    }

    pub fn is_lifeboat(&self) -> bool {
        self.name == Self::LIFEBOAT
    }

    pub fn new(name: &str, console: impl Into<ConsoleId>) -> Self {
        Self { name: name.to_owned(), console: console.into() }
    }
}
