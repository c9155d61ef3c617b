//! What each command may do, grouped by what it is about. Each returns events or a refusal that says what would make it possible.

pub mod acting;
pub mod agreeing;
pub mod automatic;
pub mod book;
pub mod course;
pub mod fencing;
pub mod ground;
pub mod people;
pub mod proving;
pub mod reporting;
pub mod services;
pub mod standing;
pub mod ways;
