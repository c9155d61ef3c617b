//! A hostile PostgreSQL server: enough of the wire protocol to be looked at and acted on, and wrong where it is told.

use std::{collections::HashMap, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    certificates::Certificates,
    den::{Den, Listening},
    fault::{ESCAPES, Fault, Wire, misbehave},
    hurry::Pace,
    postgres_answers::{Answer, answer},
};

/// Where a fault shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// In place of the answer to the very first message.
    Hello,
    /// In place of the answer to the login.
    Login,
    /// In place of the answer to a statement that holds this text.
    Statement(&'static str),
}

/// A server on a port of its own until dropped.
pub struct Server {
    pub port: u16,
    listening: Listening,
}

struct Inner {
    fault: Fault,
    at: At,
    standby: bool,
    tls: bool,
    den: Den,
}

impl Server {
    pub async fn open(fault: Fault, at: At, standby: bool, tls: bool, pace: &Pace) -> Self {
        let den = Den::new(pace);
        let inner = Arc::new(Inner { fault, at, standby, tls, den: den.clone() });
        let greet = move |tcp| {
            let inner = inner.clone();
            async move {
                let _ended = inner.greet(tcp).await;
            }
        };
        let listening = Listening::open(fault, den, greet).await;
        Self { port: listening.port, listening }
    }

    /// How many statements with this text were to be carried out.
    pub fn count(&self, text: &str) -> usize {
        self.listening.count(|sql| sql.contains(text))
    }
    pub fn heal(&self) {
        self.listening.heal();
    }
    pub fn taken(&self) -> u64 {
        self.listening.taken()
    }
}

impl Inner {
    fn faults(&self, at: impl Fn(At) -> bool) -> bool {
        self.den.is_hostile() && at(self.at)
    }

    async fn spoil(&self, wire: &mut dyn Wire, good: &[u8]) {
        // Settings before the first answer, notices at any time: as many as it likes.
        let more = "more ".repeat(10_000);
        let (first, next) = match self.at {
            At::Statement(_) => (Vec::new(), message(b'N', &fields("NOTICE", "00000", &more))),
            At::Hello | At::Login => (message(b'R', &0_i32.to_be_bytes()), message(b'S', format!("{more}\0{more}\0").as_bytes())),
        };
        let pieces = move |n| if n == 0 { first.clone() } else { next.clone() };
        misbehave(wire, self.fault, good, pieces, &self.den.sent, &self.den.pace).await;
    }

    async fn greet(&self, mut tcp: TcpStream) -> Option<()> {
        let mut head = [0; 8];
        if !self.tls {
            return self.log_in(&mut tcp).await;
        }
        tcp.read_exact(&mut head).await.ok()?;
        if self.faults(|at| at == At::Hello) {
            self.spoil(&mut tcp, b"S").await;
            return None;
        }
        tcp.write_all(b"S").await.ok()?;
        let mut tls = Certificates::shared().acceptor(self.fault).accept(tcp).await.ok()?;
        self.log_in(&mut tls).await
    }

    async fn log_in(&self, wire: &mut dyn Wire) -> Option<()> {
        let length = wire.read_i32().await.ok()?;
        let mut parameters = vec![0; usize::try_from(length).ok()?.checked_sub(4)?];
        wire.read_exact(&mut parameters).await.ok()?;
        let mut welcome = message(b'R', &0_i32.to_be_bytes());
        welcome.extend(message(b'S', b"server_version\x0017.0\0"));
        welcome.extend(message(b'K', &[0; 8]));
        welcome.extend(ready());
        if self.faults(|at| at == At::Login || (at == At::Hello && !self.tls)) {
            match self.fault {
                Fault::Escapes => wire.write_all(&error("FATAL", "28000", ESCAPES)).await.ok()?,
                Fault::Fatal => wire.write_all(&error("FATAL", "53300", "sorry, too many clients already")).await.ok()?,
                _ => self.spoil(wire, &welcome).await,
            }
            return None;
        }
        wire.write_all(&welcome).await.ok()?;
        wire.flush().await.ok()?;
        self.converse(wire).await
    }

    async fn converse(&self, wire: &mut dyn Wire) -> Option<()> {
        let mut statements: HashMap<Vec<u8>, String> = HashMap::new();
        let (mut out, mut bound, mut bad) = (Vec::new(), String::new(), false);
        loop {
            let (tag, body) = read(wire).await?;
            let mut texts = body.split(|b| *b == 0);
            match tag {
                b'Q' => {
                    let sql = String::from_utf8_lossy(texts.next()?).into_owned();
                    out.extend(self.carry_out(&sql, true));
                    bad = self.faults(|at| matches!(at, At::Statement(text) if sql.contains(text)));
                    out.extend(ready());
                }
                b'P' => {
                    let name = texts.next()?.to_vec();
                    statements.insert(name, String::from_utf8_lossy(texts.next()?).into_owned());
                    out.extend(message(b'1', b""));
                }
                b'D' => out.extend(self.find(statements.get(body.get(1..)?.split(|b| *b == 0).next()?)?).description(false)),
                b'B' => {
                    texts.next();
                    bound = statements.get(texts.next()?)?.clone();
                    out.extend(message(b'2', b""));
                }
                b'E' => {
                    out.extend(self.carry_out(&bound, false));
                    bad |= self.faults(|at| matches!(at, At::Statement(text) if bound.contains(text)));
                }
                b'C' => out.extend(message(b'3', b"")),
                b'S' => out.extend(ready()),
                b'X' => return None,
                _ => {}
            }
            if !matches!(tag, b'Q' | b'S') {
                continue;
            }
            if std::mem::take(&mut bad) {
                match self.fault {
                    Fault::Escapes => out = [error("ERROR", "42501", ESCAPES), ready()].concat(),
                    Fault::Fatal => {
                        let said = error("FATAL", "57P01", "terminating connection due to administrator command");
                        wire.write_all(&said).await.ok()?;
                        return None;
                    }
                    _ => {
                        self.spoil(wire, &out).await;
                        return None;
                    }
                }
            }
            wire.write_all(&out).await.ok()?;
            wire.flush().await.ok()?;
            out.clear();
        }
    }

    fn find(&self, sql: &str) -> Answer {
        answer(sql, self.standby)
    }

    fn carry_out(&self, sql: &str, text: bool) -> Vec<u8> {
        self.den.hears(sql);
        self.find(sql).rows(text)
    }
}

async fn read(wire: &mut dyn Wire) -> Option<(u8, Vec<u8>)> {
    let tag = wire.read_u8().await.ok()?;
    let length = wire.read_i32().await.ok()?;
    let mut body = vec![0; usize::try_from(length).ok()?.checked_sub(4)?];
    wire.read_exact(&mut body).await.ok()?;
    Some((tag, body))
}

pub fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag], (body.len() as i32 + 4).to_be_bytes().as_slice(), body].concat()
}

fn ready() -> Vec<u8> {
    message(b'Z', b"I")
}

/// An error's fields, with `words` as its message, detail and hint.
fn fields(severity: &str, code: &str, words: &str) -> Vec<u8> {
    format!("S{severity}\0V{severity}\0C{code}\0M{words}\0D{words}\0H{words}\0\0").into_bytes()
}

fn error(severity: &str, code: &str, words: &str) -> Vec<u8> {
    message(b'E', &fields(severity, code, words))
}
