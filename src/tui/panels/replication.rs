//! Replication: what follows, whether it is connected, how far behind it is and was, and what the plan allows.

use ratatui::{style::Style, text::Line};

use super::{clocks::indent, words};
use crate::{
    model::{Freshness, Verdict},
    objectives::Follows,
    picture::{Picture, ReplicationRow},
    tui::{
        columns::{Column, Row, align, cell},
        lags::Lags,
        panel::Panel,
        spark::spark,
        theme::{Role, Theme},
    },
};

/// Marks of a row's past.
const PAST: usize = 12;

/// On the board: which copy, how far behind it is, and what is wrong with it.
pub fn panel(picture: &Picture, lags: &Lags, width: usize, theme: &Theme) -> Panel {
    let columns = [Column::name(8), Column::name(8).spare(1), Column::number(), Column::mark().luxury(), Column::words()];
    let rows: Vec<Row> = picture
        .replication
        .iter()
        .map(|row| {
            let words = if row.verdict == Verdict::Met { String::new() } else { format!("  {}", row.words) };
            vec![
                cell(&row.dataset, theme.style(Role::Strong)),
                cell(&row.source, Style::new()),
                cell(words::loss(row.behind), style(row, theme)),
                cell(format!(" {}", past(row, lags)), theme.style(Role::Dim)),
                cell(format!("{}{words}", word(row)), style(row, theme)),
            ]
        })
        .collect();
    let lines = table(&columns, &rows, width, 1);
    let bad = picture.replication.iter().filter(|row| row.verdict > Verdict::OnTrack).count();
    let note = if bad == 0 { String::new() } else { format!("{bad} of {} not in order", picture.replication.len()) };
    Panel { title: "Replication".into(), note, lines, least: 1, rank: 5, ..Panel::default() }
}

/// With limit, kind and the words of each: a part of the screen of the data.
pub fn in_full(picture: &Picture, lags: &Lags, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    if picture.replication.is_empty() {
        return Vec::new();
    }
    let dim = theme.style(Role::Dim);
    let columns = [
        Column::name(10),
        Column::name(8),
        Column::mark().spare(3),
        Column::number(),
        Column::mark().spare(2),
        Column::mark().luxury(),
        Column::mark(),
        Column::words(),
    ];
    let heads = ["copy", "of", "how", "behind", "limit", "lately", "", ""];
    let mut rows = vec![heads.map(|head| cell(head, dim)).to_vec()];
    rows.extend(picture.replication.iter().map(|row| {
        let known = words::freshness(&row.known, picture.now);
        let text = match (&row.known, known.is_empty()) {
            // Its own words say what was never seen.
            (Freshness::Absent, _) | (_, true) => row.words.clone(),
            _ => format!("{}  {known}", row.words),
        };
        vec![
            cell(&row.source, theme.style(Role::Strong)),
            cell(&row.dataset, Style::new()),
            cell(row.how.as_deref().unwrap_or(""), dim),
            cell(words::loss(row.behind), style(row, theme)),
            cell(row.limit.as_deref().unwrap_or(""), dim),
            cell(past(row, lags), dim),
            cell(word(row), style(row, theme)),
            cell(text, Style::new()),
        ]
    }));
    let mut lines = vec![Line::default(), Line::styled(" Replication", theme.style(Role::Title))];
    lines.extend(table(&columns, &rows, width, 2));
    lines
}

fn table(columns: &[Column], rows: &[Row], width: usize, left: usize) -> Vec<Line<'static>> {
    align(columns, rows, width.saturating_sub(left)).into_iter().map(|line| indent(line, left)).collect()
}

/// Over the limit comes before how it follows.
fn word(row: &ReplicationRow) -> &'static str {
    if row.over { "over its limit" } else { row.follows.word() }
}

fn style(row: &ReplicationRow, theme: &Theme) -> Style {
    match row.follows {
        Follows::CutOff => theme.style(Role::Bad),
        _ => theme.verdict(row.verdict),
    }
}

fn past(row: &ReplicationRow, lags: &Lags) -> String {
    spark(lags.shares(row), PAST)
}
