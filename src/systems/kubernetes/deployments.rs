//! Deployments of a namespace, as answers to [`Ask::KubernetesDeployments`](crate::model::Ask::KubernetesDeployments).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    follow::{Item, Keeper},
    words::Miss,
    workload::{Status, complete},
};
use crate::{
    model::{Question, Reading, Sample, Time, text::brief},
    systems::source::Sink,
};

/// A deployment, cut down to its counts.
#[derive(Debug, Deserialize)]
pub struct Deployment {
    metadata: Meta,
    #[serde(default)]
    spec: Spec,
    #[serde(default)]
    status: Status,
}
#[derive(Debug, Deserialize)]
struct Meta {
    name: String,
    #[serde(default)]
    generation: i64,
}
#[derive(Debug, Default, Deserialize)]
struct Spec {
    replicas: Option<i64>,
}

impl Item for Deployment {
    fn key(&self) -> String {
        self.metadata.name.clone()
    }
}

/// What is kept of one.
struct Rollout {
    wanted: i64,
    updated: i64,
    ready: i64,
    available: i64,
    complete: bool,
    /// When it was known to be so.
    seen: Time,
}

impl Rollout {
    fn of(deployment: &Deployment, seen: Time) -> Self {
        let (wanted, status) = (deployment.spec.replicas.unwrap_or(1), &deployment.status);
        Rollout {
            wanted,
            updated: status.updated_replicas,
            ready: status.ready_replicas,
            available: status.available_replicas,
            complete: complete(deployment.metadata.generation, wanted, status),
            seen,
        }
    }
}

pub struct Deployments {
    questions: Vec<Question>,
    namespace: String,
    connection: String,
    sink: Sink,
    kept: BTreeMap<String, Rollout>,
    proven: Option<Time>,
}

impl Deployments {
    pub fn new(connection: &str, namespace: &str, questions: Vec<Question>, sink: Sink) -> Self {
        let (namespace, connection) = (namespace.to_owned(), connection.to_owned());
        Self { questions, namespace, connection, sink, kept: BTreeMap::new(), proven: None }
    }
}

impl Keeper<Deployment> for Deployments {
    fn all(&mut self, items: Vec<Deployment>, now: Time) {
        self.kept = items.iter().map(|d| (brief(&d.metadata.name), Rollout::of(d, now))).collect();
    }
    fn put(&mut self, item: Deployment, now: Time) {
        self.kept.insert(brief(&item.metadata.name), Rollout::of(&item, now));
    }
    fn remove(&mut self, key: &str) {
        self.kept.remove(&brief(key));
    }
    fn proven(&mut self, at: Time) {
        self.proven = Some(at);
        self.kept.values_mut().for_each(|r| r.seen = r.seen.max(at));
    }
    fn tell(&mut self, now: Time) {
        let Some(proven) = self.proven else { return };
        let mut samples = Vec::with_capacity(self.kept.len() * 5);
        for (name, r) in &self.kept {
            let mut say = |fact: &str, value: crate::model::Value| {
                samples.push(Sample::bare(value, r.seen).label("deployment", name.as_str()).label("fact", fact));
            };
            say("wanted", (r.wanted as f64).into());
            say("updated", (r.updated as f64).into());
            say("ready", (r.ready as f64).into());
            say("available", (r.available as f64).into());
            say("complete", r.complete.into());
        }
        // An empty answer is as old as its proof.
        let read = if samples.is_empty() { proven } else { now };
        for question in &self.questions {
            let reading = Reading { samples: samples.clone(), read, warnings: vec![], cards: Default::default() };
            self.sink.record(question, Ok(reading), now);
        }
    }
    fn lost(&mut self, miss: &Miss, now: Time) {
        let why = format!("deployments of {} on {}: {}", self.namespace, self.connection, miss.why());
        for question in &self.questions {
            self.sink.record(question, Err(why.clone()), now);
        }
    }
}
