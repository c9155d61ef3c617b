//! What wakes the screen, and the threads that wait for it.

use std::{io, sync::mpsc, thread, time::Duration};

use ratatui::crossterm::{
    event::{self, Event},
    terminal::size,
};
use rustix::process::Signal;
use tokio::{
    io::{Interest, unix::AsyncFd},
    signal::unix::{SignalKind, signal},
};

use super::terminal;
use crate::console::{Reply, Request};

/// A reason to look.
#[derive(Debug)]
pub enum Wake {
    Terminal(Event),
    /// The terminal cannot be read any more.
    TerminalLost(String),
    Picture,
    Reply(Reply),
    /// Nothing will be answered any more.
    ConsoleGone,
    Signal(Caught),
    /// A thread other than the screen's panicked.
    Panicked(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caught {
    Interrupt,
    Terminate,
    Hangup,
    Stop,
    Continue,
}

/// The reasons to look, as they come. Signals are listened to from the beginning, so these are taken before the terminal
/// is: none of them finds it taken and nobody there to give it back.
pub struct Wakes {
    pub(super) to: mpsc::Sender<Wake>,
    pub(super) from: mpsc::Receiver<Wake>,
}

impl Wakes {
    /// SIGTERM and SIGHUP ask the console to end by `requests` themselves, for the screen may stand in a terminal that takes
    /// nothing any more. A second SIGTERM restores the terminal and ends the process: what runs is then found unknown
    /// (RULES R9).
    ///
    /// # Errors
    /// When no thread can be started, or signals cannot be listened to.
    pub fn listen(requests: mpsc::Sender<Request>) -> io::Result<Self> {
        let (to, from) = mpsc::channel();
        listen_to_signals(to.clone(), requests)?;
        Ok(Self { to, from })
    }
}

/// Reads keys, paste and sizes until the terminal is gone.
pub fn read_terminal(to: mpsc::Sender<Wake>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let read = move || {
        if let Err(why) = runtime.block_on(read_until_lost(&to)) {
            // When the screen has ended it does not matter any more.
            let _ = to.send(Wake::TerminalLost(why.to_string()));
        }
    };
    thread::Builder::new().name("keys".into()).spawn(read).map(drop)
}

/// Ends well when nobody listens. It waits by itself, and has crossterm read only what is there: left to wait, crossterm
/// reads a terminal that is gone again and again, and never says so.
async fn read_until_lost(to: &mpsc::Sender<Wake>) -> io::Result<()> {
    // SAFETY: standard input stays open for as long as the process lives; nothing here closes it.
    let keyboard = unsafe { AsyncFd::register_with_interest(rustix::stdio::stdin(), Interest::READABLE) }?;
    let mut resized = signal(SignalKind::window_change())?;
    loop {
        tokio::select! {
            ready = keyboard.readable() => {
                let mut ready = ready?;
                if ready.ready().is_read_closed() {
                    return Err(io::Error::other("it was closed"));
                }
                if !pass_on_what_is_there(to, Duration::ZERO)? {
                    return Ok(());
                }
                ready.clear_ready();
            }
            Some(()) = resized.recv() => {
                let (width, height) = size()?;
                let told = to.send(Wake::Terminal(Event::Resize(width, height)));
                // crossterm hears of it too, maybe a moment later. Met together with a key, it would leave that key lying until
                // the next one: so it is fetched before.
                if told.is_err() || !pass_on_what_is_there(to, HEARD_WITHIN)? {
                    return Ok(());
                }
            }
        }
    }
}

/// crossterm has heard of another size by then.
const HEARD_WITHIN: Duration = Duration::from_millis(20);

/// Waits at most `within` for the first. Whether anybody listens.
fn pass_on_what_is_there(to: &mpsc::Sender<Wake>, mut within: Duration) -> io::Result<bool> {
    loop {
        match event::poll(std::mem::take(&mut within)).and_then(|there| if there { event::read().map(Some) } else { Ok(None) }) {
            Ok(Some(event)) => {
                if to.send(Wake::Terminal(event)).is_err() {
                    return Ok(false);
                }
            }
            Ok(None) => return Ok(true),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Passes replies on.
pub fn read_replies(from: mpsc::Receiver<Reply>, to: mpsc::Sender<Wake>) -> io::Result<()> {
    let read = move || {
        while let Ok(reply) = from.recv() {
            if to.send(Wake::Reply(reply)).is_err() {
                return;
            }
        }
        // The screen may be gone too; then nobody needs to know.
        let _ = to.send(Wake::ConsoleGone);
    };
    thread::Builder::new().name("replies".into()).spawn(read).map(drop)
}

/// For as long as the process lives.
fn listen_to_signals(to: mpsc::Sender<Wake>, requests: mpsc::Sender<Request>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (ready, is_ready) = mpsc::sync_channel(1);
    let listen = move || {
        runtime.block_on(async move {
            let on = |number: Signal| signal(SignalKind::from_raw(number.as_raw()));
            let all = || -> io::Result<_> {
                Ok((on(Signal::INT)?, on(Signal::TERM)?, on(Signal::HUP)?, on(Signal::TSTP)?, on(Signal::CONT)?))
            };
            let (mut interrupt, mut terminate, mut hangup, mut stop, mut go_on) = match all() {
                Ok(all) => {
                    let _ = ready.send(Ok(()));
                    all
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                    return;
                }
            };
            let mut asked_to_end = false;
            loop {
                let caught = tokio::select! {
                    Some(()) = interrupt.recv() => Caught::Interrupt,
                    Some(()) = terminate.recv() => Caught::Terminate,
                    Some(()) = hangup.recv() => Caught::Hangup,
                    Some(()) = stop.recv() => Caught::Stop,
                    Some(()) = go_on.recv() => Caught::Continue,
                    else => return,
                };
                if caught == Caught::Terminate {
                    if asked_to_end {
                        terminal::restore_at_once();
                        std::process::exit(128 + Signal::TERM.as_raw());
                    }
                    asked_to_end = true;
                }
                // When the screen has ended, only the second SIGTERM above is of interest.
                let _ = to.send(Wake::Signal(caught));
                if matches!(caught, Caught::Terminate | Caught::Hangup) {
                    // After the screen, which else would take its end for the console's own. It may have ended already.
                    let _ = requests.send(Request::Quit);
                }
            }
        });
    };
    thread::Builder::new().name("signals".into()).spawn(listen)?;
    is_ready.recv().unwrap_or_else(|_| Err(io::Error::other("the thread that listens to signals ended")))
}
