//! One item of a runbook.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::probe::Probe;
use crate::model::{Duration, Range, StepId};

/// The line or lines of `about.source` that something comes from: `L381`, `[L90, L380]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Origin {
    One(String),
    Many(Vec<String>),
}

/// A person confirms, and may write down a value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The value to write down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub see: Option<String>,
}

/// A condition that Lifeboat itself observes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Gate {
    #[serde(flatten)]
    pub probe: Probe,
    /// How long it may take to become true; by default ten minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// How long it must stay true; unsaid, two samples in a row must hold.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub hold: Option<Duration>,
}

impl Gate {
    pub const WITHIN: Duration = Duration::from_mins(10);

    pub fn within(&self) -> Duration {
        self.within.unwrap_or(Self::WITHIN)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DecisionValue {
    Time,
    Text,
    Number,
}

/// A question whose answer is the step's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    pub ask: String,
    /// Choose one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Choose one of this dataset's recovery sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_of: Option<String>,
    /// Or write a value of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<DecisionValue>,
}

/// Somebody is told something. Sent by hand and confirmed, until channels are built.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeStep {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

/// When a step is not needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// A person answers yes or no.
    Ask(String),
    /// That step failed.
    Failed(StepId),
    /// That decision was answered so: `{chosen: {way: replica}}`.
    Chosen(BTreeMap<StepId, String>),
}

/// How an action is taken back: `remembered` (to what was there before), `none`, or another action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UndoForm {
    Remembered,
    None,
    #[serde(untagged)]
    Other(OtherWay),
}

/// What a drill does instead: `same`, `talk` (talked through), or another action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrillForm {
    Same,
    Talk,
    #[serde(untagged)]
    Other(OtherWay),
}

/// Another action with its own `with`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherWay {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub action: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, serde_json::Value>,
}

/// Another way to do what a step is for; a person chooses it in the incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// What it is called among the ways of its step.
    pub title: String,
    pub action: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, serde_json::Value>,
    /// In place of the step's own gate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gate: Vec<Gate>,
}

/// Names, or the word `all`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Names {
    #[default]
    None,
    /// `all`, or one name.
    One(String),
    Many(Vec<String>),
}

impl Names {
    pub fn is_none(&self) -> bool {
        *self == Names::None
    }
    pub fn is_all(&self) -> bool {
        matches!(self, Names::One(word) if word == "all")
    }
    /// Whether `name` is among them; `all` has every name.
    pub fn has(&self, name: &str) -> bool {
        match self {
            Names::None => false,
            Names::One(one) => one == "all" || one == name,
            Names::Many(many) => many.iter().any(|n| n == name),
        }
    }
    /// The names that are said; none for `all`.
    pub fn said(&self) -> Vec<&str> {
        match self {
            Names::None => vec![],
            Names::One(one) if one == "all" => vec![],
            Names::One(one) => vec![one],
            Names::Many(many) => many.iter().map(String::as_str).collect(),
        }
    }
}

/// Who carries a step out: a role, `auto` (Lifeboat, when its needs are met) or `platform` (something else; the gate watches).
pub type Owner = String;

/// A deadline from one of the incident's moments: `{restored: 48h}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Due {
    Impact(Duration),
    Declared(Duration),
    Restored(Duration),
    Closed(Duration),
}

/// What a step is; said by which of its keys stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    Check,
    Action,
    Gate,
    Decision,
    Notice,
    Runbook,
}

impl StepKind {
    pub fn word(self) -> &'static str {
        match self {
            StepKind::Check => "check",
            StepKind::Action => "action",
            StepKind::Gate => "gate",
            StepKind::Decision => "decision",
            StepKind::Notice => "notice",
            StepKind::Runbook => "runbook",
        }
    }
}

/// One item of a runbook. Exactly one of `check` (also when none is given), `action`, `gate` alone, `decision`, `notice`
/// and `runbook` says its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub id: StepId,
    pub title: String,
    /// What a person does, in sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// `system.verb` of the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<UndoForm>,
    /// Cannot be taken back: the target's name is typed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub irreversible: bool,
    /// How many other people must approve.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub approvals: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<DrillForm>,
    /// Other ways to do it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instead: Vec<Way>,
    /// Must be seen true: one, or several that all must.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gate: Vec<Gate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<NoticeStep>,
    /// Another runbook, run in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Steps that must be done before; unsaid, the step above; `[]` none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Vec<StepId>>,
    /// Only then; else the step is *not needed*.
    #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// Clean-up that runs even after a failure.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub always: bool,
    /// Expected time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes: Option<Range>,
    /// When waiting for a request ends as *unknown*; by default 30s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// Datasets whose exposure its fence ends (RULES R21).
    #[serde(default, skip_serializing_if = "Names::is_none")]
    pub freezes: Names,
    /// Datasets that are back after it.
    #[serde(default, skip_serializing_if = "Names::is_none")]
    pub recovers: Names,
    /// Services that should be back after it; their `healthy` decides.
    #[serde(default, skip_serializing_if = "Names::is_none")]
    pub restores: Names,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Step {
    pub const TIMEOUT: Duration = Duration::from_secs(30);

    pub fn kind(&self) -> StepKind {
        if self.action.is_some() {
            StepKind::Action
        } else if self.decision.is_some() {
            StepKind::Decision
        } else if self.notice.is_some() {
            StepKind::Notice
        } else if self.runbook.is_some() {
            StepKind::Runbook
        } else if !self.gate.is_empty() && self.check.is_none() {
            StepKind::Gate
        } else {
            StepKind::Check
        }
    }

    pub fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(Self::TIMEOUT)
    }

    /// In a drill something else is done in its place: what its gate proves, and what it stops or recovers, is not touched.
    pub fn is_other_in_drill(&self) -> bool {
        matches!(self.drill, Some(DrillForm::Other(_)))
    }
}
