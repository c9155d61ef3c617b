//! A few questions in a box: texts and choices.

use ratatui::{
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
    text::{Line, Span},
};

use super::{frame::Content, text_field::TextField};
use crate::{
    model::{StepId, text::clean},
    picture::FromAlert,
    tui::{
        fit,
        theme::{Role, Theme},
        verbs::Verb,
    },
};

/// One thing to choose.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub name: String,
    /// Said behind it.
    pub note: String,
}

#[derive(Clone, Debug)]
pub enum FieldKind {
    /// `offered`: what stands in it is only proposed, and the first letter typed takes its place.
    Text { field: TextField, wanted: bool, offered: bool },
    /// `offered`: what is chosen was not chosen by hand.
    Choice { choices: Vec<Choice>, chosen: Option<usize>, offered: bool },
}

#[derive(Clone, Debug)]
pub struct Field {
    pub label: &'static str,
    /// What may be written, or what it is for.
    pub hint: String,
    pub kind: FieldKind,
    /// By what it is filled in: said as long as nobody wrote or chose otherwise.
    pub from: Option<String>,
}

/// What a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormKey {
    Stay,
    /// Enter on the last field.
    Done,
}

#[derive(Clone, Debug)]
pub struct Form {
    pub verb: Verb,
    pub step: Option<StepId>,
    pub title: String,
    pub loud: bool,
    pub intro: Vec<(Role, String)>,
    pub fields: Vec<Field>,
    /// What fills it in to declare from.
    pub alert: Option<Box<FromAlert>>,
    focus: usize,
    mistake: Option<(usize, String)>,
}

const ROWS_OF_CHOICES: usize = 6;

impl Form {
    pub fn new(verb: Verb, title: impl Into<String>) -> Self {
        let title = title.into();
        Self { verb, step: None, title, loud: false, intro: vec![], fields: vec![], alert: None, focus: 0, mistake: None }
    }

    pub fn about(mut self, step: &StepId) -> Self {
        self.step = Some(step.clone());
        self
    }

    pub fn loud(mut self) -> Self {
        self.loud = true;
        self
    }

    pub fn say(mut self, role: Role, text: impl Into<String>) -> Self {
        self.intro.push((role, text.into()));
        self
    }

    /// A text that must not be empty.
    pub fn text(self, label: &'static str, hint: &str) -> Self {
        self.field(label, hint, true)
    }

    /// A text that may be left empty.
    pub fn optional(self, label: &'static str, hint: &str) -> Self {
        self.field(label, hint, false)
    }

    fn field(mut self, label: &'static str, hint: &str, wanted: bool) -> Self {
        let kind = FieldKind::Text { field: TextField::default(), wanted, offered: false };
        self.fields.push(Field { label, hint: hint.to_owned(), kind, from: None });
        self
    }

    pub fn choice(mut self, label: &'static str, choices: Vec<Choice>, chosen: Option<usize>) -> Self {
        let kind = FieldKind::Choice { choices, chosen, offered: true };
        self.fields.push(Field { label, hint: String::new(), kind, from: None });
        self
    }

    /// Proposes a text for a field in which nobody has written yet.
    pub fn offer_text(&mut self, label: &str, text: &str) {
        let field = self.fields.iter_mut().find(|field| field.label == label).map(|field| &mut field.kind);
        if let Some(FieldKind::Text { field, offered, .. }) = field
            && (*offered || field.value().is_empty())
        {
            field.set(text);
            *offered = !field.is_empty();
        }
    }

    /// Proposes a choice where nobody has chosen by hand.
    pub fn offer_choice(&mut self, label: &str, at: Option<usize>) {
        let field = self.fields.iter_mut().find(|field| field.label == label).map(|field| &mut field.kind);
        if let Some(FieldKind::Choice { chosen, offered: true, .. }) = field {
            *chosen = at;
        }
    }

    /// Says by what the field is filled in.
    pub fn filled(&mut self, label: &str, from: impl Into<String>) {
        if let Some(field) = self.fields.iter_mut().find(|field| field.label == label) {
            field.from = Some(from.into());
        }
    }

    pub fn hint(&mut self, label: &str, hint: impl Into<String>) {
        if let Some(field) = self.fields.iter_mut().find(|field| field.label == label) {
            field.hint = hint.into();
        }
    }

    /// Fills what was typed behind the verb's name: into the choice that has that name, else into the first text.
    pub fn prefill(&mut self, typed: &str) {
        let typed = typed.trim();
        if typed.is_empty() {
            return;
        }
        for (place, field) in self.fields.iter_mut().enumerate() {
            match &mut field.kind {
                FieldKind::Choice { choices, chosen, offered } => {
                    if let Some(found) = choices.iter().position(|c| c.name.eq_ignore_ascii_case(typed)) {
                        (*chosen, *offered) = (Some(found), false);
                        self.focus = (place + 1).min(self.fields.len() - 1);
                        return;
                    }
                }
                FieldKind::Text { field, offered, .. } => {
                    field.set(typed);
                    *offered = false;
                    self.focus = place;
                    return;
                }
            }
        }
    }

    pub fn has_text_field(&self) -> bool {
        self.fields.iter().any(|field| matches!(field.kind, FieldKind::Text { .. }))
    }

    /// A text as written, without blanks around; empty when it was left so.
    pub fn written(&self, label: &str) -> String {
        self.fields
            .iter()
            .find(|field| field.label == label)
            .and_then(|field| match &field.kind {
                FieldKind::Text { field, .. } => Some(field.value().trim().to_owned()),
                FieldKind::Choice { .. } => None,
            })
            .unwrap_or_default()
    }

    /// The place of what was chosen.
    pub fn chosen(&self, label: &str) -> Option<usize> {
        self.fields.iter().find(|field| field.label == label).and_then(|field| match &field.kind {
            FieldKind::Choice { chosen, .. } => *chosen,
            FieldKind::Text { .. } => None,
        })
    }

    pub fn chosen_name(&self, label: &str) -> Option<String> {
        let at = self.chosen(label)?;
        self.fields.iter().find(|field| field.label == label).and_then(|field| match &field.kind {
            FieldKind::Choice { choices, .. } => choices.get(at).map(|c| c.name.clone()),
            FieldKind::Text { .. } => None,
        })
    }

    pub fn paste(&mut self, text: &str) -> bool {
        match self.fields.get_mut(self.focus).map(|field| &mut field.kind) {
            Some(FieldKind::Text { field, offered, .. }) => {
                if std::mem::take(offered) {
                    field.set("");
                }
                field.paste(text);
                true
            }
            _ => false,
        }
    }

    /// Puts the cursor where the mistake is.
    pub fn mistaken(&mut self, label: &str, text: impl Into<String>) {
        let place = self.fields.iter().position(|field| field.label == label).unwrap_or(self.focus);
        self.focus = place;
        self.mistake = Some((place, text.into()));
    }

    pub fn key(&mut self, key: &KeyEvent) -> FormKey {
        let last = self.fields.len().saturating_sub(1);
        match key.code {
            // Takes everything as it stands, from wherever one is.
            KeyCode::Char('s') if key.modifiers == KeyModifiers::CONTROL => return self.done(),
            KeyCode::Tab => self.focus = if self.focus == last { 0 } else { self.focus + 1 },
            KeyCode::BackTab => self.focus = if self.focus == 0 { last } else { self.focus - 1 },
            KeyCode::Enter => {
                if let Some(text) = self.missing(self.focus) {
                    self.mistake = Some((self.focus, text));
                } else if self.focus < last {
                    self.focus += 1;
                    self.mistake = None;
                } else {
                    return self.done();
                }
                return FormKey::Stay;
            }
            _ => {
                let Some(field) = self.fields.get_mut(self.focus) else { return FormKey::Stay };
                match &mut field.kind {
                    FieldKind::Text { field, offered, .. } => {
                        let proposed = *offered;
                        if proposed && types(key) {
                            field.set("");
                        }
                        if field.key(key) {
                            *offered = false;
                            self.mistake = None;
                        } else if key.code == KeyCode::Up {
                            self.focus = self.focus.saturating_sub(1);
                        } else if key.code == KeyCode::Down {
                            self.focus = (self.focus + 1).min(last);
                        }
                    }
                    FieldKind::Choice { choices, chosen, offered } => {
                        let before = *chosen;
                        choose(key.code, choices, chosen);
                        *offered &= before == *chosen;
                        self.mistake = None;
                    }
                }
            }
        }
        FormKey::Stay
    }

    /// Done, if nothing is missing; else the cursor goes to the first that is.
    fn done(&mut self) -> FormKey {
        match (0..self.fields.len()).find_map(|place| Some((place, self.missing(place)?))) {
            Some((place, text)) => {
                self.mistake = Some((place, text));
                self.focus = place;
                FormKey::Stay
            }
            None => FormKey::Done,
        }
    }

    fn missing(&self, place: usize) -> Option<String> {
        match &self.fields.get(place)?.kind {
            FieldKind::Text { field, wanted: true, .. } if field.is_empty() => {
                Some("write something here, or leave with Esc".into())
            }
            FieldKind::Choice { chosen: None, .. } => Some("choose one with ↑ ↓".into()),
            _ => None,
        }
    }

    pub fn content(&self, width: usize, theme: &Theme) -> Content {
        let mut body = Vec::new();
        let dim = theme.style(Role::Dim);
        for (role, text) in &self.intro {
            body.extend(fit::wrap(text, width).into_iter().map(|line| Line::styled(line, theme.style(*role))));
        }
        if !self.intro.is_empty() {
            body.push(Line::default());
        }
        let label = self.fields.iter().map(|field| fit::width(field.label)).max().unwrap_or(0) + 2;
        let mut keep = 0;
        let mut hint = self.fields.get(self.focus).map(|field| field.hint.clone()).unwrap_or_default();
        for (place, field) in self.fields.iter().enumerate() {
            let focused = place == self.focus;
            let style = if focused { theme.style(Role::Key) } else { dim };
            let name = Span::styled(fit::pad(field.label, label), style);
            let room = width.saturating_sub(label);
            match &field.kind {
                FieldKind::Text { field: text, offered, .. } => {
                    let mut line = Line::from(name);
                    if !focused && text.value().is_empty() {
                        line.push_span(Span::styled(fit::cut_end(&field.hint, room), dim));
                    } else if let Some(from) = field.source().filter(|_| !focused) {
                        line.extend(with_source(text.value(), from, room, theme));
                    } else {
                        line.extend(text.line(room, focused, theme));
                        if focused && *offered {
                            hint = "⏎ takes it as it is; typing writes another, ← → edit it.".to_owned();
                        }
                    }
                    body.push(line);
                }
                FieldKind::Choice { choices, chosen, .. } => {
                    let named = chosen.and_then(|at| choices.get(at)).filter(|_| !focused);
                    if let Some((named, from)) = named.zip(field.source()) {
                        let mut line = Line::from(name);
                        line.extend(with_source(&named.name, from, room, theme));
                        body.push(line);
                        continue;
                    }
                    self.choices(&mut body, name, choices, *chosen, (focused, label, room), theme)
                }
            }
            if focused {
                if let Some(from) = field.source() {
                    hint = format!("{from}. {hint}");
                }
                keep = body.len().saturating_sub(1);
            }
            if let Some((at, text)) = &self.mistake
                && *at == place
            {
                let indent = " ".repeat(label);
                body.extend(
                    fit::wrap(text, room).into_iter().map(|l| Line::styled(format!("{indent}{l}"), theme.style(Role::Bad))),
                );
                keep = body.len() - 1;
            }
        }
        let keys = match (self.fields.len(), self.focus + 1 == self.fields.len()) {
            (1, _) => "⏎ does it   Esc leaves it",
            (_, true) => "⏎ does it   ⇥ next field   Esc leaves it",
            _ => "⏎ ⇥ next field   ^S takes all as it stands   Esc leaves it",
        };
        let mut foot = vec![Line::default()];
        foot.extend(fit::wrap(&hint, width).into_iter().take(2).map(|line| Line::styled(line, dim)));
        foot.push(Line::styled(fit::cut_end(keys, width), dim));
        Content { title: self.title.clone(), loud: self.loud, body, foot, from: 0, keep: Some(keep) }
    }

    fn choices(
        &self,
        body: &mut Vec<Line<'static>>,
        name: Span<'static>,
        choices: &[Choice],
        chosen: Option<usize>,
        (focused, label, room): (bool, usize, usize),
        theme: &Theme,
    ) {
        if !focused {
            let text = chosen.and_then(|at| choices.get(at)).map_or("— not chosen", |c| c.name.as_str());
            let role = if chosen.is_some() { Role::Text } else { Role::Dim };
            body.push(Line::from(vec![name, Span::styled(fit::cut_middle(text, room), theme.style(role))]));
            return;
        }
        let from = chosen.map_or(0, |at| (at + 1).saturating_sub(ROWS_OF_CHOICES));
        let names = choices.iter().map(|c| fit::width(&c.name)).max().unwrap_or(0).min(room.saturating_sub(4));
        for (row, (at, choice)) in choices.iter().enumerate().skip(from).take(ROWS_OF_CHOICES).enumerate() {
            let first = if row == 0 { name.clone() } else { Span::raw(" ".repeat(label)) };
            let (mark, style) =
                if chosen == Some(at) { ("› ", theme.style(Role::Selection)) } else { ("  ", theme.style(Role::Text)) };
            let text = fit::pad(&fit::cut_middle(&choice.name, names), names);
            let note = fit::cut_end(&choice.note, room.saturating_sub(names + 4));
            body.push(Line::from(vec![
                first,
                Span::styled(format!("{mark}{text}"), style),
                Span::styled(format!("  {note}"), theme.style(Role::Dim)),
            ]));
        }
        if choices.len() > ROWS_OF_CHOICES {
            let text = format!("{}  {} in all", " ".repeat(label), choices.len());
            body.push(Line::styled(text, theme.style(Role::Dim)));
        }
    }
}

impl Field {
    /// By what it is filled in, while it stands as it was filled.
    fn source(&self) -> Option<&str> {
        let stands = match &self.kind {
            FieldKind::Text { field, offered, .. } => *offered && !field.is_empty(),
            FieldKind::Choice { chosen, offered, .. } => *offered && chosen.is_some(),
        };
        self.from.as_deref().filter(|_| stands)
    }
}

/// `SEV 1  from RegionLost: label severity`: of the two the value is cut last.
fn with_source(value: &str, from: &str, room: usize, theme: &Theme) -> Vec<Span<'static>> {
    let value = fit::cut_middle(&clean(value), room);
    let left = room.saturating_sub(fit::width(&value) + 2);
    let from = if left < 8 { String::new() } else { format!("  {}", fit::cut_end(&clean(from), left)) };
    vec![Span::styled(value, theme.style(Role::Text)), Span::styled(from, theme.style(Role::Dim))]
}

/// A letter, not a key that moves or edits.
fn types(key: &KeyEvent) -> bool {
    let with = KeyModifiers::CONTROL | KeyModifiers::ALT;
    matches!(key.code, KeyCode::Char(_)) && !key.modifiers.intersects(with)
}

/// Arrows move; a letter goes to the next choice that begins with it.
fn choose(code: KeyCode, choices: &[Choice], chosen: &mut Option<usize>) {
    let count = choices.len();
    if count == 0 {
        return;
    }
    *chosen = match code {
        KeyCode::Down | KeyCode::Right => Some(chosen.map_or(0, |at| (at + 1) % count)),
        KeyCode::Up | KeyCode::Left => Some(chosen.map_or(count - 1, |at| (at + count - 1) % count)),
        KeyCode::Home => Some(0),
        KeyCode::End => Some(count - 1),
        KeyCode::Char(c) => {
            let begins = |at: &usize| choices[*at].name.chars().next().is_some_and(|f| f.eq_ignore_ascii_case(&c));
            let after = chosen.map_or(0, |at| at + 1);
            (after..count).chain(0..after.min(count)).find(begins).or(*chosen)
        }
        _ => *chosen,
    };
}
