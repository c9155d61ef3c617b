//! Everything about the screen that is not the Picture: where one looks, what is open, what was said.

use std::collections::BTreeMap;

use super::{
    alerting::Alerting,
    aside::Aside,
    dialogs::{Ask, Consent, Extent, Form, TextField, YesNo},
    filter::Filter,
    heat::Heat,
    keymap::Keymap,
    lags::Lags,
    prompt::Prompt,
    theme::Role,
    why::Why,
};
use crate::{
    model::{Duration, Loss, StepId, text::clean},
    picture::{Picture, StepPicture},
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Screen {
    #[default]
    Board,
    Runbook,
    Journal,
    Data,
    Systems,
    Gaudi,
    Alerts,
    Why,
    Help,
}

impl Screen {
    pub const ALL: [Screen; 9] = [
        Screen::Board,
        Screen::Runbook,
        Screen::Journal,
        Screen::Data,
        Screen::Systems,
        Screen::Gaudi,
        Screen::Alerts,
        Screen::Why,
        Screen::Help,
    ];
}

/// What stands before the screen.
#[derive(Clone, Debug)]
pub enum Dialog {
    Consent(Box<Consent>),
    Form(Box<Form>),
    Ask(Box<Ask>),
}

impl Dialog {
    /// Letters are text in it, and paste is taken.
    pub fn has_text_field(&self) -> bool {
        match self {
            Dialog::Consent(consent) => consent.has_text_field(),
            Dialog::Form(form) => form.has_text_field(),
            Dialog::Ask(_) => false,
        }
    }
}

/// A line about what was just done or refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub role: Role,
    pub text: String,
    /// When it goes by itself, on the screen's own clock.
    pub until: Duration,
}

#[derive(Clone, Debug)]
pub struct View {
    pub screen: Screen,
    /// The step under the cursor; `None` follows the step to do next.
    pub chosen: Option<StepId>,
    /// How far each screen is scrolled: from its end in the journal, else from its start.
    pub scroll: BTreeMap<Screen, usize>,
    /// Words that lines must contain, by screen.
    pub filters: BTreeMap<Screen, String>,
    /// The filter of this screen is being written.
    pub find: Option<TextField>,
    pub prompt: Option<Prompt>,
    /// What was typed after `:`, the newest last.
    pub typed: Vec<String>,
    pub dialog: Option<Dialog>,
    pub quitting: Option<YesNo>,
    /// What is shown instead of the newest Picture.
    pub aside: Option<Aside>,
    /// The screen of the cards.
    pub heat: Heat,
    /// How copies followed.
    pub lags: Lags,
    /// The list of alerts.
    pub alerts: Alerting,
    /// The value that one asks about.
    pub why: Why,
    /// A loss that a person asked to see the world without.
    pub supposing: Option<Loss>,
    pub messages: Vec<Message>,
    /// How long this screen has been running: messages are read in real time, whatever the time of what is shown.
    pub uptime: Duration,
    /// It was said that an action runs; asking again to suspend does it.
    pub warned_of_suspending: bool,
    pub keys: Keymap,
    /// What the last drawing learnt.
    pub extent: Extent,
}

impl View {
    /// How long a message about something done stays; a refusal is read twice, a fault stays until it is surely seen.
    const DONE: Duration = Duration::from_secs(6);
    const REFUSED: Duration = Duration::from_secs(15);
    const FAULT: Duration = Duration::from_secs(60);
    const MOST_MESSAGES: usize = 4;

    pub fn new(keys: Keymap) -> Self {
        Self {
            screen: Screen::Board,
            chosen: None,
            scroll: BTreeMap::new(),
            filters: BTreeMap::new(),
            find: None,
            prompt: None,
            typed: Vec::new(),
            dialog: None,
            quitting: None,
            aside: None,
            heat: Heat::default(),
            lags: Lags::default(),
            alerts: Alerting::default(),
            why: Why::default(),
            supposing: None,
            messages: Vec::new(),
            uptime: Duration::ZERO,
            warned_of_suspending: false,
            keys,
            extent: Extent::default(),
        }
    }

    pub fn say(&mut self, role: Role, text: impl AsRef<str>) {
        let stays = match role {
            Role::Good => Self::DONE,
            Role::Bad => Self::FAULT,
            _ => Self::REFUSED,
        };
        let text = clean(text.as_ref());
        self.messages.retain(|message| message.text != text);
        self.messages.push(Message { role, text, until: self.uptime + stays });
        let over = self.messages.len().saturating_sub(Self::MOST_MESSAGES);
        self.messages.drain(..over);
    }

    /// The screen has been running for `uptime`: what was said long enough goes.
    pub fn pass(&mut self, uptime: Duration) {
        self.uptime = uptime;
        self.messages.retain(|message| message.until > uptime);
    }

    /// Somebody goes on: what was refused before has been read.
    pub fn forget_refusals(&mut self) {
        self.messages.retain(|message| message.role != Role::Warn && message.role != Role::Accent);
    }

    pub fn filter(&self) -> &str {
        match &self.find {
            Some(field) => field.value(),
            None => self.filters.get(&self.screen).map_or("", String::as_str),
        }
    }

    pub fn scrolled(&self) -> usize {
        self.scroll.get(&self.screen).copied().unwrap_or(0)
    }

    /// The place of the chosen step in the book: what the cursor is on, else what is next, else the last.
    pub fn chosen_index(&self, picture: &Picture) -> Option<usize> {
        let book = picture.book.as_ref()?;
        let held = self.chosen.as_ref().and_then(|id| book.steps.iter().position(|step| step.id == *id));
        held.or(book.next).or(book.steps.len().checked_sub(1)).filter(|&at| at < book.steps.len())
    }

    pub fn chosen_step<'p>(&self, picture: &'p Picture) -> Option<&'p StepPicture> {
        picture.book.as_ref()?.steps.get(self.chosen_index(picture)?)
    }

    /// Whether every word of the filter is in `text`, whatever their case.
    pub fn passes(&self, text: &str) -> bool {
        Filter::of(self.filter()).passes(text)
    }
}
