//! What a screen, a status or a report shows: computed from plan, state and signals, never drawn from anywhere else.

pub mod alerts;
pub mod at_stake;
pub mod automatic;
pub mod backups;
pub mod book;
pub mod cards;
pub mod choices;
pub mod clusters;
pub mod compose;
pub mod composer;
pub mod datasets;
pub mod declaring;
pub mod gone;
pub mod heard;
pub mod incident;
pub mod inputs;
pub mod journal;
pub mod kept;
pub mod kpis;
pub mod links;
pub mod losable;
pub mod losses;
pub mod origins;
pub mod place;
pub mod pointing;
pub mod ready;
pub mod regions;
pub mod replication;
pub mod scene;
pub mod sentences;
pub mod services;
pub mod skew;
pub mod step;
pub mod step_words;
pub mod supposed;
pub mod tiers;
pub mod timing;

#[cfg(test)]
mod tests;

pub use composer::{Composer, compose};
pub use declaring::{Filled, FromAlert, from_alert};
pub use inputs::Inputs;
pub use journal::Telling;
pub use scene::*;
pub use sentences::UNDECLARED;
