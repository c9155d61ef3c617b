//! The actions of Redis by name.

use std::collections::BTreeMap;

use super::{
    bgsave::Bgsave, check_quorum::CheckQuorum, fence::Writes, ping::Ping, sentinel_failover::SentinelFailover,
    wait_caught_up::WaitCaughtUp,
};
use crate::{
    model::Call,
    plan::Connection,
    systems::action::{ActionFault, Inspect, Perform},
};

/// What looks at `call`.
pub fn inspect(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Box<dyn Inspect>, ActionFault> {
    Ok(match call.action.as_str() {
        "redis.ping" => Box::new(Ping::new(call, links)?),
        "redis.bgsave" => Box::new(Bgsave::new(call, links)?),
        "redis.fence" => Box::new(Writes::fence(call, links)?),
        "redis.allow_writes" => Box::new(Writes::allow(call, links)?),
        "redis.wait_caught_up" => Box::new(WaitCaughtUp::new(call, links)?),
        "redis.check_quorum" => Box::new(CheckQuorum::new(call, links)?),
        "redis.sentinel_failover" => Box::new(SentinelFailover::new(call, links)?),
        other => return Err(unknown(other)),
    })
}

/// What looks at the undo of `call`, which puts `remembered` back.
pub fn inspect_undo(
    call: &Call,
    remembered: &BTreeMap<String, serde_json::Value>,
    links: &BTreeMap<String, Connection>,
) -> Result<Box<dyn Inspect>, ActionFault> {
    Ok(match call.action.as_str() {
        "redis.fence" | "redis.allow_writes" => Box::new(Writes::undo(call, remembered, links)?),
        other => return Err(ActionFault::new(format!("{other} cannot be undone"))),
    })
}

/// What does `call`.
pub fn perform(call: &Call, links: &BTreeMap<String, Connection>) -> Result<Box<dyn Perform>, ActionFault> {
    Ok(match call.action.as_str() {
        "redis.ping" => Box::new(Ping::new(call, links)?),
        "redis.bgsave" => Box::new(Bgsave::new(call, links)?),
        "redis.fence" => Box::new(Writes::fence(call, links)?),
        "redis.allow_writes" => Box::new(Writes::allow(call, links)?),
        "redis.wait_caught_up" => Box::new(WaitCaughtUp::new(call, links)?),
        "redis.check_quorum" => Box::new(CheckQuorum::new(call, links)?),
        "redis.sentinel_failover" => Box::new(SentinelFailover::new(call, links)?),
        other => return Err(unknown(other)),
    })
}

fn unknown(action: &str) -> ActionFault {
    ActionFault::new(format!("Redis has no action `{action}`"))
}
