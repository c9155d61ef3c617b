//! What a Redis server says it is (RULES R14): its run id, new with each start, at the address that the plan names.

use super::{info::Info, link::Server};
use crate::model::Identity;

/// The facts `run`, `address`, `role`.
pub fn identity(server: &Server, info: &Info) -> Identity {
    Identity::default().with("run", &info.run).with("address", server.address()).with("role", info.role.word())
}

/// Whether `now` is the server that was agreed to, but for facts in `allowed`.
pub fn same(place: &str, now: &Identity, pinned: &Identity, allowed: &[&str]) -> Result<(), String> {
    let differences = now.differences(pinned, allowed);
    if differences.is_empty() {
        return Ok(());
    }
    Err(format!("{place} is not the server that was agreed to: {}; look at it again", differences.join(", ")))
}
