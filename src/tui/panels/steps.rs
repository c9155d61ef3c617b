//! What is next: the runbook's steps, the next one with what it waits for.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::{clocks::indent, words};
use crate::{
    incident::Status,
    model::{Duration, Verdict, text::clean},
    picture::{BookPicture, GateState, Picture, StepPicture},
    plan::StepKind,
    tui::{
        fit,
        panel::Panel,
        theme::{Role, Theme},
    },
};

/// `at` is the step under the cursor. Lines beside the steps themselves are shown for it only.
pub fn panel(picture: &Picture, at: Option<usize>, width: usize, theme: &Theme) -> Panel {
    let mut panel = Panel { title: "What is next".into(), least: 5, rank: 1, ..Panel::default() };
    let Some(book) = &picture.book else {
        panel.lines = no_book(picture, width, theme);
        return panel;
    };
    panel.note = format!("{} {}", clean(&book.name), progress(book));
    let all: Vec<usize> = (0..book.steps.len()).collect();
    let (lines, keep) = list(book, &all, at, width, theme);
    panel.lines = lines;
    panel.keep = keep;
    panel
}

/// `6 of 14, ~11m left`, or `6 of 14, ~11m-19m` where past runs differ: usual ones, and what nine of ten took.
pub fn progress(book: &BookPicture) -> String {
    let left = book.left.filter(|left| *left > Duration::ZERO).map_or_else(String::new, |left| {
        match book.left_slow.map(Duration::about).filter(|slow| *slow != left.about()) {
            Some(slow) => format!(", ~{}-{slow}", left.about()),
            None => format!(", ~{} left", left.about()),
        }
    });
    format!("{} of {}{left}", book.done, book.total)
}

fn no_book(picture: &Picture, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let dim = theme.style(Role::Dim);
    let mut lines = vec![Line::styled(" no runbook is open: :open", dim)];
    for book in picture.runbooks.iter().filter(|book| book.suggested) {
        let text = format!(" suggested: {}, {} steps", clean(&book.name), book.steps);
        lines.push(Line::styled(fit::cut_end(&text, width), theme.style(Role::Strong)));
    }
    lines
}

/// The steps at the places `shown`, phases between them, and the first and last line of the step `at`.
pub fn list(
    book: &BookPicture,
    shown: &[usize],
    at: Option<usize>,
    width: usize,
    theme: &Theme,
) -> (Vec<Line<'static>>, (usize, usize)) {
    let dim = theme.style(Role::Dim);
    let table = rows(book, shown, width.saturating_sub(2), theme);
    let (mut lines, mut keep, mut phase) = (Vec::new(), (0, 0), None);
    for (line, &i) in table.into_iter().zip(shown) {
        let Some(step) = book.steps.get(i) else { continue };
        if phase != Some(step.phase) {
            phase = Some(step.phase);
            lines.extend(book.phases.get(step.phase).and_then(|phase| {
                let name = phase.name.as_ref()?;
                let window = phase.window.as_ref().map_or_else(String::new, |window| format!("  {}", clean(window)));
                let style = if phase.late { theme.style(Role::Warn) } else { dim };
                let late = if phase.late { ", late" } else { "" };
                Some(Line::styled(fit::cut_end(&format!("   {}{window}{late}", clean(name)), width), style))
            }));
        }
        let mut line = indent(line, 1);
        if at == Some(i) {
            // The row under the cursor carries a mark as well as a colour.
            if let Some(first) = line.spans.first_mut() {
                *first = Span::styled("›", theme.style(Role::Key));
            }
            let used: usize = line.width();
            line.push_span(Span::raw(" ".repeat(width.saturating_sub(used))));
            line = line.patch_style(theme.style(Role::Selection));
            let first = lines.len();
            lines.push(line);
            lines.extend(more(step, width, theme));
            // And the two steps after it, where there is room for them.
            keep = (first, lines.len() + 1);
        } else {
            lines.push(line);
        }
    }
    if lines.is_empty() {
        lines.push(Line::styled(" no such step", dim));
    }
    (lines, keep)
}

/// A line a step: mark, number, title, who, words. Titles stand in full where their row has the room: who goes first,
/// and what a step waits for is said shorter.
fn rows(book: &BookPicture, shown: &[usize], width: usize, theme: &Theme) -> Vec<Line<'static>> {
    /// Words of a step that somebody works on keep that much.
    const WORDS: usize = 18;
    let steps: Vec<(usize, &StepPicture)> = shown.iter().filter_map(|&i| Some((i, book.steps.get(i)?))).collect();
    let who = |step: &StepPicture| clean(step.who.as_deref().or(step.owner.as_deref()).unwrap_or(""));
    let longest =
        |text: &dyn Fn(&StepPicture) -> String| steps.iter().map(|(_, step)| fit::width(&text(step))).max().unwrap_or(0);
    let (title_width, who_width) = (longest(&|step| clean(&step.title)), longest(&who));
    let words_width = longest(&|step| clean(&step.words)).min(28);
    let room = width.saturating_sub(5);
    let roomy = title_width + 2 + who_width + 2 + words_width <= room;
    let line = |(i, step): &(usize, &StepPicture)| {
        let next = book.next == Some(*i);
        let style = match step.status {
            _ if next => theme.style(Role::Strong),
            status if status.ended() && status.satisfies() && step.verdict <= Verdict::OnTrack => theme.style(Role::Dim),
            _ => Style::new(),
        };
        let (title, mut words) = (clean(&step.title), clean(&step.words));
        let mut spans = vec![
            Span::styled(words::mark(step, next), mark_style(step, next, theme)),
            Span::styled(format!(" {} ", fit::pad_left(&step.number.to_string(), 2)), style),
        ];
        let title_room = if roomy {
            title_width
        } else {
            words = shorter(&words);
            // What nobody works on now says its words only beside its whole title.
            let idle =
                step.verdict <= Verdict::OnTrack && (step.status.satisfies() || (step.status == Status::Open && !step.ready));
            if idle && fit::width(&title) + 2 + fit::width(&words) > room {
                words.clear();
            }
            let least = if words.is_empty() { 0 } else { fit::width(&words).min(WORDS) + 2 };
            room.saturating_sub(least).min(fit::width(&title))
        };
        let title = fit::cut_end(&title, title_room);
        let mut used = fit::width(&title).max(if roomy { title_width } else { 0 });
        spans.push(Span::styled(fit::pad(&title, used), style));
        if roomy {
            spans.push(Span::styled(format!("  {}", fit::pad(&who(step), who_width)), theme.style(Role::Dim)));
            used += 2 + who_width;
        }
        let left = room.saturating_sub(used + 2);
        // Less than a word says nothing.
        let words = if left < 4 { String::new() } else { fit::cut_end(&words, left) };
        spans.push(Span::raw(" ".repeat((room + 1).saturating_sub(used + fit::width(&words)))));
        spans.push(Span::styled(words, words_style(step, theme)));
        Line::from(spans)
    };
    steps.iter().map(line).collect()
}

/// As much as a narrow column needs: the rest stands under the chosen step.
fn shorter(words: &str) -> String {
    if let Some(of) = words.strip_prefix("waits for step ") {
        return format!("after {of}");
    }
    for enough in ["watched", "wants approval"] {
        if words.starts_with(enough) {
            return enough.into();
        }
    }
    words.strip_prefix("ready, ").unwrap_or(words).to_owned()
}

fn mark_style(step: &StepPicture, next: bool, theme: &Theme) -> Style {
    match step.status {
        // Something has undone it since, or nobody can see whether.
        Status::Succeeded if step.verdict > Verdict::OnTrack => theme.verdict(step.verdict),
        Status::Succeeded | Status::TalkedThrough => theme.style(Role::Good),
        Status::Partial | Status::Failed => theme.style(Role::Bad),
        Status::Unknown => theme.style(Role::Unknown),
        Status::Running | Status::Verifying => theme.style(Role::Accent),
        _ if next => theme.style(Role::Key),
        _ => theme.style(Role::Dim),
    }
}

fn words_style(step: &StepPicture, theme: &Theme) -> Style {
    if step.verdict > Verdict::OnTrack {
        theme.verdict(step.verdict)
    } else if step.status == Status::Open {
        theme.style(Role::Dim)
    } else {
        Style::new()
    }
}

/// Under the chosen step: what it does, whether it can be taken back, what is loud about it.
fn more(step: &StepPicture, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let who = step.who.as_deref().or(step.owner.as_deref()).map_or_else(String::new, |who| format!("{}  ", clean(who)));
    if let Some(action) = &step.action {
        let via = step.via.as_ref().map_or_else(String::new, |via| format!("  {}", clean(via)));
        let what = format!("     {who}{}{via}", clean(action));
        let flag = if step.irreversible { "IRREVERSIBLE" } else { "" };
        let room = width.saturating_sub(fit::width(flag) + 2);
        lines.push(Line::from(vec![
            Span::styled(fit::pad(&fit::cut_end(&what, room), room), theme.style(Role::Dim)),
            Span::raw(" "),
            Span::styled(flag, theme.style(Role::Bad)),
        ]));
    } else if !who.is_empty() {
        lines.push(Line::styled(fit::cut_end(&format!("     {who}{}", step.kind.word()), width), theme.style(Role::Dim)));
    }
    for gate in step.gates.iter().filter(|_| step.status == Status::Verifying || (step.ready && step.kind == StepKind::Gate)) {
        let role = if gate.state == GateState::Holds { Role::Good } else { Role::Dim };
        let text = fit::wrap(&format!("{}: {}", gate.wanted, gate.words), width.saturating_sub(6).max(12));
        lines.extend(text.into_iter().take(3).map(|line| Line::styled(format!("     {line}"), theme.style(role))));
    }
    if let Some(asked) = &step.approval_asked
        && !step.glass_open
        && (step.approvals.len() as u32) < step.approvals_wanted
    {
        let text = format!("     {} waits for somebody to approve", clean(&asked.who));
        lines.push(Line::styled(fit::cut_end(&text, width), theme.style(Role::Warn)));
    }
    for part in step.parts.iter().filter(|part| part.verdict > Verdict::OnTrack).take(3) {
        let text = format!("     {} {}: {}", clean(&part.name), clean(&part.status), clean(&part.words));
        lines.push(Line::styled(fit::cut_end(&text, width), theme.verdict(part.verdict)));
    }
    for exception in step.exceptions.iter().take(2) {
        let text = format!("     ! {}", clean(exception));
        lines.push(Line::styled(fit::cut_end(&text, width), theme.style(Role::Warn)));
    }
    lines
}
