//! Recover to what: each dataset, what it may lose, what would be lost, from where it comes back.

use ratatui::{style::Style, text::Line};

use super::{clocks::indent, words};
use crate::{
    model::{text::clean, time},
    picture::{DatasetRow, Picture, SourceRow},
    tui::{
        columns::{Column, Give, Row, align, cell},
        fit,
        panel::Panel,
        theme::{Role, Theme},
    },
};

pub const TITLE: &str = "Recover to what";

/// One row a dataset. `opened`: with the other sources that it could be recovered from.
pub fn panel(picture: &Picture, width: usize, roomy: bool, opened: bool, theme: &Theme) -> Panel {
    let dim = theme.style(Role::Dim);
    let columns = [
        Column::name(8),
        Column::number(),
        Column::number(),
        Column::number().spare(2),
        Column { give: Give::Never, ..Column::words() },
        Column::name(10).gives_first().spare(1),
    ];
    let heads = ["dataset", "RPO", lose_head(&picture.datasets), "in", "", "from"];
    let mut rows = vec![heads.map(|head| cell(head, dim)).to_vec()];
    let others = |dataset: &DatasetRow| -> Vec<Row> {
        let usable =
            dataset.sources.iter().filter(|source| opened && source.usable && dataset.best.as_ref() != Some(&source.name));
        let usable = usable.filter(|_| !is_recovered(dataset));
        let cells = |source: &SourceRow| {
            vec![
                cell("", dim),
                cell("", dim),
                cell(words::loss(source.loses), dim),
                cell(words::estimate(source.restore), dim),
                cell(source.verdict.word(), dim),
                cell(format!("or {}", source.name), dim),
            ]
        };
        usable.map(cells).collect()
    };
    // Where each dataset's own row stands.
    let mut own = Vec::new();
    for dataset in &picture.datasets {
        own.push(rows.len());
        rows.push(vec![
            cell(&dataset.name, theme.style(Role::Strong)),
            cell(words::duration(dataset.rpo), Style::new()),
            cell(words::loss(dataset.loses), Style::new()),
            cell(if is_recovered(dataset) { String::new() } else { words::estimate(dataset.restore) }, Style::new()),
            cell(dataset.verdict.word(), theme.verdict(dataset.verdict)),
            match (&dataset.best, is_recovered(dataset)) {
                (_, true) => cell("recovered", dim),
                (Some(best), false) if is_unverified(dataset, best) && !roomy => {
                    cell(format!("{UNVERIFIED} {best}"), theme.style(Role::Warn))
                }
                (Some(best), false) => cell(best, Style::new()),
                (None, false) => cell("no source can be used", theme.style(Role::Bad)),
            },
        ]);
        rows.extend(others(dataset));
    }
    let mut lines = Vec::new();
    for (nth, line) in align(&columns, &rows, width.saturating_sub(1)).into_iter().enumerate() {
        lines.push(indent(line, 1));
        if let Some(dataset) = own.iter().position(|row| *row == nth).and_then(|at| picture.datasets.get(at))
            && roomy
        {
            if let Some(best) = dataset.best.as_ref().filter(|best| is_unverified(dataset, best)) {
                let proof = dataset.sources.iter().find(|s| s.name == *best).and_then(|s| s.proof.as_deref());
                let text = match proof {
                    Some(proof) => format!("   {UNVERIFIED}: {}: {}", clean(best), clean(proof)),
                    None => format!("   {UNVERIFIED}: nothing has proven that {} can be restored", clean(best)),
                };
                lines.push(Line::styled(fit::cut_end(&text, width), theme.style(Role::Warn)));
            }
            if let Some(frozen) = dataset.frozen {
                let text = format!("   writes provably stopped at {}", time::clock(frozen, picture.now));
                lines.push(Line::styled(fit::cut_end(&text, width), dim));
            }
        }
    }
    if picture.datasets.is_empty() {
        lines = vec![Line::styled(" the plan names no datasets", dim)];
    }
    let spoiled = clean_before(picture, width, theme);
    let first = 1 + usize::from(spoiled.is_some());
    lines.splice(0..0, spoiled);
    let late = picture.datasets.iter().filter(|d| d.verdict > crate::model::Verdict::OnTrack).count();
    let note = if late == 0 { String::new() } else { format!("{late} of {} not in plan", picture.datasets.len()) };
    Panel { title: TITLE.into(), note, lines, least: 3, keep: (first, first), rank: 2, ..Panel::default() }
}

/// What everything below rests on after corruption or a breach (RULES R22).
fn clean_before(picture: &Picture, width: usize, theme: &Theme) -> Option<Line<'static>> {
    let moment = picture.incident.as_ref()?.clean_before.as_ref()?;
    let (estimated, role) =
        if moment.starts_with('~') { (", an estimate: set it with :clean-before", Role::Warn) } else { ("", Role::Dim) };
    let text = format!(" clean before {}{estimated}; later points are unusable", clean(moment));
    Some(Line::styled(fit::cut_end(&text, width), theme.style(role)))
}

/// Beside a source that nothing has proven to be restorable (RULES R22).
const UNVERIFIED: &str = "unverified";

fn is_unverified(dataset: &DatasetRow, source: &str) -> bool {
    dataset.sources.iter().any(|s| s.name == source && s.unverified)
}

/// `★` the best, `☆` loses more and is back sooner: both are worth a choice.
fn mark(source: &SourceRow) -> &'static str {
    match (source.best, source.faster) {
        (true, _) => "★",
        (false, true) => "☆",
        (false, false) => " ",
    }
}

/// There is nothing to choose any more.
fn is_recovered(dataset: &DatasetRow) -> bool {
    dataset.words.starts_with("did") || dataset.words.starts_with("recovered")
}

/// `would lose` before, `did lose` after recovery (RULES R27).
fn lose_head(datasets: &[DatasetRow]) -> &'static str {
    let did = datasets.iter().filter(|dataset| dataset.words.starts_with("did")).count();
    match did {
        0 => "would lose",
        all if all == datasets.len() => "did lose",
        _ => "loss",
    }
}

/// Every dataset with every source: the whole data screen.
pub fn in_full(picture: &Picture, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let dim = theme.style(Role::Dim);
    let mut lines: Vec<Line<'static>> = clean_before(picture, width, theme).into_iter().collect();
    for dataset in &picture.datasets {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        let note = dataset
            .rpo_note
            .clone()
            .map_or_else(|| format!("may lose {}", words::duration(dataset.rpo)), |note| format!("may lose {note}"));
        let mut head = Line::styled(format!(" {}", clean(&dataset.name)), theme.style(Role::Strong));
        head.push_span(ratatui::text::Span::styled(format!("  {}  ", clean(&note)), dim));
        head.push_span(ratatui::text::Span::styled(
            clean(&format!("{}: {}", dataset.verdict, dataset.words)),
            theme.verdict(dataset.verdict),
        ));
        lines.push(head);
        if let Some(frozen) = dataset.frozen {
            lines.push(Line::styled(format!("   writes provably stopped at {}", time::clock(frozen, picture.now)), dim));
        }
        let columns = [
            Column::mark(),
            Column::name(12),
            Column::mark().spare(3),
            Column::name(8).spare(2),
            Column::number().spare(1),
            Column::number(),
            Column::number(),
            Column::mark(),
            Column::words(),
        ];
        let heads = ["", "source", "kind", "region", "point", "loses", "in", "", ""];
        let mut rows = vec![heads.map(|head| cell(head, dim)).to_vec()];
        rows.extend(dataset.sources.iter().map(|source| {
            let known = words::freshness(&source.known, picture.now);
            let unusable = if source.usable { "" } else { "not usable: " };
            let text = if known.is_empty() {
                format!("{unusable}{}", source.words)
            } else {
                format!("{unusable}{}  {known}", source.words)
            };
            let text = match source.proof.as_ref().filter(|_| source.usable) {
                Some(proof) => format!("{text}; {proof}"),
                None => text,
            };
            let text = match source.outlives.as_ref().filter(|_| source.usable) {
                Some(outlives) => format!("{text}; {outlives}"),
                None => text,
            };
            let style = if source.usable { Style::new() } else { dim };
            let text = if source.unverified && source.usable { format!("{UNVERIFIED}; {text}") } else { text };
            vec![
                cell(mark(source), theme.style(Role::Accent)),
                cell(&source.name, style),
                cell(&source.kind, dim),
                cell(source.region.as_deref().unwrap_or(""), dim),
                cell(words::moment(source.point, picture.now), style),
                cell(words::loss(source.loses), style),
                cell(words::estimate(source.restore), style),
                cell(format!(" {}", source.verdict), theme.verdict(source.verdict)),
                cell(text, style),
            ]
        }));
        if let Some(why) = dataset.why_best.as_ref().filter(|_| !is_recovered(dataset) && dataset.sources.len() > 1) {
            let best = dataset.best.as_deref().unwrap_or_default();
            lines.push(Line::styled(
                fit::cut_end(&format!("   ★ {}: {}", clean(best), clean(why)), width),
                theme.style(Role::Accent),
            ));
        }
        if dataset.sources.is_empty() {
            lines.push(Line::styled("   no recovery source is named in the plan", theme.style(Role::Bad)));
        } else {
            lines.extend(align(&columns, &rows, width.saturating_sub(2)).into_iter().map(|line| indent(line, 2)));
        }
    }
    if lines.is_empty() {
        lines.push(Line::styled(" the plan names no datasets", dim));
    }
    lines
}
