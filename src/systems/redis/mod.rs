//! Redis and its Sentinels: roles, links, offsets, snapshots; save, fence, let in, wait, fail over.

pub mod actions;
pub mod agreement;
pub mod bgsave;
pub mod check_quorum;
pub mod fault;
pub mod fence;
pub mod history;
pub mod identity;
pub mod info;
pub mod link;
pub mod observe;
pub mod order;
pub mod permission;
pub mod ping;
pub mod ready;
pub mod reply;
pub mod sentinel;
pub mod sentinel_failover;
pub mod specs;
pub mod survey;
pub mod wait_caught_up;

pub use actions::{inspect, inspect_undo, perform};
pub use link::{Limits, Server};
pub use observe::{sentinel_source, source};
