//! The terminal as the screen needs it, and as it is given back: on every way out.

use std::{
    io::{self, Write},
    panic,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use base64::Engine;
use nix::unistd::{getppid, getsid};
use ratatui::{
    Terminal,
    backend::CrosstermBackend,
    crossterm::{
        cursor::{Hide, Show},
        event::{DisableBracketedPaste, EnableBracketedPaste},
        execute, queue,
        style::force_color_output,
        terminal::{
            BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
            enable_raw_mode,
        },
    },
};
use rustix::process::{Signal, kill_current_process_group};

/// Whether the terminal is ours now: what the guard, the panic hook and a second SIGTERM give back once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Where other threads' panics are told, while the screen stands.
static PANICS: Mutex<Option<mpsc::Sender<String>>> = Mutex::new(None);

/// The newest panic that was told there: a screen that ends by it is gone before anybody has read it.
static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

/// How long a terminal that takes nothing may keep the process from ending.
const GIVE_BACK: Duration = Duration::from_millis(300);

/// One frame on its way. It leaves in one write, and only while the terminal is ours: half a frame that a panic left
/// behind is never written over what the shell shows by then.
#[derive(Default)]
pub struct Frame {
    bytes: Vec<u8>,
}

impl Write for Frame {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        if TAKEN.load(Ordering::SeqCst) {
            let mut out = io::stdout().lock();
            out.write_all(&self.bytes)?;
            out.flush()?;
        }
        self.bytes.clear();
        Ok(())
    }
}

/// The terminal in raw mode on its other screen, until it is dropped.
pub struct Screen {
    pub terminal: Terminal<CrosstermBackend<Frame>>,
}

impl Screen {
    /// Takes the terminal. Nothing is asked of it.
    ///
    /// # Errors
    /// When standard output is no terminal that can be put into raw mode.
    pub fn open() -> io::Result<Self> {
        // Colours are left out by the theme; crossterm's own way of leaving them out resets bold and reverse as well.
        force_color_output(true);
        hook_panics();
        take()?;
        match Terminal::new(CrosstermBackend::new(Frame::default())) {
            Ok(terminal) => {
                let mut screen = Self { terminal };
                // Terminals without another screen still show what was there.
                screen.forget_what_is_shown()?;
                Ok(screen)
            }
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// One frame, shown at once and whole where the terminal knows how (DECSET 2026).
    pub fn paint(&mut self, draw: impl FnOnce(&mut ratatui::Frame<'_>)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(draw).map(drop);
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        drawn?;
        io::Write::flush(self.terminal.backend_mut())
    }

    /// Rings the terminal's bell: a person is called.
    pub fn ring(&mut self) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        io::Write::write_all(out, b"\x07")?;
        io::Write::flush(out)
    }

    /// Asks the terminal to take `text` into the clipboard (OSC 52), as far as it does such things; also over SSH.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        /// Terminals take no more.
        const MOST: usize = 74_000;
        let end = (0..=text.len().min(MOST)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        let coded = base64::engine::general_purpose::STANDARD.encode(&text[..end]);
        let out = self.terminal.backend_mut();
        io::Write::write_all(out, format!("\x1b]52;c;{coded}\x07").as_bytes())?;
        io::Write::flush(out)
    }

    /// Gives the terminal back and stops the process. It may return before the stop takes effect on this thread: wait
    /// for SIGCONT, then [`resume`](Self::resume). False when nothing was done because no shell could ever continue it.
    pub fn suspend(&mut self) -> io::Result<bool> {
        if !somebody_can_continue_us() {
            return Ok(false);
        }
        restore();
        // The whole group, as a shell's own Ctrl-Z would: who started us (cargo, a script) stops with us.
        kill_current_process_group(Signal::STOP)?;
        Ok(true)
    }

    /// Takes the terminal again: the shell may have changed its modes while we were stopped.
    pub fn resume(&mut self) -> io::Result<()> {
        take()?;
        self.forget_what_is_shown()
    }

    /// The next frame paints every cell. (`Terminal::clear` would do too, but it asks the terminal where its cursor is,
    /// and the answer goes to the thread that reads keys.)
    pub fn forget_what_is_shown(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(size.into())
    }

    pub fn on_panics(to: mpsc::Sender<String>) {
        *PANICS.lock().unwrap_or_else(PoisonError::into_inner) = Some(to);
    }

    /// The newest panic of another thread while the screen stood.
    pub fn last_panic() -> Option<String> {
        LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Whether our parent is of our own session, as a shell with job control is. `ssh host lifeboat` has no such parent: once
/// stopped it would stay so, and the incident with it. Nor has the first process of a container: its parent is number 0. A
/// session begun outside of our process namespace has that number too, so these are compared as numbers.
fn somebody_can_continue_us() -> bool {
    let parent = getppid();
    parent.as_raw() != 0 && matches!((getsid(Some(parent)), getsid(None)), (Ok(theirs), Ok(ours)) if theirs == ours)
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let entered = execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide);
    if entered.is_err() {
        restore();
    }
    entered
}

/// Gives the terminal back as it was. Safe to call at any time, from any thread; what fails has nowhere to be said.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // The modes first: they can be set also where a terminal takes no more output.
    let _ = disable_raw_mode();
    let mut out = io::stdout();
    let _ = execute!(out, EndSynchronizedUpdate, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = out.flush();
}

/// Like [`restore`], before the process ends at once: the screen's thread may stand in a write to a terminal that takes
/// nothing any more, and it is not waited for.
pub fn restore_at_once() {
    let (done, is_done) = mpsc::channel();
    let give_back = move || {
        restore();
        let _ = done.send(());
    };
    if thread::Builder::new().name("restore".into()).spawn(give_back).is_ok() {
        let _ = is_done.recv_timeout(GIVE_BACK);
    }
}

/// A panic of the screen's thread restores the terminal before it is reported; one of another thread is shown as a
/// message, because its report would be written across the screen.
fn hook_panics() {
    static HOOKED: AtomicBool = AtomicBool::new(false);
    if HOOKED.swap(true, Ordering::SeqCst) {
        return;
    }
    let screen = thread::current().id();
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if TAKEN.load(Ordering::SeqCst) && thread::current().id() != screen {
            let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
            let payload = info.payload();
            let text = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
            let text = text.unwrap_or("no words").to_owned();
            let told = format!("a part of this console failed{place}: {text}");
            *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = Some(told.clone());
            if let Some(to) = &*PANICS.lock().unwrap_or_else(PoisonError::into_inner) {
                // The screen may just have ended.
                let _ = to.send(told);
            }
            return;
        }
        restore();
        before(info);
    }));
}
