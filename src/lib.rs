//! Lifeboat, the incident console for disaster recovery. `ARCHITECTURE.md` shows the parts.
// Nothing that an outage brings may end the program.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, clippy::todo, clippy::unimplemented)
)]

pub mod cli;
pub mod console;
pub mod gates;
pub mod incident;
pub mod journal;
pub mod model;
pub mod objectives;
pub mod picture;
pub mod plan;
pub mod report;
pub mod sim;
pub mod systems;
pub mod tui;
