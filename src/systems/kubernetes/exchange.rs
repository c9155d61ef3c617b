//! One request and its bounded answer.

use std::sync::Arc;

use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Limited};
use kube::client::Body;
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    link::Link,
    words::{self, Miss},
};
use crate::{
    model::{Clock, Duration, Identity, Time},
    systems::transport,
};

/// No answer of ours is larger; a page of 250 pods has some 2 MB.
pub const BIGGEST: usize = 16 << 20;

/// More than this in all, or in more pages, is no collection that is kept: some 65,000 pods.
const WHOLE: usize = 512 << 20;
const PAGES: usize = 1_000;
/// All pages together may take this many times the limit of one.
const PAGES_TIME: u32 = 8;

/// The name our writes carry in an object's history.
pub const MANAGER: &str = "lifeboat";

/// A change to send: exactly this, exactly once.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// With the query.
    pub path: String,
    /// `application/merge-patch+json` or `application/strategic-merge-patch+json`.
    pub kind: &'static str,
    pub body: serde_json::Value,
}

pub const MERGE: &str = "application/merge-patch+json";
pub const STRATEGIC: &str = "application/strategic-merge-patch+json";

impl Patch {
    /// As a preview shows it.
    pub fn text(&self) -> String {
        format!("PATCH {} {}", self.path, self.body)
    }
}

/// Objects of one kind; unknown fields are never kept.
#[derive(Deserialize)]
pub struct List<T> {
    pub metadata: ListMeta,
    #[serde(default = "Vec::new")]
    pub items: Vec<T>,
}

#[derive(Deserialize, Default)]
pub struct ListMeta {
    #[serde(rename = "resourceVersion", default)]
    pub version: String,
    /// Where the next page begins.
    #[serde(rename = "continue", default)]
    pub more: Option<String>,
}

/// Objects in one page of a list.
const PAGE: u32 = 250;

/// A good answer.
pub struct Answer<T> {
    pub body: T,
    /// The server's clock when it answered, to whole seconds, if it said.
    pub server_time: Option<Time>,
    /// Of the answer as it came.
    bytes: usize,
}

impl Link {
    /// Reads an object or a list.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, limit: Duration, clock: &Arc<dyn Clock>) -> Result<Answer<T>, Miss> {
        let (bytes, server_time) = self.within(limit, clock, self.whole(path)).await?;
        Ok(Answer { body: self.read(&bytes)?, server_time, bytes: bytes.len() })
    }

    fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, Miss> {
        serde_json::from_slice(bytes).map_err(|error| Miss::Unclear {
            why: format!("{} answered something else than its API: {error}", self.place.address),
        })
    }

    /// Reads all of a collection, page by page; `limit` is for each of them.
    pub async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        limit: Duration,
        clock: &Arc<dyn Clock>,
    ) -> Result<Answer<List<T>>, Miss> {
        let work = self.pages(path, limit, clock);
        let endless = || Miss::Unclear { why: format!("{}: its list {path} does not end", self.place.address) };
        let whole = transport::within(clock.as_ref(), limit * PAGES_TIME.into(), work).await;
        whole.unwrap_or_else(|| Err(endless()))?.ok_or_else(endless)
    }

    /// `None` when there are too many.
    async fn pages<T: DeserializeOwned>(
        &self,
        path: &str,
        limit: Duration,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<Answer<List<T>>>, Miss> {
        let mut all = List { metadata: ListMeta::default(), items: Vec::new() };
        let mut bytes = 0;
        for _ in 0..PAGES {
            let next = all.metadata.more.as_deref().unwrap_or_default();
            // The token is opaque to us and may hold anything.
            let next: String = next.bytes().map(|b| format!("%{b:02X}")).collect();
            let page = self.get::<List<T>>(&format!("{path}?limit={PAGE}&continue={next}"), limit, clock).await?;
            all.items.extend(page.body.items);
            all.metadata = page.body.metadata;
            bytes += page.bytes;
            if all.metadata.more.as_deref().unwrap_or_default().is_empty() {
                return Ok(Some(Answer { body: all, server_time: page.server_time, bytes }));
            }
            if bytes > WHOLE {
                break;
            }
        }
        Ok(None)
    }

    /// Sends a change once. Its status is the answer; the object that comes with it is not waited for.
    pub async fn patch(&self, patch: &Patch, limit: Duration, clock: &Arc<dyn Clock>) -> Result<(), Miss> {
        let request = Request::builder()
            .method(Method::PATCH)
            .uri(&patch.path)
            .header(header::CONTENT_TYPE, patch.kind)
            .header(header::ACCEPT, "application/json")
            .body(Body::from(patch.body.to_string().into_bytes()));
        let sent = async {
            let response = self.send(request).await?;
            if response.status().is_success() { Ok(()) } else { Err(self.refusal(response).await) }
        };
        self.within(limit, clock, sent).await
    }

    /// Puts a question that is too long for an address; it makes nothing.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        question: &serde_json::Value,
        limit: Duration,
        clock: &Arc<dyn Clock>,
    ) -> Result<T, Miss> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(Body::from(question.to_string().into_bytes()));
        let (bytes, _) = self.within(limit, clock, self.answer(request)).await?;
        self.read(&bytes)
    }

    /// Asks what the cluster is: the UID of its namespace kube-system, which lives as long as the cluster does.
    pub async fn cluster(&self, limit: Duration, clock: &Arc<dyn Clock>) -> Result<String, Miss> {
        #[derive(Deserialize)]
        struct Namespace {
            metadata: Named,
        }
        #[derive(Deserialize)]
        struct Named {
            uid: String,
        }
        let answer = self.get::<Namespace>("/api/v1/namespaces/kube-system", limit, clock).await;
        answer.map(|a| crate::model::text::clean(&a.body.metadata.uid))
    }

    /// Sends a request and hands its answer over as it comes; not 2xx is a [`Miss`]. Has no limit of its own.
    pub async fn open_stream(&self, path: &str) -> Result<Body, Miss> {
        let request =
            Request::builder().method(Method::GET).uri(path).header(header::ACCEPT, "application/json").body(Body::empty());
        let response = self.send(request).await?;
        if response.status().is_success() { Ok(response.into_body()) } else { Err(self.refusal(response).await) }
    }

    /// `work`, or that nothing came within `limit`.
    pub async fn within<T>(
        &self,
        limit: Duration,
        clock: &Arc<dyn Clock>,
        work: impl Future<Output = Result<T, Miss>>,
    ) -> Result<T, Miss> {
        tokio::select! {
            biased;
            done = work => done,
            () = clock.sleep(limit) => Err(words::silence(limit, &self.place.address)),
        }
    }

    async fn send(&self, request: http::Result<Request<Body>>) -> Result<Response<Body>, Miss> {
        let request = request.map_err(|error| Miss::NotSent { why: format!("no valid request: {error}") })?;
        self.client.send(request).await.map_err(|error| words::transport(&error, &self.place.address))
    }

    async fn refusal(&self, response: Response<Body>) -> Miss {
        let code = response.status().as_u16();
        // The status alone already says it; its words are a help.
        let words = Limited::new(response.into_body(), 1 << 20).collect().await.map(|b| b.to_bytes()).unwrap_or_default();
        words::answer(code, &words, &self.place.login)
    }

    async fn whole(&self, path: &str) -> Result<(Vec<u8>, Option<Time>), Miss> {
        self.answer(
            Request::builder().method(Method::GET).uri(path).header(header::ACCEPT, "application/json").body(Body::empty()),
        )
        .await
    }

    async fn answer(&self, request: http::Result<Request<Body>>) -> Result<(Vec<u8>, Option<Time>), Miss> {
        let response = self.send(request).await?;
        if !response.status().is_success() {
            return Err(self.refusal(response).await);
        }
        let said = response.headers().get(header::DATE).and_then(|v| v.to_str().ok());
        let server_time = said.and_then(|t| chrono::DateTime::parse_from_rfc2822(t).ok()).map(|t| t.to_utc());
        match Limited::new(response.into_body(), BIGGEST).collect().await {
            Ok(body) => Ok((body.to_bytes().to_vec(), server_time)),
            Err(error) => {
                let address = &self.place.address;
                Err(Miss::Unclear { why: format!("{address}: {}", words::broken(error.as_ref(), BIGGEST)) })
            }
        }
    }
}

/// What a preview pins (RULES R14): the cluster, and where its requests go.
pub fn identity(cluster: &str, address: &str) -> Identity {
    Identity::default().with("cluster", cluster).with("address", address)
}
