//! The Picture, part by part.

pub mod alerts;
pub mod backups;
pub mod book;
pub mod cards;
pub mod losses;
pub mod objectives;
pub mod origins;
pub mod place;
pub mod ready;
pub mod watch;
pub mod whole;

pub use alerts::*;
pub use backups::*;
pub use book::*;
pub use cards::*;
pub use losses::*;
pub use objectives::*;
pub use origins::*;
pub use place::*;
pub use ready::*;
pub use watch::*;
pub use whole::*;
