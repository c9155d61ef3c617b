//! Whether every action could be done now: as facts for programs and as a table for people.

pub mod facts;
pub mod text;

pub use facts::{Doctor, doctor, schema};
pub use text::text;
