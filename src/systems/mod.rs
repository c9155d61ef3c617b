//! Everything outside: a folder a system, each with its link, what it observes and what it can do.

pub mod action;
pub mod alertmanager;
pub mod backoff;
pub mod catalogue;
pub mod clock;
pub mod doctor;
pub mod expiry;
pub mod fault;
pub mod files;
pub mod found;
pub mod http;
pub mod kubernetes;
pub mod need;
pub mod one_shot;
pub mod poll;
pub mod postgres;
pub mod process;
pub mod prometheus;
pub mod reach;
pub mod redis;
pub mod registry;
pub mod secret;
pub mod skew;
pub mod source;
pub mod transport;

pub use action::{ActionFault, Inspect, Inspectors, Order, Perform, Performers, Progress};
pub use catalogue::catalogue;
pub use clock::SystemClock;
pub use doctor::Doctor;
pub use need::{Need, needs};
pub use registry::{RealActors, RealPlatform};
pub use source::{Observed, Sink, Source, Sources};
