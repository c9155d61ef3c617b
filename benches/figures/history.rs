//! A journal as long as years of incidents make it.

use std::{error::Error, path::Path};

use lifeboat::{
    incident::{Actor, Event, PlanFacts, Resolution},
    journal::{Draft, Writer},
    model::{Clock, IncidentId, Severity, Time},
    systems::SystemClock,
};

pub const INCIDENTS: u64 = 100;
/// Of each incident. The last one is still open.
pub const EVENTS: usize = 1_000;

/// Writes it to `path`, for the plan of that name.
pub fn write(path: &Path, plan: &str) -> Result<(), Box<dyn Error>> {
    let now = SystemClock.now();
    let mut writer = Writer::open(path, plan, &"bench".into(), "bench", now)?;
    let mut newest = 0;
    for n in 1..=INCIDENTS {
        let drafts = incident(n, plan, n < INCIDENTS, now);
        newest = writer.append(newest, &drafts, now)?.last().map_or(newest, |record| record.seq);
    }
    writer.checkpoint()?;
    Ok(())
}

fn incident(n: u64, plan: &str, ends: bool, now: Time) -> Vec<Draft> {
    let facts = PlanFacts { plan: plan.to_owned(), ..PlanFacts::default() };
    let declared = Event::Declared {
        title: format!("the {n}th night"),
        drill: false,
        scenario: None,
        severity: Severity::new(2),
        began: now,
        impacts: vec![],
        digest: facts.digest(),
        facts: Box::new(facts),
    };
    let notes =
        (2..EVENTS).map(|at| Event::Noted { text: format!("note {at}: somebody saw something and wrote a line about it") });
    let last = match ends {
        true => Event::Closed { resolution: Resolution::Resolved, why: "all is back".into() },
        false => Event::Noted { text: "it goes on".into() },
    };
    let draft = |event| Draft { incident: IncidentId::numbered(n), who: Actor::new("Ada", "bench"), happened: None, event };
    std::iter::once(declared).chain(notes).chain([last]).map(draft).collect()
}
