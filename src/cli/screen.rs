//! Joins a console with the terminal, and waits for actions that still run when the screen is left.

use std::{
    io::{self, IsTerminal, Write},
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::mpsc,
    time::Duration,
};

use super::{args::Look, exit};
use crate::{
    console::{Ends, Handle, NotStarted, Owes, Request, Waiting},
    plan::source::files,
    tui::{
        Ending, Ports, Screen, Settings, Wakes,
        keymap::Keymap,
        run,
        terminal::restore_at_once,
        theme::{Depth, Theme},
    },
};

/// Theme and keys as asked for. A file that cannot be read ends with its name; mistakes in it are said on screen.
pub fn settings(look: &Look) -> Result<Settings, u8> {
    let depth = Depth::of_terminal();
    let mut mistakes = Vec::new();
    let theme = match look.theme.as_deref() {
        None | Some("dark") => Theme::dark(depth),
        Some("light") => Theme::light(depth),
        Some(file) => {
            let text = read(Path::new(file), "theme", "name dark, light or a theme file")?;
            let (theme, wrong) = Theme::read(file, &text, depth);
            mistakes.extend(wrong.iter().map(ToString::to_string));
            theme
        }
    };
    let mut keys = Keymap::shipped();
    if let Some(file) = &look.keymap {
        let text = read(file, "keymap", "name a keymap file")?;
        mistakes.extend(keys.read(&file.to_string_lossy(), &text).iter().map(ToString::to_string));
    }
    Ok(Settings { theme, keys, mistakes })
}

/// The largest theme or keymap, in bytes.
const SETTINGS_BYTES: usize = 256 << 10;

fn read(file: &Path, what: &str, instead: &str) -> Result<String, u8> {
    let text = files::read(file, SETTINGS_BYTES)
        .map_err(|unreadable| unreadable.message)
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "this is no text in UTF-8".to_owned()));
    text.map_err(|why| {
        eprintln!("lifeboat: the {what} {} cannot be read: {why}; {instead}", file.display());
        exit::INPUT
    })
}

/// Whether there is a terminal to draw on; if not, it says so.
pub fn is_there() -> bool {
    let there = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    if !there {
        eprintln!("lifeboat: the console needs a terminal for its input and its output: start it without pipes");
        eprintln!("  `lifeboat incident list` and `lifeboat report` tell scripts what happened");
    }
    there
}

/// Says why there is no console.
pub fn not_started(error: &NotStarted) -> u8 {
    eprintln!("lifeboat: {error}");
    match error {
        NotStarted::Journal(error) => exit::of(error),
        NotStarted::Machine(_) => exit::FAILED,
    }
}

/// How often it is asked what a console that was left still waits for.
const ASKED_EVERY: Duration = Duration::from_millis(150);

/// A console that owes nothing and has not ended within this is said to be slow: a disk may be.
const SLOW: Duration = Duration::from_secs(10);

/// How long the screen's thread may take to notice that the console has ended.
const NOTICE: Duration = Duration::from_secs(2);

/// Shows the console until somebody leaves; what runs then is finished and journaled first (RULES R9).
pub fn show(handle: Handle, settings: Settings) -> u8 {
    show_by(handle, |screen, ports, wakes| run(screen, ports, settings, wakes))
}

/// Like [`show`], by a screen of one's own.
pub fn show_by(handle: Handle, screen: impl FnOnce(Screen, Ports, Wakes) -> io::Result<Ending>) -> u8 {
    let (Ends { pictures, requests, replies }, waiting) = handle.split();
    let quit = requests.clone();
    let leave = move || {
        // It may have ended already.
        let _ = quit.send(Request::Quit);
    };
    let opened = Wakes::listen(requests.clone()).and_then(|wakes| Ok((wakes, Screen::open()?)));
    let (wakes, opened) = match opened {
        Ok(both) => both,
        Err(error) => {
            say(&format!("lifeboat: the terminal cannot be used: {error}"));
            leave();
            waiting.wait();
            return exit::FAILED;
        }
    };
    let end = match End::watch(waiting) {
        Ok(end) => end,
        Err(error) => {
            drop(opened);
            say(&format!("lifeboat: {error}"));
            leave();
            return exit::FAILED;
        }
    };
    // A screen that breaks has given the terminal back; what runs goes on and is journaled all the same.
    let ending = panic::catch_unwind(AssertUnwindSafe(|| screen(opened, Ports { pictures, requests, replies }, wakes)));
    leave();
    end.wait();
    match ending {
        Ok(Ok(Ending::Quit | Ending::Told | Ending::TerminalLost(_))) => exit::GOOD,
        Ok(Ok(Ending::ConsoleEnded)) => {
            let why = Screen::last_panic().unwrap_or_else(|| "the console ended by itself".into());
            say(&format!("lifeboat: {why}"));
            say("  the journal is whole: start it again");
            exit::FAILED
        }
        Ok(Err(error)) => {
            say(&format!("lifeboat: {error}"));
            exit::FAILED
        }
        Err(_) => {
            say("lifeboat: the screen failed, as said above; the journal is whole: start it again");
            exit::FAILED
        }
    }
}

/// The console's end, waited for on a thread of its own: a screen that stands in a terminal which takes nothing any more
/// must not keep the process.
struct End {
    has_come: mpsc::Receiver<()>,
    owes: Owes,
    /// Dropped when the screen's thread goes on to leave the process by itself.
    _here: mpsc::Sender<()>,
}

impl End {
    fn watch(waiting: Waiting) -> io::Result<Self> {
        let (here, gone) = mpsc::channel::<()>();
        let (tell, has_come) = mpsc::channel();
        let owes = waiting.owes();
        let watch = move || {
            waiting.wait();
            // The screen's thread may be gone; then nobody needs to know.
            let _ = tell.send(());
            if gone.recv_timeout(NOTICE) == Err(mpsc::RecvTimeoutError::Timeout) {
                restore_at_once();
                std::process::exit(exit::GOOD.into());
            }
        };
        std::thread::Builder::new().name("end".into()).spawn(watch)?;
        Ok(Self { has_come, owes, _here: here })
    }

    fn wait(&self) {
        let pid = std::process::id();
        let mut asked = 0;
        // It ends in any case: its thread tells it, or is gone.
        while self.has_come.recv_timeout(ASKED_EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
            asked += 1;
            if self.owes.something() {
                say("lifeboat: waiting for actions that still run, or whose outcome the journal does not take yet");
                say(&format!(
                    "  other consoles follow them and can stop them; `kill {pid}` (a second SIGTERM) ends at once, and leaves \
                     them unknown"
                ));
                let _ = self.has_come.recv();
                return;
            }
            if ASKED_EVERY * asked == SLOW {
                say(&format!("lifeboat: it is slow to end, though nothing runs: `kill {pid}` (a second SIGTERM) ends at once"));
            }
        }
    }
}

/// On standard error, where somebody may read it: a terminal that was closed takes nothing, and that is no reason to end.
fn say(words: &str) {
    let _ = writeln!(io::stderr(), "{words}");
}
