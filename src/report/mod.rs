//! What can be read without a screen: the after-action report with its evidence, and the status of this moment.

pub mod actuals;
pub mod doctor;
pub mod escape;
pub mod exceptions;
pub mod facts;
pub mod markdown;
pub mod rules;
pub mod spans;
pub mod status;
pub mod steps;

pub use facts::{Facts, facts};
pub use markdown::markdown;
