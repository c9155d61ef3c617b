//! An embedded simulated platform: the same traits as the real systems, with faults that unfold.

mod act;
mod alerts;
mod answer;
mod backups;
pub mod build;
pub mod cards;
mod chance;
pub mod clock;
mod cluster;
pub mod colleague;
mod database;
mod deed;
mod deeds_http;
mod deeds_kubernetes;
mod deeds_postgres;
mod deeds_process;
pub mod demo;
mod doctor;
pub mod fault;
mod observe;
mod past;
mod platform;
mod promql;
mod series;
mod stage;
pub mod story;
mod tick;
pub mod world;

pub use clock::{ManualClock, SimClock};
pub use colleague::colleague;
pub use demo::Demo;
pub use fault::{Fault, Silence};
pub use platform::SimPlatform;
pub use story::{Story, Turn};
pub use world::World;
