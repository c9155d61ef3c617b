//! An incident to judge.

use chrono::TimeZone;

use crate::{
    incident::{Head, PlanFacts},
    model::{Digest, Severity, Time},
};

/// So many seconds after the moment of the look.
pub fn t(seconds: i64) -> Time {
    chrono::Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
}

/// An incident that began ten minutes ago.
pub fn head() -> Head {
    Head {
        id: "INC-0001".into(),
        title: String::new(),
        drill: false,
        scenario: None,
        severity: Severity::new(1),
        began: t(-600),
        declared: t(-500),
        declared_by: "Ada".into(),
        facts: PlanFacts::default(),
        digest: Digest::of(b""),
        clean_before: None,
        scope: None,
        closed: None,
    }
}
