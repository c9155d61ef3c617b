//! Backups: which come when they should, and what is wrong with those that do not.

use ratatui::{style::Style, text::Line};

use super::{clocks::indent, words};
use crate::{
    model::{Duration, Freshness, Verdict, size, text::clean},
    picture::{BackupRow, BackupState, Picture},
    tui::{
        columns::{Column, Row, align, cell},
        fit,
        panel::Panel,
        theme::{Role, Theme},
    },
};

/// On the board: how many come when they should, and what is wrong with the others.
pub fn panel(picture: &Picture, width: usize, theme: &Theme) -> Panel {
    let backups = &picture.backups;
    let mut lines = Vec::new();
    if let Some(verdict) = backups.verdict.filter(|_| !backups.line.is_empty()) {
        lines.extend(fit::wrap(&clean(&backups.line), width.saturating_sub(1)).into_iter().map(|text| {
            let style = if verdict > Verdict::OnTrack { theme.verdict(verdict) } else { Style::new() };
            Line::styled(format!(" {text}"), style)
        }));
    }
    for kpi in backups.kpis.iter().filter(|kpi| kpi.verdict > Verdict::OnTrack) {
        lines.push(Line::styled(fit::cut_end(&format!(" {}", clean(&kpi.brief)), width), theme.verdict(kpi.verdict)));
    }
    Panel { title: "Backups".into(), least: lines.len().min(2), lines, rank: 5, ..Panel::default() }
}

/// With schedule, newest point and size of each: a part of the screen of the data.
pub fn in_full(picture: &Picture, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let backups = &picture.backups;
    if backups.rows.is_empty() {
        return Vec::new();
    }
    let dim = theme.style(Role::Dim);
    let columns = [
        Column::name(10),
        Column::name(8),
        Column::mark().luxury(),
        Column::number(),
        Column::number().spare(2),
        Column::mark(),
        Column::words(),
    ];
    let heads = ["backup", "of", "planned", "age", "size", "", ""];
    let mut rows: Vec<Row> = vec![heads.map(|head| cell(head, dim)).to_vec()];
    rows.extend(backups.rows.iter().map(|row| {
        let age = row.newest.map(|newest| Duration::between(newest, picture.now).whole().to_string());
        vec![
            cell(&row.source, theme.style(Role::Strong)),
            cell(&row.dataset, Style::new()),
            cell(row.every.as_deref().unwrap_or("no schedule"), dim),
            cell(age.unwrap_or_else(|| words::ABSENT.into()), Style::new()),
            cell(row.size.map_or_else(|| words::ABSENT.into(), |bytes| size(bytes as f64)), Style::new()),
            cell(format!(" {}", word(row)), style(row, theme)),
            cell(text(row, picture), Style::new()),
        ]
    }));
    let mut head = Line::styled(" Backups", theme.style(Role::Title));
    head.push_span(ratatui::text::Span::styled(
        fit::cut_end(&format!("  {}", clean(&backups.line)), width.saturating_sub(8)),
        dim,
    ));
    let mut lines = vec![Line::default(), head];
    for kpi in &backups.kpis {
        let style = if kpi.verdict > Verdict::OnTrack { theme.verdict(kpi.verdict) } else { theme.style(Role::Dim) };
        let words = fit::wrap(&format!("{}: {}", clean(&kpi.name), clean(&kpi.words)), width.saturating_sub(4));
        lines.extend(words.into_iter().map(|text| indent(Line::styled(text, style), 2)));
    }
    lines.extend(align(&columns, &rows, width.saturating_sub(2)).into_iter().map(|line| indent(line, 2)));
    lines
}

/// What is wrong with it comes before that it came when it should.
fn word(row: &BackupRow) -> String {
    match row.state {
        BackupState::Late => row.late_by.map_or_else(|| "late".into(), |by| format!("late by {}", by.whole())),
        BackupState::OnSchedule | BackupState::Unscheduled if row.odd => "odd size".into(),
        BackupState::OnSchedule | BackupState::Unscheduled if row.unproven => "unproven".into(),
        state => state.word().into(),
    }
}

fn text(row: &BackupRow, picture: &Picture) -> String {
    let notes = &row.notes;
    let known = words::freshness(&row.known, picture.now);
    match (&row.known, known.is_empty()) {
        // Its own words say what was never seen.
        (Freshness::Absent, _) | (_, true) => notes.clone(),
        _ => format!("{notes}  {known}"),
    }
}

fn style(row: &BackupRow, theme: &Theme) -> Style {
    match row.state {
        _ if row.verdict > Verdict::OnTrack => theme.verdict(row.verdict),
        BackupState::Unscheduled => theme.style(Role::Dim),
        _ => theme.style(Role::Good),
    }
}
