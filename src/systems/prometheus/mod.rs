//! Prometheus: PromQL questions, with the age of the samples behind each answer.

pub mod cards;
pub mod history;
pub mod observe;
pub mod reply;
pub mod selectors;

pub use observe::source;
