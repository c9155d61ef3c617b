//! A hostile Redis server: enough of RESP to be looked at and acted on, and wrong where it is told.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    certificates::Certificates,
    den::{Den, Listening},
    fault::{ESCAPES, Fault, Wire, misbehave},
    hurry::Pace,
};

/// A primary on a port of its own until dropped.
pub struct Server {
    pub port: u16,
    listening: Listening,
}

struct Inner {
    fault: Fault,
    /// The first word of the command whose answer is spoilt.
    at: &'static str,
    tls: bool,
    /// What stands in its texts.
    words: &'static str,
    den: Den,
    saves: AtomicU64,
}

impl Server {
    /// Answers to commands that begin with `at` meet the fault, all others are good.
    pub async fn open(fault: Fault, at: &'static str, words: &'static str, tls: bool, pace: &Pace) -> Self {
        let den = Den::new(pace);
        let inner = Arc::new(Inner { fault, at, tls, words, den: den.clone(), saves: AtomicU64::new(1) });
        let greet = move |tcp| {
            let inner = inner.clone();
            async move { inner.greet(tcp).await }
        };
        let listening = Listening::open(fault, den, greet).await;
        Self { port: listening.port, listening }
    }

    /// How many commands that begin so arrived whole.
    pub fn count(&self, command: &str) -> usize {
        self.listening.count(|heard| heard.starts_with(command))
    }
    pub fn heal(&self) {
        self.listening.heal();
    }
    pub fn taken(&self) -> u64 {
        self.listening.taken()
    }
}

impl Inner {
    async fn greet(&self, mut tcp: TcpStream) {
        if !self.tls {
            self.serve(&mut tcp).await;
        } else if let Ok(mut tls) = Certificates::shared().acceptor(self.fault).accept(tcp).await {
            self.serve(&mut tls).await;
        }
    }

    async fn serve(&self, wire: &mut dyn Wire) {
        let mut waiting = Vec::new();
        while let Some(command) = read(wire, &mut waiting).await {
            self.den.hears(&command);
            let good = self.good(&command);
            if !(self.den.is_hostile() && command.starts_with(self.at)) {
                if wire.write_all(&good).await.is_err() || wire.flush().await.is_err() {
                    return;
                }
                continue;
            }
            if self.fault == Fault::Escapes {
                // An error is one line.
                let said = format!("-NOPERM {}\r\n", ESCAPES.replace("\r\n", " "));
                let _gone = wire.write_all(said.as_bytes()).await;
                continue;
            }
            let more = |n| if n == 0 { b"$900000000\r\n".to_vec() } else { vec![b'x'; 60_000] };
            misbehave(wire, self.fault, &good, more, &self.den.sent, &self.den.pace).await;
            return;
        }
    }

    fn good(&self, command: &str) -> Vec<u8> {
        let bulk = |text: &str| format!("${}\r\n{text}\r\n", text.len()).into_bytes();
        let setting = "min-replicas-to-write";
        match command.split(' ').next().unwrap_or_default() {
            "INFO" => bulk(&format!(
                "redis_version:7.0.15\r\nredis_mode:standalone\r\nrun_id:3f9a{words}\r\nserver_time_usec:1700000100000000\r\n\
                 connected_clients:3\r\nrdb_bgsave_in_progress:0\r\nrdb_last_save_time:1700000000\r\nrdb_last_bgsave_status:ok\r\n\
                 rdb_saves:{saves}\r\naof_enabled:0\r\nrole:master\r\nconnected_slaves:0\r\nmin_slaves_good_slaves:0\r\n\
                 master_replid:ab{words}\r\nmaster_repl_offset:500\r\n",
                words = self.words.replace("\r\n", " "),
                saves = self.saves.load(Ordering::SeqCst),
            )),
            "BGSAVE" => {
                self.saves.fetch_add(1, Ordering::SeqCst);
                b"+Background saving started\r\n".to_vec()
            }
            "CONFIG" if command.starts_with("CONFIG GET") => [b"*2\r\n".to_vec(), bulk(setting), bulk("1000000")].concat(),
            _ => b"+OK\r\n".to_vec(),
        }
    }
}

/// The next command, its words with spaces between, or `None` at the end. What came after it stays in `waiting`.
async fn read(wire: &mut dyn Wire, waiting: &mut Vec<u8>) -> Option<String> {
    let mut buffer = vec![0; 4_096];
    loop {
        if let Some((words, used)) = command(waiting) {
            waiting.drain(..used);
            return Some(words.join(" "));
        }
        match wire.read(&mut buffer).await {
            Ok(n @ 1..) => waiting.extend_from_slice(&buffer[..n]),
            _ => return None,
        }
    }
}

/// `*2\r\n$4\r\nAUTH\r\n$4\r\nlook\r\n`, if all of it is there; and how many bytes it took.
fn command(bytes: &[u8]) -> Option<(Vec<String>, usize)> {
    let mut at = 0;
    let number = |mark: u8, at: &mut usize| {
        let end = *at + bytes.get(*at..)?.windows(2).position(|pair| pair == b"\r\n")?;
        let said = bytes[*at..end].strip_prefix(&[mark])?;
        *at = end + 2;
        std::str::from_utf8(said).ok()?.parse::<usize>().ok()
    };
    let count = number(b'*', &mut at)?;
    let mut words = Vec::new();
    for _ in 0..count {
        let length = number(b'$', &mut at)?;
        words.push(String::from_utf8_lossy(bytes.get(at..at + length)?).into_owned());
        bytes.get(at + length..at + length + 2)?;
        at += length + 2;
    }
    Some((words, at))
}
