//! What an action is on the simulated platform: how it looks beforehand, what its request does, and what is true afterwards.

use super::world::World;
use crate::model::{Effect, Outcome, PartPreview, PartReport, Request, Time};

/// How far a part has come.
pub enum Watch {
    /// Not there yet, in a few words.
    Going(String),
    Ended(PartReport),
}

impl Watch {
    pub fn ended(part: &str, outcome: Outcome) -> Self {
        Watch::Ended(PartReport::new(part, outcome))
    }
}

/// One call of an action, or its undo. None of these waits.
pub trait Deed: Send + Sync {
    /// The name that requests are counted under: the action's, or `undo` and the action's.
    fn name(&self) -> String;
    /// The connection it goes to, if it goes to one.
    fn via(&self) -> Option<&str>;
    /// What a person types to agree: the connection, else the program.
    fn target(&self) -> &str;
    fn mutates(&self) -> bool {
        true
    }
    fn fences(&self) -> bool {
        false
    }
    /// Facts of the target's identity that it changes.
    fn changes(&self) -> &'static [&'static str] {
        &[]
    }
    /// Its parts with what is there now, or what of the call does not fit the server.
    fn parts(&self, world: &World) -> Result<Vec<PartPreview>, String>;
    fn requests(&self, world: &World, parts: &[PartPreview]) -> Vec<Request>;
    /// What changes, and what should make a person think twice.
    fn effects(&self, world: &World, parts: &[PartPreview]) -> (Vec<Effect>, Vec<String>);
    /// The request arrives: takes effect, or is refused with the server's words.
    fn send(&self, world: &mut World, part: &str) -> Result<(), String>;
    /// How far the part has come since its request was sent at `since`.
    fn watch(&self, world: &World, part: &str, since: Time) -> Watch;
    /// Whether the part took effect since `since`, by what is true now.
    fn read_back(&self, world: &World, part: &str, since: Time) -> PartReport;
}

/// An effect without a figure.
pub fn effect(text: impl Into<String>) -> Effect {
    Effect { text: text.into(), measure: None }
}
