//! Where a step of the open runbook stands.

use std::collections::BTreeMap;

use serde::Serialize;

use super::event::{Proof, RunKind};
use crate::model::{Call, ConsoleId, Digest, Duration, FenceAnswer, Identity, Outcome, Preview, RunId, StepId, Time, Value};

/// A step's status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing was done yet.
    #[default]
    Open,
    /// An action's requests are under way.
    Running,
    /// The action ended well; its gate is not yet seen to hold.
    Verifying,
    Succeeded,
    /// Some parts succeeded, others failed.
    Partial,
    Failed,
    /// Some part may or may not have happened.
    Unknown,
    Skipped,
    /// Its `if` said no.
    NotNeeded,
    /// In a drill.
    TalkedThrough,
    Undone,
}

impl Status {
    pub fn words(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Running => "running",
            Status::Verifying => "waiting for proof",
            Status::Succeeded => "succeeded",
            Status::Partial => "partial",
            Status::Failed => "failed",
            Status::Unknown => "unknown",
            Status::Skipped => "skipped",
            Status::NotNeeded => "not needed",
            Status::TalkedThrough => "talked through",
            Status::Undone => "undone",
        }
    }
    /// Could be set going, again or for the first time.
    pub fn may_start(self) -> bool {
        matches!(self, Status::Open | Status::Undone | Status::Failed | Status::Partial)
    }
    /// Satisfies what needs it (RULES R1).
    pub fn satisfies(self) -> bool {
        matches!(self, Status::Succeeded | Status::NotNeeded | Status::TalkedThrough)
    }
    /// Came to an end, good or bad; nothing of it is under way.
    pub fn ended(self) -> bool {
        !matches!(self, Status::Open | Status::Running | Status::Verifying | Status::Unknown | Status::Undone)
    }
}

/// One target of an action.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PartState {
    /// `None` while it runs, and after it was undone.
    pub outcome: Option<Outcome>,
    /// The newest run that touched it.
    pub run: Option<RunId>,
    pub fence: Option<FenceAnswer>,
    pub progress: Option<String>,
    /// What was there before the first run (RULES R2); forgotten once it was put back.
    pub before: Option<serde_json::Value>,
    /// A read-back or a person settled it: a late *unknown* of its own console does not unsettle it.
    pub settled: bool,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    pub id: RunId,
    /// The record that started it: what came before what is told by this, never by clocks (RULES R11).
    pub seq: u64,
    pub kind: RunKind,
    pub who: String,
    pub console: ConsoleId,
    pub started: Time,
    pub ended: Option<Time>,
    pub call: Call,
    pub target: String,
    pub identity: Identity,
    pub binding: Digest,
    pub parts: Vec<String>,
    /// Parts whose end its own console has said.
    pub reported: Vec<String>,
    /// Its console is proven dead.
    pub lost: bool,
    pub stop_asked: Option<String>,
}

/// Another person agreed to exactly what `binding` stands for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Approval {
    pub who: String,
    pub binding: Digest,
    pub at: Time,
    pub until: Time,
}

/// Asked for, with what the approver should read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ApprovalRequest {
    pub who: String,
    pub at: Time,
    pub preview: Preview,
    pub binding: Digest,
}

/// Somebody went over a rule by name, with a reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exception {
    pub who: String,
    pub why: String,
    pub at: Time,
}

/// What was known of a dataset when a step that recovers it was started (RULES R21).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Foreseen {
    /// The recovery source that the step acts on.
    pub source: String,
    /// Everything up to here was on it.
    pub point: Time,
    pub least: Duration,
    pub most: Duration,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StepState {
    pub status: Status,
    /// When somebody first did something to it.
    pub began: Option<Time>,
    /// When it came to its present end.
    pub ended: Option<Time>,
    /// Who started it or signed it off.
    pub who: Option<String>,
    pub runs: Vec<Run>,
    pub parts: BTreeMap<String, PartState>,
    pub approval_asked: Option<ApprovalRequest>,
    pub approvals: Vec<Approval>,
    pub declined: Option<Exception>,
    pub broke_glass: Option<Exception>,
    /// A start has used the broken glass up, as it uses up approvals.
    pub glass_spent: bool,
    /// By need.
    pub waived: BTreeMap<StepId, Exception>,
    pub overridden: Option<Exception>,
    /// The newest try of this fence had no answer (RULES R19).
    pub unreachable: bool,
    /// How, and since when it took effect.
    pub outside_fence: Option<(Exception, Time)>,
    /// What would be lost by its newest start, by dataset.
    pub foreseen: BTreeMap<String, Foreseen>,
    /// Said yes or no to its `if`.
    pub condition: Option<(bool, Exception)>,
    pub proof: Option<Proof>,
    /// Since its proof: what was seen that does not hold any more, and since when (RULES R13).
    pub lost: Option<(String, Time)>,
    /// When a change of that was last journaled.
    pub lost_told: Option<Time>,
    /// When the gate is watched since.
    pub watched_since: Option<Time>,
    /// A person ended it (confirmed, skipped, took over): a late outcome of a run does not change that.
    pub ended_by_hand: bool,
    /// The record by which a person took it over.
    pub taken_over: Option<u64>,
    /// The value a person saw, or why it was skipped, failed or taken over.
    pub said: Option<String>,
    /// The way that was chosen last, and by whom; `None` in it: as it was planned first.
    pub way: Option<(Option<String>, Exception)>,
    /// What became known late of a way that was left: it may have happened after all.
    pub of_the_way_left: Vec<String>,
    /// What later steps use by `{result: id}`.
    pub result: Option<Value>,
}

impl StepState {
    /// The glass is broken for the next start; one that was started with it counts no more.
    pub fn glass_open(&self) -> bool {
        self.broke_glass.is_some() && !self.glass_spent
    }
    pub fn run(&self, id: &RunId) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == *id)
    }
    pub fn last_run(&self) -> Option<&Run> {
        self.runs.last()
    }
    /// Names of parts by how they ended.
    pub fn parts_that(&self, matches: impl Fn(&PartState) -> bool) -> Vec<String> {
        self.parts.iter().filter(|(_, part)| matches(part)).map(|(name, _)| name.clone()).collect()
    }
    pub fn unknown_parts(&self) -> Vec<String> {
        self.parts_that(|part| matches!(part.outcome, Some(Outcome::Unknown { .. })))
    }
    pub fn failed_parts(&self) -> Vec<String> {
        self.parts_that(|part| matches!(part.outcome, Some(Outcome::Failed { .. })))
    }
    pub fn succeeded_parts(&self) -> Vec<String> {
        self.parts_that(|part| matches!(part.outcome, Some(Outcome::Succeeded { .. })))
    }
    /// The newest record by which something was set going that may stand now: a run of `action` with a part that did not
    /// fail for certain, or its being taken over. A drill's other action is not it.
    pub fn set_going(&self, action: Option<&str>) -> Option<u64> {
        let stands = self.parts.values().any(|part| !matches!(part.outcome, Some(Outcome::Failed { .. })));
        let own = self.runs.iter().filter(|run| run.kind != RunKind::Undo && Some(run.call.action.as_str()) == action);
        own.filter(|_| stands).map(|run| run.seq).chain(self.taken_over).max()
    }
    /// Whether every part proved that writes are refused, with the oldest such proof: how old the knowledge is.
    pub fn fence_proof(&self) -> Option<Time> {
        self.fence_proofs()?.into_iter().min()
    }
    /// When the last part was proven to refuse writes; until then some could still be made.
    pub fn fenced_since(&self) -> Option<Time> {
        self.fence_proofs()?.into_iter().max()
    }
    /// The proof of every part; `None` when one of them gave another answer.
    fn fence_proofs(&self) -> Option<Vec<Time>> {
        let proof = |part: &PartState| match &part.fence {
            Some(FenceAnswer::RefusesWrites { proven }) => Some(*proven),
            _ => None,
        };
        self.parts.values().map(proof).collect()
    }
}
