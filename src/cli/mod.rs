//! The command line: one file a subcommand.

pub mod args;
pub mod console;
pub mod demo;
pub mod doctor;
pub mod entry;
pub mod exit;
pub mod incident;
pub mod journal;
pub mod manual;
pub mod place;
pub mod plan;
pub mod report;
pub mod scratch;
pub mod screen;
pub mod status;
pub mod status_page;

pub use entry::main;
