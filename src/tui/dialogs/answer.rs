//! What a key in a dialog leads to.

use crate::console::Request;

#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Stay,
    Leave,
    /// Send it and close the dialog.
    Send(Box<Request>),
    /// Send it and keep the dialog until the console answers.
    SendAndWait(Box<Request>),
}
