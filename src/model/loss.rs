//! What can be lost: one word list for what a scenario loses and what a source survives.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of loss, or a named thing lost: `region`, `{region: us-east-1}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LossOf {
    Node(String),
    Zone(String),
    Region(String),
    Cluster(String),
    Service(String),
    Data(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LossKind {
    Node,
    Zone,
    Region,
    Cluster,
    Service,
    Data,
    Corruption,
    Compromise,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Loss {
    Any(LossKind),
    Of(LossOf),
}

impl Loss {
    /// The words of the list, for messages.
    pub const WORDS: [&'static str; 8] = ["node", "zone", "region", "cluster", "service", "data", "corruption", "compromise"];

    pub fn kind(&self) -> LossKind {
        match self {
            Loss::Any(kind) => *kind,
            Loss::Of(LossOf::Node(_)) => LossKind::Node,
            Loss::Of(LossOf::Zone(_)) => LossKind::Zone,
            Loss::Of(LossOf::Region(_)) => LossKind::Region,
            Loss::Of(LossOf::Cluster(_)) => LossKind::Cluster,
            Loss::Of(LossOf::Service(_)) => LossKind::Service,
            Loss::Of(LossOf::Data(_)) => LossKind::Data,
        }
    }

    /// The thing's name, when one is said.
    pub fn name(&self) -> Option<&str> {
        match self {
            Loss::Any(_) => None,
            Loss::Of(
                LossOf::Node(n) | LossOf::Zone(n) | LossOf::Region(n) | LossOf::Cluster(n) | LossOf::Service(n) | LossOf::Data(n),
            ) => Some(n),
        }
    }
}

impl FromStr for LossKind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text {
            "node" => Self::Node,
            "zone" => Self::Zone,
            "region" => Self::Region,
            "cluster" => Self::Cluster,
            "service" => Self::Service,
            "data" => Self::Data,
            "corruption" => Self::Corruption,
            "compromise" => Self::Compromise,
            _ => return Err(()),
        })
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.name() {
            return f.pad(name);
        }
        f.pad(Loss::WORDS[self.kind() as usize])
    }
}
