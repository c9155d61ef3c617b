//! Alertmanager: what fires, and what of it is silenced or inhibited.

pub mod observe;
pub mod reply;

pub use observe::{source, source_within};
