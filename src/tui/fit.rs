//! Text in a given number of columns: cut, padded, wrapped, measured as a terminal measures it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::model::text::clean;

/// Columns that `text` takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// At most `columns`, cut in the middle with `…`: for names, whose both ends matter.
pub fn cut_middle(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns <= 1 {
        return "…".repeat(columns);
    }
    let head = take(text.chars(), columns / 2);
    let back: String = take(text.chars().rev(), columns - 1 - columns / 2).chars().rev().collect();
    format!("{head}…{back}")
}

/// At most `columns`, cut at the end with `…`: for sentences.
pub fn cut_end(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    format!("{}…", take(text.chars(), columns - 1).trim_end())
}

fn take(chars: impl Iterator<Item = char>, columns: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= columns
        })
        .collect()
}

/// Padded with spaces on the right.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Padded with spaces on the left.
pub fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` in lines of at most `columns`, broken at spaces where that is possible; nothing of it is lost.
/// Its own line breaks stay. Whatever else is unsafe to draw is written out.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let paragraph = clean(paragraph);
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let gap = usize::from(!line.is_empty());
            if width(&line) + gap + width(word) <= columns {
                if gap == 1 {
                    line.push(' ');
                }
                line.push_str(word);
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for c in word.chars() {
                if !line.is_empty() && width(&line) + c.width().unwrap_or(0) > columns {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(c);
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(width("東京"), 4);
        assert_eq!(cut_middle("東京都庁", 5), "東…庁");
        assert_eq!(width(&pad("東", 4)), 4);
        assert_eq!(cut_end("a long sentence", 7), "a long…");
    }

    #[test]
    fn wrapping_loses_nothing_and_keeps_within() {
        let text = "select pg_promote(true, 60) averyveryverylongword\nsecond";
        for columns in 1..60 {
            let lines = wrap(text, columns);
            assert!(lines.iter().all(|line| width(line) <= columns), "{columns}: {lines:?}");
            let bare = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            assert_eq!(bare(&lines.concat()), bare(text));
        }
    }

    #[test]
    fn escape_codes_are_written_out() {
        assert_eq!(wrap("a\x1b[31mb", 40), ["a\\u{1b}[31mb"]);
    }
}
