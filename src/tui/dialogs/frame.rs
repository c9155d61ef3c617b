//! The box of a dialog: a title, a body that scrolls, and a foot that is always in sight.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::Line,
    widgets::{Block, BorderType, Clear, Widget},
};

use crate::tui::{
    fit,
    theme::{Role, Theme},
};

/// What a drawing learnt that the next key needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// The furthest that the list or body can be scrolled.
    pub most: usize,
    /// Rows of a page.
    pub page: usize,
    /// False when the dialog did not have the room to be read: it must not be agreed to then.
    pub legible: bool,
}

/// What goes into the box.
pub struct Content {
    pub title: String,
    pub loud: bool,
    pub body: Vec<Line<'static>>,
    pub foot: Vec<Line<'static>>,
    pub from: usize,
    /// A body line that must be in sight.
    pub keep: Option<usize>,
}

/// Columns within the box that [`draw`] will make in `area`.
pub fn inner_width(area: Rect) -> usize {
    usize::from(box_width(area)).saturating_sub(4)
}

fn box_width(area: Rect) -> u16 {
    area.width.min(100)
}

/// Draws the box in the middle of `area`, and moves it up or makes it smaller where it would reach over the row `bottom`: what
/// stands from there on must not hide its end.
pub fn draw(content: &Content, area: Rect, bottom: u16, buffer: &mut Buffer, theme: &Theme) -> Extent {
    let width = box_width(area);
    let (body, foot) = (content.body.len() as u16, content.foot.len() as u16);
    let fits = |room: u16| {
        let height = body.saturating_add(foot).saturating_add(2).min(room);
        let shown = height.saturating_sub(2).saturating_sub(foot);
        (height, shown, width >= 30 && shown >= body.min(3) && height >= 4)
    };
    let mut room = area.bottom().min(bottom).saturating_sub(area.y);
    if !fits(room).2 {
        // Rather the message is hidden than what is to be agreed to.
        room = area.height;
    }
    let (height, shown, legible) = fits(room);
    if !legible {
        let text = "The window is too small to read this dialog in: make it larger, or leave with Esc.";
        Clear.render(area, buffer);
        for (row, line) in fit::wrap(text, usize::from(area.width)).iter().take(usize::from(area.height)).enumerate() {
            buffer.set_string(area.x, area.y + row as u16, line, theme.style(Role::Strong));
        }
        return Extent { most: 0, page: 1, legible };
    }
    let down = ((area.height - height) / 2).min(room - height);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + down, width, height };
    Clear.render(place, buffer);
    let title = format!(" {} ", fit::cut_end(&content.title, usize::from(width).saturating_sub(6)));
    let title_style = if content.loud { theme.style(Role::Bad) } else { theme.style(Role::Title) };
    Block::bordered()
        .border_type(BorderType::Plain)
        .border_style(theme.style(if content.loud { Role::Bad } else { Role::Accent }))
        .title(Line::styled(title, title_style))
        .render(place, buffer);
    let inside = Rect { x: place.x + 2, y: place.y + 1, width: width - 4, height: height - 2 };
    let rows = usize::from(shown);
    let most = content.body.len().saturating_sub(rows);
    let mut from = content.from.min(most);
    if let Some(keep) = content.keep {
        from = from.max((keep + 1).saturating_sub(rows)).min(keep).min(most);
    }
    for (row, line) in content.body.iter().skip(from).take(rows).enumerate() {
        buffer.set_line(inside.x, inside.y + row as u16, line, inside.width);
    }
    for (row, line) in content.foot.iter().enumerate() {
        buffer.set_line(inside.x, inside.y + shown + row as u16, line, inside.width);
    }
    if most > 0 {
        let words = format!(" {} more above, {} below: PgUp PgDn ", from, most - from);
        let words = fit::cut_end(&words, usize::from(width).saturating_sub(4));
        let x = place.right().saturating_sub(fit::width(&words) as u16 + 2);
        buffer.set_string(x, place.bottom() - 1, words, theme.style(Role::Warn));
    }
    Extent { most, page: rows.max(1), legible }
}
