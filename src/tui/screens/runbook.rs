//! The runbook: its steps, and the chosen one in full.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    incident::{StepAct, UNVERIFIED},
    model::{Verdict, text::clean, time},
    picture::{GateState, Picture, ReadyState, StepPicture, StepReady},
    tui::{
        dialogs::Extent,
        fit,
        panel::{self, Panel, title_line, two_columns},
        panels::{ready, steps, words},
        theme::{Role, Theme},
        view::View,
    },
};

pub fn draw(picture: &Picture, view: &View, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Extent {
    let wide = area.width >= panel::WIDE;
    let left_width = panel::left_width(area.width);
    let (list_area, text_area) = if wide {
        let right = Rect { x: area.x + left_width + 1, width: area.width - left_width - 1, ..area };
        (Rect { width: left_width, ..area }, right)
    } else {
        // The list keeps a third, so that the step can be read.
        let rows = (area.height / 3).max(4).min(area.height);
        (Rect { height: rows, ..area }, Rect { y: area.y + rows, height: area.height - rows, ..area })
    };
    let list = list(picture, view, usize::from(list_area.width), theme);
    let step = view.chosen_step(picture);
    let (title, note, lines) = match step {
        None => ("The step".to_owned(), String::new(), vec![]),
        Some(step) => (
            format!("{}. {}", step.number, clean(&step.title)),
            step.status.words().to_owned(),
            in_full(step, picture, usize::from(text_area.width), theme),
        ),
    };
    let rows = usize::from(text_area.height.saturating_sub(1));
    let most = lines.len().saturating_sub(rows);
    let from = view.scrolled().min(most);
    let note = if most > 0 { format!("{note}, {}-{} of {}", from + 1, from + rows.min(lines.len()), lines.len()) } else { note };
    if wide {
        two_columns(&[list], &[Panel { title: title.clone(), ..Panel::default() }], area, buffer, theme);
    } else {
        for panel in panel::share(&[list], list_area.height) {
            panel.draw(list_area, buffer, theme);
        }
    }
    if text_area.height > 0 {
        title_line(&title, "", (&note, ratatui::style::Style::new()), Rect { height: 1, ..text_area }, buffer, theme);
        if wide {
            buffer.set_string(area.x + left_width, area.y, "┬", theme.style(Role::Rule));
        }
    }
    for (row, line) in lines.iter().skip(from).take(rows).enumerate() {
        buffer.set_line(text_area.x, text_area.y + 1 + row as u16, line, text_area.width);
    }
    Extent { most, page: rows.max(1), legible: true }
}

fn list(picture: &Picture, view: &View, width: usize, theme: &Theme) -> Panel {
    let Some(book) = &picture.book else {
        return Panel { rest: String::new(), ..steps::panel(picture, None, width, theme) };
    };
    let shown: Vec<usize> =
        (0..book.steps.len()).filter(|&i| view.passes(&format!("{} {}", book.steps[i].title, book.steps[i].words))).collect();
    let (mut lines, keep) = steps::list(book, &shown, view.chosen_index(picture), width, theme);
    let mut keep = keep;
    if let Some(changed) = &book.changed_on_disk {
        let text = format!(" plan changed on disk: {} (:adopt)", clean(changed));
        lines.insert(0, Line::styled(fit::cut_end(&text, width), theme.style(Role::Warn)));
        keep = (keep.0 + 1, keep.1 + 1);
    }
    let filter = if view.filter().is_empty() { String::new() } else { format!("/{}  ", view.filter()) };
    let title = book.title.clone().unwrap_or_else(|| book.name.clone());
    Panel {
        title: clean(&title),
        note: format!("{filter}{}", steps::progress(book)),
        lines,
        keep,
        least: 1,
        rank: 0,
        ..Panel::default()
    }
}

/// Facts under headings, in the order in which they matter.
struct Page<'t> {
    lines: Vec<Line<'static>>,
    width: usize,
    theme: &'t Theme,
}

impl Page<'_> {
    const LABEL: usize = 11;

    fn fact(&mut self, label: &str, text: &str, role: Role) {
        let room = self.width.saturating_sub(Self::LABEL + 2).max(12);
        for (nth, line) in fit::wrap(text, room).into_iter().enumerate() {
            let label = fit::pad(if nth == 0 { label } else { "" }, Self::LABEL);
            self.lines.push(Line::from(vec![
                Span::styled(format!(" {label}"), self.theme.style(Role::Dim)),
                Span::raw(" "),
                Span::styled(line, self.theme.style(role)),
            ]));
        }
    }

    fn all<T: AsRef<str>>(&mut self, label: &str, texts: impl IntoIterator<Item = (T, Role)>) {
        for (nth, (text, role)) in texts.into_iter().enumerate() {
            self.fact(if nth == 0 { label } else { "" }, text.as_ref(), role);
        }
    }
}

fn role_of(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Met | Verdict::OnTrack => Role::Good,
        Verdict::CannotTell => Role::Unknown,
        Verdict::AtRisk => Role::Warn,
        Verdict::WillMiss | Verdict::Missed => Role::Bad,
    }
}

/// The chosen step: how it stands, what it would do, what proves it, what can be done, what happened.
pub fn in_full(step: &StepPicture, picture: &Picture, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut page = Page { lines: Vec::new(), width, theme };
    let who = step.who.as_ref().map_or_else(String::new, |who| format!(", {who}"));
    let ready = if step.ready && !step.words.starts_with("ready") && !step.words.starts_with("watched") { ", ready" } else { "" };
    let state_role = if step.verdict > Verdict::OnTrack { role_of(step.verdict) } else { Role::Strong };
    page.fact("state", &format!("{}{ready}{who}: {}", step.status.words(), step.words), state_role);
    page.all("EXCEPTION", step.exceptions.iter().map(|text| (text, Role::Warn)));
    if let Some(how) = &step.how {
        page.fact("how", how, Role::Text);
    }
    if let Some(condition) = &step.condition {
        page.fact("only if", condition, Role::Strong);
    }
    if let Some(decision) = &step.decision {
        page.fact("question", &decision.ask, Role::Strong);
        page.all("answers", decision.options.iter().map(|option| (option, Role::Text)));
    }
    if let Some(see) = &step.see {
        page.fact("write down", see, Role::Text);
    }
    if let Some(action) = &step.action {
        let via = step.via.as_ref().map_or_else(String::new, |via| format!(" on {via}"));
        page.fact("does", &format!("{action}{via}"), Role::Accent);
    }
    if let Some(could) = &step.could {
        could_be_done(&mut page, could);
    }
    if !step.ways.is_empty() {
        let chosen = step.way.as_deref().unwrap_or("as planned first");
        page.fact("way", &format!("{chosen}; there are also: {}", step.ways.join(", ")), Role::Text);
    }
    if step.irreversible {
        page.fact("no way back", "IRREVERSIBLE: the target's name is typed", Role::Bad);
    }
    // A start uses approvals up: who gave them stands in its history.
    if step.approvals_wanted > 0 && step.status.may_start() {
        let have = if step.approvals.is_empty() { "nobody yet".into() } else { step.approvals.join("; ") };
        let role = if step.approvals.len() as u32 >= step.approvals_wanted { Role::Good } else { Role::Warn };
        page.fact("approval", &format!("wants {}: {have}", step.approvals_wanted), role);
    }
    if let Some(asked) = &step.approval_asked {
        let at = time::clock(asked.at, picture.now);
        page.fact("asked", &format!("{} {UNVERIFIED} at {at}, for {}", asked.who, asked.preview.target), Role::Text);
    }
    page.all(
        "parts",
        step.parts.iter().map(|part| {
            let words = if part.words.is_empty() { String::new() } else { format!(", {}", part.words) };
            (format!("{}: {}{words}", part.name, part.status), role_of(part.verdict))
        }),
    );
    for gate in &step.gates {
        let (word, role) = match gate.state {
            GateState::Holds => ("holds", Role::Good),
            GateState::Fails => ("does not hold", Role::Warn),
            GateState::Unknown => ("unknown", Role::Unknown),
        };
        page.fact("proof", &gate.wanted, Role::Text);
        page.fact("", &format!("{word}: {}", gate.words), role);
    }
    let owner = step.owner.as_deref().unwrap_or("anybody");
    let takes = step.takes.map_or_else(String::new, |takes| format!(", takes {takes}"));
    let elapsed = step.elapsed.map_or_else(String::new, |elapsed| format!(", {elapsed} so far"));
    page.fact("who", &format!("{owner}{takes}{elapsed}"), Role::Text);
    if let Some(before) = &step.before {
        page.fact("before", before, Role::Text);
    }
    if let Some(drill) = &step.drill {
        page.fact("in a drill", drill, Role::Dim);
    }
    page.all("see", step.links.iter().map(|link| (link, Role::Dim)));
    let can = step.offers.iter().filter(|offer| offer.refusal.is_none()).map(|offer| act_words(&offer.act)).collect::<Vec<_>>();
    page.fact("can", &if can.is_empty() { "nothing now".to_owned() } else { can.join(", ") }, Role::Text);
    page.all(
        "cannot",
        step.offers.iter().filter_map(|offer| {
            let refusal = offer.refusal.as_ref()?;
            Some((format!("{}: {}", act_words(&offer.act), refusal.in_words()), Role::Dim))
        }),
    );
    page.all("history", step.history.iter().map(|line| (line, Role::Text)));
    if step.history.is_empty() {
        page.fact("history", words::ABSENT, Role::Dim);
    }
    page.lines
}

/// What was asked about the step before anybody needs it.
fn could_be_done(page: &mut Page, could: &StepReady) {
    let known = matches!(could.state, ReadyState::Answered | ReadyState::Stale);
    let counted = match (known, could.of) {
        (false, _) => could.words.clone(),
        (true, 0) => format!("nothing of it was asked, {}", could.words),
        (true, of) => format!("{} of {of} hold, {}", could.good, could.words),
    };
    let role = could.ready.filter(|_| known).map_or(Role::Unknown, ready::role);
    let mark = if could.state == ReadyState::Stale { "? " } else { "" };
    page.fact("able to act", &format!("{mark}{counted}"), role);
    for (spot, lack) in &could.lacks {
        page.fact("", &format!("{} {spot}: {}", lack.ready.mark(), lack.words), ready::role(lack.ready));
        page.all("", lack.mend.iter().map(|mend| (format!("mend: {mend}"), Role::Text)));
    }
}

fn act_words(act: &StepAct) -> String {
    match act {
        StepAct::Start => "start".into(),
        StepAct::Confirm => "confirm".into(),
        StepAct::Decide => "decide".into(),
        StepAct::AnswerCondition => "say whether it is needed".into(),
        StepAct::Retry => "retry".into(),
        StepAct::Undo => "undo".into(),
        StepAct::Skip => "skip".into(),
        StepAct::MarkFailed => "mark as failed".into(),
        StepAct::TakeOver => "take over".into(),
        StepAct::TalkThrough => "talk through".into(),
        StepAct::ReadBack => "read back".into(),
        StepAct::ResolveUnknown => "resolve".into(),
        StepAct::AskApproval => "ask for approval".into(),
        StepAct::Approve => "approve".into(),
        StepAct::Decline => "decline".into(),
        StepAct::BreakGlass => "break glass".into(),
        StepAct::Waive(need) => format!("waive {need}"),
        StepAct::OverrideGate => "override".into(),
        StepAct::WatchGateAgain => "watch again".into(),
        StepAct::SignOutsideFence => "sign an outside fence".into(),
        StepAct::AskStop => "stop".into(),
        StepAct::ChooseWay => "choose another way".into(),
    }
}
