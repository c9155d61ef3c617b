//! A hostile HTTP server: right answers by a function, wrong ones where it is told to misbehave.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

use super::{
    certificates::Certificates,
    fault::{ESCAPES, Fault, Wire, misbehave},
    hurry::Pace,
};

/// A request that arrived whole.
#[derive(Clone, Debug)]
pub struct Heard {
    pub method: String,
    /// With the query.
    pub path: String,
    pub body: String,
}

/// A right answer, and the pieces that an endless one goes on with.
pub struct Good {
    pub body: String,
    /// Makes piece `n` of an endless body.
    pub more: fn(u64) -> String,
}

impl Good {
    pub fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), more: |_| "x".repeat(60_000) }
    }
}

/// What a protocol over HTTP says.
pub trait Speech: Send + Sync + 'static {
    fn good(&self, heard: &Heard) -> Good;
    /// The body of a refusal, with `words` in each of its texts.
    fn refusal(&self, words: &str) -> String;
    /// The body beside a status of the table, which may be a proxy's.
    fn turned_away(&self) -> String {
        self.refusal("said no")
    }
    /// The status under which its own refusals come.
    fn refuses(&self) -> u16 {
        403
    }
}

/// A server on a port of its own until dropped.
pub struct Site {
    pub address: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    /// Bytes of endless answers that were taken from it.
    pub sent: Arc<AtomicU64>,
    hostile: Arc<AtomicBool>,
    pace: Pace,
    task: Option<JoinHandle<()>>,
}

struct Inner<S> {
    speech: S,
    fault: Fault,
    at: fn(&Heard) -> bool,
    heard: Arc<Mutex<Vec<Heard>>>,
    sent: Arc<AtomicU64>,
    hostile: Arc<AtomicBool>,
    pace: Pace,
}

impl Site {
    /// Requests that `at` picks meet the fault, all others are answered well. TLS unless `plain`.
    pub async fn open<S: Speech>(speech: S, fault: Fault, at: fn(&Heard) -> bool, plain: bool, pace: &Pace) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("{}://{}", if plain { "http" } else { "https" }, listener.local_addr().unwrap());
        let (heard, sent, hostile) = (Arc::default(), Arc::default(), Arc::new(AtomicBool::new(true)));
        let mut site = Self { address, heard, sent, hostile, pace: pace.clone(), task: None };
        if fault == Fault::Refused {
            return site;
        }
        let inner = Arc::new(Inner {
            speech,
            fault,
            at,
            heard: site.heard.clone(),
            sent: site.sent.clone(),
            hostile: site.hostile.clone(),
            pace: pace.clone(),
        });
        site.task = Some(tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                let inner = inner.clone();
                connections.spawn(async move {
                    if plain {
                        inner.serve(&mut { tcp }).await;
                    } else if let Ok(mut tls) = Certificates::shared().acceptor(inner.fault).accept(tcp).await {
                        inner.serve(&mut tls).await;
                    }
                });
            }
        }));
        site
    }

    pub fn count(&self, method: &str) -> usize {
        self.heard.lock().unwrap().iter().filter(|heard| heard.method == method).count()
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// From now on it answers well.
    pub fn heal(&self) {
        self.hostile.store(false, Ordering::SeqCst);
        self.pace.hurry();
    }

    pub fn taken(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl<S: Speech> Inner<S> {
    async fn serve(&self, wire: &mut dyn Wire) {
        let mut waiting = Vec::new();
        while let Some(heard) = read(wire, &mut waiting).await {
            self.heard.lock().unwrap().push(heard.clone());
            let good = self.speech.good(&heard);
            let whole = whole("200 OK", "", &good.body);
            if !(self.hostile.load(Ordering::SeqCst) && (self.at)(&heard)) {
                if wire.write_all(&whole).await.is_err() || wire.flush().await.is_err() {
                    return;
                }
                continue;
            }
            match self.fault {
                Fault::Status(code) => {
                    let headers = format!("retry-after: 30\r\nlocation: {}\r\n", heard.path);
                    let said = whole_of(code, &headers, &self.speech.turned_away());
                    let _gone = wire.write_all(&said).await;
                }
                Fault::Escapes => {
                    let said = whole_of(self.speech.refuses(), "", &self.speech.refusal(ESCAPES));
                    let _gone = wire.write_all(&said).await;
                }
                fault => {
                    if heard.path.contains("watch=1") {
                        self.pace.hurry();
                    }
                    // The status says what becomes of a change, so there the head never ends; else the body does not.
                    let changes = heard.method != "GET" && heard.method != "POST";
                    let more = good.more;
                    let pieces = move |n: u64| match (n, changes) {
                        (0, true) => b"HTTP/1.1 200 OK\r\n".to_vec(),
                        (_, true) => format!("x-more-{n}: {}\r\n", "y".repeat(8_000)).into_bytes(),
                        (0, false) => chunked_head(),
                        (_, false) => chunk(&more(n)),
                    };
                    misbehave(wire, fault, &whole, pieces, &self.sent, &self.pace).await;
                    return;
                }
            }
        }
    }
}

fn whole(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn whole_of(code: u16, headers: &str, body: &str) -> Vec<u8> {
    whole(&format!("{code} Whatever"), headers, body)
}

fn chunked_head() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".to_vec()
}

fn chunk(text: &str) -> Vec<u8> {
    format!("{:x}\r\n{text}\r\n", text.len()).into_bytes()
}

/// The next request, or `None` at the end. What came after it stays in `waiting`.
async fn read(wire: &mut dyn Wire, waiting: &mut Vec<u8>) -> Option<Heard> {
    let mut buffer = vec![0; 16_384];
    loop {
        let text = String::from_utf8_lossy(waiting).into_owned();
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            let length: usize = length.unwrap_or(0);
            if rest.len() >= length {
                let mut first = head.lines().next()?.split(' ');
                let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
                let body = rest.get(..length)?.to_owned();
                waiting.drain(..head.len() + 4 + length);
                return Some(Heard { method, path, body });
            }
        }
        match wire.read(&mut buffer).await {
            Ok(n @ 1..) => waiting.extend_from_slice(&buffer[..n]),
            _ => return None,
        }
    }
}
