//! A Picture that is not the world as it is now. It stands in place of the verdict, with its age, and nothing is acted
//! on from it but hold (RULES R17).

use std::sync::Arc;

use super::{
    available::{step_next, watched},
    verbs::Verb,
};
use crate::{
    model::Duration,
    picture::{Picture, StepPicture},
};

/// Why the screen shows another Picture than the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person wants to read and copy what stood there.
    Frozen,
    /// The world as it would be without something.
    WhatIf,
}

impl Kind {
    /// What stands in place of the verdict.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Frozen => "FROZEN",
            Kind::WhatIf => "WHAT IF",
        }
    }

    /// The verb that goes back to now.
    pub const fn left_by(self) -> Verb {
        match self {
            Kind::Frozen => Verb::Freeze,
            Kind::WhatIf => Verb::WhatIf,
        }
    }
}

/// The Picture that is shown instead, and since when.
#[derive(Clone, Debug)]
pub struct Aside {
    pub kind: Kind,
    /// What stood there; a supposed world goes on with the real one, and stands within it.
    stood: Option<Arc<Picture>>,
    /// On the screen's own clock.
    since: Duration,
}

/// What a verb means while the screen shows something else than now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It moves or looks: it does so on what is shown.
    Looks,
    Holds,
    /// It goes back to now.
    Leaves,
    /// It opens a consent: now comes first, then the consent on it.
    Consents,
    /// It is about the console, whatever is shown.
    Console,
    Refused,
}

impl Aside {
    /// `uptime`: how long the screen has been running.
    pub fn frozen(picture: Arc<Picture>, uptime: Duration) -> Self {
        Self { kind: Kind::Frozen, stood: Some(picture), since: uptime }
    }

    /// The newest Picture holds the supposed one from now on.
    pub fn what_if(uptime: Duration) -> Self {
        Self { kind: Kind::WhatIf, stood: None, since: uptime }
    }

    /// What is shown while `newest` is how things are.
    pub fn shown<'a>(&'a self, newest: &'a Picture) -> &'a Picture {
        match &self.stood {
            Some(stood) => stood,
            None => newest.supposed.as_ref().map_or(newest, |supposed| &supposed.picture),
        }
    }

    /// How long it has stood, by a clock that nobody sets.
    pub fn age(&self, uptime: Duration) -> Duration {
        uptime.saturating_sub(self.since)
    }

    /// `step` is the one under the cursor.
    pub fn meaning(&self, verb: Verb, step: Option<&StepPicture>) -> Meaning {
        let consents = |verb: Verb| matches!(verb, Verb::Start | Verb::Retry | Verb::Undo | Verb::Approve);
        match verb {
            verb if verb == self.kind.left_by() => Meaning::Leaves,
            Verb::Freeze | Verb::WhatIf => Meaning::Refused,
            Verb::Hold => Meaning::Holds,
            Verb::Quit | Verb::Suspend | Verb::Command => Meaning::Console,
            Verb::Do => match step {
                Some(step) if watched(step).is_some() => Meaning::Looks,
                Some(step) if step_next(step).is_ok_and(consents) => Meaning::Consents,
                _ => Meaning::Refused,
            },
            verb if consents(verb) => Meaning::Consents,
            // Another incident, or newer answers, would not be seen.
            Verb::AskNow if self.kind == Kind::WhatIf => Meaning::Console,
            Verb::Incident | Verb::AskNow => Meaning::Refused,
            verb if verb.only_looks() => Meaning::Looks,
            _ => Meaning::Refused,
        }
    }
}
