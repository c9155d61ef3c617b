//! Alerts as a panel: what fires, a row a name.

use ratatui::{style::Style, text::Line};

use super::clocks::indent;
use crate::{
    model::{Duration, Time},
    picture::{AlertRow, AlertState, Picture},
    tui::{
        columns::{Column, Row, align, cell},
        panel::Panel,
        theme::{Role, Theme},
    },
};

/// Below that the rule's own words have no room beside the name.
const WORDS: usize = 76;

/// Quiet rules are counted only.
pub fn panel(picture: &Picture, width: usize, theme: &Theme) -> Panel {
    let loud: Vec<&AlertRow> = picture.alerts.iter().filter(|alert| alert.state != AlertState::Quiet).collect();
    let mut lines = table(&loud, picture.now, width, theme);
    if lines.is_empty() {
        lines = vec![Line::styled(format!(" {}", nothing(picture)), theme.style(Role::Dim))];
    }
    Panel { title: "Alerts".into(), note: counts(picture), lines, least: 2, rank: 3, ..Panel::default() }
}

/// Said where no alert is listed.
pub fn nothing(picture: &Picture) -> &'static str {
    let asks = !picture.alerts.is_empty() || picture.links.iter().any(|link| link.system == "alertmanager");
    if asks { "nothing fires" } else { "the plan has no alert rules" }
}

/// A line a row; the first column of each is a blank.
pub fn table(rows: &[&AlertRow], now: Time, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let dim = theme.style(Role::Dim);
    let columns = [Column::name(10), Column::number(), Column::mark().spare(1), Column::name(8), Column::words().spare(2)];
    let cells = |alert: &&AlertRow| -> Row {
        let (style, age) = match alert.state {
            AlertState::Firing => (theme.style(Role::Warn), age(alert.since, now)),
            AlertState::Pending => (Style::new(), AlertState::Pending.word().to_owned()),
            AlertState::Silenced | AlertState::Inhibited => (dim, alert.state.word().to_owned()),
            AlertState::CannotTell | AlertState::Quiet => (theme.style(Role::Unknown), AlertState::CannotTell.word().to_owned()),
        };
        vec![
            cell(if alert.count > 1 { format!("{} ×{}", alert.name, alert.count) } else { alert.name.clone() }, style),
            cell(age, Style::new()),
            cell(alert.severity.map_or_else(String::new, |s| format!(" {s}")), dim),
            cell(leads_to(alert), if alert.runbook.is_some() { Style::new() } else { dim }),
            cell(if width < WORDS { "" } else { &alert.words }, dim),
        ]
    };
    let rows: Vec<Row> = rows.iter().map(cells).collect();
    align(&columns, &rows, width.saturating_sub(1)).into_iter().map(|line| indent(line, 1)).collect()
}

/// The runbook it points to.
fn leads_to(alert: &AlertRow) -> &str {
    match (&alert.runbook, alert.state) {
        (Some(runbook), _) => runbook,
        // What is not known to fire asks for none.
        (None, AlertState::CannotTell) => alert.via.as_deref().unwrap_or_default(),
        (None, _) => "no runbook",
    }
}

fn age(since: Option<Time>, now: Time) -> String {
    since.map_or_else(|| "fires".to_owned(), |since| Duration::between(since, now).whole().to_string())
}

/// `14 firing, 1 cannot tell, 3 suppressed`: silenced or inhibited, in an Alertmanager's own word for both.
pub fn counts(picture: &Picture) -> String {
    let of = |state: AlertState| picture.alerts.iter().filter(move |alert| alert.state == state);
    // All of them, not the names: a name that stands for several says so in its row.
    let firing: usize = of(AlertState::Firing).map(|alert| alert.count.max(1)).sum();
    // While an Alertmanager is not heard, that none is known to fire is no news.
    let unheard = of(AlertState::CannotTell).any(|alert| alert.via.is_some() && alert.left_out == 0);
    let left_out: usize = picture.alerts.iter().map(|alert| alert.left_out).sum();
    let mut notes = match (firing, left_out) {
        (0, _) if unheard => vec![],
        (_, 0) => vec![format!("{firing} firing")],
        _ => vec![format!("at least {firing} firing"), format!("{left_out} not kept")],
    };
    for state in [AlertState::Pending, AlertState::CannotTell] {
        let rows = of(state).filter(|alert| alert.left_out == 0).count();
        if rows > 0 {
            notes.push(format!("{rows} {}", state.word()));
        }
    }
    let quieted: usize = picture.alerts.iter().map(|alert| alert.silenced + alert.inhibited).sum();
    if quieted > 0 {
        notes.push(format!("{quieted} suppressed"));
    }
    notes.join(", ")
}
