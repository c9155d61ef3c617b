//! What the test files share.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod asking;
pub mod cluster;
pub mod lab;
pub mod pictures;
pub mod real;
pub mod records;
pub mod requests;
pub mod terminal;
pub mod typing;
