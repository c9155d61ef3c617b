//! Agreeing to what a step would do, or approving it: everything that matters in full, then a typed name or a yes.

use ratatui::{
    crossterm::event::{KeyCode, KeyEvent},
    text::{Line, Span},
};

use super::{answer::Answer, ask::YesNo, frame::Content, text_field::TextField};
use crate::{
    console::Request,
    incident::{Command, RunKind, UNVERIFIED, step_state::ApprovalRequest},
    model::{Duration, Preview, StepId},
    picture::{Picture, StepPicture},
    tui::{
        fit,
        theme::{Role, Theme},
    },
};

/// What agreeing leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    Run(RunKind),
    /// By another person than the one who asked.
    Approve(Box<ApprovalRequest>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    /// The console was asked what it would do.
    Looking,
    Reading,
    /// Agreed; the console reads everything again.
    Sent,
}

#[derive(Clone, Debug)]
pub struct Consent {
    pub step: StepId,
    pub purpose: Purpose,
    phase: Phase,
    preview: Option<Box<Preview>>,
    /// What changed since it was agreed to the last time.
    changed: Vec<String>,
    /// Lines of the step's history when the preview came.
    history: usize,
    /// The target is typed by hand.
    typed: Option<TextField>,
    choice: YesNo,
    mistake: Option<String>,
    pub from: usize,
}

impl Consent {
    /// Waits for the preview of a run.
    pub fn looking(step: &StepPicture, kind: RunKind) -> Self {
        let typed = (step.irreversible && kind != RunKind::Undo).then(TextField::default);
        Self::new(step, Purpose::Run(kind), Phase::Looking, typed)
    }

    /// Approving what was asked for.
    pub fn approving(step: &StepPicture, asked: &ApprovalRequest) -> Self {
        let mut consent = Self::new(step, Purpose::Approve(Box::new(asked.clone())), Phase::Reading, None);
        consent.preview = Some(Box::new(asked.preview.clone()));
        consent
    }

    fn new(step: &StepPicture, purpose: Purpose, phase: Phase, typed: Option<TextField>) -> Self {
        Self {
            step: step.id.clone(),
            purpose,
            phase,
            preview: None,
            changed: Vec::new(),
            history: step.history.len(),
            typed,
            choice: YesNo::default(),
            mistake: None,
            from: 0,
        }
    }

    pub fn waits_for(&self, step: &StepId, kind: RunKind) -> bool {
        self.is_for(step, kind) && self.phase == Phase::Looking
    }

    /// It asks about that run, whatever stage it is at.
    pub fn is_for(&self, step: &StepId, kind: RunKind) -> bool {
        self.step == *step && self.purpose == Purpose::Run(kind)
    }

    pub fn is_looking(&self) -> bool {
        self.phase == Phase::Looking
    }

    pub fn is_sent(&self) -> bool {
        self.phase == Phase::Sent
    }

    pub fn has_text_field(&self) -> bool {
        self.phase == Phase::Reading && self.typed.is_some()
    }

    /// Shows a preview, with what is different from the one that was agreed to. Nothing typed so far counts for it.
    pub fn show(&mut self, preview: Box<Preview>, changed: Vec<String>, step: Option<&StepPicture>) {
        self.preview = Some(preview);
        self.changed = changed;
        self.history = step.map_or(0, |step| step.history.len());
        self.typed = self.typed.take().map(|_| TextField::default());
        self.choice = YesNo::default();
        self.mistake = None;
        self.phase = Phase::Reading;
        self.from = 0;
    }

    /// How old the look is, when it is too old to agree to.
    fn expired(&self, picture: &Picture) -> Option<Duration> {
        let age = Duration::between(self.preview.as_ref()?.made, picture.now);
        (self.asked().is_none() && age > Preview::VALID).then_some(age)
    }

    fn asked(&self) -> Option<&ApprovalRequest> {
        match &self.purpose {
            Purpose::Approve(asked) => Some(asked),
            Purpose::Run(_) => None,
        }
    }

    /// `legible` is false when the last drawing had no room to show it: nothing is agreed to then.
    pub fn key(&mut self, key: &KeyEvent, picture: &Picture, legible: bool) -> Answer {
        if self.phase != Phase::Reading || !legible {
            return Answer::Stay;
        }
        let agreed = match &mut self.typed {
            Some(field) => {
                if key.code == KeyCode::Enter {
                    Some(true)
                } else {
                    if field.key(key) {
                        self.mistake = None;
                    }
                    None
                }
            }
            None => self.choice.key(key),
        };
        match agreed {
            None => Answer::Stay,
            Some(false) => Answer::Leave,
            Some(true) => self.agree(picture),
        }
    }

    fn agree(&mut self, picture: &Picture) -> Answer {
        let Some(preview) = &self.preview else { return Answer::Stay };
        let kind = match &self.purpose {
            Purpose::Approve(asked) => {
                let command = Command::Approve { step: self.step.clone(), binding: asked.binding.clone() };
                return Answer::Send(Box::new(Request::Do(command)));
            }
            Purpose::Run(kind) => *kind,
        };
        let typed = match &self.typed {
            None => None,
            Some(field) if !preview.target.is_empty() && field.value() == preview.target => Some(field.value().to_owned()),
            Some(_) => {
                self.mistake = Some(format!("type {} exactly, or leave with Esc", preview.target));
                return Answer::Stay;
            }
        };
        if Duration::between(preview.made, picture.now) > Preview::VALID {
            self.phase = Phase::Looking;
            return Answer::SendAndWait(Box::new(Request::Preview { step: self.step.clone(), kind }));
        }
        self.phase = Phase::Sent;
        Answer::SendAndWait(Box::new(Request::Agree { step: self.step.clone(), kind, seen: preview.clone(), typed }))
    }

    pub fn content(&self, picture: &Picture, width: usize, theme: &Theme) -> Content {
        let step = picture.book.as_ref().and_then(|book| book.steps.iter().find(|step| step.id == self.step));
        let name = step.map_or_else(|| self.step.to_string(), |step| format!("{}. {}", step.number, step.title));
        let title = match &self.purpose {
            Purpose::Run(RunKind::First) => name,
            Purpose::Run(RunKind::Retry) => format!("Retry what failed of {name}"),
            Purpose::Run(RunKind::Undo) => format!("Undo {name}"),
            Purpose::Approve(asked) => format!("Approve for {} {UNVERIFIED}: {name}", asked.who),
        };
        let mut page = Page { lines: Vec::new(), width, theme };
        if let Some(preview) = &self.preview {
            self.body(preview, step, picture, &mut page);
        }
        let foot = self.foot(picture, width, theme);
        let loud = self.typed.is_some() || !self.changed.is_empty();
        Content { title, loud, body: page.lines, foot, from: self.from, keep: None }
    }

    fn body(&self, preview: &Preview, step: Option<&StepPicture>, picture: &Picture, page: &mut Page<'_>) {
        for (nth, why) in self.changed.iter().enumerate() {
            page.fact(if nth == 0 { "CHANGED" } else { "" }, why, Role::Bad);
        }
        if let Some(step) = step {
            for line in step.history.iter().skip(self.history) {
                page.fact("since then", line, Role::Warn);
            }
        }
        if let Some(age) = self.expired(picture) {
            page.fact("old", &format!("looked at {age} ago: agreeing looks again first"), Role::Warn);
        }
        let parts = preview.parts.len();
        page.fact("target", &preview.target, Role::Strong);
        if !preview.identity.0.is_empty() {
            page.fact("it says it is", &preview.identity.to_string(), Role::Text);
        }
        for (nth, part) in preview.parts.iter().enumerate() {
            let label = if nth > 0 {
                ""
            } else if parts > 1 {
                "changes, each"
            } else {
                "changes"
            };
            page.fact(label, &format!("{}: {}", part.name, part.change), Role::Text);
        }
        for (nth, effect) in preview.effects.iter().enumerate() {
            let bad = effect.measure.as_ref().is_some_and(|m| !m.acceptable);
            let text = if bad { format!("! {effect}") } else { effect.to_string() };
            page.fact(if nth == 0 { "so that" } else { "" }, &text, if bad { Role::Bad } else { Role::Text });
        }
        for (nth, warning) in preview.warnings.iter().enumerate() {
            page.fact(if nth == 0 { "warning" } else { "" }, &format!("! {warning}"), Role::Warn);
        }
        if let Some(step) = step.filter(|_| self.purpose != Purpose::Run(RunKind::Undo)) {
            for (nth, loss) in step.loses.iter().enumerate() {
                page.fact(if nth == 0 { "at stake" } else { "" }, loss, Role::Warn);
            }
            for (nth, word) in step.rests_on.iter().enumerate() {
                page.fact(if nth == 0 { "rests on" } else { "" }, word, Role::Warn);
            }
        }
        if let Some(step) = step {
            if step.irreversible {
                page.fact("no way back", "this step cannot be undone", Role::Bad);
            }
            if step.approvals_wanted > 0 {
                let have = match (step.approvals.is_empty(), step.glass_open) {
                    (true, true) => "nobody: the glass is broken".to_owned(),
                    (true, false) => "nobody yet".to_owned(),
                    (false, _) => step.approvals.join("; "),
                };
                let enough = step.approvals.len() as u32 >= step.approvals_wanted;
                let role = if enough { Role::Good } else { Role::Warn };
                page.fact("approved by", &format!("{have} (wants {})", step.approvals_wanted), role);
            }
            for (nth, exception) in step.exceptions.iter().enumerate() {
                page.fact(if nth == 0 { "exceptions" } else { "" }, exception, Role::Warn);
            }
        }
        if let Some(asked) = self.asked() {
            let at = crate::model::time::clock(asked.at, picture.now);
            page.fact("asked by", &format!("{} {UNVERIFIED} at {at}, binding {}", asked.who, asked.binding.short()), Role::Text);
        }
        for (nth, request) in preview.requests.iter().enumerate() {
            page.fact(if nth == 0 { "would send" } else { "" }, &format!("to {}", request.to), Role::Dim);
            page.fact("", &request.text, Role::Accent);
        }
        if preview.requests.is_empty() {
            page.fact("would send", "nothing", Role::Text);
        }
    }

    fn foot(&self, picture: &Picture, width: usize, theme: &Theme) -> Vec<Line<'static>> {
        let dim = theme.style(Role::Dim);
        match self.phase {
            Phase::Looking => return vec![Line::styled("Looking at what it would do …   Esc leaves it", dim)],
            Phase::Sent => return vec![Line::styled("Agreed. Everything is read once more before it starts …", dim)],
            Phase::Reading => {}
        }
        let mut lines = vec![Line::default()];
        if let Some(mistake) = &self.mistake {
            lines.push(Line::styled(fit::cut_end(mistake, width), theme.style(Role::Bad)));
        }
        let target = self.preview.as_ref().map(|p| p.target.as_str()).unwrap_or_default();
        match &self.typed {
            Some(field) => {
                let words = format!("Type {target} to go on: ");
                // A long name gets its field on a line of its own.
                if fit::width(&words) + fit::width(target) + 2 <= width {
                    let mut line = Line::styled(words.clone(), theme.style(Role::Strong));
                    line.extend(field.line(width - fit::width(&words), true, theme));
                    lines.push(line);
                } else {
                    lines.extend(fit::wrap(&words, width).into_iter().map(|l| Line::styled(l, theme.style(Role::Strong))));
                    lines.push(field.line(width, true, theme));
                }
                lines.push(Line::styled("⏎ agrees when the name is right   Esc leaves it", dim));
            }
            None => {
                let yes = match (&self.purpose, picture.incident.as_ref().is_some_and(|i| i.drill)) {
                    (Purpose::Approve(_), _) => "yes, approve",
                    (Purpose::Run(RunKind::Undo), _) => "yes, undo it",
                    (_, true) => "yes, do it in the drill",
                    (_, false) => "yes, do it",
                };
                lines.push(self.choice.line("no", yes, theme));
            }
        }
        lines
    }
}

/// Facts with a label before them.
struct Page<'t> {
    lines: Vec<Line<'static>>,
    width: usize,
    theme: &'t Theme,
}

impl Page<'_> {
    const LABEL: usize = 14;

    fn fact(&mut self, label: &str, text: &str, role: Role) {
        let room = self.width.saturating_sub(Self::LABEL + 1).max(10);
        for (nth, line) in fit::wrap(text, room).into_iter().enumerate() {
            let label = fit::pad(if nth == 0 { label } else { "" }, Self::LABEL + 1);
            self.lines.push(Line::from(vec![
                Span::styled(label, self.theme.style(Role::Dim)),
                Span::styled(line, self.theme.style(role)),
            ]));
        }
    }
}
