//! What a program says, line by line, bounded.

use std::collections::VecDeque;

use crate::model::text::{clean, cut_middle};

/// Lines that are kept: the last ones say why.
const LAST: usize = 20;
/// Bytes of a line that are kept.
const LINE: usize = 4096;
/// Characters of a line that are shown.
const SHOWN: usize = 240;

/// The end of a program's output, of both streams as it came.
#[derive(Debug, Default)]
pub struct Output {
    last: VecDeque<String>,
    /// Lines that fell out.
    dropped: u64,
}

/// One stream's line that is not yet whole.
#[derive(Debug, Default)]
pub struct Partial {
    line: Vec<u8>,
    /// Bytes of it beyond what is kept.
    over: usize,
}

impl Output {
    /// Takes bytes of one stream in; whether a line became whole.
    pub fn take(&mut self, partial: &mut Partial, bytes: &[u8]) -> bool {
        let mut whole = false;
        for piece in bytes.split_inclusive(|b| matches!(b, b'\n' | b'\r')) {
            let (text, ends) = match piece.split_last() {
                Some((b'\n' | b'\r', text)) => (text, true),
                _ => (piece, false),
            };
            let room = LINE - partial.line.len();
            partial.line.extend_from_slice(&text[..text.len().min(room)]);
            partial.over += text.len().saturating_sub(room);
            if ends {
                whole |= self.end(partial);
            }
        }
        whole
    }

    /// What stands after the last line break counts as a line.
    pub fn end(&mut self, partial: &mut Partial) -> bool {
        let text = clean(&String::from_utf8_lossy(&partial.line));
        let cut = std::mem::take(&mut partial.over);
        partial.line.clear();
        if text.trim().is_empty() {
            return false;
        }
        let mut line = cut_middle(text.trim_end(), SHOWN);
        if cut > 0 {
            line.push_str(&format!(" (and {cut} bytes)"));
        }
        if self.last.len() == LAST {
            self.last.pop_front();
            self.dropped += 1;
        }
        self.last.push_back(line);
        true
    }

    pub fn newest(&self) -> Option<&str> {
        self.last.back().map(String::as_str)
    }

    /// The last `n` lines as one text.
    pub fn tail(&self, n: usize) -> String {
        let from = self.last.len().saturating_sub(n);
        let dropped = self.dropped + from as u64;
        let lines = self.last.iter().skip(from).cloned().collect::<Vec<_>>().join(" | ");
        if dropped > 0 { format!("({dropped} lines before) {lines}") } else { lines }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_kept_to_its_last_lines_and_loses_its_escape_codes() {
        let (mut output, mut partial) = (Output::default(), Partial::default());
        for n in 0..100_000 {
            output.take(&mut partial, format!("line {n} \x1b[31m\n").as_bytes());
        }
        assert_eq!(output.last.len(), LAST);
        assert_eq!(output.newest(), Some("line 99999 \\u{1b}[31m"));
        assert!(output.tail(2).starts_with("(99998 lines before) line 99998"), "{}", output.tail(2));
    }

    #[test]
    fn one_endless_line_costs_no_more_than_a_line() {
        let (mut output, mut partial) = (Output::default(), Partial::default());
        for _ in 0..1_000 {
            output.take(&mut partial, &[b'x'; 8192]);
        }
        assert!(partial.line.len() <= LINE);
        assert!(output.end(&mut partial));
        assert!(output.newest().unwrap().ends_with(&format!("(and {} bytes)", 8_192_000 - LINE)));
    }

    #[test]
    fn a_carriage_return_ends_a_line_as_progress_bars_mean_it() {
        let (mut output, mut partial) = (Output::default(), Partial::default());
        assert!(output.take(&mut partial, b"10%\r50%\rdo"));
        assert_eq!(output.newest(), Some("50%"));
        assert!(output.take(&mut partial, b"ne\n"));
        assert_eq!(output.newest(), Some("done"));
    }
}
