//! The terminal: reads a `Picture`, sends `Request`s, and knows nothing else.

pub mod alert_list;
pub mod alerting;
pub mod app;
pub mod aside;
pub mod asking;
pub mod available;
pub mod cadence;
pub mod columns;
pub mod dialogs;
pub mod draw;
pub mod effect;
pub mod fit;
pub mod freezing;
pub mod header;
pub mod heat;
pub mod keymap;
pub mod lags;
pub mod panel;
pub mod panels;
pub mod perform;
pub mod ports;
pub mod prompt;
pub mod run;
pub mod screens;
pub mod settings_text;
pub mod spark;
pub mod terminal;
pub mod theme;
pub mod verbs;
pub mod view;
pub mod wake;
pub mod why;

pub use ports::Ports;
pub use run::{Ending, Settings, run};
pub use terminal::Screen;
pub use wake::Wakes;
