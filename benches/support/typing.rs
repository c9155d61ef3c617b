//! Keys typed into the last line of a screen, and how long each took to be seen there.

use std::{thread, time::Duration};

use super::pty::Pty;

/// Nobody types faster, and no key waits for the frame of the one before.
const BETWEEN: Duration = Duration::from_millis(12);

/// A field in the last line, and what stands in it.
pub struct Field {
    pty: Pty,
    text: String,
}

impl Field {
    pub fn open(mut pty: Pty) -> Self {
        pty.press(":", ":");
        let mut text = String::from(":");
        for c in "note ".chars() {
            text.push(c);
            pty.press(&c.to_string(), text.trim());
        }
        Self { pty, text }
    }

    /// The key after `nth` others: of eighty, forty letters, then forty times back.
    pub fn takes(&mut self, nth: usize) -> Duration {
        thread::sleep(BETWEEN);
        let key = if (nth / 40).is_multiple_of(2) {
            self.text.push('x');
            "x"
        } else {
            self.text.pop();
            "\x7f"
        };
        self.pty.press(key, self.text.trim())
    }
}

/// Waits until `title` is on the screen, and `rest` more.
pub fn settled(pty: Pty, title: &str, rest: Duration) -> Pty {
    pty.sees(title);
    thread::sleep(rest);
    pty
}
