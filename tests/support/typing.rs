//! A person's keys at a screen without a terminal: what they send, and what stands there then.

use std::sync::Arc;

use lifeboat::{
    console::{Reply, Request},
    incident::RunKind,
    picture::Picture,
    tui::{
        app::App,
        draw::draw,
        effect::Effect,
        keymap::Keymap,
        theme::{Depth, Theme},
        view::View,
    },
};
use ratatui::{
    Terminal,
    backend::TestBackend,
    crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers},
};

use super::pictures;

pub struct Console {
    pub app: App,
    pub terminal: Terminal<TestBackend>,
}

impl Console {
    pub fn new(picture: Picture) -> Self {
        Self::sized(picture, 100, 30)
    }

    pub fn sized(picture: Picture, width: u16, height: u16) -> Self {
        let mut app = App::new(View::new(Keymap::shipped()));
        app.see(Arc::new(picture));
        let mut console = Self { app, terminal: Terminal::new(TestBackend::new(width, height)).unwrap() };
        console.paint();
        console
    }

    pub fn paint(&mut self) {
        let (picture, theme) = (self.app.picture.clone().unwrap(), Theme::dark(Depth::Full));
        let view = &self.app.view;
        let mut extent = view.extent;
        self.terminal.draw(|frame| extent = draw(frame, &picture, view, &theme)).unwrap();
        self.app.view.extent = extent;
    }

    pub fn event(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.app.event(&event);
        self.paint();
        effects
    }

    pub fn press(&mut self, code: KeyCode) -> Vec<Effect> {
        self.event(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    pub fn control(&mut self, c: char) -> Vec<Effect> {
        self.event(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)))
    }

    /// Types, `\n` being Enter and `\t` Tab; what was sent.
    pub fn keys(&mut self, text: &str) -> Vec<Request> {
        let code = |c| match c {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            '↓' => KeyCode::Down,
            c => KeyCode::Char(c),
        };
        let effects: Vec<_> = text.chars().flat_map(|c| self.press(code(c))).collect();
        sent(effects)
    }

    pub fn text(&self) -> String {
        let buffer = self.terminal.backend().buffer();
        let rows = (0..buffer.area.height).map(|y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>());
        rows.collect::<Vec<_>>().join("\n")
    }
}

pub fn sent(effects: Vec<Effect>) -> Vec<Request> {
    effects.into_iter().filter_map(|effect| if let Effect::Send(request) = effect { Some(*request) } else { None }).collect()
}

pub fn preview_of(step: &str) -> Reply {
    Reply::Preview { step: step.into(), kind: RunKind::First, preview: Box::new(pictures::promote_preview()) }
}
