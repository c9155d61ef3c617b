//! The board: what is down, how long, recover to what, what is next. In peace time: what if it were lost now.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{gaudi, runbook};
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
    let data = |opened: bool| rest(Verb::Data, data::panel(picture, left, roomy, opened, theme));
    let clusters = |width: usize| rest(Verb::Gaudi, systems::clusters(picture, width, theme));
    let regions = |width: usize| systems::regions(picture, width, theme);
    // In peace there is more room beside what could be lost than under it.
    let beside = if picture.incident.is_some() { left } else { right };
    let backups = rest(Verb::Data, backups::panel(picture, beside, theme));
    let alerts = rest(Verb::Alerts, alerts::panel(picture, right, theme));
    let links = rest(Verb::Systems, systems::links(picture, picture.incident.is_some(), right, theme));
    let (left, right) = if picture.incident.is_some() {
        let steps = rest(Verb::Runbook, steps::panel(picture, view.chosen_index(picture), right, theme));
        if wide {
            (vec![clocks, data(false), clusters(left), backups, regions(left)], vec![steps, alerts, links])
        } else {
            let panels = [clocks, steps, data(false), alerts, clusters(left), links, backups];
            return one_column(&panels, area, buffer, theme);
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
            let (mut on_left, mut on_right) =
                (vec![first, second, data(false)], vec![ready, links, alerts, backups, replication, incidents]);
            // What finds no room on the left stands on the right, where that has some.
            for panel in [&clusters as &dyn Fn(usize) -> Panel, &regions] {
                let (here, there) = (panel(left), panel(right));
                if free(&on_left, area.height) <= here.lines.len() && free(&on_right, area.height) > there.lines.len() {
                    on_right.push(there);
                } else {
                    on_left.push(here);
                }
            }
            (on_left, on_right)
        } else {
            return one_column(
                &[first, second, data(false), ready, alerts, links, backups, replication, clusters(left), incidents],
                area,
                buffer,
                theme,
            );
        }
    };
    let (mut left, right) = (left, right);
    // The newest of the journal comes before what else data could be recovered from.
    let room = free(&left, area.height).saturating_sub(JOURNAL);
    if let Some(closed) = left.iter_mut().find(|panel| panel.title == data::TITLE).filter(|_| room > 0) {
        let opened = data(true);
        if opened.lines.len() <= closed.lines.len() + room {
            *closed = opened;
        }
    }
    let (left, right) = fill(left, right, picture, view, area, theme);
    two_columns(&left, &right, area, buffer, theme);
}

/// Rows that are left to the journal before data is shown with all its sources.
const JOURNAL: usize = 7;

/// Rows of a column that its panels leave.
fn free(panels: &[Panel], height: u16) -> usize {
    let used: usize = panels.iter().filter(|panel| !panel.lines.is_empty()).map(|panel| panel.lines.len() + 1).sum();
    usize::from(height).saturating_sub(used)
}

/// Rows that nothing needs show the next step in full, the newest of the journal and the cards that are worst off.
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
    let beside = usize::from(area.width - width - 1);
    // Without the title of what is added.
    let free = |panels: &[Panel]| free(panels, area.height).saturating_sub(1);
    if let Some(step) = view.chosen_step(picture).filter(|_| picture.incident.is_some() && free(&right) >= 2 * LEAST) {
        let mut lines = runbook::in_full(step, picture, beside, theme);
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
        right.extend(journal::newest(picture, free(&right), beside, &more, theme));
    }
    let more = format!("{} {}", view.keys.shown(Verb::Gaudi), Verb::Gaudi.short());
    for (column, columns) in [(&mut right, beside), (&mut left, columns)] {
        if free(column) > LEAST {
            column.extend(gaudi::worst(picture, view, free(column), columns, &more, theme));
            break;
        }
    }
    (left, right)
}
