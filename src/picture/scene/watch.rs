//! What is watched: connections, and what an alert may lead to.

use serde::Serialize;

use crate::model::{Duration, Freshness, IncidentId, Severity, StepId, Time};

/// One connection and how its observing goes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkRow {
    pub name: String,
    pub system: String,
    pub region: Option<String>,
    pub known: Freshness,
    /// `answers, 0.8s ago`, `refused: 10.1.0.15:5432 ...`.
    pub words: String,
    /// `db-west's clock is 10m ahead of this machine's`.
    pub skew: Option<String>,
}

impl LinkRow {
    /// What is said of it, and of its clock.
    pub fn in_full(&self) -> String {
        match &self.skew {
            Some(skew) => format!("{}; {skew}", self.words),
            None => self.words.clone(),
        }
    }
}

/// For the form to declare.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenarioChoice {
    pub name: String,
    pub title: Option<String>,
    pub severity: Option<Severity>,
    pub rto: Option<Duration>,
    pub runbooks: Vec<String>,
    /// An alert that fires now points to it, since then.
    pub suggested_since: Option<Time>,
    /// By its own severity and those of the alerts that point to it; for which one stands first, 4 where nothing says it.
    #[serde(skip)]
    pub weight: u8,
}

impl ScenarioChoice {
    /// Which of those that alerts point to stands first: the one with the least. `None` where none points to it.
    pub fn urgency(&self) -> Option<(u8, Time)> {
        self.suggested_since.map(|since| (self.weight, since))
    }
}

/// A step that changes something and that the plan lets run by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OwnStep {
    pub id: StepId,
    /// `3. Promote the us-west-2 replica`.
    pub words: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    Holds,
    Fails,
    Unknown,
}

/// A failover that can start by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AutomaticRow {
    pub scenario: String,
    pub runbook: String,
    /// `avg(probe_success) < 0.5 for 3m`.
    pub wanted: String,
    /// What would run by itself.
    pub steps: Vec<OwnStep>,
    pub armed: Option<ArmedPicture>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArmedPicture {
    pub by: String,
    pub since: Time,
    /// What its trigger does now: `holds`, `fails` or `unknown`, and in words.
    pub state: GateState,
    pub words: String,
    /// It was started as that incident, and starts no more until it is armed again.
    pub triggered: Option<IncidentId>,
}

/// What runs by itself in the open runbook.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AutomationPicture {
    pub by: String,
    pub since: Time,
    pub steps: Vec<StepId>,
    /// Why it does not go on.
    pub stopped: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunbookChoice {
    pub name: String,
    pub title: Option<String>,
    pub steps: usize,
    /// Answers the declared scenario.
    pub suggested: bool,
    /// What of it would run by itself, if the commander consents.
    pub by_itself: Vec<OwnStep>,
}
