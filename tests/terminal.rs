//! The screen in a real terminal: what it takes and gives back, on every way out. Each test runs this very test
//! program again as a console in a pseudo-terminal of its own.

mod support;

use std::{
    io::{Read, Write},
    sync::{
        Arc, Mutex,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use lifeboat::{
    console::{Reply, Request, Slot},
    tui::{
        self, Ending, Ports,
        keymap::Keymap,
        theme::{Depth, Theme},
    },
};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use support::pictures;

const ROLE: &str = "LIFEBOAT_TEST_CONSOLE";
const ARGUMENTS: [&str; 4] = ["--exact", "console", "--nocapture", "--test-threads=1"];

/// Not a test of its own: the console that the others start. It says at the end why it ended.
#[test]
fn console() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let pictures_slot = Arc::new(Slot::default());
    let (requests, from_screen) = mpsc::channel();
    let (to_screen, replies) = mpsc::channel();
    pictures_slot.put(Arc::new(pictures::outage()));
    let breaks = role == "worker";
    let answer = thread::spawn(move || {
        while let Ok(request) = from_screen.recv() {
            let reply = match request {
                Request::Preview { step, kind } => Reply::Preview { step, kind, preview: Box::new(pictures::promote_preview()) },
                Request::Quit => Reply::Ended,
                Request::AskNow if breaks => panic!("a worker broke"),
                _ => Reply::Done { what: "held".into() },
            };
            if to_screen.send(reply).is_err() {
                return;
            }
        }
    });
    let wakes = tui::Wakes::listen(requests.clone()).unwrap();
    let screen = tui::Screen::open().unwrap();
    if role == "panic" {
        panic!("the screen broke");
    }
    let settings = tui::Settings { theme: Theme::dark(Depth::of_terminal()), keys: Keymap::shipped(), mistakes: vec![] };
    let ports = Ports { pictures: pictures_slot, requests, replies };
    let ending = tui::run(screen, ports, settings, wakes).unwrap();
    println!("ended: {ending:?}");
    drop(answer);
    std::process::exit(if ending == Ending::Quit { 0 } else { 5 });
}

struct Pty {
    parser: Arc<Mutex<(vt100::Parser, Vec<u8>)>>,
    changed: mpsc::Receiver<()>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
}

impl Pty {
    fn start(role: &str, envs: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(ARGUMENTS);
        command.env(ROLE, role);
        Self::run(command, envs)
    }

    /// A shell with job control, ready for commands.
    fn shell() -> Self {
        let mut command = CommandBuilder::new("bash");
        command.args(["--norc", "--noprofile", "-i"]);
        command.env("PS1", "shell> ");
        let shell = Self::run(command, &[]);
        shell.sees("shell>");
        shell
    }

    fn run(mut command: CommandBuilder, envs: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        command.env("TERM", "xterm-256color");
        for name in ["NO_COLOR", "COLORTERM", "FORCE_COLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        envs.iter().for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let rows = 24.try_into().unwrap();
        let parser = Arc::new(Mutex::new((vt100::Parser::new(rows, 80.try_into().unwrap(), 0), Vec::new())));
        let (told, changed) = mpsc::channel();
        let (mut reader, shared) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&parser));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n) = reader.read(&mut bytes) {
                if n == 0 {
                    return;
                }
                let mut parser = shared.lock().unwrap();
                parser.0.process(&bytes[..n]);
                parser.1.extend(&bytes[..n]);
                drop(parser);
                if told.send(()).is_err() {
                    return;
                }
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Self { parser, changed, writer, child, master: pair.master }
    }

    fn text(&self) -> String {
        self.parser.lock().unwrap().0.screen().contents()
    }

    fn bytes(&self) -> String {
        String::from_utf8_lossy(&self.parser.lock().unwrap().1).into_owned()
    }

    fn is_taken(&self) -> bool {
        self.parser.lock().unwrap().0.screen().alternate_screen()
    }

    /// Waits until what is on the terminal satisfies `wanted`.
    fn until(&self, wanted: &str, holds: impl Fn(&Self) -> bool) {
        while !holds(self) {
            match self.changed.recv_timeout(Duration::from_secs(20)) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => panic!("never {wanted}:\n{}", self.text()),
                Err(RecvTimeoutError::Disconnected) => {
                    assert!(holds(self), "ended, and not {wanted}:\n{}", self.text());
                    return;
                }
            }
        }
    }

    fn sees(&self, text: &str) {
        self.until(text, |pty| pty.text().contains(text));
    }

    fn types(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    fn signal(&self, name: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.child.process_id().unwrap() as i32).unwrap();
        rustix::process::kill_process(pid, name).unwrap();
    }

    /// The console has ended and the terminal is as it was.
    fn given_back(mut self, ending: &str) {
        self.sees(ending);
        assert!(!self.is_taken());
        let screen = self.parser.lock().unwrap().0.screen().clone();
        assert!(!screen.hide_cursor() && !screen.bracketed_paste());
        self.child.wait().unwrap();
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[test]
fn the_terminal_is_given_back_when_somebody_leaves() {
    let mut pty = Pty::start("run", &[]);
    pty.sees("What is down");
    assert!(pty.is_taken());
    pty.types("\x03");
    pty.sees("Leave the console?");
    pty.types("\x03");
    pty.given_back("ended: Quit");
}

#[test]
fn r09_the_terminal_is_given_back_on_sigterm_and_sighup() {
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::HUP] {
        let pty = Pty::start("run", &[]);
        pty.sees("What is down");
        pty.signal(signal);
        pty.given_back("ended: Told");
    }
}

#[test]
fn the_terminal_is_given_back_on_a_panic_which_is_then_readable() {
    Pty::start("panic", &[]).given_back("the screen broke");
}

#[test]
fn a_panic_elsewhere_leaves_the_screen_standing_and_is_said() {
    let mut pty = Pty::start("worker", &[]);
    pty.sees("What is down");
    pty.types("c");
    pty.until("the fault or the end", |pty| pty.text().contains("a worker broke") || pty.text().contains("ended"));
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_fg_comes_back_with_a_whole_screen() {
    let mut pty = Pty::shell();
    let program = std::env::current_exe().unwrap();
    pty.types(&format!("{ROLE}=run {} {}\n", program.display(), ARGUMENTS.join(" ")));
    pty.sees("What is down");
    pty.types("\x1a");
    pty.sees("Stopped");
    assert!(!pty.is_taken());
    pty.types("fg\n");
    pty.until("back", |pty| pty.is_taken() && pty.text().contains("What is down"));
    pty.types("2");
    pty.sees("Fail over to us-west-2");
    pty.types("\x03\x03");
    pty.sees("ended: Quit");
    pty.types("exit\n");
}

#[test]
fn ctrl_z_is_refused_where_nobody_could_come_back() {
    let mut pty = Pty::start("run", &[]);
    pty.sees("What is down");
    pty.types("\x1a");
    // The parent is no shell of the console's own session: it would stand still for good, and the incident with it.
    pty.sees("not suspended");
    assert!(pty.is_taken());
    pty.signal(rustix::process::Signal::CONT);
    pty.types("2");
    pty.sees("Fail over to us-west-2");
}

#[test]
fn bracketed_paste_is_on_and_runs_no_key() {
    let mut pty = Pty::start("run", &[]);
    pty.sees("What is down");
    assert!(pty.parser.lock().unwrap().0.screen().bracketed_paste());
    pty.types("\x1b[200~:quit\rh\r\x1b[201~");
    pty.sees("what was pasted was not taken");
    assert!(!pty.text().contains("held") && !pty.text().contains("Leave the console?"));
}

#[test]
fn nothing_is_asked_of_the_terminal_and_frames_are_whole() {
    let pty = Pty::start("run", &[]);
    pty.sees("What is down");
    let bytes = pty.bytes();
    for query in ["\x1b[6n", "\x1b[c", "\x1b[0c", "\x1b]10;?", "\x1b]11;?", "\x1b[?u"] {
        assert!(!bytes.contains(query), "{query:?}");
    }
    assert!(bytes.contains("\x1b[?2026h"));
}

#[test]
fn no_color_leaves_bold_and_reverse_and_no_colour() {
    let mut pty = Pty::start("run", &[("NO_COLOR", "1")]);
    pty.sees("What is down");
    pty.types(":");
    pty.sees(":start");
    let bytes = pty.bytes();
    let codes: Vec<&str> = bytes.split("\x1b[").skip(1).filter_map(|rest| rest.split_once('m').map(|(code, _)| code)).collect();
    let colours = |code: &&&str| {
        code.starts_with("38;") || code.starts_with("48;") || code.starts_with('3') && code.len() == 2 && **code != "39"
    };
    let found: Vec<_> =
        codes.iter().filter(|code| code.chars().all(|c| c.is_ascii_digit() || c == ';')).filter(colours).collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(codes.contains(&"7") && codes.contains(&"1"));
}

#[test]
fn another_size_is_painted_whole_without_asking_the_terminal() {
    let mut pty = Pty::start("run", &[]);
    pty.sees("What is down");
    let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
    pty.parser.lock().unwrap().0.screen_mut().set_size(40.try_into().unwrap(), 120.try_into().unwrap());
    pty.master.resize(size).unwrap();
    pty.sees("began 02:06:06Z, Ada commands");
    pty.types("\x0c2");
    pty.sees("Fail over to us-west-2");
    assert!(!pty.bytes().contains("\x1b[6n"));
}

#[test]
fn the_first_key_after_another_size_is_taken_at_once() {
    let mut pty = Pty::start("run", &[]);
    pty.sees("What is down");
    for (rows, cols, seen) in [(30, 100, "What is next"), (40, 120, "began 02:06:06Z, Ada commands")] {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        pty.parser.lock().unwrap().0.screen_mut().set_size(rows.try_into().unwrap(), cols.try_into().unwrap());
        pty.master.resize(size).unwrap();
        pty.sees(seen);
    }
    pty.types("2");
    pty.sees("Fail over to us-west-2");
}
