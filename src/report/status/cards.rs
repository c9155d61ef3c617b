//! Accelerator clusters, as facts.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{model::Verdict, picture::Picture};

/// A cluster of cards: what is allocatable, whether it fits, and which nodes are not well.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Cluster {
    pub name: String,
    pub region: Option<String>,
    pub verdict: Verdict,
    pub words: String,
    pub nodes: Option<u32>,
    pub cards: Option<u32>,
    pub healthy_cards: Option<u32>,
    /// `needed: critical 24 fits, standard 40 of 32: 8 short`.
    pub fits: Option<String>,
    /// What its cards' exporters show, where they are asked.
    pub exporters: Option<Exporters>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Exporters {
    pub verdict: Verdict,
    pub words: String,
    /// Nodes that are not well or not seen, the worst first.
    pub nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Node {
    pub name: String,
    pub verdict: Verdict,
    pub words: String,
}

/// In the plan's order.
pub fn clusters(picture: &Picture) -> Vec<Cluster> {
    let exporters = |name: &str| {
        let cluster = picture.cards.iter().find(|cluster| cluster.name == name)?;
        let bad = cluster.nodes.iter().filter(|node| node.verdict > Verdict::Met);
        let node =
            |node: &crate::picture::CardNode| Node { name: node.name.clone(), verdict: node.verdict, words: node.words.clone() };
        Some(Exporters { verdict: cluster.verdict, words: cluster.words.clone(), nodes: bad.map(node).collect() })
    };
    let cluster = |row: &crate::picture::ClusterRow| Cluster {
        name: row.name.clone(),
        region: row.region.clone(),
        verdict: row.verdict,
        words: row.words.clone(),
        nodes: row.nodes,
        cards: row.cards,
        healthy_cards: row.healthy_cards,
        fits: row.fits.clone(),
        exporters: exporters(&row.name),
    };
    picture.clusters.iter().map(cluster).collect()
}
