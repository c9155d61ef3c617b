//! From trees to the types of a plan: strict, with a finding for whatever does not fit, and going on after it.

pub mod connection;
pub mod context;
pub mod dataset;
pub mod document;
pub mod fields;
pub mod http;
pub mod keeping;
pub mod kpi;
pub mod later;
pub mod objective;
pub mod person;
pub mod probe;
pub mod runbook;
pub mod scalar;
pub mod scenario;
pub mod schedule;
pub mod service;
pub mod step;
