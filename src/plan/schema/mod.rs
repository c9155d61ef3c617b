//! JSON Schemas (draft 2020-12) of the files, for editors: made from the same types that loading fills.

pub mod actions;
pub mod documents;
pub mod tidy;

pub use documents::{plan_schema, runbook_schema};
