//! Programs on this machine: `command.run`.

pub mod child;
pub mod command;
pub mod output;
pub mod ready;
pub mod run;
pub mod specs;

pub use run::{inspect, perform};
