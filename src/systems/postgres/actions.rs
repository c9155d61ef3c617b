//! The actions of PostgreSQL by name.

use std::collections::BTreeMap;

use super::{
    allow_writes, check_standby::CheckStandby, fence, promote::Promote, wait_caught_up::WaitCaughtUp, write_probe::WriteProbe,
};
use crate::{
    model::Call,
    plan::Connection,
    systems::action::{ActionFault, Inspect, Perform},
};

/// What looks at `call`.
pub fn inspect(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Box<dyn Inspect>, ActionFault> {
    Ok(match call.action.as_str() {
        "postgres.fence" => Box::new(fence::fence(call, links)?),
        "postgres.allow_writes" => Box::new(allow_writes::allow_writes(call, links)?),
        "postgres.wait_caught_up" => Box::new(WaitCaughtUp::new(call, links)?),
        "postgres.check_standby" => Box::new(CheckStandby::new(call, links)?),
        "postgres.promote" => Box::new(Promote::new(call, links)?),
        "postgres.write_probe" => Box::new(WriteProbe::new(call, links)?),
        other => return Err(unknown(other)),
    })
}

/// What looks at `call` for `parts` of it alone; an action on one server has no more than one.
pub fn inspect_parts(
    call: &Call,
    links: &BTreeMap<String, Connection>,
    parts: &[String],
) -> Result<Box<dyn Inspect>, ActionFault> {
    Ok(match call.action.as_str() {
        "postgres.fence" => Box::new(fence::fence(call, links)?.only(parts)),
        "postgres.allow_writes" => Box::new(allow_writes::allow_writes(call, links)?.only(parts)),
        _ => return inspect(call, links),
    })
}

/// What looks at the undo of `call`, which puts `remembered` back.
pub fn inspect_undo(
    call: &Call,
    remembered: &BTreeMap<String, serde_json::Value>,
    links: &BTreeMap<String, Connection>,
) -> Result<Box<dyn Inspect>, ActionFault> {
    Ok(match call.action.as_str() {
        "postgres.fence" => Box::new(fence::undo(call, remembered, links)?),
        "postgres.allow_writes" => Box::new(allow_writes::undo(call, remembered, links)?),
        other => return Err(ActionFault::new(format!("{other} cannot be undone"))),
    })
}

/// What does `call`.
pub fn perform(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Box<dyn Perform>, ActionFault> {
    Ok(match call.action.as_str() {
        "postgres.fence" => Box::new(fence::fence(call, links)?),
        "postgres.allow_writes" => Box::new(allow_writes::allow_writes(call, links)?),
        "postgres.wait_caught_up" => Box::new(WaitCaughtUp::new(call, links)?),
        "postgres.check_standby" => Box::new(CheckStandby::new(call, links)?),
        "postgres.promote" => Box::new(Promote::new(call, links)?),
        "postgres.write_probe" => Box::new(WriteProbe::new(call, links)?),
        other => return Err(unknown(other)),
    })
}

fn unknown(action: &str) -> ActionFault {
    ActionFault::new(format!("PostgreSQL has no action `{action}`"))
}
