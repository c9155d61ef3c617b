//! The text of a file, and a line of it as a message may show it.

use std::{ops::Range, sync::Arc};

use unicode_width::UnicodeWidthChar;

use super::masking;
use crate::model::text::clean;

/// A file's text with what must not be shown of it.
pub struct SourceText {
    pub file: Arc<str>,
    pub text: String,
    /// Byte ranges that hold or may hold a secret.
    pub secrets: Vec<Range<usize>>,
    /// Whether `secrets` could be found: not in a file that is no YAML.
    pub understood: bool,
    starts: Vec<usize>,
}

/// A line as it may be shown, and where in it the place stands, in terminal cells.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt {
    pub line: String,
    pub start: usize,
    pub width: usize,
}

/// Cells of a line that are shown around a place.
const WIDEST: usize = 110;
/// Bytes of a line of which anything is shown.
const LONGEST: usize = 1 << 15;
const MASK: &str = "•••";

impl SourceText {
    pub fn new(file: Arc<str>, text: String) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1));
        Self { file, text, secrets: Vec::new(), understood: false, starts }
    }

    fn line(&self, number: usize) -> Option<(usize, &str)> {
        let start = *self.starts.get(number.checked_sub(1)?)?;
        let end = self.starts.get(number).map_or(self.text.len(), |next| next - 1);
        Some((start, self.text.get(start..end)?.trim_end_matches('\r')))
    }

    /// Line `number` with its secrets masked, cut to what surrounds `column`, both from 1. `None` where there is nothing to show.
    pub fn excerpt(&self, number: u32, column: u32, length: u32) -> Option<Excerpt> {
        let (start, line) = self.line(number as usize)?;
        // Counting its characters for hundreds of findings would cost seconds.
        if line.len() > LONGEST {
            return None;
        }
        let first = (column as usize).saturating_sub(1);
        let from = first.saturating_sub(WIDEST);
        let chars: Vec<(usize, char)> = line.char_indices().skip(from).take(WIDEST * 3).collect();
        if chars.iter().all(|(_, c)| c.is_whitespace()) {
            return None;
        }
        let hidden = self.hidden(number as usize, start, line, from, chars.len());
        let mut out = String::new();
        let (mut cells, mut caret, mut end) = (0, None, 0);
        let mut masked = false;
        for (i, (_, c)) in chars.iter().enumerate() {
            let at = from + i;
            let is_hidden = hidden.iter().any(|(a, b)| (*a..*b).contains(&at));
            if at == first {
                // What stands behind the mask is marked by the mask.
                caret = Some(if masked && is_hidden { cells - MASK.chars().count() } else { cells });
            }
            if !is_hidden {
                let shown = clean(&c.to_string());
                cells += shown.chars().filter_map(UnicodeWidthChar::width).sum::<usize>();
                out.push_str(&shown);
            } else if !masked {
                out.push_str(MASK);
                cells += MASK.chars().count();
            }
            masked = is_hidden;
            if at < first + (length as usize).max(1) {
                end = cells;
            }
        }
        let start = caret.unwrap_or(cells);
        Some(cut(&out, start, end.saturating_sub(start).max(1)))
    }

    /// Character ranges of the line that must not be shown.
    fn hidden(&self, number: usize, start: usize, line: &str, from: usize, count: usize) -> Vec<(usize, usize)> {
        let near: String = line.chars().skip(from.saturating_sub(256)).take(count + 512).collect();
        let shift = from.saturating_sub(256);
        let mut hidden: Vec<_> = masking::in_address(&near).into_iter().map(|(a, b)| (a + shift, b + shift)).collect();
        if self.understood {
            let end = start + line.len();
            let first = self.secrets.partition_point(|range| range.end <= start);
            for range in self.secrets[first..].iter().take_while(|range| range.start < end) {
                let chars = |byte: usize| self.text.get(start..byte.clamp(start, end)).map_or(0, |t| t.chars().count());
                hidden.push((chars(range.start), chars(range.end)));
            }
            return hidden;
        }
        if from > 0 || self.under_secret(number, line) {
            return vec![(0, usize::MAX)];
        }
        hidden.extend(masking::guess(line));
        hidden
    }

    /// Whether a line stands below a key that looks like one of a secret, as its value.
    fn under_secret(&self, number: usize, line: &str) -> bool {
        let indent = |text: &str| text.len() - text.trim_start().len();
        let own = indent(line);
        if own == 0 {
            // At the margin stands a key, or the rest of a quoted text that was never closed.
            return !line.contains(':') && !line.starts_with(['-', '#', '%', '}', ']']);
        }
        for above in (1..number).rev().take(200) {
            let Some((_, text)) = self.line(above) else { continue };
            if text.trim().is_empty() || indent(text) >= own {
                continue;
            }
            return !masking::guess(text.get(..text.len().min(400)).unwrap_or(text)).is_empty();
        }
        false
    }
}

/// `line` cut to [`WIDEST`] cells around its place.
fn cut(line: &str, start: usize, width: usize) -> Excerpt {
    let cells: usize = line.chars().filter_map(UnicodeWidthChar::width).sum();
    if cells <= WIDEST {
        return Excerpt { line: line.to_owned(), start, width: width.min(cells.saturating_sub(start).max(1)) };
    }
    let skip = start.saturating_sub(WIDEST / 3);
    let (mut out, mut at, mut used, mut skipped) = (String::new(), 0, 0, 0);
    if skip > 0 {
        out.push('…');
        used = 1;
    }
    for c in line.chars() {
        let wide = c.width().unwrap_or(0);
        if at < skip {
            skipped += wide;
        } else if used + wide < WIDEST {
            out.push(c);
            used += wide;
        } else {
            out.push('…');
            used += 1;
            break;
        }
        at += wide;
    }
    let start = start - skipped + usize::from(skip > 0);
    Excerpt { line: out, start, width: width.min(used.saturating_sub(start).max(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str, secrets: &[&str]) -> SourceText {
        let mut source = SourceText::new("p".into(), text.into());
        source.secrets = secrets.iter().map(|s| text.find(s).map(|at| at..at + s.len()).unwrap()).collect();
        source.understood = true;
        source
    }

    #[test]
    fn a_secret_is_masked_and_the_caret_still_points_right() {
        let source = source("{password: hunter2, prot: 5432}\n", &["hunter2"]);
        let excerpt = source.excerpt(1, 21, 4).unwrap();
        assert_eq!(excerpt.line, "{password: •••, prot: 5432}");
        assert_eq!(&excerpt.line.chars().skip(excerpt.start).take(excerpt.width).collect::<String>(), "prot");
    }

    #[test]
    fn a_long_line_is_shown_around_its_place_and_a_monstrous_one_not_at_all() {
        let text = format!("{}HERE{}", "a, ".repeat(5_000), "b".repeat(10_000));
        let excerpt = source(&text, &[]).excerpt(1, 15_001, 4).unwrap();
        assert_eq!(source(&"a".repeat(1 << 20), &[]).excerpt(1, 5, 1), None);
        assert!(excerpt.line.chars().count() <= WIDEST);
        assert_eq!(excerpt.line.chars().skip(excerpt.start).take(4).collect::<String>(), "HERE");
    }

    #[test]
    fn a_file_that_is_no_yaml_hides_by_guess() {
        let broken =
            SourceText::new("p".into(), "act: {user: a, password: \"hunter2\ntoken: |\n  hunter3\n  x: [\nurl: [\n".into());
        assert!(!broken.excerpt(1, 30, 1).unwrap().line.contains("hunter2"));
        assert!(!broken.excerpt(3, 3, 1).unwrap().line.contains("hunter3"));
        assert!(broken.excerpt(5, 1, 1).unwrap().line.contains("url"));
    }

    #[test]
    fn wide_and_unsafe_characters_keep_the_caret_in_place() {
        let excerpt = source("名: \u{202e}x y\n", &[]).excerpt(1, 6, 1).unwrap();
        assert_eq!(excerpt.line, "名: \\u{202e}x y");
        assert_eq!(excerpt.start, 13);
    }
}
