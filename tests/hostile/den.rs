//! What hostile servers on a bare socket have in common: a port of their own, what they heard, and being healed.

use std::{
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use super::{fault::Fault, hurry::Pace};

/// Shared by a server and its connections.
#[derive(Clone)]
pub struct Den {
    heard: Arc<Mutex<Vec<String>>>,
    /// Bytes of endless answers that were taken from it.
    pub sent: Arc<AtomicU64>,
    hostile: Arc<AtomicBool>,
    pub pace: Pace,
}

impl Den {
    pub fn new(pace: &Pace) -> Self {
        Self { heard: Arc::default(), sent: Arc::default(), hostile: Arc::new(AtomicBool::new(true)), pace: pace.clone() }
    }
    pub fn hears(&self, words: &str) {
        self.heard.lock().unwrap().push(words.to_owned());
    }
    pub fn is_hostile(&self) -> bool {
        self.hostile.load(Ordering::SeqCst)
    }
}

/// A server that listens until this is dropped.
pub struct Listening {
    pub port: u16,
    den: Den,
    task: Option<JoinHandle<()>>,
}

impl Listening {
    /// `serve` has each connection, unless it is to be refused.
    pub async fn open<F, S>(fault: Fault, den: Den, serve: F) -> Self
    where
        F: Fn(TcpStream) -> S + Send + 'static,
        S: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = (fault != Fault::Refused).then(|| {
            tokio::spawn(async move {
                let mut connections = JoinSet::new();
                while let Ok((tcp, _)) = listener.accept().await {
                    connections.spawn(serve(tcp));
                }
            })
        });
        Self { port, den, task }
    }

    /// How much of what was heard is so.
    pub fn count(&self, is: impl Fn(&str) -> bool) -> usize {
        self.den.heard.lock().unwrap().iter().filter(|heard| is(heard)).count()
    }
    /// From now on it answers well.
    pub fn heal(&self) {
        self.den.hostile.store(false, Ordering::SeqCst);
        self.den.pace.hurry();
    }
    pub fn taken(&self) -> u64 {
        self.den.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
