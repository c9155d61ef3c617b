//! What one looks at on the screen of the cards: the measure that its blocks show, the card under the cursor, and how each
//! card went since this console looks.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::verbs::Verb;
use crate::{
    model::{Time, Vitals},
    objectives::cards::{EXTERNAL_PORTS, INTERNAL_PORTS},
    picture::{CardCell, CardCluster, CardNode, Picture},
};

/// What a card's block shows, as a share of the most that it can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    #[default]
    Utilization,
    Memory,
    Temperature,
    Power,
    Ports,
}

impl Measure {
    pub const ALL: [Measure; 5] = [Measure::Utilization, Measure::Memory, Measure::Temperature, Measure::Power, Measure::Ports];

    pub fn word(self) -> &'static str {
        match self {
            Measure::Utilization => "utilisation",
            Measure::Memory => "HBM",
            Measure::Temperature => "temperature",
            Measure::Power => "power",
            Measure::Ports => "ports up",
        }
    }

    /// As a card read out calls it.
    pub fn short(self) -> &'static str {
        match self {
            Measure::Utilization => "used",
            Measure::Memory => "HBM",
            Measure::Temperature => "chip",
            Measure::Power => "power",
            Measure::Ports => "ports",
        }
    }

    /// This one, then all others.
    pub fn and_others(self) -> impl Iterator<Item = Measure> {
        std::iter::once(self).chain(Self::ALL.into_iter().filter(move |other| *other != self))
    }

    fn next(self) -> Self {
        let at = Self::ALL.iter().position(|one| *one == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// From 0 to 1; `None` when it is not known.
    pub fn share(self, v: &Vitals) -> Option<f64> {
        let share = match self {
            Measure::Utilization => v.utilization? / 100.0,
            Measure::Memory => v.memory()?,
            Measure::Temperature => v.temperature? / v.throttles.unwrap_or(100.0),
            Measure::Power => v.power? / v.power_limit?,
            Measure::Ports => (v.internal_ports? + v.external_ports.unwrap_or(0.0)) / (INTERNAL_PORTS + EXTERNAL_PORTS),
        };
        Some(share.clamp(0.0, 1.0))
    }
}

/// A node by its cluster and name.
pub type Place = (String, String);

/// How much each card of a node was used, in percent, the newest last.
#[derive(Clone, Debug, Default, PartialEq)]
struct Trace {
    last: Option<Time>,
    cards: BTreeMap<String, VecDeque<f32>>,
}

impl Trace {
    const KEPT: usize = 60;

    /// A node's cards are scraped together: what was seen before is not looked through again.
    fn see(&mut self, node: &CardNode) {
        let newest = node.cards.iter().map(|card| card.measured).next();
        if newest.is_none() || newest <= self.last {
            return;
        }
        self.last = newest;
        for card in &node.cards {
            let Some(used) = card.vitals.utilization else { continue };
            if !self.cards.contains_key(&card.id) {
                self.cards.insert(card.id.clone(), VecDeque::new());
            }
            if let Some(trace) = self.cards.get_mut(&card.id) {
                trace.push_back(used as f32);
                if trace.len() > Self::KEPT {
                    trace.pop_front();
                }
            }
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Heat {
    pub measure: Measure,
    /// The node under the cursor, and the place of the card on it.
    pub cursor: Option<(Place, usize)>,
    /// How the nodes stood when the cursor came in: they hold still while it is there.
    order: Vec<Place>,
    /// By cluster and node.
    traces: BTreeMap<String, BTreeMap<String, Trace>>,
    /// The nodes of each cluster, as they were last taken in.
    seen: BTreeMap<String, Arc<Vec<CardNode>>>,
}

/// All nodes, cluster by cluster.
pub type Nodes<'p> = Vec<(&'p CardCluster, &'p CardNode)>;

fn place(cluster: &CardCluster, node: &CardNode) -> Place {
    (cluster.name.clone(), node.name.clone())
}

impl Heat {
    /// Takes in how each card does now.
    pub fn see(&mut self, picture: &Picture) {
        for cluster in &picture.cards {
            if self.seen.get(&cluster.name).is_some_and(|seen| Arc::ptr_eq(seen, &cluster.nodes)) {
                continue;
            }
            self.seen.insert(cluster.name.clone(), cluster.nodes.clone());
            if !self.traces.contains_key(&cluster.name) {
                self.traces.insert(cluster.name.clone(), BTreeMap::new());
            }
            let Some(traces) = self.traces.get_mut(&cluster.name) else { continue };
            for node in cluster.nodes.iter() {
                match traces.get_mut(&node.name) {
                    Some(trace) => trace.see(node),
                    None => traces.entry(node.name.clone()).or_default().see(node),
                }
            }
        }
    }

    pub fn trace(&self, cluster: &CardCluster, node: &CardNode, card: &CardCell) -> Option<&VecDeque<f32>> {
        self.traces.get(&cluster.name)?.get(&node.name)?.cards.get(&card.id)
    }

    /// Nodes cluster by cluster: worst first, or as they stood when the cursor came in.
    pub fn nodes<'p>(&self, picture: &'p Picture) -> Nodes<'p> {
        let held: BTreeMap<(&str, &str), usize> =
            (0..).zip(&self.order).map(|(at, (cluster, node))| ((&**cluster, &**node), at)).collect();
        let mut all = Vec::new();
        for cluster in &picture.cards {
            let mut nodes: Vec<&CardNode> = cluster.nodes.iter().collect();
            if self.cursor.is_some() {
                nodes.sort_by_key(|node| held.get(&(&*cluster.name, &*node.name)).copied().unwrap_or(usize::MAX));
            }
            all.extend(nodes.into_iter().map(|node| (cluster, node)));
        }
        all
    }

    /// The one of `nodes`, and its card, under the cursor; without one, the worst.
    pub fn chosen<'p>(&self, nodes: &Nodes<'p>) -> Option<(&'p CardCluster, &'p CardNode, Option<&'p CardCell>)> {
        if let Some((_, card)) = &self.cursor {
            let (cluster, node) = nodes.iter().copied().find(|(cluster, node)| self.is_on(cluster, node).is_some())?;
            return Some((cluster, node, card_at(node, *card)));
        }
        // A node that lost a card says so itself; a card with a fault has more to read out.
        let rank = |node: &CardNode| (node.verdict, node.cards.iter().map(|card| card.verdict).max());
        let (cluster, node) = nodes.iter().copied().min_by_key(|(_, node)| std::cmp::Reverse(rank(node)))?;
        Some((cluster, node, card_at(node, worst(node))))
    }

    /// Whether the node is under the cursor, and with which card.
    pub fn is_on(&self, cluster: &CardCluster, node: &CardNode) -> Option<usize> {
        let (place, card) = self.cursor.as_ref()?;
        (place.1 == node.name && place.0 == cluster.name).then_some(*card)
    }

    pub fn another_measure(&mut self) {
        self.measure = self.measure.next();
    }

    pub fn leave(&mut self) -> bool {
        self.order.clear();
        self.cursor.take().is_some()
    }

    /// Moves the cursor; at first it comes in at the worst card.
    pub fn step(&mut self, verb: Verb, page: usize, picture: &Picture) {
        let nodes = self.nodes(picture);
        if nodes.is_empty() {
            return;
        }
        let Some((at, card)) = self.cursor.clone() else {
            self.order = nodes.iter().map(|(cluster, node)| place(cluster, node)).collect();
            let first = if verb == Verb::Last { nodes[nodes.len() - 1] } else { nodes[0] };
            self.cursor = Some((place(first.0, first.1), worst(first.1)));
            return;
        };
        let now = nodes.iter().position(|(cluster, node)| place(cluster, node) == at).unwrap_or(0);
        let (cluster, node) = nodes[verb.moves(now, nodes.len(), page)];
        let most = node.planned.max(node.cards.len()).saturating_sub(1);
        let card = match verb {
            Verb::Left => card.saturating_sub(1),
            Verb::Right => card + 1,
            _ => card,
        };
        self.cursor = Some((place(cluster, node), card.min(most)));
    }
}

/// The card with that index.
pub fn card_at(node: &CardNode, at: usize) -> Option<&CardCell> {
    node.cards.iter().find(|card| card.id.parse() == Ok(at)).or_else(|| {
        // Names that are no numbers stand in their order.
        node.cards.get(at).filter(|card| card.id.parse::<usize>().is_err())
    })
}

fn worst(node: &CardNode) -> usize {
    let worst = node.cards.iter().enumerate().max_by_key(|(at, card)| (card.verdict, std::cmp::Reverse(*at)));
    worst.map_or(0, |(at, card)| card.id.parse().unwrap_or(at))
}
