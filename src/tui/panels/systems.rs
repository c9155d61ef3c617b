//! Regions, clusters of cards, and connections.

use ratatui::{style::Style, text::Line};

use super::{clocks::indent, words};
use crate::{
    model::{Freshness, Verdict, text::clean, time},
    picture::{CardCluster, LinkRow, Picture, ServiceHealth},
    tui::{
        columns::{Column, Row, align, cell},
        fit,
        panel::Panel,
        theme::{Role, Theme},
    },
};

fn table(columns: &[Column], rows: &[Row], width: usize) -> Vec<Line<'static>> {
    align(columns, rows, width.saturating_sub(1)).into_iter().map(|line| indent(line, 1)).collect()
}

fn none(text: &str, theme: &Theme) -> Vec<Line<'static>> {
    vec![Line::styled(format!(" {text}"), theme.style(Role::Dim))]
}

/// Gaudi cards by cluster, and for whom they are enough.
pub fn clusters(picture: &Picture, width: usize, theme: &Theme) -> Panel {
    let dim = theme.style(Role::Dim);
    let columns = [Column::name(8), Column::mark().luxury(), Column::number().spare(1), Column::words()];
    let mut rows = Vec::new();
    for cluster in &picture.clusters {
        let count = |n: Option<u32>, unit: &str| n.map_or_else(|| words::ABSENT.to_owned(), |n| format!("{n} {unit}"));
        rows.push(vec![
            cell(&cluster.name, theme.style(Role::Strong)),
            cell(words::role(cluster.role), dim),
            cell(count(cluster.nodes, "nodes"), Style::new()),
            cell(&cluster.words, theme.verdict(cluster.verdict)),
        ]);
    }
    let mut lines = Vec::new();
    for (line, cluster) in table(&columns, &rows, width).into_iter().zip(&picture.clusters) {
        lines.push(line);
        // What its exporters show, beside what Kubernetes counts.
        let shown =
            |cards: &&CardCluster| cards.name == cluster.name && cards.known == Freshness::Fresh && cards.words != cluster.words;
        if let Some(cards) = picture.cards.iter().find(shown) {
            let worst = cards.nodes.first().filter(|node| node.verdict > Verdict::Met && !node.words.is_empty());
            let text = match worst {
                Some(node) => format!("   {}: {} {}", clean(&cards.words), clean(&node.name), clean(&node.words)),
                None => format!("   {}", clean(&cards.words)),
            };
            lines.push(Line::styled(fit::cut_end(&text, width), theme.verdict(cards.verdict)));
        }
        if let Some(fits) = &cluster.fits {
            for text in fit::wrap(&clean(fits), width.saturating_sub(4).max(12)) {
                lines.push(Line::styled(format!("   {text}"), theme.verdict(cluster.verdict)));
            }
        }
    }
    Panel { title: "Gaudi3".into(), lines, least: 1, rank: 4, ..Panel::default() }
}

/// Connections; on the board during an incident only those that do not answer, or by a clock of their own.
pub fn links(picture: &Picture, only_bad: bool, width: usize, theme: &Theme) -> Panel {
    let dim = theme.style(Role::Dim);
    let answering = picture.links.iter().filter(|link| link.known == Freshness::Fresh).count();
    let columns = [Column::mark(), Column::name(8), Column::mark().luxury(), Column::name(8).luxury(), Column::words()];
    // Worst first: what does not answer stands above what does.
    let is_well = |link: &LinkRow| link.known == Freshness::Fresh && link.skew.is_none();
    let (good, bad): (Vec<_>, Vec<_>) = picture.links.iter().partition(|link| is_well(link));
    let good = if only_bad { vec![] } else { good };
    let rows: Vec<Row> = bad
        .into_iter()
        .chain(good)
        .map(|link| {
            let (mark, style) = match &link.known {
                Freshness::Fresh if link.skew.is_some() => ("!", theme.style(Role::Warn)),
                Freshness::Fresh => ("✓", theme.style(Role::Good)),
                Freshness::Failing { .. } => ("✗", theme.style(Role::Bad)),
                Freshness::Stale { .. } | Freshness::Ahead { .. } | Freshness::Absent => ("?", theme.style(Role::Unknown)),
            };
            vec![
                cell(mark, style),
                cell(&link.name, Style::new()),
                cell(&link.system, dim),
                cell(link.region.as_deref().unwrap_or(""), dim),
                cell(link.in_full(), if is_well(link) { Style::new() } else { style }),
            ]
        })
        .collect();
    let mut lines = table(&columns, &rows, width);
    if lines.is_empty() {
        lines = none(if picture.links.is_empty() { "the plan names no connections" } else { "all of them answer" }, theme);
    }
    let note = format!("{answering} of {} answer", picture.links.len());
    Panel { title: "Connections".into(), note, lines, least: 1, rank: 5, ..Panel::default() }
}

pub fn regions(picture: &Picture, width: usize, theme: &Theme) -> Panel {
    let columns = [Column::name(8), Column::mark().luxury(), Column::mark(), Column::words()];
    let rows: Vec<Row> = picture
        .regions
        .iter()
        .map(|region| {
            vec![
                cell(&region.name, theme.style(Role::Strong)),
                cell(words::role(region.role), theme.style(Role::Dim)),
                cell(region.verdict.word(), theme.verdict(region.verdict)),
                cell(&region.words, Style::new()),
            ]
        })
        .collect();
    Panel { title: "Regions".into(), lines: table(&columns, &rows, width), least: 1, rank: 6, ..Panel::default() }
}

/// Incidents of this journal.
pub fn incidents(picture: &Picture, width: usize, theme: &Theme) -> Panel {
    let dim = theme.style(Role::Dim);
    let columns = [Column::mark(), Column::mark(), Column::mark(), Column::number(), Column::words()];
    let rows: Vec<Row> = picture
        .incidents
        .iter()
        .map(|incident| {
            let state = if incident.open { "open" } else { "closed" };
            let kind = if incident.drill { format!("{state} drill") } else { state.to_owned() };
            vec![
                cell(incident.id.as_str(), theme.style(Role::Strong)),
                cell(incident.severity.to_string(), Style::new()),
                cell(kind, if incident.open { theme.style(Role::Warn) } else { dim }),
                cell(time::clock_minutes(incident.declared, picture.now), dim),
                cell(&incident.title, Style::new()),
            ]
        })
        .collect();
    let mut lines = table(&columns, &rows, width);
    if lines.is_empty() {
        lines = none("none so far", theme);
    }
    Panel { title: "Incidents".into(), lines, least: 1, rank: 6, ..Panel::default() }
}

/// Services in full: the systems screen.
pub fn services(picture: &Picture, width: usize, theme: &Theme) -> Panel {
    let dim = theme.style(Role::Dim);
    let columns = [
        Column::mark(),
        Column::name(8),
        Column::name(6).spare(2),
        Column::name(8).spare(1),
        Column::number(),
        Column::mark(),
        Column::words(),
    ];
    let mut rows = Vec::new();
    for (tier, service) in picture.tiers.iter().flat_map(|tier| tier.services.iter().map(move |service| (tier, service))) {
        let (mark, style) = match service.health {
            ServiceHealth::Healthy => ("✓", theme.style(Role::Good)),
            ServiceHealth::Failing => ("✗", theme.style(Role::Bad)),
            ServiceHealth::CannotTell => ("?", theme.style(Role::Unknown)),
        };
        let left = if service.down { words::left(service.left, service.over) } else { String::new() };
        rows.push(vec![
            cell(mark, style),
            cell(&service.name, theme.style(Role::Strong)),
            cell(&tier.name, dim),
            cell(service.region.as_deref().unwrap_or(""), dim),
            cell(left, Style::new()),
            cell(format!(" {}", service.verdict), theme.verdict(service.verdict)),
            cell(&service.words, Style::new()),
        ]);
    }
    let down = picture.tiers.iter().flat_map(|tier| &tier.services).filter(|service| service.down).count();
    let note = format!("{down} of {} down", rows.len());
    let lines = if rows.is_empty() { none("the plan names no services", theme) } else { table(&columns, &rows, width) };
    Panel { title: "Services".into(), note, lines, least: 2, rank: 0, ..Panel::default() }
}
