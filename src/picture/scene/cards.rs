//! Accelerator cards: clusters, nodes, cards.

use std::sync::Arc;

use crate::{
    model::{Freshness, Time, Verdict, Vitals},
    plan::RegionRole,
};

/// One card.
#[derive(Clone, Debug, PartialEq)]
pub struct CardCell {
    pub id: String,
    pub serial: Option<String>,
    pub driver: Option<String>,
    pub measured: Time,
    pub verdict: Verdict,
    /// What is wrong with it; empty when nothing is.
    pub words: String,
    pub vitals: Vitals,
}

/// A node with its cards, by index.
#[derive(Clone, Debug, PartialEq)]
pub struct CardNode {
    pub name: String,
    pub cards: Vec<CardCell>,
    /// Cards that it should have.
    pub planned: usize,
    pub verdict: Verdict,
    /// `card 5: double-bit ECC +1 in 1h`, `exporter blind: cards are there, no data`.
    pub words: String,
}

/// A cluster whose cards are seen by their exporters.
#[derive(Clone, Debug, PartialEq)]
pub struct CardCluster {
    pub name: String,
    pub region: Option<String>,
    pub role: Option<RegionRole>,
    pub known: Freshness,
    /// Nodes worst first.
    pub nodes: Arc<Vec<CardNode>>,
    pub verdict: Verdict,
    /// `32 cards, 31 well, 31 °C to spare`, `no data for 41m`.
    pub words: String,
}

/// How the cards of a cluster stand, as far as their own figures tell.
#[derive(Clone, Debug)]
pub struct CardsStand {
    /// Nodes worst first.
    pub nodes: Arc<Vec<CardNode>>,
    /// `32 cards, 31 well, 31 °C to spare`.
    pub words: String,
}
