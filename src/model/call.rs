//! One use of an action, with every value in place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a step asks a backend to do. `with` has been checked against the [`Catalogue`](super::Catalogue)
/// and holds no `{result: ..}`, `remembered` or `planned` any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// `system.verb`, as `postgres.promote`.
    pub action: String,
    /// The connection's name; `None` for actions that reach nothing by a connection (`command.run`).
    pub via: Option<String>,
    /// The rest of `with`, by field.
    pub with: BTreeMap<String, serde_json::Value>,
    /// Longest a request may take before it is *unknown* (RULES R8).
    pub timeout: super::duration::Duration,
}

impl Call {
    /// A text field of `with`.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.with.get(field)?.as_str()
    }
    /// A field that is a list of texts; one bare text counts as a list of one.
    pub fn texts(&self, field: &str) -> Vec<String> {
        match self.with.get(field) {
            Some(serde_json::Value::String(one)) => vec![one.clone()],
            Some(serde_json::Value::Array(many)) => many.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
            _ => Vec::new(),
        }
    }
}
