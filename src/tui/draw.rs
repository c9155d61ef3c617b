//! One frame from a Picture and a View: a pure function.

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use super::{
    aside::Kind,
    dialogs::{Extent, YesNo, frame},
    fit, header,
    screens::{alerts, board, gaudi, lists, runbook, why},
    theme::{Role, Theme},
    verbs::Verb,
    view::{Dialog, Screen, View},
};
use crate::{incident::Status, picture::Picture};

/// Draws everything and says what the next key needs to know.
pub fn draw(frame: &mut Frame<'_>, picture: &Picture, view: &View, theme: &Theme) -> Extent {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    buffer.set_style(area, theme.style(Role::Text));
    let width = usize::from(area.width);
    if area.height == 0 || width == 0 {
        return Extent::default();
    }
    let most = match area.height {
        0..=8 => 1,
        9..=33 => 2,
        _ => 3,
    };
    // What stands instead of now is drawn; what holds everything up is always as of now.
    let (now, shown) = (picture, view.aside.as_ref().map_or(picture, |aside| aside.shown(picture)));
    let mut above = vec![header::place(shown, width, theme)];
    let declare = Verb::Declare.available(picture, None).ok().and_then(|()| view.keys.keys(Verb::Declare).first().copied());
    above.extend(header::stops(now, width, theme));
    match &view.aside {
        Some(aside) => {
            above.push(header::aside(aside, now, view, width, theme));
            if aside.kind == Kind::WhatIf {
                above.extend(header::verdict(shown, width, most, None, theme));
            }
        }
        None => {
            above.extend(header::verdict(now, width, most, declare, theme));
            above.extend(header::timing(now, width, theme));
        }
    }
    let footer = usize::from(area.height >= 4);
    let newest = usize::from(area.height >= 12);
    above.truncate(usize::from(area.height).saturating_sub(footer));
    for (row, line) in above.iter().enumerate() {
        buffer.set_line(area.x, area.y + row as u16, line, area.width);
    }
    let top = above.len() as u16;
    let body = Rect { y: area.y + top, height: area.height.saturating_sub(top + footer as u16 + newest as u16), ..area };
    let mut extent = screen(shown, view, body, buffer, theme);
    if newest == 1 {
        buffer.set_line(area.x, body.bottom(), &header::newest(shown, width, theme), area.width);
    }
    if footer == 1 {
        let line = bottom(picture, view, width, theme);
        buffer.set_line(area.x, area.bottom() - 1, &line, area.width);
    }
    let under = Rect { y: area.y + 1.min(area.height - 1), height: area.height.saturating_sub(1 + footer as u16), ..area };
    // A dialog is drawn over them where there is no room for both.
    let messages = messages(view, body, theme);
    overlay(&messages, body, buffer);
    if let Some(dialog) = &view.dialog {
        let inner = frame::inner_width(under);
        let content = match dialog {
            Dialog::Consent(consent) => consent.content(picture, inner, theme),
            Dialog::Form(form) => form.content(inner, theme),
            Dialog::Ask(ask) => ask.content(inner, theme),
        };
        let bottom = if messages.is_empty() { under.bottom() } else { body.bottom() - messages.len() as u16 };
        extent = frame::draw(&content, under, bottom, buffer, theme);
    } else if let Some(prompt) = &view.prompt {
        let rows = usize::from(body.height).min(10);
        let lines = prompt.lines(rows, width, picture, view.chosen_step(picture), &view.keys, theme);
        overlay(&lines, body, buffer);
    }
    if let Some(choice) = view.quitting {
        let content = quit(picture, choice, frame::inner_width(under), theme);
        frame::draw(&content, under, under.bottom(), buffer, theme);
    }
    extent
}

fn screen(picture: &Picture, view: &View, body: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    if body.height == 0 {
        return Extent { most: 0, page: 1, legible: true };
    }
    match view.screen {
        Screen::Board => {
            board::draw(picture, view, body, buffer, theme);
            Extent { most: 0, page: 1, legible: true }
        }
        Screen::Runbook => runbook::draw(picture, view, body, buffer, theme),
        Screen::Journal => lists::journal(picture, view, body, buffer, theme),
        Screen::Data => lists::data(picture, view, body, buffer, theme),
        Screen::Systems => lists::systems(picture, view, body, buffer, theme),
        Screen::Gaudi => gaudi::draw(picture, view, body, buffer, theme),
        Screen::Alerts => alerts::draw(picture, view, body, buffer, theme),
        Screen::Why => why::draw(picture, view, body, buffer, theme),
        Screen::Help => lists::help(picture, view, body, buffer, theme),
    }
}

/// The prompt, the filter being written, or the keys.
fn bottom(picture: &Picture, view: &View, width: usize, theme: &Theme) -> Line<'static> {
    let field = |sign: &str, field: &super::dialogs::TextField| {
        let mut line = Line::styled(format!(" {sign}"), theme.style(Role::Key));
        line.extend(field.line(width.saturating_sub(3), true, theme));
        line
    };
    match (&view.prompt, &view.find) {
        (Some(prompt), _) => field(":", &prompt.field),
        (None, Some(find)) => field("/", find),
        (None, None) if view.dialog.is_some() => {
            let (hold, words) = ("F9", " hold  Esc leaves this  Ctrl-C quit");
            Line::from(vec![
                Span::raw(" "),
                Span::styled(hold, theme.style(Role::Key)),
                Span::styled(words, theme.style(Role::Dim)),
            ])
        }
        (None, None) => header::footer(picture, view, width, theme),
    }
}

/// Lines over the last rows of `body`.
fn overlay(lines: &[Line<'static>], body: Rect, buffer: &mut Buffer) {
    let rows = (lines.len() as u16).min(body.height);
    let place = Rect { y: body.bottom() - rows, height: rows, ..body };
    Clear.render(place, buffer);
    for (row, line) in lines.iter().take(usize::from(rows)).enumerate() {
        buffer.set_line(place.x, place.y + row as u16, line, place.width);
    }
}

/// What was just done or refused, for the last rows of the body: only a dialog that reaches there moves.
fn messages(view: &View, body: Rect, theme: &Theme) -> Vec<Line<'static>> {
    if body.height == 0 || view.prompt.is_some() {
        return vec![];
    }
    let width = usize::from(body.width);
    let mut lines = Vec::new();
    for message in &view.messages {
        for text in fit::wrap(&message.text, width.saturating_sub(2)).into_iter().take(3) {
            lines.push(Line::styled(format!(" {text}"), theme.style(message.role)));
        }
    }
    // The newest stay when there is little room; a dialog keeps most of it.
    let most = usize::from(body.height / if view.dialog.is_some() { 6 } else { 3 }).max(1);
    lines.split_off(lines.len().saturating_sub(most))
}

fn quit(picture: &Picture, choice: YesNo, width: usize, theme: &Theme) -> frame::Content {
    let steps = picture.book.as_ref().map(|book| book.steps.as_slice()).unwrap_or_default();
    let runs: Vec<_> = steps.iter().filter(|step| step.status == Status::Running).map(|step| step.number.to_string()).collect();
    let mut words = String::from("The incident stays as it is in the journal; any console can go on with it.");
    if !runs.is_empty() {
        words = format!(
            "Step {} still runs: what this console started is left to finish, or is found unknown and read back. {words}",
            runs.join(", ")
        );
    }
    let mut foot = vec![Line::default(), choice.line("stay", "leave", theme)];
    foot.push(Line::styled("Ctrl-C again leaves too", theme.style(Role::Dim)));
    frame::Content {
        title: "Leave the console?".into(),
        loud: !runs.is_empty(),
        body: fit::wrap(&words, width).into_iter().map(Line::raw).collect(),
        foot,
        from: 0,
        keep: None,
    }
}

/// Before the first Picture.
pub fn draw_starting(frame: &mut Frame<'_>, view: &View, theme: &Theme) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    if area.height == 0 {
        return;
    }
    buffer.set_stringn(area.x, area.y, " LIFEBOAT  reading the journal …", usize::from(area.width), theme.style(Role::Title));
    if let Some(choice) = view.quitting {
        let body = vec![Line::raw("Nothing has been done yet.")];
        let foot = vec![Line::default(), choice.line("stay", "leave", theme)];
        let content = frame::Content { title: "Leave the console?".into(), loud: false, body, foot, from: 0, keep: None };
        frame::draw(&content, area, area.bottom(), buffer, theme);
    }
}
