//! Keys typed into the last line of two screens in turns, and how long each took to be seen there.

use std::{error::Error, thread, time::Duration};

use super::{bare, programs::bare_program, pty::Pty, spread::Spread};

/// Nobody types faster, and no key waits for the frame of the one before.
const BETWEEN: Duration = Duration::from_millis(12);

/// The console's screens are whole, and its systems at work, by then.
const SETTLED: Duration = Duration::from_secs(3);

/// Types as many `keys` into a bare program and into `console`, which shows `title` once it has painted, key by key in turns: both
/// have the same of the machine. The bare program's times, and the console's.
pub fn in_turns(console: Pty, title: &str, keys: usize) -> Result<(Spread, Spread), Box<dyn Error>> {
    let mut floor = Field::open(settled(bare_program()?, bare::TITLE, Duration::ZERO));
    let mut ours = Field::open(settled(console, title, SETTLED));
    let (floor, ours): (Vec<_>, Vec<_>) = (0..keys).map(|nth| (floor.takes(nth), ours.takes(nth))).unzip();
    Ok((Spread::of(floor), Spread::of(ours)))
}

/// A field in the last line, and what stands in it.
struct Field {
    pty: Pty,
    text: String,
}

impl Field {
    fn open(mut pty: Pty) -> Self {
        pty.press(":", ":");
        let mut text = String::from(":");
        for c in "note ".chars() {
            text.push(c);
            pty.press(&c.to_string(), text.trim());
        }
        Self { pty, text }
    }

    /// The key after `nth` others: of eighty, forty letters, then forty times back.
    fn takes(&mut self, nth: usize) -> Duration {
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
fn settled(pty: Pty, title: &str, rest: Duration) -> Pty {
    pty.sees(title);
    thread::sleep(rest);
    pty
}
