//! The verdict in sentences that can be read aloud on a call, the worst thing first.

pub mod all;
pub mod automatic;
pub mod data;
pub mod incident;
pub mod rank;
pub mod ready;
pub mod services;
pub mod sight;
pub mod what_if;

pub use all::{UNDECLARED, sentences};
pub use what_if::what_if;
