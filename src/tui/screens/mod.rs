//! What fills the space between the header and the footer.

pub mod alerts;
pub mod board;
pub mod gaudi;
pub mod lists;
pub mod runbook;
pub mod why;
