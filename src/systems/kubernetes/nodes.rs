//! Nodes and the accelerators their pods hold, as answers to [`Ask::KubernetesNodes`](crate::model::Ask::KubernetesNodes).
//! Two collections make one answer: without the right to see pods it lacks `gaudi_used` and says so.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Deserialize;

use super::{
    follow::{Item, Keeper},
    words::Miss,
};
use crate::{
    model::{Question, Reading, Sample, Time, text::brief},
    systems::source::Sink,
};

const CARD: &str = "habana.ai/gaudi";
const ZONE: &str = "topology.kubernetes.io/zone";

/// A node, cut down.
#[derive(Debug, Deserialize)]
pub struct Node {
    metadata: NodeMeta,
    #[serde(default)]
    status: NodeStatus,
}
#[derive(Debug, Deserialize)]
struct NodeMeta {
    name: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}
#[derive(Debug, Default, Deserialize)]
struct NodeStatus {
    #[serde(default)]
    capacity: BTreeMap<String, String>,
    #[serde(default)]
    allocatable: BTreeMap<String, String>,
    #[serde(default)]
    conditions: Vec<NodeCondition>,
}
#[derive(Debug, Deserialize)]
struct NodeCondition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
}

/// A pod, cut down to what it holds where.
#[derive(Debug, Deserialize)]
pub struct Pod {
    metadata: PodMeta,
    #[serde(default)]
    spec: PodSpec,
    #[serde(default)]
    status: PodStatus,
}
#[derive(Debug, Deserialize)]
struct PodMeta {
    name: String,
    #[serde(default)]
    namespace: String,
}
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PodSpec {
    #[serde(default)]
    node_name: Option<String>,
    #[serde(default)]
    containers: Vec<Container>,
    #[serde(default)]
    init_containers: Vec<Container>,
}
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    #[serde(default)]
    resources: Resources,
    #[serde(default)]
    restart_policy: Option<String>,
}
#[derive(Debug, Default, Deserialize)]
struct Resources {
    #[serde(default)]
    requests: BTreeMap<String, String>,
}
#[derive(Debug, Default, Deserialize)]
struct PodStatus {
    #[serde(default)]
    phase: String,
}

impl Item for Node {
    fn key(&self) -> String {
        self.metadata.name.clone()
    }
}

impl Item for Pod {
    fn key(&self) -> String {
        format!("{}/{}", self.metadata.namespace, self.metadata.name)
    }
}

impl Pod {
    /// The node and the cards it holds there; most pods hold none and are not kept.
    fn holds(&self) -> Option<(String, f64)> {
        let node = self.spec.node_name.as_ref()?;
        if matches!(self.status.phase.as_str(), "Succeeded" | "Failed") {
            return None;
        }
        let cards = |c: &Container| cards(&c.resources.requests).unwrap_or(0.0);
        // An init container that stays (a sidecar) counts beside the others, any other one only while it is alone.
        let (stay, alone): (Vec<_>, Vec<_>) =
            self.spec.init_containers.iter().partition(|c| c.restart_policy.as_deref() == Some("Always"));
        let together: f64 = self.spec.containers.iter().chain(stay).map(cards).sum();
        let held = alone.into_iter().map(cards).fold(together, f64::max);
        (held > 0.0).then(|| (brief(node), held))
    }
}

fn cards(resources: &BTreeMap<String, String>) -> Option<f64> {
    // An amount that is none is not known; it is no amount without end either.
    resources.get(CARD)?.parse().ok().filter(|cards: &f64| cards.is_finite() && *cards >= 0.0)
}

struct Kept {
    ready: bool,
    zone: Option<String>,
    capacity: Option<f64>,
    allocatable: Option<f64>,
    seen: Time,
}

impl Kept {
    fn of(node: &Node, seen: Time) -> Self {
        let status = &node.status;
        Kept {
            ready: status.conditions.iter().any(|c| c.kind == "Ready" && c.status == "True"),
            zone: node.metadata.labels.get(ZONE).map(|z| brief(z)),
            capacity: cards(&status.capacity),
            allocatable: cards(&status.allocatable),
            seen,
        }
    }
}

#[derive(Default)]
struct Board {
    nodes: BTreeMap<String, Kept>,
    nodes_proven: Option<Time>,
    nodes_lost: bool,
    holders: BTreeMap<String, (String, f64)>,
    pods_proven: Option<Time>,
    /// Why pods cannot be seen at present.
    pods_lost: Option<String>,
}

/// What both keepers share.
#[derive(Clone)]
pub struct Nodes {
    board: Arc<Mutex<Board>>,
    questions: Arc<Vec<Question>>,
    connection: String,
    sink: Sink,
}

impl Nodes {
    pub fn new(connection: &str, questions: Vec<Question>, sink: Sink) -> Self {
        Self { board: Arc::default(), questions: Arc::new(questions), connection: connection.to_owned(), sink }
    }
    /// The keeper of the other collection.
    pub fn pods(&self) -> Pods {
        Pods(self.clone())
    }
    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn record(&self, answer: Result<Reading, String>, now: Time) {
        for question in self.questions.iter() {
            self.sink.record(question, answer.clone(), now);
        }
    }
    fn publish(&self, now: Time) {
        let board = self.board();
        let Some(proven) = board.nodes_proven.filter(|_| !board.nodes_lost) else { return };
        let mut used: BTreeMap<&str, f64> = BTreeMap::new();
        for (node, cards) in board.holders.values() {
            *used.entry(node).or_default() += cards;
        }
        let mut samples = Vec::with_capacity(board.nodes.len() * 5);
        for (name, node) in &board.nodes {
            let mut say = |fact: &str, value: crate::model::Value, seen: Time| {
                samples.push(Sample::bare(value, seen).label("node", name.as_str()).label("fact", fact));
            };
            say("ready", node.ready.into(), node.seen);
            if let Some(zone) = &node.zone {
                say("zone", zone.as_str().into(), node.seen);
            }
            if let Some(cards) = node.capacity {
                say("gaudi_capacity", cards.into(), node.seen);
            }
            if let Some(cards) = node.allocatable {
                say("gaudi_allocatable", cards.into(), node.seen);
            }
            if let (None, Some(proven), Some(_)) = (&board.pods_lost, board.pods_proven, node.capacity) {
                say("gaudi_used", used.get(name.as_str()).copied().unwrap_or(0.0).into(), proven);
            }
        }
        let read = if samples.is_empty() { proven } else { now };
        drop(board);
        // What is not seen of the pods is left out above; the nodes are known all the same.
        self.record(Ok(Reading { samples, read, warnings: Vec::new(), cards: Default::default() }), now);
    }
}

impl Keeper<Node> for Nodes {
    fn all(&mut self, items: Vec<Node>, now: Time) {
        self.board().nodes = items.iter().map(|n| (brief(&n.metadata.name), Kept::of(n, now))).collect();
    }
    fn put(&mut self, item: Node, now: Time) {
        self.board().nodes.insert(brief(&item.metadata.name), Kept::of(&item, now));
    }
    fn remove(&mut self, key: &str) {
        self.board().nodes.remove(&brief(key));
    }
    fn proven(&mut self, at: Time) {
        let mut board = self.board();
        board.nodes_proven = Some(at);
        board.nodes_lost = false;
        board.nodes.values_mut().for_each(|n| n.seen = n.seen.max(at));
    }
    fn tell(&mut self, now: Time) {
        self.publish(now);
    }
    fn lost(&mut self, miss: &Miss, now: Time) {
        self.board().nodes_lost = true;
        self.record(Err(format!("nodes on {}: {}", self.connection, miss.why())), now);
    }
}

pub struct Pods(Nodes);

impl Keeper<Pod> for Pods {
    fn all(&mut self, items: Vec<Pod>, _now: Time) {
        self.0.board().holders = items.iter().filter_map(|p| Some((p.key(), p.holds()?))).collect();
    }
    fn put(&mut self, item: Pod, _now: Time) {
        let mut board = self.0.board();
        match item.holds() {
            Some(held) => board.holders.insert(item.key(), held),
            None => board.holders.remove(&item.key()),
        };
    }
    fn remove(&mut self, key: &str) {
        self.0.board().holders.remove(key);
    }
    fn proven(&mut self, at: Time) {
        let mut board = self.0.board();
        board.pods_proven = Some(at);
        board.pods_lost = None;
    }
    fn tell(&mut self, now: Time) {
        self.0.publish(now);
    }
    fn lost(&mut self, miss: &Miss, now: Time) {
        self.0.board().pods_lost = Some(brief(miss.why()));
        self.0.publish(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cards_are_counted_as_the_scheduler_does() {
        let pod = |spec: serde_json::Value, phase: &str| {
            let json = json!({"metadata": {"name": "p", "namespace": "n"}, "spec": spec, "status": {"phase": phase}});
            serde_json::from_value::<Pod>(json).unwrap().holds()
        };
        let with = |n: &str| json!({"resources": {"requests": {CARD: n}}});
        let side = json!({"resources": {"requests": {CARD: "1"}}, "restartPolicy": "Always"});
        let spec = json!({"nodeName": "gaudi-1", "containers": [with("2"), with("1"), {}], "initContainers": [with("8"), side]});
        assert_eq!(pod(spec.clone(), "Running"), Some(("gaudi-1".into(), 8.0)));
        assert_eq!(pod(spec, "Succeeded"), None, "a finished pod holds none");
        assert_eq!(pod(json!({"containers": [with("2")]}), "Pending"), None, "no node yet");
        assert_eq!(pod(json!({"nodeName": "a", "containers": [{}]}), "Running"), None);
    }

    #[test]
    fn r29_without_pods_nothing_is_said_about_cards_in_use() {
        use crate::model::{Ask, Duration, Question};
        let sink = Sink::default();
        let question = Question::new("west", Ask::KubernetesNodes, Duration::from_secs(5), None);
        let mut nodes = Nodes::new("west", vec![question.clone()], sink.clone());
        let mut pods = nodes.pods();
        let now: Time = "2026-11-20T02:00:00Z".parse().unwrap();
        let node = json!({"metadata": {"name": "g"}, "status": {"capacity": {CARD: "8"}, "allocatable": {CARD: "7"}}});
        Keeper::all(&mut nodes, vec![serde_json::from_value(node).unwrap()], now);
        Keeper::proven(&mut nodes, now);
        let used = |sink: &Sink| {
            let signals = sink.observed();
            let reading = signals.get(&question.key).unwrap().reading.clone().unwrap();
            let has = |fact: &str| reading.samples.iter().any(|s| s.labels["fact"] == fact);
            assert!(has("gaudi_capacity") && reading.warnings.is_empty(), "the nodes are known without the pods");
            has("gaudi_used")
        };
        pods.lost(&Miss::Refused { code: 403, why: "403 Forbidden".into() }, now);
        assert!(!used(&sink));
        Keeper::all(&mut pods, vec![], now);
        pods.proven(now);
        Keeper::tell(&mut pods, now);
        assert!(used(&sink));
    }
}
