//! Where values come from: on the left what is shown, on the right all about one of them.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    model::{Duration, Freshness, Time, text::clean, time},
    picture::{Asked, Origin, Picture},
    tui::{
        asking::listed,
        dialogs::Extent,
        fit,
        panel::title_line,
        theme::{Role, Theme},
        view::View,
    },
};

const BESIDE: u16 = 100;
const LIST: u16 = 44;

pub fn draw(picture: &Picture, view: &View, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    let origins = listed(picture, view);
    let Some((at, origin)) = view.why.chosen(&origins) else {
        let text = match (picture.origins.is_empty(), view.aside.is_some()) {
            (true, true) => " where these values came from is asked for as of now: go back to now first",
            (true, false) => " asking …",
            (false, _) => " nothing shown has these words",
        };
        buffer.set_stringn(area.x, area.y, text, usize::from(area.width), theme.style(Role::Dim));
        return Extent { most: 0, page: 1, legible: true };
    };
    let wide = area.width >= BESIDE;
    let rows = if wide { area.height } else { (area.height / 3).max(2).min(area.height) };
    let list = Rect { width: if wide { LIST } else { area.width }, height: rows, ..area };
    let text = match wide {
        true => Rect { x: list.right() + 1, width: area.width - LIST - 1, ..area },
        false => Rect { y: list.bottom(), height: area.height - rows, ..area },
    };
    names(&origins, at, list, buffer, theme);
    if wide {
        for y in area.y..area.bottom() {
            buffer.set_string(list.right(), y, if y == area.y { "┬" } else { "│" }, theme.style(Role::Rule));
        }
    }
    in_full(origin, view, picture.now, text, buffer, theme)
}

fn names(origins: &[&Origin], at: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let rows = usize::from(area.height.saturating_sub(1));
    if area.height == 0 {
        return;
    }
    title_line("Where it comes from", "", ("", Style::new()), Rect { height: 1, ..area }, buffer, theme);
    let from = (at + 1).saturating_sub(rows.max(1)).max(at.saturating_sub(rows / 2).min(origins.len().saturating_sub(rows)));
    let width = usize::from(area.width);
    for (row, (nth, origin)) in origins.iter().enumerate().skip(from).take(rows).enumerate() {
        let mark = if nth == at { "›" } else { " " };
        let word = origin.verdict.word();
        let name = fit::cut_middle(&clean(&origin.what), width.saturating_sub(fit::width(word) + 4));
        let gap = width.saturating_sub(fit::width(&name) + fit::width(word) + 3);
        let style = if nth == at { theme.style(Role::Selection) } else { Style::new() };
        let line = Line::from(vec![
            Span::styled(format!("{mark}{name}"), style),
            Span::raw(" ".repeat(gap + 1)),
            Span::styled(word, theme.verdict(origin.verdict)),
        ]);
        buffer.set_line(area.x, area.y + 1 + row as u16, &line, area.width);
    }
}

fn in_full(origin: &Origin, view: &View, now: Time, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    let rows = usize::from(area.height.saturating_sub(1));
    let width = usize::from(area.width);
    let lines: Vec<Line<'static>> = facts(origin, now).into_iter().flat_map(|fact| fact.lines(width, theme)).collect();
    let most = lines.len().saturating_sub(rows);
    let from = view.scrolled().min(most);
    let note = if most > 0 { format!("{}-{} of {}", from + 1, from + rows, lines.len()) } else { String::new() };
    if area.height > 0 {
        title_line(&clean(&origin.what), "", (&note, Style::new()), Rect { height: 1, ..area }, buffer, theme);
    }
    for (row, line) in lines.iter().skip(from).take(rows).enumerate() {
        buffer.set_line(area.x, area.y + 1 + row as u16, line, area.width);
    }
    Extent { most, page: rows.max(1), legible: true }
}

/// Something that is said of a value, behind what it is about.
struct Fact {
    role: Role,
    label: &'static str,
    text: String,
}

const LABEL: usize = 10;

impl Fact {
    fn new(role: Role, label: &'static str, text: impl Into<String>) -> Self {
        Self { role, label, text: text.into() }
    }

    fn lines(&self, width: usize, theme: &Theme) -> Vec<Line<'static>> {
        let indent = if self.label.is_empty() { 1 } else { 1 + LABEL };
        let texts = fit::wrap(&self.text, width.saturating_sub(indent + 1).max(8));
        let line = |(nth, text): (usize, String)| {
            let label = if nth == 0 { self.label } else { "" };
            let before = format!(" {}", fit::pad(label, indent - 1));
            Line::from(vec![Span::styled(before, theme.style(Role::Dim)), Span::styled(text, theme.style(self.role))])
        };
        if texts.is_empty() { vec![Line::default()] } else { texts.into_iter().enumerate().map(line).collect() }
    }
}

/// The same as text, to be copied.
pub fn text(origin: &Origin, now: Time) -> String {
    let line = |fact: Fact| match fact.label {
        "" => fact.text,
        label => format!("{label:<LABEL$}{}", fact.text),
    };
    let lines = std::iter::once(clean(&origin.what)).chain(facts(origin, now).into_iter().map(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// All about one value.
fn facts(origin: &Origin, now: Time) -> Vec<Fact> {
    let mut all = vec![
        Fact::new(Role::Strong, "", format!("{}: {}", origin.verdict, clean(&origin.says))),
        Fact::new(Role::Dim, "rule", origin.rule),
    ];
    if origin.asks.is_empty() {
        all.push(Fact::new(Role::Unknown, "", "nothing is asked: the plan names nothing that could see it"));
    }
    for asked in &origin.asks {
        all.push(Fact::new(Role::Text, "", ""));
        all.extend(of_question(asked, now));
    }
    all
}

fn of_question(asked: &Asked, now: Time) -> Vec<Fact> {
    let when = |at: Option<Time>| {
        at.map_or_else(|| "—".to_owned(), |at| format!("{}, {}", time::clock(at, now), Duration::between(at, now).ago()))
    };
    let every = asked.every.map(|every| format!("every {every}, ")).unwrap_or_default();
    let (role, known) = match &asked.known {
        Freshness::Fresh => (Role::Good, "fresh".to_owned()),
        Freshness::Stale { age } => (Role::Unknown, format!("stale: {} old", age.whole())),
        Freshness::Ahead { by } => (Role::Unknown, format!("{} ahead of now: a clock is wrong", by.whole())),
        Freshness::Failing { since, .. } => (Role::Bad, format!("failing since {}", time::clock(*since, now))),
        Freshness::Absent => (Role::Unknown, "never answered yet".to_owned()),
    };
    let mut all = vec![
        Fact::new(Role::Strong, "", format!("{}, {}", clean(&asked.via), asked.server)),
        Fact::new(Role::Text, "asked", asked.question.clone()),
        Fact::new(Role::Text, "measured", when(asked.measured)),
        Fact::new(Role::Text, "read", when(asked.read)),
        Fact::new(role, "known", format!("{known}; asked {every}stale after {}", asked.max_age)),
    ];
    all.extend(asked.against.iter().map(|text| Fact::new(Role::Warn, "against", clean(text))));
    match (asked.reply.as_slice(), asked.more) {
        ([], _) => all.push(Fact::new(Role::Dim, "answer", "no sample")),
        (reply, more) => {
            let count = reply.len() + more;
            all.push(Fact::new(Role::Dim, "answer", if count == 1 { "1 sample".to_owned() } else { format!("{count} samples") }));
            all.extend(reply.iter().map(|line| Fact::new(Role::Text, "", line.clone())));
            if more > 0 {
                all.push(Fact::new(Role::Dim, "", format!("and {more} more")));
            }
        }
    }
    all
}
