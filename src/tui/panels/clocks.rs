//! What is down, how long, and what each tier has left.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::words;
use crate::{
    model::{Duration, Verdict, text::clean, time},
    picture::{Picture, ServiceHealth, TierRow},
    tui::{
        columns::{Cell, Column, align, cell},
        fit,
        panel::Panel,
        theme::{Role, Theme},
    },
};

/// `roomy` adds a bar and the services of each tier.
pub fn panel(picture: &Picture, width: usize, roomy: bool, theme: &Theme) -> Panel {
    let (title, note) = match &picture.incident {
        None => ("Services", String::new()),
        Some(incident) => {
            let down = if incident.outage_over { "was down" } else { "down" };
            let by = if width >= 60 { format!(" ago by {}", clean(&incident.declared_by)) } else { " ago".into() };
            // Whole seconds: a clock that shows 897ms is not calm.
            let declared = Duration::from_secs(incident.since_declared.as_secs());
            ("What is down", format!("{down} {}, declared {declared}{by}", incident.outage))
        }
    };
    let dim = theme.style(Role::Dim);
    let live = picture.incident.is_some();
    let columns = [Column::name(8), Column::number().spare(2), Column::number(), Column::number().spare(1), Column::words()];
    let projects = live || picture.tiers.iter().any(|tier| tier.projected.is_some());
    let mut rows = vec![heads(live, projects).map(|head| cell(head, dim)).to_vec()];
    rows.extend(picture.tiers.iter().map(|tier| row(tier, picture, live, projects, theme)));
    let table = align(&columns, &rows, width.saturating_sub(1));
    let mut lines = Vec::new();
    for (nth, line) in table.into_iter().enumerate() {
        lines.push(indent(line, 1));
        if let Some(tier) = nth.checked_sub(1).and_then(|at| picture.tiers.get(at))
            && roomy
        {
            if let Some(note) = &tier.rto_note {
                lines.push(Line::styled(fit::cut_end(&format!("   {}", clean(note)), width), dim));
            }
            lines.extend(services(tier, live, width, theme));
        }
    }
    if picture.tiers.is_empty() {
        lines = vec![Line::styled(" the plan has no tiers with an RTO", dim)];
    }
    if live {
        for region in picture.regions.iter().filter(|region| region.silent_since.is_some()) {
            let text = format!(" {} itself: {}", region.name, region.words.split("; ").next().unwrap_or_default());
            lines.push(Line::styled(fit::cut_end(&clean(&text), width), theme.verdict(region.verdict)));
        }
        if let Some(incident) = picture.incident.as_ref().filter(|_| roomy) {
            let commander = incident.commander.as_deref().unwrap_or("nobody");
            let began = time::clock(incident.began, picture.now);
            let text = format!(" began {began}, {} commands", clean(commander));
            lines.push(Line::styled(fit::cut_end(&text, width), dim));
            if !incident.split.is_empty() {
                lines.push(Line::styled(fit::cut_end(&format!(" {}", clean(&incident.split)), width), dim));
            }
        }
    }
    // All tiers, and what is silent, before anything else.
    let least = if roomy { 5 } else { lines.len().min(6) };
    Panel { title: title.into(), note, strong: live, lines, least, keep: (1, 1), rank: 0, ..Panel::default() }
}

fn heads(live: bool, projects: bool) -> [&'static str; 5] {
    let projected = match (live, projects) {
        (true, _) => "projected",
        (false, true) => "back in",
        (false, false) => "",
    };
    ["tier", "RTO", if live { "left" } else { "" }, projected, "verdict"]
}

fn row(tier: &TierRow, picture: &Picture, live: bool, projects: bool, theme: &Theme) -> Vec<Cell> {
    let projected = match (tier.projected, live) {
        (None, true) if tier.verdict == Verdict::Met => words::ABSENT.to_owned(),
        (None, true) => "none".to_owned(),
        (None, false) if projects => words::ABSENT.to_owned(),
        (None, false) => String::new(),
        (Some(at), true) => format!("~{}", time::clock_minutes(at, picture.now)),
        (Some(at), false) => format!("~{}", Duration::between(picture.now, at).about()),
    };
    // Ticking digits wear the terminal's own colours; the words carry the verdict's.
    let left_style = if tier.over.is_some() { theme.style(Role::Bad) } else { Style::new() };
    let left = if live { words::left(tier.left, tier.over) } else { String::new() };
    vec![
        cell(&tier.name, theme.style(Role::Strong)),
        cell(words::duration(tier.rto), Style::new()),
        cell(left, left_style),
        cell(projected, Style::new()),
        cell(&tier.words, theme.verdict(tier.verdict)),
    ]
}

/// Under a tier: how much of the RTO is used, and its services, the ones that are down first.
fn services(tier: &TierRow, live: bool, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    if tier.services.is_empty() {
        return vec![];
    }
    let dim = theme.style(Role::Dim);
    let mut spans = vec![Span::raw("   ")];
    let mut used = 3;
    if live && tier.rto.is_some() {
        let columns = (width / 3).clamp(8, 40);
        spans.extend(bar(tier, columns, theme));
        spans.push(Span::raw(" "));
        used += columns + 1;
    }
    let of = |wanted: bool| tier.services.iter().filter(move |s| (s.down || s.health != ServiceHealth::Healthy) == wanted);
    let (bad, good): (Vec<_>, Vec<_>) = (of(true).collect(), of(false).collect());
    for (nth, service) in bad.iter().chain(&good).enumerate() {
        let comma = if nth > 0 { ", " } else { "" };
        let text = format!("{comma}{}", clean(&service.name));
        if used + fit::width(&text) + 2 > width {
            spans.push(Span::styled(" …", dim));
            break;
        }
        used += fit::width(&text);
        let style = match service.health {
            ServiceHealth::Healthy if !service.down => dim,
            ServiceHealth::CannotTell => theme.style(Role::Unknown),
            _ => theme.verdict(service.verdict),
        };
        spans.push(Span::styled(text, style));
    }
    vec![Line::from(spans)]
}

/// `█` used, `▒` until the projected finish, `░` the rest of the RTO.
fn bar(tier: &TierRow, columns: usize, theme: &Theme) -> Vec<Span<'static>> {
    let Some(rto) = tier.rto.filter(|rto| rto.as_millis() > 0) else { return vec![] };
    let used = rto.saturating_sub(tier.left.unwrap_or(Duration::ZERO));
    let share = |part: Duration| (part.as_millis() as f64 / rto.as_millis() as f64 * columns as f64).round() as usize;
    let used_columns = if tier.over.is_some() { columns } else { share(used).min(columns) };
    let until = match (tier.projected, tier.deadline) {
        (Some(projected), Some(deadline)) => {
            let began = deadline - rto.delta();
            share(Duration::between(began, projected)).clamp(used_columns, columns)
        }
        _ => used_columns,
    };
    let style = theme.verdict(tier.verdict);
    vec![
        Span::styled("█".repeat(used_columns), style),
        Span::styled("▒".repeat(until - used_columns), style),
        Span::styled("░".repeat(columns - until), theme.style(Role::Rule)),
    ]
}

/// `line` moved right by `columns`.
pub fn indent(mut line: Line<'static>, columns: usize) -> Line<'static> {
    line.spans.insert(0, Span::raw(" ".repeat(columns)));
    line
}
