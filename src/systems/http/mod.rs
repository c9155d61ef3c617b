//! Web servers: what they answer to `GET`, and requests, each over a connection of its own.

pub mod exchange;
pub mod inspect;
pub mod json;
pub mod list;
pub mod login;
pub mod observe;
pub mod perform;
pub mod ready;
pub mod specs;
pub mod task;
pub mod verdict;
pub mod way;
pub mod words;

pub use inspect::{inspect, inspect_undo};
pub use observe::{source, source_within};
pub use perform::perform;
