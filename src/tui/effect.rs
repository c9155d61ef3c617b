//! What a key leads to outside the view.

use crate::console::Request;

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Send(Box<Request>),
    /// Into the clipboard, by the terminal.
    Copy(String),
    Suspend,
    /// The terminal was written over: paint everything.
    Repaint,
    Quit,
}
