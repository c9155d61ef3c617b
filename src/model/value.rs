//! One observed or entered value.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a probe saw or a person wrote down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Value {
    Truth(bool),
    Number(f64),
    Text(String),
}

impl Value {
    /// The number in it; text that reads as a number counts.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Number(n) => Some(*n),
            Value::Text(t) => t.trim().parse().ok(),
            Value::Truth(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // PostgreSQL's spelling, which plans compare with.
            Value::Truth(true) => f.pad("t"),
            Value::Truth(false) => f.pad("f"),
            Value::Number(n) => f.pad(&n.to_string()),
            Value::Text(t) => f.pad(t),
        }
    }
}
impl From<f64> for Value {
    fn from(n: f64) -> Self {
        Value::Number(n)
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Truth(b)
    }
}
impl From<&str> for Value {
    fn from(t: &str) -> Self {
        Value::Text(t.to_owned())
    }
}
