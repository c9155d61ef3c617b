//! The board: what is down, how long, recover to what, what is next. In peace time: what if it were lost now.

use ratatui::{buffer::Buffer, layout::Rect};

use super::runbook;
use crate::{
    model::text::clean,
    picture::{AlertState, Picture, ServiceHealth},
    tui::{
        panel::{self, Panel, left_width, one_column, two_columns},
        panels::{alerts, backups, clocks, data, journal, losses, ready, replication, steps, systems},
        theme::Theme,
        verbs::Verb,
        view::View,
    },
};

pub fn draw(picture: &Picture, view: &View, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let wide = area.width >= panel::WIDE;
    let (left, right) = if wide {
        let left = left_width(area.width);
        (usize::from(left), usize::from(area.width - left - 1))
    } else {
        (usize::from(area.width), usize::from(area.width))
    };
    let roomy = area.height >= 28;
    let rest = |verb: Verb, mut panel: Panel| {
        panel.rest = format!("{} {}", view.keys.shown(verb), verb.short());
        panel
    };
    let clocks = rest(Verb::Systems, clocks::panel(picture, left, roomy, theme));
    if area.height == 1 {
        // No room for a title: the worst tier without one.
        if let Some(line) = clocks.lines.get(clocks.keep.0) {
            buffer.set_line(area.x, area.y, line, area.width);
        }
        return;
    }
    let data = rest(Verb::Data, data::panel(picture, left, roomy, theme));
    let clusters = rest(Verb::Gaudi, systems::clusters(picture, left, theme));
    // In peace there is more room beside what could be lost than under it.
    let beside = if picture.incident.is_some() { left } else { right };
    let backups = rest(Verb::Data, backups::panel(picture, beside, theme));
    let alerts = rest(Verb::Alerts, alerts::panel(picture, right, theme));
    let links = rest(Verb::Systems, systems::links(picture, picture.incident.is_some(), right, theme));
    let (left, right) = if picture.incident.is_some() {
        let steps = rest(Verb::Runbook, steps::panel(picture, view.chosen_index(picture), right, theme));
        if wide {
            (vec![clocks, data, clusters, backups, systems::regions(picture, left, theme)], vec![steps, alerts, links])
        } else {
            return one_column(&[clocks, steps, data, alerts, clusters, links, backups], area, buffer, theme);
        }
    } else {
        // What fails comes before what could.
        let fails = picture.tiers.iter().flat_map(|tier| &tier.services).any(|s| s.health == ServiceHealth::Failing);
        let losses = rest(Verb::WhatIf, losses::panel(picture, left, roomy && !fails, theme));
        let (first, second) = if fails { (clocks, losses) } else { (losses, clocks) };
        let incidents = rest(Verb::Incident, systems::incidents(picture, right, theme));
        let links = Panel { title: "Do the systems answer?".into(), rank: 1, ..links };
        // What fires is looked at before what answers.
        let fires = picture.alerts.iter().any(|alert| alert.state == AlertState::Firing);
        let alerts = if fires { Panel { rank: 1, ..alerts } } else { alerts };
        let replication = rest(Verb::Data, replication::panel(picture, &view.lags, right, theme));
        let ready = rest(Verb::Systems, ready::panel(picture, &view.keys.shown(Verb::AskNow), roomy, right, theme));
        if wide {
            (
                vec![first, second, data, clusters, systems::regions(picture, left, theme)],
                vec![ready, links, alerts, backups, replication, incidents],
            )
        } else {
            return one_column(
                &[first, second, data, ready, alerts, links, backups, replication, clusters, incidents],
                area,
                buffer,
                theme,
            );
        }
    };
    let (left, right) = fill(left, right, picture, view, area, theme);
    two_columns(&left, &right, area, buffer, theme);
}

/// Rows that nothing needs show the next step in full and the newest of the journal.
fn fill(
    mut left: Vec<Panel>,
    mut right: Vec<Panel>,
    picture: &Picture,
    view: &View,
    area: Rect,
    theme: &Theme,
) -> (Vec<Panel>, Vec<Panel>) {
    /// Fewer say nothing.
    const LEAST: usize = 3;
    let width = left_width(area.width);
    let free = |panels: &[Panel]| {
        let used: usize = panels.iter().filter(|panel| !panel.lines.is_empty()).map(|panel| panel.lines.len() + 1).sum();
        usize::from(area.height).saturating_sub(used + 1)
    };
    if let Some(step) = view.chosen_step(picture).filter(|_| picture.incident.is_some() && free(&right) >= 2 * LEAST) {
        let mut lines = runbook::in_full(step, picture, usize::from(area.width - width - 1), theme);
        lines.truncate(free(&right));
        let title = format!("{}. {}", step.number, clean(&step.title));
        let note = step.status.words().to_owned();
        right.insert(1, Panel { title, note, least: lines.len(), lines, rank: 8, ..Panel::default() });
    }
    let more = format!("{} {}", view.keys.shown(Verb::Journal), Verb::Journal.short());
    let (rows, columns) = (free(&left), usize::from(width));
    if rows >= LEAST {
        left.extend(journal::newest(picture, rows, columns, &more, theme));
    } else if free(&right) >= LEAST {
        right.extend(journal::newest(picture, free(&right), usize::from(area.width - width - 1), &more, theme));
    }
    (left, right)
}
