//! The catalogue of actions: their names, the shape of their `with`, and what kind of thing they do.
//! `systems::registry` fills it, the plan is checked against it, the rules read its flags.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The shape of one field of `with`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    /// A list of texts, or one text.
    Texts,
    /// A list of names, one name, or the word `all`.
    NamesOrAll,
    /// A whole number, or the word `remembered`, or `planned`.
    Replicas,
    /// Names to texts.
    TextMap,
    /// The name of a connection of this system (`postgres`).
    Connection(&'static str),
    Integer,
    Truth,
    Duration,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Anything that JSON can say.
    Json,
    /// Places in a JSON answer to comparisons.
    Comparisons,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub kind: FieldKind,
    pub required: bool,
    /// One line for help and schema.
    pub about: &'static str,
}

/// What the rules need to know of an action; journaled with the runbook, so that replay does not depend on the program's version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionTraits {
    /// Changes the world: needs consent, `ActionStarted`, and never runs unasked.
    pub mutating: bool,
    /// Its outcome is a fence's answer (RULES R19).
    pub fences: bool,
    /// It can put back what was there before (RULES R2).
    pub undoes: bool,
    /// Facts of the target's identity that it changes (RULES R14).
    pub changes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionSpec {
    /// `system.verb`.
    pub name: &'static str,
    /// The kind of connection that `via` must name; `None`: it takes no `via`.
    pub via: Option<&'static str>,
    pub about: &'static str,
    pub fields: &'static [Field],
    /// Of these fields exactly one must stand.
    pub one_of: &'static [&'static str],
    pub mutating: bool,
    pub fences: bool,
    pub undoes: bool,
    /// True when it cannot be taken back whatever the plan says: the plan must say `irreversible: true`.
    pub irreversible: bool,
    pub changes: &'static [&'static str],
    /// What makes this use of it read-only.
    pub reads_only_if: Option<ReadsOnly>,
}

/// A field that can make a use of an action read-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadsOnly {
    /// It is true (`command.run`'s `reads_only`).
    True(&'static str),
    /// It is one of these words (`http.request`'s `method`).
    Word(&'static str, &'static [&'static str]),
}

impl ReadsOnly {
    fn holds(self, with: &BTreeMap<String, serde_json::Value>) -> bool {
        match self {
            ReadsOnly::True(field) => with.get(field) == Some(&serde_json::Value::Bool(true)),
            ReadsOnly::Word(field, words) => with.get(field).and_then(|v| v.as_str()).is_some_and(|word| words.contains(&word)),
        }
    }
}

impl ActionSpec {
    /// What the rules need to know of this use of it.
    pub fn traits(&self, with: &BTreeMap<String, serde_json::Value>) -> ActionTraits {
        let reads = self.reads_only_if.is_some_and(|reads| reads.holds(with));
        ActionTraits {
            mutating: self.mutating && !reads,
            fences: self.fences,
            undoes: self.undoes,
            changes: self.changes.iter().map(|s| (*s).to_owned()).collect(),
        }
    }
}

/// All actions by name.
#[derive(Clone, Debug, Default)]
pub struct Catalogue(BTreeMap<&'static str, ActionSpec>);

impl Catalogue {
    pub fn new(specs: impl IntoIterator<Item = ActionSpec>) -> Self {
        Self(specs.into_iter().map(|spec| (spec.name, spec)).collect())
    }
    pub fn get(&self, name: &str) -> Option<&ActionSpec> {
        self.0.get(name)
    }
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.keys().copied()
    }
    pub fn specs(&self) -> impl Iterator<Item = &ActionSpec> {
        self.0.values()
    }
}
