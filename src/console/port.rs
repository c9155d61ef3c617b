//! How a screen, a test or a script talks to a running console: requests in, replies and Pictures out.

use crate::{
    incident::{Command, Refusal, RunKind, Scope},
    model::{IncidentId, Loss, Preview, Severity, StepId, Time},
};

/// What a person fills in to declare; the console adds the plan's facts and what it observes.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclareForm {
    pub title: String,
    pub drill: bool,
    pub scenario: Option<String>,
    pub severity: Severity,
    pub began: Time,
    /// What is affected, as far as it is said; what is observed comes beside it.
    pub scope: Scope,
    /// The alert that filled it in.
    pub alert: Option<String>,
}

/// What can be asked of a console. None of them blocks.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    Declare(DeclareForm),
    /// Look at another incident of this journal.
    Show(IncidentId),
    /// Opens the plan's runbook of that name.
    OpenRunbook {
        name: String,
    },
    /// The same, as the commander who read what of it runs by itself and consents to that list (RULES R4).
    OpenConsented {
        name: String,
        steps: Vec<StepId>,
    },
    /// Arms the automatic failover of a scenario, with the list of steps that the commander read.
    Arm {
        scenario: String,
        steps: Vec<StepId>,
    },
    Disarm {
        scenario: String,
        why: String,
    },
    /// Takes the changed runbook on disk over.
    AdoptRunbook,
    /// Looks at what a step would do; answered by [`Reply::Preview`].
    Preview {
        step: StepId,
        kind: RunKind,
    },
    /// A person agreed to `seen`. Everything is read again first; what differs comes back as [`Reply::AskAgain`] (RULES R15).
    Agree {
        step: StepId,
        kind: RunKind,
        seen: Box<Preview>,
        typed: Option<String>,
    },
    /// Previews, and asks another person to approve exactly that.
    AskApproval {
        step: StepId,
    },
    /// Asks the servers whether unknown parts happened (RULES R8).
    ReadBack {
        step: StepId,
    },
    /// What a person says about the incident or a step. Commands that only a console may give are refused.
    Do(Command),
    /// Meant for that incident, whichever is on screen by the time it arrives: what a person saw when they spoke.
    For {
        incident: IncidentId,
        request: Box<Request>,
    },
    /// Ask every connection now.
    AskNow,
    /// Shows the world as it would be without that, until `None` is supposed. Nothing is done, nothing is written.
    Suppose(Option<Loss>),
    /// Says with each Picture where its values come from, until told not to.
    Explain(bool),
    /// End; running actions are left to finish or be found unknown.
    Quit,
}

/// What comes back, in the order of the requests that caused it.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Done and durable; in a few words.
    Done {
        what: String,
    },
    Refused {
        what: String,
        refusal: Refusal,
    },
    Preview {
        step: StepId,
        kind: RunKind,
        preview: Box<Preview>,
    },
    /// The world changed while the dialog stood: agree again, knowing this.
    AskAgain {
        step: StepId,
        kind: RunKind,
        preview: Box<Preview>,
        why: Vec<String>,
    },
    /// It could not be carried out for a reason of the world, not of the rules.
    Fault {
        what: String,
        reason: String,
    },
    /// The console has ended.
    Ended,
}
