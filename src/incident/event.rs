//! What happened: the records of the journal. Never changed once written; old shapes are read with `serde` defaults.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    actor::Actor,
    damage::JournalDamage,
    facts::{Impact, PlanFacts},
    scope::Scope,
};
use crate::{
    model::{
        Call, ConsoleId, Digest, Duration, Identity, IncidentId, Outcome, PartReport, Preview, RunId, Severity, StepId, Time,
        Value, catalogue::ActionTraits,
    },
    plan::{Runbook, Step},
};

/// An event with its two times (RULES R11), as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Place in the journal, from 1, over all incidents.
    pub seq: u64,
    pub incident: IncidentId,
    /// By this machine's clock when it was written.
    pub recorded: Time,
    /// When it happened, where a person or a server said another time than `recorded`.
    pub happened: Option<Time>,
    pub who: Actor,
    pub event: Event,
}

impl Record {
    /// When it happened, by the best word there is.
    pub fn time(&self) -> Time {
        self.happened.unwrap_or(self.recorded)
    }
}

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    First,
    /// Only the parts that failed (RULES R3).
    Retry,
    /// Only the parts that were changed (RULES R3).
    Undo,
}

/// What a gate saw (RULES R12).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// The condition in words: `max(probe_success{..}) is 0, wanted == 0`.
    pub text: String,
    /// First and last sample of the unbroken stretch in which it held.
    pub first: Time,
    pub last: Time,
    pub samples: u32,
}

/// How an unknown part was settled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    ReadBack,
    /// By a person, who says why they know.
    Person {
        why: String,
    },
}

/// What ended a service's outage (RULES R24).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestoredBy {
    /// Its `healthy` held for its `for`, from the event's own time on.
    Observed,
    /// It has no `healthy`; a person said so.
    Person,
    /// It has no `healthy`; that step ended well and names it in `restores`.
    Step(StepId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    Resolved,
    FalseAlarm,
    Duplicate,
}

impl Resolution {
    pub fn words(self) -> &'static str {
        match self {
            Resolution::Resolved => "resolved",
            Resolution::FalseAlarm => "false alarm",
            Resolution::Duplicate => "duplicate",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum Event {
    // the incident
    Declared {
        title: String,
        drill: bool,
        scenario: Option<String>,
        severity: Severity,
        /// When impact began, as far as known now.
        began: Time,
        impacts: Vec<Impact>,
        facts: Box<PlanFacts>,
        digest: Digest,
    },
    Joined {
        role: String,
    },
    CommandHandedOver {
        to: String,
    },
    SeverityChanged {
        to: Severity,
        why: String,
    },
    OutageStartCorrected {
        began: Time,
        why: String,
    },
    CleanBeforeSet {
        before: Time,
        why: String,
    },
    /// What is affected, as people know it; it replaces what was said before.
    ScopeChanged {
        scope: Scope,
        /// Since when, for what was not affected before.
        since: Time,
        why: String,
    },
    /// Somebody was told something, by hand.
    NoticeSent {
        to: String,
        how: String,
        said: Option<String>,
    },
    Held {
        why: String,
    },
    Released,
    Noted {
        text: String,
    },
    ClockJumped {
        by_ms: i64,
    },
    /// Nothing new starts in this drill until it is resumed (RULES R31).
    DrillSuspended {
        /// The real incident that it makes room for.
        real: Option<IncidentId>,
        why: String,
    },
    DrillResumed,
    Closed {
        resolution: Resolution,
        why: String,
    },
    Reopened {
        why: String,
    },
    /// The journal goes on in this file: all records before this one are copies of those of the file `from`.
    JournalContinued {
        from: String,
        /// `SEQ:HASH` of the record before this one, there and here.
        head: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        damage: Option<Box<JournalDamage>>,
    },

    // services
    ServiceDown {
        service: String,
        since: Time,
        seen: String,
    },
    ServiceRestored {
        service: String,
        at: Time,
        by: RestoredBy,
    },

    // the runbook
    RunbookOpened {
        runbook: Box<Runbook>,
        digest: Digest,
        traits: BTreeMap<StepId, ActionTraits>,
        drill_traits: BTreeMap<StepId, ActionTraits>,
    },
    /// A commander consents that these steps, which change something, run by themselves (RULES R4).
    AutomationConsented {
        steps: Vec<StepId>,
        /// Who, where it was said before: when the failover was armed.
        by: Option<String>,
    },
    /// Nothing runs by itself any more: a person goes on.
    AutomationStopped {
        /// At which it came to no good end.
        step: Option<StepId>,
        why: String,
    },
    RunbookAdopted {
        runbook: Box<Runbook>,
        digest: Digest,
        traits: BTreeMap<StepId, ActionTraits>,
        drill_traits: BTreeMap<StepId, ActionTraits>,
    },
    StepInserted {
        after: Option<StepId>,
        step: Box<Step>,
        why: String,
    },

    // outside of every incident
    /// What was read when it was armed is what runs (RULES R6).
    Armed {
        scenario: String,
        facts: Box<PlanFacts>,
        runbook: Box<Runbook>,
        digest: Digest,
        traits: BTreeMap<StepId, ActionTraits>,
        drill_traits: BTreeMap<StepId, ActionTraits>,
        /// The steps that were consented to.
        steps: Vec<StepId>,
    },
    Disarmed {
        scenario: String,
        why: String,
    },
    FailoverTriggered {
        scenario: String,
        incident: IncidentId,
        proof: Proof,
    },

    // agreeing
    ApprovalAsked {
        step: StepId,
        preview: Box<Preview>,
        binding: Digest,
    },
    Approved {
        step: StepId,
        binding: Digest,
        until: Time,
    },
    Declined {
        step: StepId,
        why: String,
    },
    BrokeGlass {
        step: StepId,
        why: String,
    },
    Waived {
        step: StepId,
        need: StepId,
        why: String,
    },

    // acting
    /// Durable before any mutating request leaves (RULES R7).
    ActionStarted {
        step: StepId,
        run: RunId,
        kind: RunKind,
        call: Call,
        target: String,
        identity: Identity,
        binding: Digest,
        parts: Vec<String>,
        /// What was there before, by part.
        remembered: BTreeMap<String, serde_json::Value>,
    },
    /// What a step that recovers a dataset would lose of it, in the append that starts it: afterwards nobody can ask the
    /// old primary (RULES R21).
    LossForeseen {
        step: StepId,
        run: RunId,
        dataset: String,
        /// The recovery source that the step acts on.
        source: String,
        /// Everything up to here is on it: the last confirmed receipt.
        point: Time,
        /// From there to the stop of writes, as far as it was known.
        least: Duration,
        most: Duration,
    },
    PartProgressed {
        step: StepId,
        run: RunId,
        part: String,
        text: String,
    },
    PartEnded {
        step: StepId,
        run: RunId,
        report: PartReport,
    },
    /// Its console is proven dead (RULES R7): parts without an end are unknown from here on.
    ConsoleLost {
        step: StepId,
        run: RunId,
        console: ConsoleId,
    },
    PartSettled {
        step: StepId,
        run: RunId,
        report: PartReport,
        by: Settled,
    },
    StopAsked {
        step: StepId,
        run: RunId,
        why: String,
    },
    /// Somebody wanted to fence and what it acts on gave no answer, so that nothing was sent (RULES R19).
    FenceUnreachable {
        step: StepId,
        why: String,
    },

    // proving
    GateHeld {
        step: StepId,
        proof: Proof,
    },
    GateMissed {
        step: StepId,
        why: String,
    },
    /// A step that was proven is seen not to hold any more (RULES R13). The step stays done.
    ProofLost {
        step: StepId,
        /// What was seen: `is f, wanted == t`.
        seen: String,
        /// The first sample that said so.
        since: Time,
    },
    ProofRegained {
        step: StepId,
        proof: Proof,
    },
    GateWatchedAgain {
        step: StepId,
    },
    GateOverridden {
        step: StepId,
        why: String,
    },
    OutsideFenceSigned {
        step: StepId,
        how: String,
        effective: Time,
    },

    // by people
    Confirmed {
        step: StepId,
        seen: Option<String>,
    },
    Decided {
        step: StepId,
        answer: Value,
    },
    ConditionAnswered {
        step: StepId,
        needed: bool,
        why: String,
    },
    Skipped {
        step: StepId,
        why: String,
    },
    MarkedFailed {
        step: StepId,
        why: String,
    },
    TakenOver {
        step: StepId,
        how: String,
    },
    TalkedThrough {
        step: StepId,
        note: Option<String>,
    },
    /// Another of the plan's ways to do the step; `None`: as it was planned first.
    WayChosen {
        step: StepId,
        way: Option<String>,
        why: String,
    },
}

/// Whether it weighs as much as the name of who did it: approvals, and what goes over a rule (RULES R16).
pub fn rests_on_a_name(event: &Event) -> bool {
    matches!(
        event,
        Event::ApprovalAsked { .. }
            | Event::Approved { .. }
            | Event::Declined { .. }
            | Event::BrokeGlass { .. }
            | Event::Waived { .. }
            | Event::GateOverridden { .. }
            | Event::OutsideFenceSigned { .. }
    )
}

/// Whether an outcome changed something or may have.
pub fn may_have_changed(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::Failed { .. })
}
