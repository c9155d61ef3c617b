//! What decoding gathers beside the values: findings, the names that are declared, the names that are used, the uses of actions.

use crate::plan::{
    findings::{Finding, Findings, Place},
    source::node::Node,
};

/// What a name is a name of. Steps and sources are names within their runbook or dataset, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sort {
    Tier,
    Region,
    Zone,
    Connection,
    Service,
    Accelerators,
    Dataset,
    Severity,
    Scenario,
    Alert,
    Role,
    Person,
    Runbook,
    Source(usize),
    Step(usize),
}

impl Sort {
    pub const fn word(self) -> &'static str {
        match self {
            Sort::Tier => "tier",
            Sort::Region => "region",
            Sort::Zone => "zone",
            Sort::Connection => "connection",
            Sort::Service => "service",
            Sort::Accelerators => "accelerator cluster",
            Sort::Dataset => "dataset",
            Sort::Severity => "severity",
            Sort::Scenario => "scenario",
            Sort::Alert => "alert",
            Sort::Role => "role",
            Sort::Person => "person",
            Sort::Runbook => "runbook",
            Sort::Source(_) => "recovery source of this dataset",
            Sort::Step(_) => "step of this runbook",
        }
    }
}

/// A name that the plan declares.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    pub sort: Sort,
    pub name: &'a str,
    /// Where the name stands.
    pub place: &'a Place,
    /// What it names.
    pub node: &'a Node,
    /// Of a connection: its system. Of anything else nothing.
    pub system: Option<&'static str>,
    /// Of a runbook or a dataset: the number in the sorts of what it holds.
    pub inside: usize,
    /// Whether everything in it was decoded.
    pub whole: bool,
}

/// A name that the plan uses.
#[derive(Clone, Debug)]
pub struct Used<'a> {
    pub sort: Sort,
    pub name: &'a str,
    pub place: &'a Place,
    /// Of a connection: the systems it may be of; empty: any.
    pub systems: &'static [&'static str],
}

/// How an action is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallForm {
    Step,
    Drill,
    Undo,
    /// Another way to do the step.
    Instead,
}

/// One use of an action.
#[derive(Clone, Debug)]
pub struct CallSite<'a> {
    pub form: CallForm,
    pub action: &'a Node,
    pub with: Option<&'a Node>,
    /// The map the action stands in.
    pub holder: &'a Node,
    /// The number of its runbook.
    pub runbook: usize,
    pub step: Option<&'a str>,
    pub irreversible: bool,
    /// Where the `if` stands that may leave it out.
    pub condition: Option<&'a Place>,
}

/// A `chosen` condition: the decision and the option.
#[derive(Clone, Copy, Debug)]
pub struct Chosen<'a> {
    pub runbook: usize,
    pub step: &'a str,
    pub option: &'a Node,
}

#[derive(Debug, Default)]
pub struct Context<'a> {
    pub findings: Findings,
    pub named: Vec<Named<'a>>,
    pub used: Vec<Used<'a>>,
    pub calls: Vec<CallSite<'a>>,
    pub chosen: Vec<Chosen<'a>>,
    /// The runbook or dataset that is being decoded, by number.
    pub inside: usize,
    /// The step that is being decoded.
    pub step: Option<&'a str>,
    opened: usize,
}

impl<'a> Context<'a> {
    /// Goes on from what has been found so far.
    pub fn after(findings: Findings) -> Self {
        Self { findings, ..Self::default() }
    }
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
    pub fn error(&mut self, code: &'static str, node: &Node, message: impl Into<String>, expected: impl Into<String>) {
        self.push(Finding::error(code, &node.place, message).expected(expected));
    }
    /// Numbers the runbook or dataset that follows.
    pub fn enter(&mut self) -> usize {
        self.opened += 1;
        self.inside = self.opened;
        self.opened
    }
    pub fn declare(&mut self, sort: Sort, name: &'a str, place: &'a Place, node: &'a Node) {
        self.named.push(Named { sort, name, place, node, system: None, inside: 0, whole: true });
    }
    /// Declares what has its name in a field, if it has one.
    pub fn declare_by(&mut self, sort: Sort, field: &str, node: &'a Node) {
        if let Some(name) = node.get(field)
            && let Some(text) = name.text()
        {
            self.declare(sort, text, &name.place, node);
        }
    }
    pub fn uses(&mut self, sort: Sort, name: &'a Node) {
        self.uses_of(sort, name, &[]);
    }
    /// A connection of one of these systems.
    pub fn uses_of(&mut self, sort: Sort, name: &'a Node, systems: &'static [&'static str]) {
        if let Some(text) = name.text() {
            self.used.push(Used { sort, name: text, place: &name.place, systems });
        }
    }
}
