//! What keys, paste, replies and new Pictures do to the view, and what is sent for them. No terminal, no clock.

use std::sync::Arc;

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{
    dialogs::{Answer, FormKey, YesNo, answers, declaring},
    effect::Effect,
    freezing,
    keymap::{Key, Keymap},
    perform,
    prompt::Entered,
    theme::Role,
    verbs::Verb,
    view::{Dialog, Screen, View},
};
use crate::{
    console::{Reply, Request},
    picture::Picture,
};

pub struct App {
    pub picture: Option<Arc<Picture>>,
    pub view: View,
    /// The console was asked to say where values come from.
    asks_why: bool,
    /// What was typed before the first Picture, in order.
    early: Vec<Event>,
}

impl App {
    /// More is no command.
    const MOST_EARLY: usize = 1_000;

    pub fn new(view: View) -> Self {
        Self { picture: None, view, asks_why: false, early: Vec::new() }
    }

    /// What was typed before there was a Picture to act on. Of what one types either all counts or nothing: the end of a
    /// command is another command.
    pub fn take_early(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.early)
    }

    fn too_early(&mut self, event: Event) {
        if self.early.len() < Self::MOST_EARLY {
            self.early.push(event);
        }
    }

    /// Whether `picture` calls a person for a reason that was not shown yet.
    pub fn is_called(&self, picture: &Picture) -> bool {
        picture.calls.is_some() && self.picture.as_ref().map(|shown| &shown.calls) != Some(&picture.calls)
    }

    /// Takes a new Picture and gives the old one back.
    pub fn see(&mut self, picture: Arc<Picture>) -> Option<Arc<Picture>> {
        freezing::see(&mut self.view, &picture);
        self.view.heat.see(&picture);
        self.view.lags.see(&picture.replication, picture.now);
        self.picture.replace(picture)
    }

    pub fn event(&mut self, event: &Event) -> Vec<Effect> {
        let mut effects = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(key),
            Event::Paste(_) if self.picture.is_none() => {
                self.too_early(event.clone());
                vec![]
            }
            Event::Paste(text) => {
                self.paste(text);
                vec![]
            }
            _ => vec![],
        };
        // It costs something with every Picture, so it is asked for only while it is looked at.
        let asks = self.view.screen == Screen::Why;
        if asks != self.asks_why {
            self.asks_why = asks;
            effects.push(Effect::Send(Box::new(Request::Explain(asks))));
        }
        effects
    }

    fn key(&mut self, key: &KeyEvent) -> Vec<Effect> {
        let pressed = Key::of(key);
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            match key.code {
                KeyCode::Char('c') => return self.interrupt(),
                KeyCode::Char('z') => {
                    return match self.picture.clone() {
                        Some(picture) => perform::suspend(&mut self.view, &picture),
                        None => vec![Effect::Suspend],
                    };
                }
                KeyCode::Char('l') => return vec![Effect::Repaint],
                _ => {}
            }
        }
        let Some(picture) = self.picture.clone() else {
            // Before the first Picture there is nothing to do but leave.
            return self.quitting_key(key).unwrap_or_else(|| {
                self.too_early(Event::Key(*key));
                vec![]
            });
        };
        if pressed == Keymap::HOLD {
            return self.perform(Verb::Hold, "", &picture);
        }
        if let Some(effects) = self.quitting_key(key) {
            return effects;
        }
        if self.view.dialog.is_some() {
            let letters_are_text = self.view.dialog.as_ref().is_some_and(Dialog::has_text_field);
            if !letters_are_text && self.view.keys.verb(pressed) == Some(Verb::Hold) {
                return self.perform(Verb::Hold, "", &picture);
            }
            return self.dialog_key(key, &picture);
        }
        if let Some(prompt) = &mut self.view.prompt {
            let entered = prompt.key(key, &self.view.typed);
            return self.entered(entered, &picture);
        }
        if self.view.find.is_some() {
            self.find_key(key);
            return vec![];
        }
        if key.code == KeyCode::Esc {
            return freezing::back(&mut self.view);
        }
        match self.view.keys.verb(pressed) {
            Some(verb) => self.perform(verb, "", &picture),
            None => vec![],
        }
    }

    /// Ctrl-C asks; a second one, while the question stands, leaves.
    pub fn interrupt(&mut self) -> Vec<Effect> {
        if self.view.quitting.is_some() {
            return vec![Effect::Quit];
        }
        self.view.quitting = Some(YesNo::default());
        vec![]
    }

    fn quitting_key(&mut self, key: &KeyEvent) -> Option<Vec<Effect>> {
        let choice = self.view.quitting.as_mut()?;
        if key.code == KeyCode::Esc {
            self.view.quitting = None;
            return Some(vec![]);
        }
        match choice.key(key) {
            Some(true) => Some(vec![Effect::Quit]),
            Some(false) => {
                self.view.quitting = None;
                Some(vec![])
            }
            None => Some(vec![]),
        }
    }

    fn dialog_key(&mut self, key: &KeyEvent, picture: &Picture) -> Vec<Effect> {
        if key.code == KeyCode::Esc {
            self.view.dialog = None;
            return vec![];
        }
        let (page, most) = (self.view.extent.page.max(1), self.view.extent.most);
        let legible = self.view.extent.legible;
        let answer = match &mut self.view.dialog {
            None => return vec![],
            Some(Dialog::Consent(consent)) => {
                match key.code {
                    KeyCode::PageDown => consent.from = (consent.from + page).min(most),
                    KeyCode::PageUp => consent.from = consent.from.min(most).saturating_sub(page),
                    KeyCode::Down => consent.from = (consent.from + 1).min(most),
                    KeyCode::Up => consent.from = consent.from.min(most).saturating_sub(1),
                    _ => {}
                }
                consent.key(key, picture, legible)
            }
            Some(Dialog::Ask(ask)) if legible => ask.key(key),
            Some(Dialog::Form(form)) if legible => match form.key(key) {
                FormKey::Stay => {
                    declaring::follow(form, picture);
                    Answer::Stay
                }
                FormKey::Done => match answers::request(form, picture) {
                    Ok(request) => Answer::Send(Box::new(request)),
                    Err((label, text)) => {
                        form.mistaken(label, text);
                        Answer::Stay
                    }
                },
            },
            Some(_) => Answer::Stay,
        };
        match answer {
            Answer::Stay => vec![],
            Answer::Leave => {
                self.view.dialog = None;
                vec![]
            }
            Answer::Send(request) => {
                self.view.dialog = None;
                if let Request::Suppose(loss) = &*request {
                    self.view.supposing = loss.clone();
                }
                vec![Effect::Send(request)]
            }
            Answer::SendAndWait(request) => vec![Effect::Send(request)],
        }
    }

    fn entered(&mut self, entered: Entered, picture: &Arc<Picture>) -> Vec<Effect> {
        if entered == Entered::Stay {
            return vec![];
        }
        let text = self.view.prompt.take().map(|prompt| prompt.field.value().trim().to_owned()).unwrap_or_default();
        if !text.is_empty() && entered != Entered::Leave && self.view.typed.last() != Some(&text) {
            self.view.typed.push(text);
        }
        match entered {
            Entered::Run(verb, rest) => self.perform(verb, &rest, picture),
            Entered::Unknown(why) => {
                self.view.say(Role::Warn, why);
                vec![]
            }
            Entered::Stay | Entered::Leave => vec![],
        }
    }

    fn find_key(&mut self, key: &KeyEvent) {
        let screen = self.view.screen;
        match key.code {
            KeyCode::Esc => {
                self.view.find = None;
                self.view.filters.remove(&screen);
            }
            KeyCode::Enter => {
                let words = self.view.find.take().map(|field| field.value().trim().to_owned()).unwrap_or_default();
                self.view.filters.insert(screen, words);
            }
            _ => {
                self.view.find.as_mut().map(|field| field.key(key));
                self.view.scroll.insert(screen, 0);
            }
        }
    }

    /// Text from the clipboard goes into a text field, as one line, and never anywhere else.
    fn paste(&mut self, text: &str) {
        if self.view.quitting.is_some() {
            return;
        }
        let taken = match (&mut self.view.dialog, &mut self.view.prompt, &mut self.view.find) {
            (Some(Dialog::Form(form)), ..) => form.paste(text),
            (Some(Dialog::Consent(consent)), ..) if consent.has_text_field() => {
                self.view.say(Role::Warn, "the target's name is typed by hand, so that it is read");
                return;
            }
            (Some(_), ..) => false,
            (None, Some(prompt), _) => {
                prompt.field.paste(text);
                true
            }
            (None, None, Some(field)) => {
                field.paste(text);
                true
            }
            (None, None, None) => false,
        };
        if !taken {
            self.view.say(Role::Warn, "what was pasted was not taken: there is no text field here");
        }
    }

    fn perform(&mut self, verb: Verb, rest: &str, picture: &Arc<Picture>) -> Vec<Effect> {
        freezing::perform(&mut self.view, verb, rest, picture)
    }

    pub fn reply(&mut self, reply: Reply) {
        match reply {
            Reply::Done { what } => {
                self.view.say(Role::Good, format!("✓ {what}"));
                self.settled(true);
            }
            Reply::Refused { what, refusal } => {
                let what = self.numbered(&what);
                self.view.say(Role::Warn, format!("refused: {what}: {}", refusal.in_words()));
                self.settled(false);
            }
            Reply::Fault { what, reason } => {
                let what = self.numbered(&what);
                self.view.say(Role::Bad, format!("{what}: {reason}"));
                self.settled(false);
            }
            Reply::Preview { step, kind, preview } => {
                let picture = self.picture.clone();
                let pictured = find_step(picture.as_deref(), &step);
                if let Some(Dialog::Consent(consent)) = &mut self.view.dialog
                    && consent.waits_for(&step, kind)
                {
                    consent.show(preview, vec![], pictured);
                }
            }
            Reply::AskAgain { step, kind, preview, why } => {
                let picture = self.picture.clone();
                let pictured = find_step(picture.as_deref(), &step);
                match &mut self.view.dialog {
                    Some(Dialog::Consent(consent)) if consent.is_for(&step, kind) => consent.show(preview, why, pictured),
                    _ => {
                        let number = pictured.map_or_else(|| step.to_string(), |step| step.number.to_string());
                        let text = format!("step {number} was not started: {}. Open it again to agree", why.join("; "));
                        self.view.say(Role::Bad, text);
                    }
                }
            }
            Reply::Ended => {}
        }
    }

    /// `look at step fence` as the screen calls it: `look at step 3`.
    fn numbered(&self, what: &str) -> String {
        let steps = self.picture.iter().flat_map(|picture| &picture.book).flat_map(|book| &book.steps);
        let named = steps.filter_map(|step| Some((step.number, what.strip_suffix(&format!("step {}", step.id))?)));
        named.map(|(number, before)| format!("{before}step {number}")).next().unwrap_or_else(|| what.to_owned())
    }

    /// A part of the console failed by itself.
    pub fn fault(&mut self, text: &str) {
        self.view.say(Role::Bad, text);
    }

    /// The console has answered: a dialog that waited for that is done. One that only looks is ended by bad news alone.
    fn settled(&mut self, good: bool) {
        let over = match &self.view.dialog {
            Some(Dialog::Consent(consent)) => consent.is_sent() || (consent.is_looking() && !good),
            _ => false,
        };
        if over {
            self.view.dialog = None;
        }
    }
}

fn find_step<'p>(picture: Option<&'p Picture>, step: &crate::model::StepId) -> Option<&'p crate::picture::StepPicture> {
    picture?.book.as_ref()?.steps.iter().find(|s| s.id == *step)
}
