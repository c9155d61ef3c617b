//! `postgres.allow_writes`: the application's roles get LOGIN back. NOLOGIN replicates, so a promoted standby refuses
//! them until this is done (RULES R20).

use std::collections::BTreeMap;

use super::{
    access::{Access, Wish},
    order,
};
use crate::{model::Call, plan::Connection, systems::action::ActionFault};

/// The letting in of `call`, to look at or to do.
pub fn allow_writes(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Access, ActionFault> {
    Access::new(call, order::target(call, links)?, Wish::In, false)
}

/// Its undo: no LOGIN and no sessions for the roles that had none.
pub fn undo(
    call: &Call,
    remembered: &BTreeMap<String, serde_json::Value>,
    links: &BTreeMap<String, Connection>,
) -> Result<Access, ActionFault> {
    Access::back(call, order::target(call, links)?, remembered)
}
