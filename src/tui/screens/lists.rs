//! Screens that are one list: the journal, the data, the systems, the help.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    model::{text::clean, time},
    picture::{JournalLine, Picture},
    tui::{
        dialogs::Extent,
        fit,
        panel::{Panel, title_line},
        panels::{alerts, backups, data, ready, replication, systems},
        theme::{Role, Theme},
        verbs::{Group, Verb},
        view::View,
    },
};

/// A title and lines from `from` on.
fn list(title: &str, note: &str, lines: &[Line<'static>], from: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    let rows = usize::from(area.height.saturating_sub(1));
    let most = lines.len().saturating_sub(rows);
    let from = from.min(most);
    let place = if most > 0 { format!("{}-{} of {}  {note}", from + 1, from + rows, lines.len()) } else { note.to_owned() };
    if area.height > 0 {
        title_line(title, "", (place.trim(), Style::new()), Rect { height: 1, ..area }, buffer, theme);
    }
    for (row, line) in lines.iter().skip(from).take(rows).enumerate() {
        buffer.set_line(area.x, area.y + 1 + row as u16, line, area.width);
    }
    Extent { most, page: rows.max(1), legible: true }
}

fn filter_note(view: &View) -> String {
    if view.filter().is_empty() { String::new() } else { format!("only with: {}", view.filter()) }
}

/// The newest at the bottom; it follows the end until one scrolls up. Long lines go on below, so that nothing of the
/// record is cut.
pub fn journal(picture: &Picture, view: &View, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    let rows = usize::from(area.height.saturating_sub(1));
    let passing: Vec<&JournalLine> =
        picture.journal.iter().filter(|line| view.passes(&format!("{} {}", line.who, line.text))).collect();
    let several = picture.journal.iter().any(|line| Some(&line.incident) != picture.journal.first().map(|l| &l.incident));
    let entry = |line: &JournalLine| journal_entry(line, picture, several, usize::from(area.width), theme);
    // At the oldest end the first page is full: only as much can be scrolled as is not on it.
    let (mut first_page, mut filled) = (0, 0);
    for line in &passing {
        filled += entry(line).len();
        if filled > rows {
            break;
        }
        first_page += 1;
    }
    let most = passing.len() - first_page;
    let up = view.scrolled().min(most);
    let mut lines = Vec::new();
    for line in passing[..passing.len() - up].iter().rev() {
        if lines.len() >= rows {
            break;
        }
        lines.extend(entry(line).into_iter().rev());
    }
    lines.truncate(rows);
    let head = picture
        .journal_head
        .as_ref()
        .map_or_else(String::new, |(seq, hash)| format!("record {seq}, {}", hash.chars().take(12).collect::<String>()));
    let below = if up > 0 { format!("{up} newer below") } else { String::new() };
    let note = [below, filter_note(view), head].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
    if area.height > 0 {
        title_line("Journal", "", (&note, Style::new()), Rect { height: 1, ..area }, buffer, theme);
    }
    for (row, line) in lines.iter().rev().enumerate() {
        buffer.set_line(area.x, area.y + 1 + row as u16, line, area.width);
    }
    if lines.is_empty() && rows > 0 {
        let text = if picture.journal.is_empty() { " nothing is journaled yet" } else { " no line has these words" };
        buffer.set_stringn(area.x, area.y + 1, text, usize::from(area.width), theme.style(Role::Dim));
    }
    Extent { most, page: rows.max(1), legible: true }
}

/// `!02:24:00Z  Ben  signed an outside fence`; what is loud carries the sign.
fn journal_entry(line: &JournalLine, picture: &Picture, several: bool, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    const WHO: usize = 10;
    let at = time::clock(line.at, picture.now);
    let incident = if several { format!("  {}", line.incident) } else { String::new() };
    let before = fit::width(&at) + fit::width(&incident) + WHO + 4;
    let late = line.recorded.map_or_else(String::new, |at| format!(" (written {})", time::clock(at, picture.now)));
    let (mark, role) = if line.loud { ("!", Role::Warn) } else { (" ", Role::Text) };
    let who = clean(&line.who);
    let who = fit::pad(&fit::cut_middle(&who, WHO), WHO);
    let texts = fit::wrap(&format!("{}{late}", line.text), width.saturating_sub(before).max(12));
    let entry = texts.into_iter().enumerate().map(|(nth, text)| {
        let text = Span::styled(text, theme.style(role));
        if nth > 0 {
            return Line::from(vec![Span::raw(" ".repeat(before)), text]);
        }
        Line::from(vec![
            Span::styled(mark, theme.style(Role::Warn)),
            Span::styled(format!("{at}{incident}  "), theme.style(Role::Dim)),
            Span::raw(format!("{who} ")),
            text,
        ])
    });
    entry.collect()
}

pub fn data(picture: &Picture, view: &View, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    let mut lines = data::in_full(picture, usize::from(area.width), theme);
    lines.extend(replication::in_full(picture, &view.lags, usize::from(area.width), theme));
    lines.extend(backups::in_full(picture, usize::from(area.width), theme));
    list("Recover to what", "★ loses least  ☆ back sooner", &lines, view.scrolled(), area, buffer, theme)
}

/// Panels one below the other, each with its title as a line.
pub fn systems(picture: &Picture, view: &View, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    let width = usize::from(area.width);
    let panels = [
        systems::services(picture, width, theme),
        systems::regions(picture, width, theme),
        systems::links(picture, false, width, theme),
        ready::panel(picture, &view.keys.shown(Verb::AskNow), true, width, theme),
        alerts::panel(picture, width, theme),
        systems::clusters(picture, width, theme),
        systems::incidents(picture, width, theme),
    ];
    let mut lines = Vec::new();
    for Panel { title, note, lines: within, .. } in panels {
        let kept: Vec<_> = within.into_iter().filter(|line| view.passes(&line.to_string())).collect();
        if kept.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::from(vec![
            Span::styled(format!(" {title}"), theme.style(Role::Title)),
            Span::styled(format!("  {note}"), theme.style(Role::Dim)),
        ]));
        lines.extend(kept);
    }
    list("Systems", &filter_note(view), &lines, view.scrolled(), area, buffer, theme)
}

/// Every verb with its key, by group; dim ones are refused now, and say why.
pub fn help(picture: &Picture, view: &View, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    let width = usize::from(area.width);
    let step = view.chosen_step(picture);
    let keys_width = if width < 100 { 8 } else { 14 };
    let mut lines = Vec::new();
    for group in Group::ALL {
        let mut within = Vec::new();
        for verb in Verb::ALL.iter().copied().filter(|verb| verb.group() == group) {
            let mut keys: Vec<_> = view.keys.keys(verb).iter().map(ToString::to_string).collect();
            if verb == Verb::Hold && !keys.iter().any(|key| key == "F9") {
                keys.push("F9".into());
            }
            let text = format!(" {} {}", fit::pad(&keys.join(" "), keys_width), fit::pad(&format!(":{}", verb.name()), 15));
            if !view.passes(&format!("{text} {}", verb.help())) {
                continue;
            }
            let refused = verb.available(picture, step).err();
            let role = if refused.is_none() { Role::Text } else { Role::Dim };
            let why = refused.map_or_else(String::new, |refusal| format!(" (not now: {})", refusal.why));
            let words = fit::wrap(&format!("{}{why}", verb.help()), width.saturating_sub(fit::width(&text)));
            for (nth, words) in words.into_iter().enumerate() {
                let name = if nth == 0 { text.clone() } else { " ".repeat(fit::width(&text)) };
                let key = theme.style(if role == Role::Text { Role::Key } else { Role::Dim });
                within.push(Line::from(vec![Span::styled(name, key), Span::styled(words, theme.style(role))]));
            }
        }
        if within.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(format!(" {}", group.title()), theme.style(Role::Title)));
        lines.extend(within);
    }
    if view.filter().is_empty() {
        lines.push(Line::default());
        for text in SIGNS {
            lines.push(Line::styled(fit::cut_end(&format!(" {text}"), width), theme.style(Role::Dim)));
        }
    }
    let mut note = filter_note(view);
    if note.is_empty() {
        note = "? again or Esc goes back".into();
    }
    list("Help", &note, &lines, view.scrolled(), area, buffer, theme)
}

const SIGNS: [&str; 5] = [
    "Steps: ▶ next  » running  ✓ done  ✗ failed or partial  ? unknown  – left out  ‹ undone  · open  › the cursor",
    "Values: ~ an estimate  ? stale  — never seen  ★ the best source  ☆ one that loses more and is back sooner",
    "Verdicts: met, on track, at risk, will miss, MISSED, cannot tell",
    "A step may be named after a verb: :skip 5 the vendor confirmed it",
    "Ctrl-C asks to leave, twice leaves. Ctrl-Z suspends. Ctrl-L paints again. F9 holds everywhere, also while you write.",
];
