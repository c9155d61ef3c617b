//! What a server says it is. Pinned by a preview, refused when it changed (RULES R14).

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// Facts by name, such as `system`, `address`, `timeline` of PostgreSQL or `cluster` (UID) of Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identity(pub BTreeMap<String, String>);

impl Identity {
    pub fn with(mut self, fact: &str, value: impl Into<String>) -> Self {
        self.0.insert(fact.to_owned(), value.into());
        self
    }

    /// What differs from `pinned`, as sentences; facts in `allowed` may change.
    pub fn differences(&self, pinned: &Identity, allowed: &[&str]) -> Vec<String> {
        let names: std::collections::BTreeSet<_> = self.0.keys().chain(pinned.0.keys()).collect();
        names
            .into_iter()
            .filter(|name| !allowed.contains(&name.as_str()) && self.0.get(*name) != pinned.0.get(*name))
            .map(|name| {
                let said = |side: &Identity| side.0.get(name).cloned().unwrap_or_else(|| "nothing".into());
                format!("{name} was {}, now {}", said(pinned), said(self))
            })
            .collect()
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts: Vec<_> = self.0.iter().map(|(name, value)| format!("{name} {value}")).collect();
        f.write_str(&facts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r14_only_declared_changes_are_allowed() {
        let pinned = Identity::default().with("system", "7412").with("timeline", "3");
        let now = Identity::default().with("system", "7412").with("timeline", "4");
        assert!(now.differences(&pinned, &["timeline"]).is_empty());
        assert_eq!(now.differences(&pinned, &[]), ["timeline was 3, now 4"]);
        let moved = Identity::default().with("timeline", "3");
        assert_eq!(moved.differences(&pinned, &["timeline"]), ["system was 7412, now nothing"]);
    }
}
