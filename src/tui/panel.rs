//! A titled part of a screen, and how several share the rows of a column.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    fit,
    theme::{Role, Theme},
};

/// From this width on a screen has two columns.
pub const WIDE: u16 = 110;

/// Lines under a title. `rank` says who keeps its rows when there are too few: 0 is the most needed.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    pub title: String,
    /// At the right end of the title.
    pub note: String,
    pub lines: Vec<Line<'static>>,
    /// The note is what one looks for first.
    pub strong: bool,
    /// First and last line that must stay in sight.
    pub keep: (usize, usize),
    /// Rows (without the title) below which it is not worth showing.
    pub least: usize,
    pub rank: u8,
    /// Where the rest can be seen: `4 data`.
    pub rest: String,
}

/// A panel with its place in a column.
pub struct Placed<'p> {
    pub panel: &'p Panel,
    /// Row of its title, from the top of the column.
    pub top: u16,
    /// Rows below the title.
    pub rows: u16,
}

/// Shares `height` rows out: each panel its least by rank, then what it wants by rank.
pub fn share(panels: &[Panel], height: u16) -> Vec<Placed<'_>> {
    let mut rows: Vec<Option<usize>> = vec![None; panels.len()];
    let mut left = usize::from(height);
    let mut by_rank: Vec<usize> = (0..panels.len()).collect();
    by_rank.sort_by_key(|&i| panels[i].rank);
    for &i in &by_rank {
        let least = panels[i].least.min(panels[i].lines.len()).max(1);
        // The most needed ones make do with less; the others would only take their rows.
        let enough = match panels[i].rank {
            0 => 1,
            1 => least.min(2),
            _ => least,
        };
        if !panels[i].lines.is_empty() && left > enough {
            let given = least.min(left - 1);
            rows[i] = Some(given);
            left -= given + 1;
        }
    }
    for &i in &by_rank {
        if let Some(given) = &mut rows[i] {
            let more = panels[i].lines.len().saturating_sub(*given).min(left);
            *given += more;
            left -= more;
        }
    }
    let mut top = 0;
    let mut placed = Vec::new();
    for (i, rows) in rows.into_iter().enumerate() {
        if let Some(rows) = rows {
            placed.push(Placed { panel: &panels[i], top, rows: rows as u16 });
            top += rows as u16 + 1;
        }
    }
    placed
}

impl Placed<'_> {
    /// Draws title and lines into the column `area`.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let Panel { title, note, lines, keep, rest, strong, .. } = self.panel;
        let (y, rows) = (area.y + self.top, usize::from(self.rows));
        let hidden = lines.len().saturating_sub(rows);
        let more = match (hidden, rest.is_empty()) {
            (0, _) => String::new(),
            (_, true) => format!("{hidden} more"),
            (_, false) => format!("{hidden} more: {rest}"),
        };
        let note_style = if *strong { theme.style(Role::Strong) } else { Style::new() };
        title_line(title, &more, (note, note_style), Rect { y, height: 1, ..area }, buffer, theme);
        // The last kept line, but never at the cost of the first.
        let from = (keep.1 + 1).saturating_sub(rows).min(keep.0).min(hidden);
        for (row, line) in lines.iter().skip(from).take(rows).enumerate() {
            buffer.set_line(area.x, y + 1 + row as u16, line, area.width);
        }
    }
}

/// `─ Title ─ 4 more: 2 runbook ──────── note ─`
pub fn title_line(title: &str, more: &str, note: (&str, Style), area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let width = usize::from(area.width);
    let (note, note_style) = note;
    let rule = theme.style(Role::Rule);
    let title = fit::cut_end(title, width.saturating_sub(4));
    let mut room = width.saturating_sub(fit::width(&title) + 3);
    let note = fit::cut_end(note, room.saturating_sub(4));
    let note_width = if note.is_empty() { 0 } else { fit::width(&note) + 3 };
    room = room.saturating_sub(note_width);
    let mut spans = vec![Span::styled("─ ", rule), Span::styled(title, theme.style(Role::Title)), Span::styled(" ", rule)];
    if !more.is_empty() && fit::width(more) + 4 <= room {
        room -= fit::width(more) + 3;
        spans.extend([Span::styled("─ ", rule), Span::styled(more.to_owned(), theme.style(Role::Dim)), Span::raw(" ")]);
    }
    spans.push(Span::styled("─".repeat(room), rule));
    if !note.is_empty() {
        // Notes tick: they wear the terminal's own colours.
        spans.extend([Span::raw(" "), Span::styled(note, note_style), Span::raw(" "), Span::styled("─", rule)]);
    }
    buffer.set_line(area.x, area.y, &Line::from(spans), area.width);
}

/// Columns of the left one of two, without the rule between them.
pub fn left_width(width: u16) -> u16 {
    width / 2 + width / 40
}

/// Two columns with a rule between them that joins their titles' rules.
pub fn two_columns(left: &[Panel], right: &[Panel], area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let left_width = left_width(area.width);
    let left_area = Rect { width: left_width, ..area };
    let right_area = Rect { x: area.x + left_width + 1, width: area.width.saturating_sub(left_width + 1), ..area };
    let left = share(left, area.height);
    let right = share(right, area.height);
    for (y, row) in (area.y..area.bottom()).zip(0..) {
        let (l, r) = (left.iter().any(|p| p.top == row), right.iter().any(|p| p.top == row));
        let joint = match (row, l, r) {
            (0, ..) => "┬",
            (_, true, true) => "┼",
            (_, true, false) => "┤",
            (_, false, true) => "├",
            _ => "│",
        };
        buffer.set_string(area.x + left_width, y, joint, theme.style(Role::Rule));
    }
    left.iter().for_each(|panel| panel.draw(left_area, buffer, theme));
    right.iter().for_each(|panel| panel.draw(right_area, buffer, theme));
}

pub fn one_column(panels: &[Panel], area: Rect, buffer: &mut Buffer, theme: &Theme) {
    share(panels, area.height).iter().for_each(|panel| panel.draw(area, buffer, theme));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(lines: usize, least: usize, rank: u8) -> Panel {
        Panel { lines: vec![Line::raw("x"); lines], least, rank, ..Panel::default() }
    }

    #[test]
    fn rows_go_by_rank_and_never_beyond_the_height() {
        let panels = [panel(10, 3, 1), panel(5, 2, 0), panel(4, 2, 2)];
        for height in 0..40 {
            let placed = share(&panels, height);
            let used: u16 = placed.iter().map(|p| p.rows + 1).sum();
            assert!(used <= height, "{height}: {used}");
        }
        let tops: Vec<_> = share(&panels, 12).iter().map(|p| (p.top, p.rows)).collect();
        assert_eq!(tops, [(0, 3), (4, 4), (9, 2)], "the first in rank gets what is left over");
        assert_eq!(share(&panels, 3).len(), 1, "only the first in rank");
    }
}
