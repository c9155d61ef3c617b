//! One look at everything: the Picture as facts for programs and as a page of text.

pub mod backups;
pub mod cards;
pub mod copies;
pub mod facts;
pub mod html;
pub mod losses;
pub mod text;

pub use facts::{Status, schema, status};
pub use html::html;
pub use text::text;
