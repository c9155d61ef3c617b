//! `postgres.fence`: the application's roles lose LOGIN and their sessions, and the server itself says that they have.

use std::collections::BTreeMap;

use super::{
    access::{Access, Wish},
    order,
};
use crate::{model::Call, plan::Connection, systems::action::ActionFault};

/// The fence of `call`, to look at or to do.
pub fn fence(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Access, ActionFault> {
    Access::new(call, order::target(call, links)?, Wish::Out, true)
}

/// Its undo: LOGIN for the roles that had it.
pub fn undo(
    call: &Call,
    remembered: &BTreeMap<String, serde_json::Value>,
    links: &BTreeMap<String, Connection>,
) -> Result<Access, ActionFault> {
    Access::back(call, order::target(call, links)?, remembered)
}
