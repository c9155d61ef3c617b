//! What walks share: the stage with its real servers, the application that lives there, and people at consoles.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod application;
pub mod console;
pub mod servers;
pub mod stage;
