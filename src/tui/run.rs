//! The loop: waits for the first of a key, a Picture, a reply or a signal, and paints.

use std::{collections::VecDeque, io, sync::mpsc, thread, time::Duration};

use ratatui::crossterm::event::Event;

use super::{
    app::App,
    cadence::Cadence,
    draw,
    effect::Effect,
    keymap::Keymap,
    ports::Ports,
    terminal::Screen,
    theme::{Role, Theme},
    view::View,
    wake::{self, Caught, Wake, Wakes},
};
use crate::console::{Reply, Request};

/// What a user may have set.
#[derive(Clone, Debug)]
pub struct Settings {
    pub theme: Theme,
    pub keys: Keymap,
    /// To be said on the first screen: mistakes in settings files, and where the journal lies badly.
    pub mistakes: Vec<String>,
}

/// Why the screen ended. The console was asked to quit in each case but the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    Quit,
    /// SIGTERM or SIGHUP.
    Told,
    /// The terminal is gone: the SSH link dropped, the window was closed.
    TerminalLost(String),
    ConsoleEnded,
}

/// Shows Pictures and sends requests until somebody leaves. The caller's thread is the screen's own; it needs no
/// runtime. The terminal is given back when `screen` is dropped.
///
/// # Errors
/// When the threads that wait for keys and signals cannot be started.
pub fn run(mut screen: Screen, ports: Ports, settings: Settings, wakes: Wakes) -> io::Result<Ending> {
    let Wakes { to, from: wakes } = wakes;
    let (panics, from_panics) = mpsc::channel();
    Screen::on_panics(panics);
    let Ports { pictures, requests, replies } = ports;
    let wake_for_picture = to.clone();
    pictures.on_put(move || {
        // When the screen has ended nobody looks any more.
        let _ = wake_for_picture.send(Wake::Picture);
    });
    let mut app = App::new(View::new(settings.keys));
    let mut loop_ = Loop { cadence: Cadence::new(), theme: settings.theme, mistakes: settings.mistakes };
    if let Some(picture) = pictures.take() {
        app.see(picture);
        loop_.say_mistakes(&mut app);
    }
    // The first frame is there before anything is read.
    if let Err(error) = loop_.paint(&mut screen, &mut app) {
        return Ok(leave(&requests, Ending::TerminalLost(error.to_string())));
    }
    wake::read_replies(replies, to.clone())?;
    pass_panics_on(from_panics, to.clone())?;
    wake::read_terminal(to)?;
    let mut dirty = false;
    let mut waiting = VecDeque::new();
    loop {
        let woken = if dirty {
            match wakes.recv_timeout(loop_.cadence.wait()) {
                Ok(wake) => Some(wake),
                Err(mpsc::RecvTimeoutError::Timeout) => None,
                Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(leave(&requests, Ending::ConsoleEnded)),
            }
        } else {
            match wakes.recv() {
                Ok(wake) => Some(wake),
                Err(mpsc::RecvError) => return Ok(leave(&requests, Ending::ConsoleEnded)),
            }
        };
        let mut pressed = false;
        // Everything that waits already is taken in before one paint.
        let mut next = woken;
        while let Some(wake) = next {
            dirty = true;
            app.view.pass(loop_.cadence.uptime());
            let effects = match wake {
                Wake::Terminal(event) => {
                    pressed = true;
                    // What is agreed to must have been painted: a key after another one sees the frame between.
                    if matches!(event, Event::Key(_)) && app.view.dialog.is_some() {
                        let _ = loop_.paint(&mut screen, &mut app);
                    }
                    app.event(&event)
                }
                Wake::TerminalLost(why) => return Ok(leave(&requests, Ending::TerminalLost(why))),
                Wake::Picture => {
                    if let Some(picture) = pictures.take() {
                        // Nobody shall look at an empty screen for a frame longer than it takes.
                        pressed |= app.picture.is_none();
                        if app.is_called(&picture)
                            && let Err(error) = screen.ring()
                        {
                            return Ok(leave(&requests, Ending::TerminalLost(error.to_string())));
                        }
                        if let Some(old) = app.see(picture) {
                            pictures.give_back(old);
                        }
                        loop_.say_mistakes(&mut app);
                        waiting.extend(app.take_early().into_iter().map(Wake::Terminal));
                    }
                    vec![]
                }
                Wake::Reply(Reply::Ended) | Wake::ConsoleGone => return Ok(Ending::ConsoleEnded),
                Wake::Reply(reply) => {
                    app.reply(reply);
                    vec![]
                }
                Wake::Signal(Caught::Terminate | Caught::Hangup) => return Ok(leave(&requests, Ending::Told)),
                Wake::Signal(Caught::Interrupt) => app.interrupt(),
                Wake::Signal(Caught::Stop) => vec![Effect::Suspend],
                Wake::Signal(Caught::Continue) => {
                    if let Err(error) = screen.resume() {
                        return Ok(leave(&requests, Ending::TerminalLost(error.to_string())));
                    }
                    ask_anew(&requests);
                    pressed = true;
                    vec![]
                }
                Wake::Panicked(text) => {
                    app.fault(&text);
                    vec![]
                }
            };
            for effect in effects {
                match effect {
                    Effect::Send(request) => {
                        if requests.send(*request).is_err() {
                            return Ok(Ending::ConsoleEnded);
                        }
                    }
                    Effect::Quit => return Ok(leave(&requests, Ending::Quit)),
                    Effect::Repaint => {
                        if let Err(error) = screen.forget_what_is_shown() {
                            return Ok(leave(&requests, Ending::TerminalLost(error.to_string())));
                        }
                    }
                    Effect::Copy(text) => {
                        if let Err(error) = screen.copy(&text) {
                            return Ok(leave(&requests, Ending::TerminalLost(error.to_string())));
                        }
                        app.view.say(Role::Good, "copied, where the terminal takes it into the clipboard");
                    }
                    Effect::Suspend => match screen.suspend() {
                        Ok(true) => {
                            if let Err(ending) = come_back(&mut screen, &wakes, &mut waiting) {
                                return Ok(leave(&requests, ending));
                            }
                            ask_anew(&requests);
                            pressed = true;
                        }
                        Ok(false) => app.fault("not suspended: no shell started this console that could continue it"),
                        Err(error) => return Ok(leave(&requests, Ending::TerminalLost(error.to_string()))),
                    },
                }
            }
            next = waiting.pop_front().or_else(|| wakes.try_recv().ok());
        }
        if dirty && (pressed || loop_.cadence.wait() == Duration::ZERO) {
            if let Err(error) = loop_.paint(&mut screen, &mut app) {
                return Ok(leave(&requests, Ending::TerminalLost(error.to_string())));
            }
            dirty = false;
        }
    }
}

/// Stands still until the process goes on; what comes in meanwhile waits.
fn come_back(screen: &mut Screen, wakes: &mpsc::Receiver<Wake>, waiting: &mut VecDeque<Wake>) -> Result<(), Ending> {
    loop {
        match wakes.recv() {
            Ok(Wake::Signal(Caught::Continue)) => {
                return screen.resume().map_err(|error| Ending::TerminalLost(error.to_string()));
            }
            Ok(Wake::Signal(Caught::Terminate | Caught::Hangup)) => return Err(Ending::Told),
            Ok(wake) => waiting.push_back(wake),
            Err(mpsc::RecvError) => return Err(Ending::ConsoleEnded),
        }
    }
}

/// What was seen before the process stood still is old by now.
fn ask_anew(requests: &mpsc::Sender<Request>) {
    // A console that is gone says so itself.
    let _ = requests.send(Request::AskNow);
}

/// Tells the console; if it is gone already there is nobody to tell.
fn leave(requests: &mpsc::Sender<Request>, ending: Ending) -> Ending {
    let _ = requests.send(Request::Quit);
    ending
}

fn pass_panics_on(from: mpsc::Receiver<String>, to: mpsc::Sender<Wake>) -> io::Result<()> {
    let pass = move || {
        while let Ok(text) = from.recv() {
            if to.send(Wake::Panicked(text)).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("panics".into()).spawn(pass).map(drop)
}

struct Loop {
    cadence: Cadence,
    theme: Theme,
    mistakes: Vec<String>,
}

impl Loop {
    fn paint(&mut self, screen: &mut Screen, app: &mut App) -> io::Result<()> {
        let (theme, picture, view) = (&self.theme, app.picture.clone(), &app.view);
        let mut extent = view.extent;
        screen.paint(|frame| match &picture {
            Some(picture) => extent = draw::draw(frame, picture, view, theme),
            None => draw::draw_starting(frame, view, theme),
        })?;
        app.view.extent = extent;
        self.cadence.painted();
        Ok(())
    }

    /// Once there is a Picture to say them on, mistakes in settings are said.
    fn say_mistakes(&mut self, app: &mut App) {
        if app.picture.is_none() {
            return;
        }
        for mistake in self.mistakes.drain(..) {
            app.view.say(Role::Warn, mistake);
        }
    }
}
