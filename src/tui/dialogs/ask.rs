//! A question with yes and no. Only no is ever preselected.

use ratatui::{
    crossterm::event::{KeyCode, KeyEvent},
    text::{Line, Span},
};

use super::{answer::Answer, frame::Content};
use crate::{
    console::Request,
    tui::{
        fit,
        theme::{Role, Theme},
    },
};

/// No and yes beside each other; the chosen one is marked by brackets and colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct YesNo {
    pub yes: bool,
}

impl YesNo {
    /// Moves between the two; `Some` when one was taken with Enter.
    pub fn key(&mut self, key: &KeyEvent) -> Option<bool> {
        match key.code {
            KeyCode::Left | KeyCode::Right | KeyCode::Tab | KeyCode::BackTab => self.yes = !self.yes,
            KeyCode::Char('y' | 'Y') => self.yes = true,
            KeyCode::Char('n' | 'N') => self.yes = false,
            KeyCode::Enter => return Some(self.yes),
            _ => {}
        }
        None
    }

    pub fn line(self, no: &str, yes: &str, theme: &Theme) -> Line<'static> {
        let button = |words: &str, chosen: bool| {
            if chosen {
                Span::styled(format!("[ {words} ]"), theme.style(Role::Selection).patch(theme.style(Role::Strong)))
            } else {
                Span::styled(format!("  {words}  "), theme.style(Role::Dim))
            }
        };
        Line::from(vec![
            button(no, !self.yes),
            Span::raw("  "),
            button(yes, self.yes),
            Span::styled("   n y or ← → choose, ⏎ takes it", theme.style(Role::Dim)),
        ])
    }
}

/// What would be sent on yes, in words.
#[derive(Clone, Debug)]
pub struct Ask {
    pub title: String,
    pub words: String,
    pub yes: String,
    pub request: Request,
    pub choice: YesNo,
}

impl Ask {
    pub fn new(title: impl Into<String>, words: impl Into<String>, yes: &str, request: Request) -> Self {
        Self { title: title.into(), words: words.into(), yes: yes.to_owned(), request, choice: YesNo::default() }
    }

    pub fn key(&mut self, key: &KeyEvent) -> Answer {
        match self.choice.key(key) {
            Some(true) => Answer::Send(Box::new(self.request.clone())),
            Some(false) => Answer::Leave,
            None => Answer::Stay,
        }
    }

    pub fn content(&self, width: usize, theme: &Theme) -> Content {
        Content {
            title: self.title.clone(),
            loud: false,
            body: fit::wrap(&self.words, width).into_iter().map(Line::raw).collect(),
            foot: vec![Line::default(), self.choice.line("no", &self.yes, theme)],
            from: 0,
            keep: None,
        }
    }
}
