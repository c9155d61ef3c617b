//! Alerts: a list with a cursor, and beside or below it all about the one under the cursor. Opened, a name lists its alerts.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    model::{Duration, Time, text::clean, time},
    picture::{AlertRow, AlertState, Member, Picture},
    tui::{
        alert_list::{chosen, chosen_member, members, opened, shown},
        columns::{Column, align, cell},
        dialogs::Extent,
        fit,
        panel::title_line,
        panels::alerts::{counts, nothing, table},
        theme::{Role, Theme},
        view::View,
    },
};

/// From this width on all about the chosen one stands beside the list.
const BESIDE: u16 = 110;
/// Rows of the list that are kept where it stands below.
const LIST: u16 = 6;
/// Alerts of a row that are named before it is opened.
const FEW: usize = 6;

pub fn draw(picture: &Picture, view: &View, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    match opened(view, picture) {
        Some(row) => draw_members(row, picture, view, area, buffer, theme),
        None => draw_rows(picture, view, area, buffer, theme),
    }
}

/// What a list shows, and what is said about the one under the cursor.
struct Page {
    title: String,
    note: String,
    /// Without the column of the cursor.
    lines: Vec<Line<'static>>,
    at: Option<usize>,
    about: String,
    facts: Vec<Fact>,
    /// Said where there is no line.
    empty: String,
}

fn draw_rows(picture: &Picture, view: &View, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    let (all, rows) = (view.alerts.rows(picture), shown(view, picture));
    let found = chosen(view, &rows);
    let mut note = counts(picture);
    if !view.filter().is_empty() {
        note = format!("{} of {} names, with: {}", rows.len(), all.len(), view.filter());
    } else if let Some(gone) = view.alerts.is_gone(picture) {
        note = format!("{} is over; {note}", clean(gone));
    }
    let page = Page {
        title: "Alerts".into(),
        note,
        lines: table(&rows, picture.now, list_width(area), theme),
        at: found.map(|(at, _)| at),
        about: found.map_or_else(String::new, |(_, row)| clean(&row.name)),
        facts: found.map_or_else(Vec::new, |(_, row)| about_row(row, view, picture.now)),
        empty: if view.filter().is_empty() { nothing(picture).to_owned() } else { "no alert has these words".to_owned() },
    };
    page.draw(view, area, buffer, theme)
}

fn draw_members(row: &AlertRow, picture: &Picture, view: &View, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    let members = members(view, row);
    let found = chosen_member(view, &members);
    let several = row.members.iter().any(|member| member.label("alertname") != Some(row.name.as_str()));
    let differing = row.members.differing();
    // Only what can be seen is written out: there may be thousands.
    let rows = usize::from(area.height);
    let from = found.map_or(0, |(at, _)| at.saturating_sub(rows));
    let columns = [Column::title(20), Column::number(), Column::words()];
    let cells = members.iter().skip(from).take(2 * rows + 1).map(|member| {
        let own = member.told_apart(&differing);
        let name = member.label("alertname").filter(|_| several && row.via.is_some());
        let text = name.map_or(own.clone(), |name| format!("{name}: {own}"));
        let age = member.since().map_or_else(String::new, |since| Duration::between(since, picture.now).whole().to_string());
        let by = member.by().map_or_else(String::new, |by| format!(" by {by}"));
        let style = state_style(member.state(), theme);
        vec![cell(format!("{}{by}", member.state().word()), style), cell(age, Style::new()), cell(text, Style::new())]
    });
    let cells: Vec<_> = cells.collect();
    let lines = align(&columns, &cells, list_width(area).saturating_sub(2));
    let mut listed = vec![Line::default(); from];
    listed.extend(lines.into_iter().map(|line| indented(line, 2)));
    listed.resize(members.len(), Line::default());
    let note = match view.filter() {
        "" => state_counts(row),
        words => format!("{} of {} shown, with: {words}", members.len(), row.members.len()),
    };
    let page = Page {
        title: clean(&row.name),
        note,
        lines: listed,
        at: found.map(|(at, _)| at),
        about: "This one".into(),
        facts: found.map_or_else(Vec::new, |(_, member)| about_member(row, member, picture.now)),
        empty: "no alert of this name has these words".into(),
    };
    page.draw(view, area, buffer, theme)
}

fn list_width(area: Rect) -> usize {
    usize::from(if area.width >= BESIDE { area.width * 11 / 20 } else { area.width })
}

fn indented(line: Line<'static>, columns: usize) -> Line<'static> {
    let mut spans = vec![Span::raw(" ".repeat(columns))];
    spans.extend(line.spans);
    Line::from(spans)
}

impl Page {
    fn draw(&self, view: &View, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
        let beside = area.width >= BESIDE;
        let width = list_width(area) as u16;
        let text_width = usize::from(if beside { area.width - width - 1 } else { area.width });
        let text: Vec<Line> = self.facts.iter().flat_map(|fact| fact.lines(text_width, theme)).collect();
        // Below the list it has what it needs, as long as some of the list stays in sight.
        let needed = (text.len() as u16 + 1).min(area.height.saturating_sub(LIST)).max(area.height / 3);
        let (list, about) = match beside {
            true => (Rect { width, ..area }, Rect { x: area.x + width + 1, width: area.width - width - 1, ..area }),
            false => {
                let rows = area.height - needed.min(area.height);
                (Rect { height: rows, ..area }, Rect { y: area.y + rows, height: area.height - rows, ..area })
            }
        };
        self.draw_list(list, buffer, theme);
        if beside {
            for y in area.y..area.bottom() {
                buffer.set_string(list.right(), y, if y == area.y { "┬" } else { "│" }, theme.style(Role::Rule));
            }
        }
        let rows = usize::from(about.height.saturating_sub(1));
        let most = text.len().saturating_sub(rows);
        let from = view.scrolled().min(most);
        if about.height > 0 && self.at.is_some() {
            let note = if most > 0 { format!("{}-{} of {}  ← →", from + 1, from + rows, text.len()) } else { String::new() };
            title_line(&self.about, "", (&note, Style::new()), Rect { height: 1, ..about }, buffer, theme);
            for (row, line) in text.iter().skip(from).take(rows).enumerate() {
                buffer.set_line(about.x, about.y + 1 + row as u16, line, about.width);
            }
        }
        Extent { most, page: usize::from(list.height.saturating_sub(1)).max(1), legible: true }
    }

    fn draw_list(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        if area.height == 0 {
            return;
        }
        let rows = usize::from(area.height - 1);
        let at = self.at.unwrap_or(0);
        let from = at.saturating_sub(rows / 2).min(self.lines.len().saturating_sub(rows));
        let below = self.lines.len().saturating_sub(from + rows);
        let more = if below > 0 { format!("{below} more below") } else { String::new() };
        title_line(&self.title, &more, (&self.note, Style::new()), Rect { height: 1, ..area }, buffer, theme);
        for (row, (nth, line)) in self.lines.iter().enumerate().skip(from).take(rows).enumerate() {
            let y = area.y + 1 + row as u16;
            buffer.set_line(area.x, y, line, area.width);
            if Some(nth) == self.at {
                buffer.set_string(area.x, y, "›", theme.style(Role::Selection));
                buffer.set_style(Rect { x: area.x, y, width: area.width, height: 1 }, theme.style(Role::Strong));
            }
        }
        if self.lines.is_empty() && rows > 0 {
            buffer.set_stringn(area.x + 1, area.y + 1, &self.empty, usize::from(area.width), theme.style(Role::Dim));
        }
    }
}

fn state_style(state: AlertState, theme: &Theme) -> Style {
    theme.style(match state {
        AlertState::Firing => Role::Warn,
        AlertState::Pending => Role::Text,
        AlertState::Silenced | AlertState::Inhibited | AlertState::Quiet => Role::Dim,
        AlertState::CannotTell => Role::Unknown,
    })
}

/// `4806 firing, 12 silenced, 3 inhibited`.
fn state_counts(row: &AlertRow) -> String {
    let counts = [(row.count, row.state), (row.silenced, AlertState::Silenced), (row.inhibited, AlertState::Inhibited)];
    let said = counts.into_iter().enumerate().filter(|(nth, (n, state))| *n > 0 && (*nth == 0 || *state != row.state));
    let said: Vec<String> = said.map(|(_, (n, state))| format!("{n} {}", state.word())).collect();
    if said.is_empty() { row.state.word().to_owned() } else { said.join(", ") }
}

/// Something that is said of the one under the cursor, behind what it is about.
struct Fact {
    role: Role,
    label: String,
    text: String,
}

const LABEL: usize = 12;

impl Fact {
    fn new(role: Role, label: &str, text: impl AsRef<str>) -> Self {
        Self { role, label: label.to_owned(), text: clean(text.as_ref()) }
    }

    fn lines(&self, width: usize, theme: &Theme) -> Vec<Line<'static>> {
        let label = if self.label.is_empty() { String::new() } else { fit::pad(&fit::cut_middle(&self.label, LABEL - 1), LABEL) };
        let indent = 1 + fit::width(&label);
        let texts = fit::wrap(&self.text, width.saturating_sub(indent + 1).max(8));
        let line = |(nth, text): (usize, String)| {
            let before = if nth == 0 { format!(" {label}") } else { " ".repeat(indent) };
            Line::from(vec![Span::styled(before, theme.style(Role::Dim)), Span::styled(text, theme.style(self.role))])
        };
        if texts.is_empty() { vec![Line::default()] } else { texts.into_iter().enumerate().map(line).collect() }
    }
}

fn since(since: Option<Time>, now: Time) -> String {
    since.map_or_else(String::new, |since| {
        format!(" since {}, {}", time::clock(since, now), Duration::between(since, now).whole())
    })
}

/// Where it leads in the plan.
fn points(row: &AlertRow) -> Vec<Fact> {
    let by = row.points_by.as_ref().map(|by| format!(": {by}")).unwrap_or_default();
    let scenario = match &row.scenario {
        Some(scenario) => Fact::new(Role::Text, "scenario", format!("{scenario}{by}")),
        None => Fact::new(Role::Dim, "scenario", "points to none of the plan's"),
    };
    let runbook = match (&row.runbook, &row.scenario) {
        (Some(runbook), Some(_)) => Fact::new(Role::Text, "runbook", runbook),
        (Some(runbook), None) => Fact::new(Role::Text, "runbook", format!("{runbook}{by}")),
        (None, _) => Fact::new(Role::Dim, "runbook", "no runbook"),
    };
    vec![scenario, runbook]
}

fn about_row(row: &AlertRow, view: &View, now: Time) -> Vec<Fact> {
    let role = if row.state == AlertState::Firing { Role::Warn } else { Role::Text };
    let mut all = vec![Fact::new(role, "", format!("{}{}", state_counts(row), since(row.since, now)))];
    all.push(Fact::new(Role::Text, "", &row.words));
    if row.state == AlertState::CannotTell {
        return all;
    }
    all.extend(points(row));
    let told_by = row.via.as_ref().map_or_else(|| "a rule of the plan".to_owned(), |via| format!("{via}, not named in the plan"));
    all.push(Fact::new(Role::Dim, "from", told_by));
    all.extend(row.severity.map(|severity| Fact::new(Role::Text, "severity", severity.to_string())));
    let names = row.members.differing();
    let common: Vec<String> = row.members.common(&names).iter().map(|(name, value)| format!("{name} {value}")).collect();
    if !common.is_empty() {
        all.push(Fact::new(Role::Text, if row.members.len() > 1 { "all have" } else { "labels" }, common.join(", ")));
    }
    if row.members.len() > 1 {
        let said = row
            .members
            .iter()
            .take(FEW)
            .map(|member| Fact::new(state_role(member.state()), member.state().word(), member.told_apart(&names)));
        all.extend(said);
        let open = view.keys.shown(crate::tui::verbs::Verb::Do);
        all.push(Fact::new(Role::Dim, "", format!("{open} lists all {}", row.members.len())));
    }
    all
}

fn state_role(state: AlertState) -> Role {
    if state == AlertState::Firing { Role::Text } else { Role::Dim }
}

fn about_member(row: &AlertRow, member: Member<'_>, now: Time) -> Vec<Fact> {
    let state = member.state();
    let role = if state == AlertState::Firing { Role::Warn } else { Role::Text };
    let by = member.by().map_or_else(String::new, |by| format!(" by {by}"));
    let began = member.since().or(row.since.filter(|_| row.via.is_none()));
    let mut all = vec![Fact::new(role, "", format!("{}{by}{}", state.word(), since(began, now)))];
    all.extend(member.summary().map(|summary| Fact::new(Role::Text, "", summary)));
    all.extend(member.labels().map(|(name, value)| Fact::new(Role::Text, name, value)));
    all.extend(points(row));
    all.extend(member.runbook_url().map(|url| Fact::new(Role::Dim, "runbook_url", url)));
    all
}
