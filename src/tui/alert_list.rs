//! The list of alerts as it is filtered and gone through: what is shown, what is under the cursor, what is opened.

use super::{
    alerting::{Key, key},
    filter::Filter,
    verbs::Verb,
    view::View,
};
use crate::picture::{AlertRow, Member, Picture};

/// Rows that the filter lets through: by what they say, or by one of their alerts.
pub fn shown<'p>(view: &View, picture: &'p Picture) -> Vec<&'p AlertRow> {
    let rows = view.alerts.rows(picture);
    if view.filter().is_empty() {
        return rows;
    }
    let filter = Filter::of(view.filter());
    let passes = |row: &&AlertRow| {
        let rest = filter.beside(&row_text(row));
        rest.is_empty() || row.members.iter().any(|member| finds(&rest, member))
    };
    rows.into_iter().filter(passes).collect()
}

/// The row under the cursor among [`shown`] ones, with its place.
pub fn chosen<'p>(view: &View, shown: &[&'p AlertRow]) -> Option<(usize, &'p AlertRow)> {
    let at = match &view.alerts.at {
        Some(held) => shown.iter().position(|row| key(row) == *held)?,
        None => 0,
    };
    shown.get(at).map(|row| (at, *row))
}

/// The row whose alerts are listed.
pub fn opened<'p>(view: &View, picture: &'p Picture) -> Option<&'p AlertRow> {
    let rows = view.alerts.rows(picture);
    chosen(view, &rows).map(|(_, row)| row).filter(|_| view.alerts.opened)
}

/// Alerts of the opened `row` that the filter lets through.
pub fn members<'p>(view: &View, row: &'p AlertRow) -> Vec<Member<'p>> {
    if view.filter().is_empty() {
        return row.members.iter().collect();
    }
    let rest = Filter::of(view.filter()).beside(&row_text(row));
    row.members.iter().filter(|member| finds(&rest, *member)).collect()
}

/// The one of `members` under the cursor, with its place.
pub fn chosen_member<'p>(view: &View, members: &[Member<'p>]) -> Option<(usize, Member<'p>)> {
    let held = view.alerts.member.as_ref();
    let at = held.and_then(|held| members.iter().position(|member| member.key() == *held)).unwrap_or(0);
    members.get(at).map(|member| (at, *member))
}

/// What one means who declares here: a row, or one of its alerts.
pub fn meant<'p>(view: &View, picture: &'p Picture) -> Option<(&'p AlertRow, Option<Member<'p>>)> {
    if let Some(row) = opened(view, picture) {
        return Some((row, chosen_member(view, &members(view, row)).map(|(_, member)| member)));
    }
    chosen(view, &shown(view, picture)).map(|(_, row)| (row, None))
}

fn row_text(row: &AlertRow) -> String {
    let named = [&row.via, &row.scenario, &row.runbook].into_iter().flatten();
    named.fold(format!("{} {} {}", row.name, row.state.word(), row.words), |text, name| format!("{text} {name}"))
}

/// Whether `member` has the words that its row does not have.
fn finds(words: &Filter, member: Member<'_>) -> bool {
    let own = [member.label("alertname"), member.summary(), member.by(), Some(member.state().word())];
    words.finds(own.into_iter().flatten(), member.labels())
}

/// Opens the row under the cursor, or closes it.
pub fn open(view: &mut View, picture: &Picture) {
    if view.alerts.opened && opened(view, picture).is_some() {
        view.alerts.leave();
        return;
    }
    let Some((_, row)) = chosen(view, &shown(view, picture)) else { return };
    if row.members.is_empty() {
        return;
    }
    come_in(view, picture, key(row));
    (view.alerts.opened, view.alerts.member) = (true, None);
    view.scroll.remove(&view.screen);
}

fn come_in(view: &mut View, picture: &Picture, at: Key) {
    if view.alerts.at.is_none() {
        view.alerts.order = view.alerts.rows(picture).into_iter().map(key).collect();
    }
    view.alerts.at = Some(at);
}

/// Moves the cursor.
pub fn step(view: &mut View, verb: Verb, picture: &Picture) {
    let page = view.extent.page.max(1);
    view.scroll.remove(&view.screen);
    if let Some(row) = opened(view, picture) {
        let members = members(view, row);
        let Some((now, _)) = chosen_member(view, &members) else { return };
        view.alerts.member = Some(members[verb.moves(now, members.len(), page)].key());
        return;
    }
    let shown = shown(view, picture);
    if shown.is_empty() {
        return;
    }
    // Where the cursor's row is gone it comes in anew, at the first.
    let to = chosen(view, &shown).map_or(0, |(now, _)| verb.moves(now, shown.len(), page));
    let at = key(shown[to]);
    come_in(view, picture, at);
}
