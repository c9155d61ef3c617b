//! An incident's state: a fold of its journal records.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    consented::{Armed, Automation},
    event::{Resolution, RestoredBy},
    facts::PlanFacts,
    scope::Scope,
    step_state::{Exception, Status, StepState},
};
use crate::{
    model::{ConsoleId, Digest, IncidentId, Severity, StepId, Time, catalogue::ActionTraits},
    plan::{Runbook, Scenario, Step},
};

/// What was declared, with later corrections.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Head {
    pub id: IncidentId,
    pub title: String,
    pub drill: bool,
    pub scenario: Option<String>,
    pub severity: Severity,
    pub began: Time,
    pub declared: Time,
    pub declared_by: String,
    pub facts: PlanFacts,
    pub digest: Digest,
    /// Estimate of the last clean moment, after corruption or a breach (RULES R22).
    pub clean_before: Option<Time>,
    /// What people say is affected; `None` until somebody does.
    pub scope: Option<Scope>,
    pub closed: Option<(Resolution, Exception)>,
}

/// The open runbook, as journaled.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Book {
    pub runbook: Runbook,
    pub digest: Digest,
    pub opened: Time,
    pub traits: BTreeMap<StepId, ActionTraits>,
    pub drill_traits: BTreeMap<StepId, ActionTraits>,
    /// When a changed file was last taken over.
    pub adopted: Option<Time>,
    /// Steps that were inserted by hand, each with the step it came after: a changed file does not have them.
    pub inserted: Vec<(Option<StepId>, StepId)>,
    /// Steps that are done another way than planned first, as they stand in the file.
    pub planned: BTreeMap<StepId, Step>,
    /// What a commander consented to run by itself.
    pub automation: Option<Automation>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Participant {
    pub roles: Vec<String>,
    pub console: ConsoleId,
    pub since: Time,
}

/// Nothing new starts while it lasts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hold {
    pub who: String,
    pub why: String,
    pub since: Time,
}

/// Nothing new starts in a drill while it lasts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suspension {
    /// The real incident that the drill makes room for.
    pub real: Option<IncidentId>,
    pub by: Exception,
}

/// Somebody was told something, by hand.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    pub who: String,
    pub at: Time,
    pub to: String,
    pub how: String,
    pub said: Option<String>,
}

/// A stretch in which a service was down; open while `until` is `None`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outage {
    pub from: Time,
    pub until: Option<Time>,
    pub by: Option<RestoredBy>,
}

/// A service's outages in this incident: a relapse opens another (RULES R24).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ServiceState {
    pub outages: Vec<Outage>,
}

impl ServiceState {
    pub fn is_down(&self) -> bool {
        self.outages.last().is_some_and(|o| o.until.is_none())
    }
}

/// A note, with the time it speaks of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    pub who: String,
    pub at: Time,
    pub text: String,
}

/// Everything an incident is. The default is "not declared".
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// The last record that is in it; 0 for none.
    pub seq: u64,
    pub head: Option<Head>,
    pub commander: Option<String>,
    pub people: BTreeMap<String, Participant>,
    pub hold: Option<Hold>,
    pub suspended: Option<Suspension>,
    pub book: Option<Book>,
    pub steps: BTreeMap<StepId, StepState>,
    /// Runbooks that were switched away from, with their steps; switching back goes on where they stood.
    pub shelf: BTreeMap<String, (Book, BTreeMap<StepId, StepState>)>,
    pub services: BTreeMap<String, ServiceState>,
    pub notes: Vec<Note>,
    pub notices: Vec<Notice>,
    /// The last time that this machine's clock was set: when, and by how many milliseconds (RULES R11).
    pub jumped: Option<(Time, i64)>,
    /// Failovers that start by themselves, by scenario. Only where the journal keeps what stands outside of incidents.
    pub armed: BTreeMap<String, Armed>,
}

impl State {
    /// An incident that is declared and not closed.
    pub fn is_open(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.closed.is_none())
    }
    pub fn is_drill(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.drill)
    }
    pub fn step(&self, id: &StepId) -> Option<&StepState> {
        self.steps.get(id)
    }
    pub fn status(&self, id: &StepId) -> Status {
        self.steps.get(id).map_or(Status::Open, |s| s.status)
    }
    /// The declared scenario's own words.
    pub fn scenario(&self) -> Option<&Scenario> {
        let head = self.head.as_ref()?;
        head.facts.scenarios.get(head.scenario.as_ref()?)
    }
    /// The traits that hold for `step` here: in a drill those of its drill form.
    pub fn traits(&self, step: &StepId) -> Option<&ActionTraits> {
        self.traits_in(self.book.as_ref()?, step)
    }
    /// The same for a step of `book`, which may be one that was switched away from.
    pub fn traits_in<'a>(&self, book: &'a Book, step: &StepId) -> Option<&'a ActionTraits> {
        let own = book.traits.get(step);
        if self.is_drill() { book.drill_traits.get(step).or(own) } else { own }
    }
    /// The open runbook and those that were switched away from, with their steps.
    pub fn books(&self) -> impl Iterator<Item = (&Book, &BTreeMap<StepId, StepState>)> {
        let shelf = self.shelf.values().map(|(book, steps)| (book, steps));
        self.book.iter().map(|book| (book, &self.steps)).chain(shelf)
    }
    /// Whether the past holds a step that cannot be taken back, in any of the incident's runbooks.
    pub fn is_past_irreversible(&self) -> bool {
        self.irreversible_after(0).is_some()
    }
    /// The title of a step that cannot be taken back and that was set going after the record `seq`.
    pub fn irreversible_after(&self, seq: u64) -> Option<&str> {
        self.books().find_map(|(book, steps)| {
            let gone = |step: &&Step| {
                let set_going = steps.get(&step.id).and_then(|s| s.set_going(step.action.as_deref()));
                step.irreversible && set_going.is_some_and(|at| at > seq)
            };
            book.runbook.steps().find(gone).map(|step| step.title.as_str())
        })
    }
}
