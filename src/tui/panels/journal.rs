//! The newest of the journal, where a screen has rows to spare.

use ratatui::text::{Line, Span};

use crate::{
    model::{text::clean, time},
    picture::Picture,
    tui::{
        fit,
        panel::Panel,
        theme::{Role, Theme},
    },
};

/// At most `rows` lines, the newest last; `rest` says where the others are; `None` when nothing was journaled.
pub fn newest(picture: &Picture, rows: usize, width: usize, rest: &str, theme: &Theme) -> Option<Panel> {
    let from = picture.journal.len().saturating_sub(rows);
    let lines: Vec<Line<'static>> = picture.journal[from..]
        .iter()
        .map(|line| {
            let (mark, role) = if line.loud { ("!", Role::Warn) } else { (" ", Role::Text) };
            let at = format!("{mark}{}  ", time::clock(line.at, picture.now));
            let text = clean(&format!("{} {}", line.who, line.text));
            let text = fit::cut_end(&text, width.saturating_sub(fit::width(&at)));
            Line::from(vec![Span::styled(at, theme.style(Role::Dim)), Span::styled(text, theme.style(role))])
        })
        .collect();
    let least = lines.len();
    let rest = if from > 0 { format!("{from} more: {rest}") } else { String::new() };
    (least > 0).then(|| Panel { title: "Journal".into(), note: rest, lines, least, rank: 9, ..Panel::default() })
}
