//! A team's DR plan: its words as types, loading with exact places of every error, lint, JSON Schemas.

pub mod check;
pub mod decode;
pub mod differences;
pub mod findings;
pub mod load;
pub mod nearest;
pub mod rendering;
pub mod schema;
pub mod source;
pub mod types;

pub use findings::{Finding, Level, Place};
pub use load::{Loaded, load, load_embedded};
pub use rendering::{render, summary};
pub use schema::{plan_schema, runbook_schema};
pub use types::*;
