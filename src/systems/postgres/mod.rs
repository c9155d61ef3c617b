//! PostgreSQL: role, receiver, positions and exposure; fence, wait, promote, let in, write.

pub mod access;
pub mod actions;
pub mod allow_writes;
pub mod check_standby;
pub mod effects;
pub mod fault;
pub mod fence;
pub mod identity;
pub mod link;
pub mod observe;
pub mod order;
pub mod privileges;
pub mod promote;
pub mod ready;
pub mod roles;
pub mod rows;
pub mod specs;
pub mod standing;
pub mod wait_caught_up;
pub mod write_probe;

pub use actions::{inspect, inspect_parts, inspect_undo, perform};
pub use link::Server;
pub use observe::{Receipts, source};
