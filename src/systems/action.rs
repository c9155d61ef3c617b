//! What acts. Looking at an action and doing it are two traits, built from two logins: no type can do both.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::model::{Call, Clock, Identity, PartReport, Preview, Time};

/// Why an action could not even be looked at or set up. `reason` helps: who, what, why, what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ActionFault {
    pub reason: String,
    /// What it acts on gives no answer: of a fence that is one of its three answers (RULES R19).
    pub unreachable: bool,
}

impl ActionFault {
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: crate::model::text::brief(&reason.into()), unreachable: false }
    }
    pub fn unreachable(reason: impl Into<String>) -> Self {
        Self { unreachable: true, ..Self::new(reason) }
    }
}

/// How far a part has come, in a few words: `3.1 MB behind`, `2 of 3 pods ready`. Newest wins.
pub trait Progress: Send + Sync {
    fn say(&self, part: &str, text: &str);
    /// A part that ended before the others, so that it is journaled at once.
    fn ended(&self, report: PartReport);
}

/// Looks at one call without changing anything, by the `observe` login.
#[async_trait]
pub trait Inspect: Send + Sync {
    /// What exactly would be sent, to which pinned server, and what changes.
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault>;

    /// Whether `parts` of a run that began at `since` on the pinned `identity` took effect: *succeeded* it did, *failed* it did not,
    /// *unknown* it cannot be told (also when the server is not the pinned one).
    async fn read_back(&self, parts: &[String], identity: &Identity, since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport>;
}

/// What a run is given.
#[derive(Clone, Debug)]
pub struct Order {
    /// The parts to do; never all if some are already done.
    pub parts: Vec<String>,
    /// The server that was consented to; another one is refused before anything is sent (RULES R14).
    pub identity: Identity,
    /// What was there before, by part; what an undo puts back.
    pub remembered: BTreeMap<String, serde_json::Value>,
}

/// Changes the world, by the `act` login. Each mutating request leaves at most once: no retries, no redirects.
/// A request that certainly did not take effect is *failed*, one that may have is *unknown*. Ends by `stop`, with what is known by then.
#[async_trait]
pub trait Perform: Send + Sync {
    async fn run(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport>;

    /// Puts `order.remembered` back for `order.parts`.
    async fn undo(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport>;
}

/// Builds what looks at actions. Every console has one.
pub trait Inspectors: Send + Sync {
    fn inspect(&self, call: &Call) -> Result<Box<dyn Inspect>, ActionFault>;
    /// Looks at `call` for `parts` of it alone: what a retry would send (RULES R3).
    fn inspect_parts(&self, call: &Call, parts: &[String]) -> Result<Box<dyn Inspect>, ActionFault>;
    /// Looks at the undo of `call`, which would put `remembered` back.
    fn inspect_undo(
        &self,
        call: &Call,
        remembered: &BTreeMap<String, serde_json::Value>,
    ) -> Result<Box<dyn Inspect>, ActionFault>;
}

/// Builds what acts. A read-only console has none.
pub trait Performers: Send + Sync {
    fn perform(&self, call: &Call) -> Result<Box<dyn Perform>, ActionFault>;
}
