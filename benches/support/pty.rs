//! A program in a pseudo-terminal, and when what it painted arrived.

use std::{
    io::{Read, Write},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

pub const ROWS: u16 = 40;
pub const COLUMNS: u16 = 120;
const LONGEST: Duration = Duration::from_secs(20);

/// The screen after a piece of output, and when that piece could be read.
struct Seen {
    at: Instant,
    text: String,
    last_line: String,
}

pub struct Pty {
    seen: mpsc::Receiver<Seen>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

impl Pty {
    pub fn start(mut command: CommandBuilder) -> Self {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let (to, seen) = mpsc::channel();
        thread::spawn(move || {
            let rows = ROWS.try_into().expect("a size");
            let mut parser = vt100::Parser::new(rows, COLUMNS.try_into().expect("a size"), 0);
            let mut bytes = vec![0; 1 << 16];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                let at = Instant::now();
                parser.process(&bytes[..n]);
                let text = parser.screen().contents();
                let last_line = text.lines().last().unwrap_or_default().trim().to_owned();
                if to.send(Seen { at, text, last_line }).is_err() {
                    return;
                }
            }
        });
        let writer = pair.master.take_writer().expect("a writer");
        Self { seen, writer, child, _master: pair.master }
    }

    /// Waits until the screen shows `text`, and says when that arrived.
    pub fn sees(&self, text: &str) -> Instant {
        let mut last = String::new();
        loop {
            match self.seen.recv_timeout(LONGEST) {
                Ok(seen) if seen.text.contains(text) => return seen.at,
                Ok(seen) => last = seen.text,
                Err(why) => panic!("never showed {text:?} ({why}):\n{last}"),
            }
        }
    }

    /// Presses `key` and says how long it took until the last line was `wanted`.
    pub fn press(&mut self, key: &str, wanted: &str) -> Duration {
        while self.seen.try_recv().is_ok() {}
        let pressed = Instant::now();
        self.writer.write_all(key.as_bytes()).and_then(|()| self.writer.flush()).expect("the terminal takes keys");
        loop {
            match self.seen.recv_timeout(LONGEST) {
                Ok(seen) if seen.last_line == wanted => return seen.at - pressed,
                Ok(_) => {}
                Err(why) => panic!("never painted {wanted:?} ({why})"),
            }
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
