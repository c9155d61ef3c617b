//! One request and its bounded answer, over a connection of its own: sent once, never redirected, never repeated.

use std::{convert::Infallible, future::pending};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    body::{Bytes, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use reqwest::Url;

use super::way::{Limits, Line};
use crate::{
    model::{Clock, Duration},
    systems::transport::{deepest, http_words, size},
};

/// What the head of an answer, its framing and what is read ahead may weigh beside the body.
const HEAD_BYTES: u64 = 1024 * 1024;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// With its content type, unless a header says one.
    pub body: Option<(&'static str, Vec<u8>)>,
}

/// What came back. The status stands also when the rest broke off.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The body, or why it is not there.
    pub body: Result<Vec<u8>, String>,
}

impl Question {
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: Vec::new(), body: None }
    }

    fn request(self) -> Result<Request<Full<Bytes>>, String> {
        let path = self.url.query().map_or_else(|| self.url.path().to_owned(), |query| format!("{}?{query}", self.url.path()));
        let host = self.url.host_str().unwrap_or_default();
        let host = self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let mut builder = Request::builder()
            .method(self.method)
            .uri(path)
            .header(header::HOST, host)
            .header(header::CONNECTION, "close")
            .header(header::CACHE_CONTROL, "no-cache");
        let said = |name: &HeaderName| self.headers.iter().any(|(known, _)| known == name);
        if !said(&header::ACCEPT) {
            builder = builder.header(header::ACCEPT, "application/json, */*;q=0.5");
        }
        if !said(&header::USER_AGENT) {
            builder = builder.header(header::USER_AGENT, concat!("lifeboat/", env!("CARGO_PKG_VERSION")));
        }
        if let Some((kind, _)) = self.body.as_ref().filter(|_| !said(&header::CONTENT_TYPE)) {
            builder = builder.header(header::CONTENT_TYPE, *kind);
        }
        for (name, value) in self.headers {
            builder = builder.header(name, value);
        }
        let body = self.body.map(|(_, bytes)| Bytes::from(bytes)).unwrap_or_default();
        builder.body(Full::new(body)).map_err(|error| format!("the request cannot be written: {error}"))
    }
}

/// How far a request came that has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Miss {
    /// It never left.
    NotSent { why: String },
    /// It left, wholly or in part.
    Unclear { why: String },
}

impl Miss {
    pub fn why(&self) -> &str {
        match self {
            Miss::NotSent { why } | Miss::Unclear { why } => why,
        }
    }
}

/// Sends `question` over `line` once. `wants_body`: without it the answer's body is not waited for.
pub async fn send(line: Line, question: Question, wants_body: bool, limits: Limits, clock: &dyn Clock) -> Result<Answer, Miss> {
    let request = question.request().map_err(|why| Miss::NotSent { why })?;
    line.meter.allow(limits.reply_bytes.saturating_add(HEAD_BYTES));
    let shaken = http1::Builder::new().handshake(TokioIo::new(line.stream)).await;
    let (mut sender, connection) = shaken.map_err(|error| Miss::NotSent { why: deepest(&error) })?;
    // Whatever ends the connection is told to who waits for the answer.
    let driving = async {
        let _ = connection.await;
        pending::<Infallible>().await
    };
    let limit = clock.sleep(limits.request);
    tokio::pin!(driving, limit);
    let reply = tokio::select! {
        biased;
        reply = sender.send_request(request) => reply.map_err(|error| Miss::Unclear { why: broke_off(&error) })?,
        never = &mut driving => match never {},
        () = &mut limit => return Err(Miss::Unclear { why: format!("no answer within {}: is it overloaded or hanging?", limits.request) }),
    };
    let (head, body) = reply.into_parts();
    let body = if wants_body {
        tokio::select! {
            biased;
            body = whole(body, limits.reply_bytes) => body,
            never = &mut driving => match never {},
            () = &mut limit => Err(unended(limits.request)),
        }
    } else {
        Ok(Vec::new())
    };
    Ok(Answer { status: head.status, headers: head.headers, body })
}

async fn whole(body: Incoming, cap: u64) -> Result<Vec<u8>, String> {
    match Limited::new(body, usize::try_from(cap).unwrap_or(usize::MAX)).collect().await {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(format!("its answer is larger than {}", size(cap))),
        Err(error) => Err(told(&deepest(&*error), "its answer")),
    }
}

fn unended(limit: Duration) -> String {
    format!("its answer did not end within {limit}")
}

fn broke_off(error: &hyper::Error) -> String {
    if error.is_incomplete_message() {
        return "it closed the connection without an answer".into();
    }
    told(&deepest(error), "the exchange")
}

fn told(why: &str, what: &str) -> String {
    http_words(why).map_or_else(|| format!("{what} broke off: {why}"), str::to_owned)
}
