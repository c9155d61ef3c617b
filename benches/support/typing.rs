//! Keys typed into the last line of a screen, and how long each took to be seen there.

use std::{thread, time::Duration};

use super::pty::Pty;

/// Nobody types faster, and no key waits for the frame of the one before.
const BETWEEN: Duration = Duration::from_millis(12);

/// Types `keys` letters into the last line's field, forty at a time, and takes them away again.
pub fn typed(mut pty: Pty, keys: usize) -> Vec<Duration> {
    pty.press(":", ":");
    let mut text = String::from(":");
    for c in "note ".chars() {
        text.push(c);
        pty.press(&c.to_string(), text.trim());
    }
    let mut took = Vec::with_capacity(keys);
    for n in 0..keys {
        thread::sleep(BETWEEN);
        // Forty letters, then forty times back.
        let (key, letter) = if n / 40 % 2 == 0 { ("x", true) } else { ("\x7f", false) };
        if letter {
            text.push('x')
        } else {
            text.truncate(text.len() - 1);
        }
        took.push(pty.press(key, text.trim()));
    }
    took
}

/// Waits until `title` is on the screen, and `rest` more.
pub fn settled(pty: Pty, title: &str, rest: Duration) -> Pty {
    pty.sees(title);
    thread::sleep(rest);
    pty
}
