//! A simulated Kubernetes cluster: deployments whose pods take a while, nodes with accelerator cards, and growth when pods wait for cards.

use std::collections::BTreeMap;

use super::{chance, fault::Ailment};
use crate::model::{Duration, Time};

#[derive(Clone, Debug)]
pub struct Pod {
    number: u64,
    /// Its node, once it has one; a pod without cards needs none.
    node: Option<String>,
    /// When it serves; `None` while it waits for cards.
    ready_at: Option<Time>,
    /// From when on it runs the newest specification.
    updated_at: Time,
}

#[derive(Clone, Debug)]
pub struct Deployment {
    pub wanted: u32,
    pub env: BTreeMap<String, String>,
    pub restarted: Option<Time>,
    cards_per_pod: u32,
    pods: Vec<Pod>,
}

impl Deployment {
    pub fn ready(&self, now: Time) -> u32 {
        self.pods.iter().filter(|pod| pod.ready_at.is_some_and(|at| at <= now)).count() as u32
    }
    pub fn updated(&self, now: Time) -> u32 {
        self.pods.iter().filter(|pod| pod.ready_at.is_some() && pod.updated_at <= now).count() as u32
    }
    pub fn is_complete(&self, now: Time) -> bool {
        self.ready(now) == self.wanted && self.updated(now) == self.wanted && self.pods.len() as u32 == self.wanted
    }
    /// How many pods wait for cards.
    pub fn waiting(&self) -> u32 {
        self.pods.iter().filter(|pod| pod.ready_at.is_none()).count() as u32
    }
    /// Each pod in turn takes the newest specification; the old one serves until then.
    fn roll(&mut self, now: Time) {
        for (place, pod) in self.pods.iter_mut().enumerate() {
            pod.updated_at = now + (ROLLS_IN * (place as u64 + 1)).delta();
        }
    }
}

#[derive(Clone, Debug)]
pub struct Node {
    pub name: String,
    pub zone: String,
    /// Cards that are built in.
    pub cards: u32,
    pub lost_cards: u32,
    pub up: bool,
    /// Its exporter shows no cards.
    pub blind: bool,
    /// What is wrong with cards that work, by their index.
    pub ailing: BTreeMap<u32, Ailment>,
    joins: Time,
}

impl Node {
    pub fn is_there(&self, now: Time) -> bool {
        self.joins <= now
    }
    pub fn allocatable(&self) -> u32 {
        if self.up { self.cards.saturating_sub(self.lost_cards) } else { 0 }
    }
}

/// Names a deployment: namespace, name.
pub type Key = (String, String);

#[derive(Clone, Debug)]
pub struct Cluster {
    pub uid: String,
    pub deployments: BTreeMap<Key, Deployment>,
    pub nodes: Vec<Node>,
    seed: u64,
    prefix: String,
    zones: Vec<String>,
    cards_per_node: u32,
    /// How many nodes it was built with.
    size: u32,
    /// How many nodes that work it may have.
    up_to: u32,
    made: u64,
}

const STARTS_IN: (Duration, Duration) = (Duration::from_secs(4), Duration::from_secs(12));
const ROLLS_IN: Duration = Duration::from_secs(4);
const JOINS_IN: (Duration, Duration) = (Duration::from_secs(70), Duration::from_secs(130));

/// What a cluster is made of.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Nodes are called by it and a number: `gaudi-w` makes `gaudi-w01`.
    pub prefix: String,
    pub zones: Vec<String>,
    pub nodes: u32,
    pub up_to: u32,
    pub cards_per_node: u32,
}

impl Cluster {
    pub fn new(seed: u64, uid: String, shape: Shape, now: Time) -> Self {
        let mut cluster = Self {
            uid,
            deployments: BTreeMap::new(),
            nodes: Vec::new(),
            seed,
            prefix: shape.prefix,
            zones: shape.zones,
            cards_per_node: shape.cards_per_node,
            size: shape.nodes,
            up_to: shape.up_to.max(shape.nodes),
            made: 0,
        };
        (0..shape.nodes).for_each(|_| cluster.add_node(now));
        cluster
    }

    /// How many nodes it was built with.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// A deployment that has been up for long.
    pub fn deploy(&mut self, key: Key, replicas: u32, cards_per_pod: u32, env: BTreeMap<String, String>, now: Time) {
        self.deployments.insert(key.clone(), Deployment { wanted: 0, env, restarted: None, cards_per_pod, pods: vec![] });
        self.scale(&key, replicas, now);
        if let Some(deployment) = self.deployments.get_mut(&key) {
            for pod in deployment.pods.iter_mut().filter(|pod| pod.ready_at.is_some()) {
                pod.ready_at = Some(now);
                pod.updated_at = now;
            }
        }
    }

    fn add_node(&mut self, joins: Time) {
        let place = self.nodes.len();
        let zone = self.zones.get(place % self.zones.len().max(1)).cloned().unwrap_or_default();
        let name = format!("{}{:02}", self.prefix, place + 1);
        self.nodes.push(Node {
            name,
            zone,
            cards: self.cards_per_node,
            lost_cards: 0,
            up: true,
            blind: false,
            ailing: BTreeMap::new(),
            joins,
        });
    }

    pub fn scale(&mut self, key: &Key, replicas: u32, now: Time) {
        let Some(deployment) = self.deployments.get_mut(key) else { return };
        deployment.wanted = replicas;
        deployment.pods.truncate(replicas as usize);
        while deployment.pods.len() < replicas as usize {
            self.made += 1;
            deployment.pods.push(Pod { number: self.made, node: None, ready_at: None, updated_at: now });
        }
        self.place_pods(now);
    }

    /// Sets variables, or takes away those whose value is `None`; the pods roll if that changes anything.
    pub fn set_env(&mut self, key: &Key, env: &BTreeMap<String, Option<String>>, now: Time) {
        let Some(deployment) = self.deployments.get_mut(key) else { return };
        let before = deployment.env.clone();
        for (name, value) in env {
            match value {
                Some(value) => deployment.env.insert(name.clone(), value.clone()),
                None => deployment.env.remove(name),
            };
        }
        if deployment.env != before {
            deployment.roll(now);
        }
    }

    pub fn restart(&mut self, key: &Key, now: Time) {
        if let Some(deployment) = self.deployments.get_mut(key) {
            deployment.restarted = Some(now);
            deployment.roll(now);
        }
    }

    pub fn node_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.nodes.iter_mut().find(|node| node.name == name)
    }

    /// The node is gone, and its pods wait for another.
    pub fn lose_node(&mut self, name: &str, now: Time) {
        if let Some(node) = self.node_mut(name) {
            node.up = false;
            self.evict(name, u32::MAX, now);
        }
    }

    /// A card of the node is gone; a pod that does not fit any more waits for another place.
    pub fn lose_card(&mut self, name: &str, now: Time) {
        let Some(node) = self.node_mut(name) else { return };
        node.lost_cards = (node.lost_cards + 1).min(node.cards);
        let room = node.allocatable();
        let used = self.used(name);
        if used > room {
            self.evict(name, used - room, now);
        }
    }

    pub fn card_back(&mut self, name: &str, now: Time) {
        if let Some(node) = self.node_mut(name) {
            node.lost_cards = node.lost_cards.saturating_sub(1);
            self.place_pods(now);
        }
    }

    /// Cards that pods on the node hold.
    pub fn used(&self, name: &str) -> u32 {
        let on_it = |pod: &&Pod| pod.node.as_deref() == Some(name);
        self.deployments.values().map(|d| d.cards_per_pod * d.pods.iter().filter(on_it).count() as u32).sum()
    }

    /// Takes pods off the node until `cards` are free, or all of them.
    fn evict(&mut self, name: &str, cards: u32, now: Time) {
        let mut freed = 0;
        for deployment in self.deployments.values_mut() {
            for pod in deployment.pods.iter_mut().filter(|pod| pod.node.as_deref() == Some(name)) {
                if freed < cards {
                    freed += deployment.cards_per_pod;
                    pod.node = None;
                    pod.ready_at = None;
                }
            }
        }
        self.place_pods(now);
    }

    /// Gives waiting pods a node where they fit most tightly, and asks for nodes when some fit nowhere.
    fn place_pods(&mut self, now: Time) {
        let mut free: Vec<(String, u32)> = self
            .nodes
            .iter()
            .filter(|node| node.up && node.is_there(now))
            .map(|node| (node.name.clone(), node.allocatable().saturating_sub(self.used(&node.name))))
            .collect();
        let mut short = 0;
        for ((namespace, name), deployment) in &mut self.deployments {
            let need = deployment.cards_per_pod;
            for pod in deployment.pods.iter_mut().filter(|pod| pod.ready_at.is_none()) {
                if need > 0 {
                    let Some(place) = free.iter_mut().filter(|(_, room)| *room >= need).min_by_key(|(_, room)| *room) else {
                        short += need;
                        continue;
                    };
                    place.1 -= need;
                    pod.node = Some(place.0.clone());
                }
                let who = format!("{namespace}/{name}/{}", pod.number);
                let ready = now + chance::between(self.seed, &who, STARTS_IN.0, STARTS_IN.1).delta();
                pod.ready_at = Some(ready);
                pod.updated_at = pod.updated_at.max(ready);
            }
        }
        self.grow(short, now);
    }

    fn grow(&mut self, short: u32, now: Time) {
        let coming = self.nodes.iter().filter(|node| !node.is_there(now)).count() as u32;
        let working = self.nodes.iter().filter(|node| node.up).count() as u32;
        let wanted = short.div_ceil(self.cards_per_node.max(1)).saturating_sub(coming);
        for _ in 0..wanted.min(self.up_to.saturating_sub(working)) {
            let who = format!("{}{}", self.prefix, self.nodes.len());
            self.add_node(now + chance::between(self.seed, &who, JOINS_IN.0, JOINS_IN.1).delta());
        }
    }

    /// Everything that came about since `from`: nodes that joined take pods at the moment they joined.
    pub fn tick(&mut self, from: Time, now: Time) {
        let mut joined: Vec<Time> = self.nodes.iter().map(|node| node.joins).filter(|at| *at > from && *at <= now).collect();
        joined.sort_unstable();
        joined.into_iter().for_each(|at| self.place_pods(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        crate::model::time::parse("2026-11-20T02:00:00Z", Time::MIN_UTC).unwrap() + Duration::from_secs(secs).delta()
    }
    fn key(name: &str) -> Key {
        ("prod".into(), name.into())
    }
    fn cluster(nodes: u32, up_to: u32) -> Cluster {
        let shape = Shape { prefix: "gaudi-w".into(), zones: vec!["us-west-2a".into()], nodes, up_to, cards_per_node: 8 };
        Cluster::new(7, "uid".into(), shape, at(0))
    }

    #[test]
    fn pods_take_a_while_and_a_roll_keeps_the_old_ones_serving() {
        let mut west = cluster(4, 4);
        west.deploy(key("api"), 1, 8, BTreeMap::new(), at(0));
        assert!(west.deployments[&key("api")].is_complete(at(0)));
        west.scale(&key("api"), 2, at(10));
        assert_eq!(west.deployments[&key("api")].ready(at(11)), 1);
        assert!(west.deployments[&key("api")].is_complete(at(25)));
        west.set_env(&key("api"), &BTreeMap::from([("DB_HOST".into(), Some("b".into()))]), at(30));
        let api = &west.deployments[&key("api")];
        assert_eq!((api.ready(at(31)), api.updated(at(31))), (2, 0));
        assert!(api.is_complete(at(40)));
    }

    #[test]
    fn a_cluster_grows_while_pods_wait_for_cards_but_not_past_its_bound() {
        let mut west = cluster(1, 2);
        west.deploy(key("batch"), 3, 8, BTreeMap::new(), at(0));
        assert_eq!(west.deployments[&key("batch")].waiting(), 2);
        assert_eq!(west.nodes.len(), 2, "one more was asked for, and no more are allowed");
        west.tick(at(0), at(200));
        let batch = &west.deployments[&key("batch")];
        assert_eq!((batch.ready(at(200)), batch.waiting()), (2, 1));
    }

    #[test]
    fn a_lost_node_is_replaced_and_its_pods_come_back() {
        let mut east = cluster(2, 2);
        east.deploy(key("batch"), 2, 8, BTreeMap::new(), at(0));
        east.lose_node("gaudi-w01", at(5));
        assert_eq!(east.deployments[&key("batch")].ready(at(6)), 1);
        east.tick(at(5), at(300));
        assert!(east.deployments[&key("batch")].is_complete(at(300)));
        assert_eq!(east.nodes.iter().filter(|node| node.up).count(), 2);
    }

    #[test]
    fn a_lost_card_shrinks_what_can_be_given_out_not_what_is_built_in() {
        let mut west = cluster(1, 1);
        west.deploy(key("api"), 2, 4, BTreeMap::new(), at(0));
        west.lose_card("gaudi-w01", at(1));
        assert_eq!((west.nodes[0].cards, west.nodes[0].allocatable(), west.used("gaudi-w01")), (8, 7, 4));
        west.card_back("gaudi-w01", at(2));
        assert_eq!(west.used("gaudi-w01"), 8);
    }
}
