//! If this were lost now: in peace time, each region and any node, with what it would cost and what would mend it.

use ratatui::{style::Style, text::Line};

use super::{clocks::indent, words};
use crate::{
    model::{Verdict, text::clean},
    picture::{LossRow, Picture, TierLoss},
    tui::{
        columns::{Cell, Column, align, cell},
        fit,
        panel::Panel,
        theme::{Role, Theme},
    },
};

/// `roomy` adds what would mend a row that is not in plan. No rows in an incident: there it has happened.
pub fn panel(picture: &Picture, width: usize, roomy: bool, theme: &Theme) -> Panel {
    let dim = theme.style(Role::Dim);
    // What bounds an outage; a tier of data has its own column.
    let tiers: Vec<&TierLoss> = picture.losses.first().map(|row| row.tiers.iter().collect()).unwrap_or_default();
    let mut columns = vec![Column::name(8)];
    // The two strictest tiers stay longest; the name of the data goes between them and the rest.
    columns.extend((0..tiers.len()).map(|nth| Column::number().spare(if nth < 2 { nth as u8 } else { 1 + nth as u8 })));
    columns.extend([Column::number(), Column::name(8).gives_first().spare(2), Column::mark()]);
    let mut heads = vec![cell("what", dim)];
    heads.extend(tiers.iter().map(|tier| cell(tier_head(tier), dim)));
    heads.extend([cell("would lose", dim), cell("of", dim), cell("", dim)]);
    let mut rows = vec![heads];
    rows.extend(picture.losses.iter().map(|row| cells(row, tiers.len(), theme)));
    let mut lines = Vec::new();
    for (nth, line) in align(&columns, &rows, width.saturating_sub(1)).into_iter().enumerate() {
        lines.push(indent(line, 1));
        if let Some(row) = nth.checked_sub(1).and_then(|at| picture.losses.get(at))
            && roomy
        {
            for mend in row.mends.iter().take(2) {
                let texts = fit::wrap(&clean(mend), width.saturating_sub(4));
                lines.extend(texts.into_iter().map(|text| Line::styled(format!("   {text}"), theme.style(Role::Dim))));
            }
        }
    }
    if picture.losses.is_empty() {
        lines = vec![];
    }
    let bad = picture.losses.iter().filter(|row| row.verdict > Verdict::OnTrack).count();
    let note = if bad == 0 { String::new() } else { format!("{bad} of {} not in plan", picture.losses.len()) };
    let least = lines.len().min(if roomy { 6 } else { 3 });
    Panel { title: "If this were lost now".into(), note, lines, least, keep: (1, 1), rank: 1, ..Panel::default() }
}

fn tier_head(tier: &TierLoss) -> String {
    tier.rto.map_or_else(|| tier.tier.clone(), |rto| format!("{} {rto}", tier.tier))
}

fn cells(row: &LossRow, tiers: usize, theme: &Theme) -> Vec<Cell> {
    let mut cells = vec![cell(&row.what, theme.style(Role::Strong))];
    cells.extend((0..tiers).map(|at| row.tiers.get(at).map_or_else(|| cell("", Style::new()), |tier| of_tier(tier, theme))));
    let (loses, name) = match &row.data {
        None => (String::new(), ""),
        Some(data) => (words::loss(data.loses), if data.verdict > Verdict::OnTrack { data.dataset.as_str() } else { "" }),
    };
    let style = row.data.as_ref().map_or_else(Style::new, |data| theme.verdict(data.verdict));
    cells.extend([cell(loses, style), cell(name, Style::new())]);
    let word = if row.verdict > Verdict::OnTrack { row.verdict.word() } else { "in plan" };
    cells.push(cell(word, theme.verdict(row.verdict)));
    cells
}

/// `~41m`, `8 short`, `not hit`.
fn of_tier(tier: &TierLoss, theme: &Theme) -> Cell {
    let style = theme.verdict(tier.verdict);
    match (tier.hit, tier.short, tier.back) {
        (_, Some(short), _) => cell(format!("{short} short"), theme.verdict(Verdict::WillMiss)),
        (false, None, _) => cell("not hit", theme.style(Role::Dim)),
        (true, None, Some(back)) => cell(format!("~{}", back.about()), style),
        (true, None, None) => cell(tier.verdict.word(), style),
    }
}
