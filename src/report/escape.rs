//! Text from outside as plain text in Markdown: no markup, no HTML, no table breaks.

use crate::model::text;

/// `said` on one line, to be read as it was written. Underscores inside words stay, for they mean nothing there.
pub(super) fn plain(said: &str) -> String {
    let said = text::clean(said);
    let chars: Vec<char> = said.chars().collect();
    let mut out = String::with_capacity(said.len() + 8);
    for (i, &c) in chars.iter().enumerate() {
        let inside = |at: Option<&char>| at.is_some_and(|c| c.is_alphanumeric());
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '#' => out.extend(['\\', c]),
            '_' if !(i > 0 && inside(chars.get(i - 1)) && inside(chars.get(i + 1))) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        assert_eq!(
            plain("a | b <script>x</script> [l](u) **b** `c` # d"),
            "a \\| b &lt;script&gt;x&lt;/script&gt; \\[l\\](u) \\*\\*b\\*\\* \\`c\\` \\# d"
        );
        assert_eq!(plain("two\nlines\x1b[31m"), "two lines\\\\u{1b}\\[31m");
        assert_eq!(plain("probe_success is 0, _so_"), "probe_success is 0, \\_so\\_");
    }
}
