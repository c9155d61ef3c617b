//! What stands before the screen and asks for an answer.

pub mod answer;
pub mod answers;
pub mod ask;
pub mod consent;
pub mod declaring;
pub mod form;
pub mod frame;
pub mod questions;
pub mod text_field;

pub use answer::Answer;
pub use ask::{Ask, YesNo};
pub use consent::{Consent, Purpose};
pub use form::{Form, FormKey};
pub use frame::Extent;
pub use text_field::TextField;
