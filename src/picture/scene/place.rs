//! Where you are, and which incidents there are.

use serde::Serialize;

use crate::incident::Scope;
use crate::model::{Duration, IncidentId, Severity, Time, Verdict};

/// Which world this console is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum World {
    Production,
    Drill,
    Simulated,
}

impl World {
    pub fn word(self) -> &'static str {
        match self {
            World::Production => "PRODUCTION",
            World::Drill => "DRILL",
            World::Simulated => "SIMULATED",
        }
    }
}

/// Where you are and who looks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    pub world: World,
    pub plan: String,
    pub you: String,
    pub roles: Vec<String>,
    pub read_only: bool,
    /// Other people at live consoles on this journal.
    pub others: Vec<String>,
}

/// A sentence that can be read aloud on a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sentence {
    pub text: String,
    pub verdict: Verdict,
}

/// The incident on screen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IncidentPicture {
    pub id: IncidentId,
    pub title: String,
    pub severity: Severity,
    pub scenario: Option<String>,
    pub drill: bool,
    pub began: Time,
    pub declared: Time,
    pub declared_by: String,
    pub commander: Option<String>,
    /// Since impact began; stands still once all services are restored or it is closed.
    pub outage: Duration,
    pub outage_over: bool,
    pub since_declared: Duration,
    /// What the time went to: `detect 11m17s, decide 2m, execute 3m12s, people 24m`.
    pub split: String,
    /// Who holds, why, since when.
    pub hold: Option<(String, String, Time)>,
    /// A drill that makes room for something real: why, since when.
    pub suspended: Option<(String, Time)>,
    /// What people say is affected: `training-api; region us-east-1`.
    pub scope: Option<Scope>,
    /// `resolved by Ada`, when closed.
    pub closed: Option<String>,
    /// After corruption or a breach, the last clean moment: `02:06:06Z`, with `~` while it is only estimated.
    pub clean_before: Option<String>,
    /// `step 7`, `step 2 of region-return`: where the glass was broken, for as long as the incident is open.
    pub broken_glass: Vec<String>,
}

/// One incident to choose from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IncidentChoice {
    pub id: IncidentId,
    pub title: String,
    pub severity: Severity,
    pub drill: bool,
    pub open: bool,
    pub declared: Time,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JournalLine {
    pub seq: u64,
    pub incident: IncidentId,
    /// When it happened.
    pub at: Time,
    /// When it was written, if another time.
    pub recorded: Option<Time>,
    pub who: String,
    /// `started step 7, Promote the us-west-2 replica`.
    pub text: String,
    /// Exceptions, failures, unknowns: shown strong.
    pub loud: bool,
}
