//! Text from outside, made safe to draw: no control characters, no bidi overrides, no invisible tricks.

/// `text` on one line: line breaks and tabs become a space, every other control, bidi or zero-width
/// character becomes `\u{..}` in writing, so that nothing is silently dropped.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c if is_unsafe(c) => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// Longest text from outside that is shown or kept, in characters.
const BRIEF: usize = 1_000;

/// As [`clean`], and not longer than a person reads: for words from outside, of which nobody vouches for the length.
pub fn brief(text: &str) -> String {
    match text.char_indices().nth(BRIEF) {
        None => clean(text),
        Some((end, _)) => {
            let text = clean(&text[..end]);
            let end = text.char_indices().nth(BRIEF).map_or(text.len(), |(end, _)| end);
            format!("{}…", &text[..end])
        }
    }
}

/// Like [`clean`], but keeps line breaks.
pub fn clean_lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// `text` in at most `width` characters, cut in the middle with `…`, so that both ends of a name stay.
pub fn cut_middle(text: &str, width: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= width {
        return text.to_owned();
    }
    if width <= 1 {
        return "…".chars().take(width).collect();
    }
    let head = width / 2;
    let tail = width - head - 1;
    chars[..head].iter().chain(&['…']).chain(&chars[chars.len() - tail..]).collect()
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_codes_bidi_and_zero_width_lose_their_power_but_stay_visible() {
        assert_eq!(clean("a\x1b[31mred\u{202e}x\u{200b}y\r\nz"), "a\\u{1b}[31mred\\u{202e}x\\u{200b}y z");
        assert_eq!(clean("Grüße, 東京 ✓"), "Grüße, 東京 ✓");
    }

    #[test]
    fn a_text_from_outside_has_an_end() {
        assert_eq!(brief("short\x1b"), "short\\u{1b}");
        assert_eq!(brief(&"é".repeat(5_000)), format!("{}…", "é".repeat(BRIEF)));
        assert_eq!(brief(&"\x1b".repeat(5_000)).chars().count(), BRIEF + 1);
    }

    #[test]
    fn names_are_cut_in_the_middle() {
        assert_eq!(cut_middle("training-api-canary", 9), "trai…nary");
        assert_eq!(cut_middle("short", 9), "short");
        assert_eq!(cut_middle("abc", 0), "");
    }
}
