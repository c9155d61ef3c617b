//! A condition and the signals it needs: holds, fails or unknown. Pure.

pub mod alarms;
pub mod alerts;
pub mod evaluate;
pub mod history;
pub mod http;
pub mod judgement;
pub mod kubernetes;
pub mod listing;
pub mod postgres;
pub mod questions;
pub mod redis;
pub mod sentinel;
pub mod series;
pub mod usable;
pub mod watch;
pub mod words;

#[cfg(test)]
mod tests;

pub use alarms::{Alarm, AlarmState, Alarms};
pub use alerts::{Suppression, Told};
pub use evaluate::{evaluate, value};
pub use judgement::{Answer, Judgement};
pub use postgres::PostgresFacts;
pub use questions::{questions, questions_for, questions_of};
pub use redis::RedisFacts;
pub use usable::{Unusable, usable};
pub use watch::{Watch, WatchState};
pub use words::wanted;
