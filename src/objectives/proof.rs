//! Whether a recovery source was proven to restore, and how long ago.

use super::point::{Told, told};
use crate::{
    model::{Duration, Signals, Time, Verdict, time::clock_minutes},
    plan::{RecoverySource, Verify},
};

/// What is known of the proof that a source can be restored from.
#[derive(Clone, Debug, PartialEq)]
pub enum Proof {
    /// The plan names none.
    Unnamed,
    /// The plan names a runbook, and nothing that tells when it was last done.
    ByRunbook {
        runbook: String,
    },
    Proven {
        at: Time,
    },
    /// It was proven, and should have been again.
    Overdue {
        at: Time,
        since: Time,
    },
    Never,
    CannotTell {
        words: String,
    },
}

/// Of `source`, by what its plan names.
pub fn proof_of(source: &RecoverySource, signals: &Signals, now: Time) -> Proof {
    match &source.verify {
        None => Proof::Unnamed,
        Some(Verify { runbook: Some(runbook), at: None, .. }) => Proof::ByRunbook { runbook: runbook.clone() },
        Some(Verify { at: None, .. }) => Proof::Unnamed,
        Some(Verify { at: Some(at), every, .. }) => match told(at, "the time of its proof", signals, now) {
            Told::At { at, doubt: None, .. } => match every.as_ref().and_then(|every| every.due_after(at)) {
                Some(due) if now > due.late => Proof::Overdue { at, since: due.at },
                _ => Proof::Proven { at },
            },
            Told::Never { known: crate::model::Freshness::Fresh } => Proof::Never,
            Told::Never { .. } => Proof::CannotTell { words: "it was never verified when last asked".into() },
            Told::At { doubt: Some(words), .. } | Told::Nothing { words, .. } => Proof::CannotTell { words },
        },
    }
}

impl Proof {
    /// `verified 3h ago`, `proof overdue since 02:00Z`; nothing where the plan names none.
    pub fn words(&self, now: Time) -> Option<String> {
        Some(match self {
            Proof::Unnamed => return None,
            Proof::ByRunbook { runbook } => format!("verified by the runbook {runbook}, whose runs are not counted yet"),
            Proof::Proven { at } => format!("verified {}", Duration::between(*at, now).ago()),
            Proof::Overdue { at, since } => {
                format!("proof overdue since {}, verified {}", clock_minutes(*since, now), Duration::between(*at, now).ago())
            }
            Proof::Never => "never verified".into(),
            Proof::CannotTell { words } => format!("cannot tell when it was verified: {words}"),
        })
    }

    pub fn verdict(&self) -> Verdict {
        match self {
            Proof::Unnamed | Proof::ByRunbook { .. } | Proof::Proven { .. } => Verdict::Met,
            Proof::CannotTell { .. } => Verdict::CannotTell,
            Proof::Overdue { .. } | Proof::Never => Verdict::AtRisk,
        }
    }
}
