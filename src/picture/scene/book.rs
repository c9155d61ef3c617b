//! The open runbook, step by step, and the time it takes.

use serde::Serialize;

use super::ready::StepReady;
use super::watch::{AutomationPicture, GateState, OwnStep};
use crate::incident::{Offer, Status};
use crate::model::{Duration, Range, StepId, Time, Verdict};
use crate::plan::{DecisionValue, StepKind};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateLine {
    /// `max(probe_success{job="orders-db"}) == 0 for 1m`.
    pub wanted: String,
    pub state: GateState,
    /// `is 0 for 34s of 1m`, `stale for 2m`.
    pub words: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartLine {
    pub name: String,
    /// `succeeded`, `failed`, `unknown`, `running`, `not started`.
    pub status: String,
    pub verdict: Verdict,
    pub words: String,
}

/// A question that a person answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionPicture {
    pub ask: String,
    /// Choices; empty when a value is written.
    pub options: Vec<String>,
    pub value: Option<DecisionValue>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepPicture {
    /// From 1, over the whole runbook.
    pub number: usize,
    pub id: StepId,
    pub title: String,
    pub kind: StepKind,
    /// Index into the book's phases.
    pub phase: usize,
    pub status: Status,
    /// Its needs are met (or waived): it can be started now.
    pub ready: bool,
    pub owner: Option<String>,
    pub who: Option<String>,
    /// One short line for lists: `1 of 2 done`, `waits for approval`, `waits for step 3`, `48s of 2m`.
    pub words: String,
    /// What is wrong with it, if something is; the verdict line takes it up.
    pub verdict: Verdict,
    /// Past its `takes`, or a lone gate past its `within` (RULES R8).
    pub late: bool,
    pub elapsed: Option<Duration>,
    pub takes: Option<Range>,
    /// `median 1m, begun after 2m, 9 of 10 within 1m40s, by 5 runs; lately 58s, 1m02s`, once it was carried out before.
    pub before: Option<String>,
    pub action: Option<String>,
    /// The connection it acts on.
    pub via: Option<String>,
    pub irreversible: bool,
    pub approvals_wanted: u32,
    /// `Cy (unverified) at 02:47:40Z, until 02:57:40Z`; void ones are not in it.
    pub approvals: Vec<String>,
    /// A fence of which nothing answers (RULES R19).
    pub unreachable: bool,
    /// The glass is broken for the next start: no approval is waited for.
    pub glass_open: bool,
    /// Somebody asked for approval and waits.
    pub approval_asked: Option<crate::incident::step_state::ApprovalRequest>,
    pub how: Option<String>,
    pub links: Vec<String>,
    pub see: Option<String>,
    pub decision: Option<DecisionPicture>,
    /// The question of its `if`, while unanswered.
    pub condition: Option<String>,
    pub gates: Vec<GateLine>,
    pub parts: Vec<PartLine>,
    /// What happened to it, oldest first: `02:31:40Z Ben started it`.
    pub history: Vec<String>,
    /// Exceptions, loud: `needs: step 5 waived by Ada: ...`, `broke glass: ..`.
    pub exceptions: Vec<String>,
    /// What would be lost of each dataset that it recovers, while it could be started.
    pub loses: Vec<String>,
    /// Outside fences that it builds on, by whose word.
    pub rests_on: Vec<String>,
    /// The ways that the plan gives beside the first one, by title, and the one that was chosen.
    pub ways: Vec<String>,
    pub way: Option<String>,
    /// What a drill does instead.
    pub drill: Option<String>,
    /// Whether it could be done, where that is asked.
    pub could: Option<StepReady>,
    pub offers: Vec<Offer>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhasePicture {
    pub name: Option<String>,
    /// `0m..5m on the outage clock`, amber once passed.
    pub window: Option<String>,
    pub late: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BookPicture {
    pub name: String,
    pub title: Option<String>,
    pub done: usize,
    pub total: usize,
    /// Over the remaining critical path, by past runs, else the plan's `takes`; an estimate.
    pub left: Option<Duration>,
    /// The same if each step took as long as nine of ten of its past runs did.
    pub left_slow: Option<Duration>,
    /// Steps ahead whose time is that of past runs.
    pub learned: usize,
    pub phases: Vec<PhasePicture>,
    pub steps: Vec<StepPicture>,
    /// What of it the plan lets run by itself, and what was consented to.
    pub by_itself: Vec<OwnStep>,
    pub automation: Option<AutomationPicture>,
    /// Index of the step to do next.
    pub next: Option<usize>,
    /// The file differs from what was opened: what differs.
    pub changed_on_disk: Option<String>,
}

/// The time that is left for the whole way back (RULES R25).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimingPicture {
    /// The one that is down and whose RTO is used up first.
    pub tier: String,
    pub deadline: Time,
    /// Until then there is a choice. `None` after the first step that cannot be taken back.
    pub decide_by: Option<Time>,
    /// When that tier would be back; an estimate.
    pub projected: Time,
    pub verdict: Verdict,
    /// `decide by 02:34Z: failover takes ~32m, deadline 03:06Z`, later `deadline 03:06Z, projected ~02:58Z: step 7 has 8m
    /// to spare`.
    pub words: String,
    /// The same for narrower windows.
    pub brief: String,
    pub shortest: String,
}
