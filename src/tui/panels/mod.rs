//! Parts of screens: a Picture's rows as lines.

pub mod alerts;
pub mod backups;
pub mod clocks;
pub mod data;
pub mod journal;
pub mod losses;
pub mod ready;
pub mod replication;
pub mod steps;
pub mod systems;
pub mod words;
