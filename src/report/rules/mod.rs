//! The plan's objectives as Prometheus alert rules, for when no Lifeboat runs.

pub mod alerts;
pub mod cards;
pub mod data;
pub mod promql;
pub mod rule;
pub mod services;
pub mod yaml;

pub use rule::{Group, Rule, Rules};
pub use yaml::{rules, yaml};
