//! One line of text under the cursor.

use ratatui::{
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
    style::{Modifier, Style},
    text::{Line, Span},
};
use tui_input::{Input, InputRequest};

use crate::{
    model::text::clean,
    tui::{
        fit,
        theme::{Role, Theme},
    },
};

/// Longer input than any field needs is not taken.
const LONGEST: usize = 2_000;

#[derive(Clone, Debug, Default)]
pub struct TextField {
    input: Input,
}

impl TextField {
    pub fn with(text: &str) -> Self {
        Self { input: Input::new(clean(text)) }
    }

    pub fn value(&self) -> &str {
        self.input.value()
    }

    pub fn is_empty(&self) -> bool {
        self.value().trim().is_empty()
    }

    pub fn set(&mut self, text: &str) {
        *self = Self::with(text);
    }

    /// Takes an editing key; says whether it was one.
    pub fn key(&mut self, key: &KeyEvent) -> bool {
        let (control, alt) = (key.modifiers.contains(KeyModifiers::CONTROL), key.modifiers.contains(KeyModifiers::ALT));
        let request = match key.code {
            KeyCode::Char('a') if control => InputRequest::GoToStart,
            KeyCode::Char('e') if control => InputRequest::GoToEnd,
            KeyCode::Char('u') if control => InputRequest::DeleteFromStart,
            KeyCode::Char('k') if control => InputRequest::DeleteTillEnd,
            KeyCode::Char('w') if control => InputRequest::DeletePrevWord,
            KeyCode::Char('b') if alt => InputRequest::GoToPrevWord,
            KeyCode::Char('f') if alt => InputRequest::GoToNextWord,
            KeyCode::Char(_) if control || alt => return false,
            KeyCode::Char(c) if self.value().len() >= LONGEST || clean(c.encode_utf8(&mut [0; 4])).chars().count() != 1 => {
                return true;
            }
            KeyCode::Char(c) => InputRequest::InsertChar(c),
            KeyCode::Backspace if control || alt => InputRequest::DeletePrevWord,
            KeyCode::Backspace => InputRequest::DeletePrevChar,
            KeyCode::Delete => InputRequest::DeleteNextChar,
            KeyCode::Left if control => InputRequest::GoToPrevWord,
            KeyCode::Right if control => InputRequest::GoToNextWord,
            KeyCode::Left => InputRequest::GoToPrevChar,
            KeyCode::Right => InputRequest::GoToNextChar,
            KeyCode::Home => InputRequest::GoToStart,
            KeyCode::End => InputRequest::GoToEnd,
            _ => return false,
        };
        self.input.handle(request);
        true
    }

    /// Pasted text comes in as one line with nothing in it that a terminal would obey.
    pub fn paste(&mut self, text: &str) {
        for c in clean(text.trim()).chars().take(LONGEST.saturating_sub(self.value().len())) {
            self.input.handle(InputRequest::InsertChar(c));
        }
    }

    /// At most `width` columns of it, around the cursor when it has the focus.
    pub fn line(&self, width: usize, focused: bool, theme: &Theme) -> Line<'static> {
        if !focused {
            return Line::raw(fit::cut_end(self.value(), width));
        }
        let underlined = Style::new().add_modifier(Modifier::UNDERLINED);
        let scroll = self.input.visual_scroll(width.saturating_sub(1).max(1));
        let (mut column, mut before, mut under, mut after) = (0, String::new(), String::from(" "), String::new());
        for (place, c) in self.value().chars().enumerate() {
            let wide = fit::width(c.encode_utf8(&mut [0; 4]));
            if column >= scroll && column + wide <= scroll + width.saturating_sub(1) {
                match place.cmp(&self.input.cursor()) {
                    std::cmp::Ordering::Less => before.push(c),
                    std::cmp::Ordering::Equal => under = c.to_string(),
                    std::cmp::Ordering::Greater => after.push(c),
                }
            }
            column += wide;
        }
        let rest = width.saturating_sub(fit::width(&before) + fit::width(&under) + fit::width(&after));
        Line::from(vec![
            Span::styled(before, underlined),
            Span::styled(under, theme.style(Role::Text).add_modifier(Modifier::REVERSED)),
            Span::styled(after, underlined),
            Span::styled(" ".repeat(rest), underlined),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_lines_and_escape_codes_become_one_harmless_line() {
        let mut field = TextField::with("a ");
        field.paste("b\nc\x1b[2J\r\n");
        assert_eq!(field.value(), "a b c\\u{1b}[2J");
    }
}
