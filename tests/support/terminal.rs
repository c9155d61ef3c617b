//! The real program in a real pseudo-terminal: keys go in, the screen is read as a person reads it.
#![allow(clippy::disallowed_methods, reason = "a real program runs in real time; every wait is bounded")]

use std::{
    fs::File,
    io::{Read, Write},
    os::fd::BorrowedFd,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::termios::{InputModes, LocalModes, OutputModes, tcgetattr};

struct Seen {
    screen: vt100::Parser,
    /// All that was ever written.
    raw: Vec<u8>,
    ended: bool,
    /// Nobody takes what the program writes.
    stuck: bool,
    closed: bool,
}

type Modes = (InputModes, OutputModes, LocalModes);

pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    /// None once it is closed.
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Arc<Mutex<Option<File>>>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    reader: Option<JoinHandle<()>>,
    /// As they were before the program started.
    modes: Modes,
    name: String,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file of its own for the terminal's side of the pair: its writer would type an end of file when it is dropped.
fn file(master: &dyn MasterPty) -> File {
    let fd = master.as_raw_fd().expect("a pty has a file");
    // SAFETY: `master` holds it open meanwhile.
    let fd = unsafe { BorrowedFd::borrow_raw(fd) };
    rustix::io::fcntl_dupfd_cloexec(fd, 0).expect("another one").into()
}

fn modes(of: &File) -> Modes {
    let modes = tcgetattr(of).expect("a terminal has modes");
    (modes.input_modes, modes.output_modes, modes.local_modes)
}

fn size(n: u16) -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(n).expect("a terminal has rows and columns")
}

impl Terminal {
    /// Starts `lifeboat ARGS...` in a terminal of that size.
    pub fn start(name: &str, args: &[&str], env: &[(&str, &str)], size: (u16, u16)) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lifeboat"));
        command.args(args);
        for (name, value) in env {
            command.env(name, value);
        }
        Self::run(name, command, size)
    }

    /// Starts any program in a terminal of that size.
    pub fn run(name: &str, mut command: CommandBuilder, (cols, rows): (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).expect("a pty");
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let (mut output, keys) = (file(&*pair.master), file(&*pair.master));
        let modes = modes(&keys);
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let screen = vt100::Parser::new(size(rows), size(cols), 0);
        let seen =
            Arc::new((Mutex::new(Seen { screen, raw: Vec::new(), ended: false, stuck: false, closed: false }), Condvar::new()));
        let keys = Arc::new(Mutex::new(Some(keys)));
        let (shared, answers) = (seen.clone(), keys.clone());
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 16384];
            let reads = || {
                let held = shared.1.wait_while(locked(&shared.0), |seen| seen.stuck && !seen.closed);
                !held.unwrap_or_else(PoisonError::into_inner).closed
            };
            while reads() {
                let Ok(n @ 1..) = output.read(&mut buffer) else { break };
                let bytes = &buffer[..n];
                // A real terminal says where its cursor is.
                if bytes.windows(4).any(|w| w == b"\x1b[6n") {
                    let _ = locked(&answers).as_mut().map(|keys| keys.write_all(b"\x1b[1;1R"));
                }
                let mut seen = locked(&shared.0);
                seen.raw.extend_from_slice(bytes);
                seen.screen.process(bytes);
                drop(seen);
                shared.1.notify_all();
            }
            locked(&shared.0).ended = true;
            shared.1.notify_all();
        });
        Self { child, master: Some(pair.master), keys, seen, reader: Some(reader), modes, name: name.to_owned() }
    }

    pub fn press(&self, keys: &str) {
        let mut to = locked(&self.keys);
        let to = to.as_mut().expect("the terminal is open");
        to.write_all(keys.as_bytes()).expect("the program reads its keys");
        to.flush().expect("the program reads its keys");
    }

    /// `:words` and Enter.
    pub fn command(&self, words: &str) {
        self.press(":");
        self.press(words);
        self.press("\r");
    }

    pub fn screen(&self) -> String {
        locked(&self.seen.0).screen.screen().contents()
    }

    /// All that the program has written to its terminal.
    pub fn raw(&self) -> Vec<u8> {
        locked(&self.seen.0).raw.clone()
    }

    /// Waits until the screen holds `text`; fails with the screen when it does not come.
    pub fn until(&self, text: &str, within: Duration) -> String {
        self.wait(&format!("`{text}`"), within, |screen| screen.contains(text))
    }

    /// Waits until `holds` says yes to the screen.
    pub fn wait(&self, what: &str, within: Duration, holds: impl Fn(&str) -> bool) -> String {
        let (lock, news) = &*self.seen;
        let deadline = Instant::now() + within;
        let mut seen = locked(lock);
        loop {
            let screen = seen.screen.screen().contents();
            if holds(&screen) {
                return screen;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !seen.ended,
                "{}: {what} did not come within {within:?}; the screen:\n{screen}",
                self.name
            );
            seen = news.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether `holds` says yes within that time; for what may or may not come.
    pub fn comes(&self, within: Duration, holds: impl Fn(&str) -> bool) -> bool {
        let (lock, news) = &*self.seen;
        let deadline = Instant::now() + within;
        let mut seen = locked(lock);
        loop {
            if holds(&seen.screen.screen().contents()) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || seen.ended {
                return false;
            }
            seen = news.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub fn resize(&self, cols: u16, rows: u16) {
        locked(&self.seen.0).screen.screen_mut().set_size(size(rows), size(cols));
        let master = self.master.as_ref().expect("the terminal is open");
        master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).expect("the terminal is resized");
    }

    /// What the program took and has not given back: nothing, if it left the terminal as it was.
    pub fn taken(&self) -> Vec<&'static str> {
        let seen = locked(&self.seen.0);
        let screen = seen.screen.screen();
        let is = |taken: bool, what| taken.then_some(what);
        let moded = locked(&self.keys).as_ref().is_some_and(|keys| modes(keys) != self.modes);
        [
            is(screen.alternate_screen(), "the other screen"),
            is(screen.hide_cursor(), "the cursor"),
            is(screen.bracketed_paste(), "pasting"),
            is(screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None, "the mouse"),
            is(screen.application_cursor() || screen.application_keypad(), "the keypad"),
            is(moded, "its modes"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Waits until nobody holds the terminal any more; everything that was written is on the screen by then.
    pub fn until_its_end(&self, within: Duration) {
        let (lock, news) = &*self.seen;
        let held = news.wait_timeout_while(locked(lock), within, |seen| !seen.ended);
        assert!(held.unwrap_or_else(PoisonError::into_inner).0.ended, "{}: somebody holds the terminal still", self.name);
    }

    /// Nobody takes what the program writes any more, as behind a link that hangs.
    pub fn hangs(&self) {
        locked(&self.seen.0).stuck = true;
    }

    /// The window is closed, the link is cut: the terminal is gone.
    pub fn close(&mut self) {
        locked(&self.seen.0).closed = true;
        self.seen.1.notify_all();
        // The thread that reads looks up when something is painted.
        self.resize(100, 30);
        self.reader.take().expect("it is open").join().expect("it has ended");
        *locked(&self.keys) = None;
        self.master = None;
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.pid() as i32).expect("a pid");
        rustix::process::kill_process(pid, signal).expect("it is signalled");
    }

    /// Signals it again and again until it ends. Its exit code.
    pub fn ends_by(&mut self, signal: rustix::process::Signal, within: Duration) -> u32 {
        let deadline = Instant::now() + within;
        while self.is_running() && Instant::now() < deadline {
            self.signal(signal);
            std::thread::park_timeout(Duration::from_millis(50));
        }
        self.ended(Duration::ZERO)
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("its end can be asked").is_none()
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.signal(rustix::process::Signal::KILL);
        self.child.wait().expect("it has ended");
    }

    /// Waits for the program's own end. Its exit code.
    pub fn ended(&mut self, within: Duration) -> u32 {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().expect("its end can be asked") {
                return status.exit_code();
            }
            if Instant::now() >= deadline {
                break;
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        panic!("{} did not end within {within:?}; the screen:\n{}", self.name, self.screen());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the screen of {}:\n{}", self.name, self.screen());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
