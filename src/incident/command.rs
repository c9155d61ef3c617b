//! What a person or a console asks for. `decide` answers with events or a refusal.

use std::collections::BTreeMap;

use super::{
    event::{Proof, Resolution},
    facts::{Impact, PlanFacts},
    scope::Scope,
    step_state::Foreseen,
};
use crate::{
    model::{ConsoleId, Digest, IncidentId, PartReport, Preview, RunId, Severity, StepId, Time, Value, catalogue::ActionTraits},
    plan::{Runbook, Step},
};

/// What is declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    pub title: String,
    pub drill: bool,
    pub scenario: Option<String>,
    pub severity: Severity,
    pub began: Time,
    pub impacts: Vec<Impact>,
    pub facts: PlanFacts,
}

/// That a person saw a preview and agreed to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Consent {
    /// The preview as it was read again at the moment of agreeing (RULES R15).
    pub preview: Preview,
    /// The target's name as typed; needed when the step is irreversible.
    pub typed: Option<String>,
}

/// Yes or no to a step's `if`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionAnswer {
    pub needed: bool,
    pub why: String,
}

/// A failover that shall start by itself, with everything that it would use.
#[derive(Clone, Debug, PartialEq)]
pub struct Arming {
    pub scenario: String,
    pub facts: PlanFacts,
    pub runbook: Runbook,
    pub traits: BTreeMap<StepId, ActionTraits>,
    pub drill_traits: BTreeMap<StepId, ActionTraits>,
    /// The list that the commander read: what would change something by itself.
    pub steps: Vec<StepId>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    // the incident
    Declare(Box<Declaration>),
    Join {
        role: String,
    },
    HandOver {
        to: String,
    },
    ChangeSeverity {
        to: Severity,
        why: String,
    },
    CorrectOutageStart {
        began: Time,
        why: String,
    },
    SetCleanBefore {
        before: Time,
        why: String,
    },
    /// `since`: when it began for what is affected only now.
    ChangeScope {
        scope: Scope,
        since: Time,
        why: String,
    },
    /// Somebody was told, by hand: who, by what means, in which words, and when, if not now.
    RecordNotice {
        to: String,
        how: String,
        said: Option<String>,
        happened: Option<Time>,
    },
    Hold {
        why: String,
    },
    Release,
    /// `happened`: when, if not now.
    Note {
        text: String,
        happened: Option<Time>,
    },
    ReportClockJump {
        by_ms: i64,
    },
    /// `real`: the incident that the drill makes room for.
    SuspendDrill {
        real: Option<IncidentId>,
        why: String,
    },
    ResumeDrill,
    Close {
        resolution: Resolution,
        why: String,
    },
    Reopen {
        why: String,
    },

    // services; the first two come from the console's own observation
    ReportServiceDown {
        service: String,
        since: Time,
        seen: String,
    },
    ReportServiceHealthy {
        service: String,
        since: Time,
    },
    MarkServiceRestored {
        service: String,
        at: Time,
    },

    // the runbook
    OpenRunbook {
        runbook: Box<Runbook>,
        traits: BTreeMap<StepId, ActionTraits>,
        drill_traits: BTreeMap<StepId, ActionTraits>,
    },
    AdoptRunbook {
        runbook: Box<Runbook>,
        traits: BTreeMap<StepId, ActionTraits>,
        drill_traits: BTreeMap<StepId, ActionTraits>,
    },
    /// `by`: the commander who said so when the failover was armed; only a console says that.
    ConsentToAutomation {
        steps: Vec<StepId>,
        by: Option<String>,
    },
    StopAutomation {
        why: String,
    },
    InsertStep {
        after: Option<StepId>,
        step: Box<Step>,
        why: String,
    },

    // outside of every incident
    Arm(Box<Arming>),
    Disarm {
        scenario: String,
        why: String,
    },
    /// From a console that saw the trigger hold.
    Trigger {
        scenario: String,
        incident: IncidentId,
        proof: Proof,
    },

    // agreeing
    AskApproval {
        step: StepId,
        preview: Box<Preview>,
    },
    Approve {
        step: StepId,
        binding: Digest,
    },
    Decline {
        step: StepId,
        why: String,
    },
    BreakGlass {
        step: StepId,
        why: String,
    },
    Waive {
        step: StepId,
        need: StepId,
        why: String,
    },

    // acting
    Start {
        step: StepId,
        run: RunId,
        consent: Consent,
    },
    /// By a console, as was consented to. A read needs no consent (RULES R4).
    StartByItself {
        step: StepId,
        run: RunId,
        preview: Box<Preview>,
    },
    Retry {
        step: StepId,
        run: RunId,
        consent: Consent,
    },
    Undo {
        step: StepId,
        run: RunId,
        consent: Consent,
    },
    /// From the console that starts it, in the same append: what is known of what the step recovers (RULES R21).
    ReportForeseen {
        step: StepId,
        run: RunId,
        dataset: String,
        foreseen: Foreseen,
    },
    /// From the console that runs it. Late ones are always accepted (RULES R7).
    ReportProgress {
        step: StepId,
        run: RunId,
        part: String,
        text: String,
    },
    ReportPart {
        step: StepId,
        run: RunId,
        report: PartReport,
    },
    /// From another console, which holds the dead one's lock.
    ReportConsoleLost {
        step: StepId,
        run: RunId,
        console: ConsoleId,
    },
    /// What the servers say now about parts that are unknown.
    ReadBack {
        step: StepId,
        run: RunId,
        reports: Vec<PartReport>,
    },
    ResolveUnknown {
        step: StepId,
        part: String,
        happened: bool,
        why: String,
    },
    AskStop {
        step: StepId,
        why: String,
    },
    /// From the console that looked for somebody who wanted to fence: what it acts on gives no answer (RULES R19).
    ReportFenceUnreachable {
        step: StepId,
        why: String,
    },

    // proving; the first four come from the console's own observation
    ReportGateHeld {
        step: StepId,
        proof: Proof,
    },
    ReportGateMissed {
        step: StepId,
        why: String,
    },
    ReportProofLost {
        step: StepId,
        seen: String,
        since: Time,
    },
    ReportProofRegained {
        step: StepId,
        proof: Proof,
    },
    WatchGateAgain {
        step: StepId,
    },
    OverrideGate {
        step: StepId,
        why: String,
    },
    SignOutsideFence {
        step: StepId,
        how: String,
        effective: Time,
    },

    // by people
    Confirm {
        step: StepId,
        seen: Option<String>,
        happened: Option<Time>,
    },
    Decide {
        step: StepId,
        answer: Value,
    },
    AnswerCondition {
        step: StepId,
        answer: ConditionAnswer,
    },
    Skip {
        step: StepId,
        why: String,
    },
    MarkFailed {
        step: StepId,
        why: String,
    },
    /// Done by other means, outside Lifeboat.
    TakeOver {
        step: StepId,
        how: String,
        happened: Option<Time>,
    },
    TalkThrough {
        step: StepId,
        note: Option<String>,
    },
    /// By the title of one of the step's `instead`; `None`: as it was planned first.
    ChooseWay {
        step: StepId,
        way: Option<String>,
        why: String,
    },
}

impl Command {
    /// When it happened, if the person says another time than now (RULES R11).
    pub fn happened(&self) -> Option<Time> {
        match self {
            Command::Note { happened, .. }
            | Command::RecordNotice { happened, .. }
            | Command::Confirm { happened, .. }
            | Command::TakeOver { happened, .. } => *happened,
            _ => None,
        }
    }
}
