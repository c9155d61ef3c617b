//! Ready to act? One row a connection: what would fail first, and what would mend it.

use ratatui::{style::Style, text::Line};

use super::clocks::indent;
use crate::{
    model::{Ready, text::clean},
    picture::{Picture, ReadyRow, ReadyState},
    tui::{
        columns::{Cell, Column, align, cell},
        fit,
        panel::Panel,
        theme::{Role, Theme},
    },
};

pub fn role(ready: Ready) -> Role {
    match ready {
        Ready::Yes => Role::Good,
        Ready::Warned => Role::Warn,
        Ready::CannotTell => Role::Unknown,
        Ready::No => Role::Bad,
    }
}

/// `key` asks again. `roomy` says all that is lacking in full, with its mend.
pub fn panel(picture: &Picture, key: &str, roomy: bool, width: usize, theme: &Theme) -> Panel {
    let ready = &picture.ready;
    let known = matches!(ready.state, ReadyState::Answered | ReadyState::Stale);
    let again = if ready.state == ReadyState::DoesNotAsk { String::new() } else { format!(", {key} to ask again") };
    let panel = |note: String, lines: Vec<Line<'static>>, least: usize| Panel {
        title: "Ready to act?".into(),
        note,
        lines,
        least,
        // Where there is little room, the worst row is enough.
        rank: if roomy { 1 } else { 2 },
        ..Panel::default()
    };
    let sentence = |text: &str| {
        let lines = fit::wrap(text, width.saturating_sub(2)).into_iter();
        lines.map(|text| Line::styled(format!(" {text}"), theme.style(Role::Dim))).collect::<Vec<_>>()
    };
    if !known {
        let note = if ready.state == ReadyState::CannotTell { format!("{key} to ask again") } else { String::new() };
        return panel(note, sentence(&clean(&ready.words)), 1);
    }
    if ready.rows.is_empty() {
        return panel(format!("{}{again}", ready.words), sentence("no step calls anything"), 1);
    }
    let columns = [Column::mark(), Column::name(8), Column::mark(), Column::words()];
    let rows: Vec<Vec<Cell>> = ready.rows.iter().map(|row| cells(row, roomy, theme)).collect();
    let mut lines = Vec::new();
    for (line, row) in align(&columns, &rows, width.saturating_sub(1)).into_iter().zip(&ready.rows) {
        lines.push(indent(line, 1));
        for lack in row.lacks.iter().filter(|_| roomy) {
            let mend = lack.mend.iter().map(|mend| (format!("mend: {mend}"), theme.style(Role::Dim)));
            let said = std::iter::once((format!("{} {}", lack.ready.mark(), lack.words), theme.style(role(lack.ready))));
            for (text, style) in said.chain(mend) {
                let texts = fit::wrap(&clean(&text), width.saturating_sub(4));
                lines.extend(texts.into_iter().map(|text| Line::styled(format!("   {text}"), style)));
            }
        }
    }
    let least = lines.len().min(if roomy { 6 } else { 1 });
    panel(format!("{}{again}", ready.words), lines, least)
}

fn cells(row: &ReadyRow, roomy: bool, theme: &Theme) -> Vec<Cell> {
    let style = theme.style(role(row.ready));
    let worst = row.lacks.first().filter(|_| !roomy).map_or("", |lack| lack.words.as_str());
    vec![
        cell(row.ready.mark().to_string(), style),
        cell(&row.name, theme.style(Role::Strong)),
        cell(&row.count, Style::new()),
        cell(worst, style),
    ]
}
