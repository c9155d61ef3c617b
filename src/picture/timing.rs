//! By when to decide, and after that what the rest may take (RULES R25).

use super::{
    inputs::Ground,
    scene::{BookPicture, TierRow, TimingPicture},
};
use crate::{
    model::{Duration, Time, Verdict, time::clock_minutes},
    objectives::Overrun,
};

/// What is said of the tier that is down and whose RTO is used up first. `None` without a runbook, or once nothing runs.
pub fn timing(ground: &Ground, tiers: &[TierRow], book: Option<&BookPicture>) -> Option<TimingPicture> {
    let (state, book) = (ground.open()?, book?);
    let course = ground.course()?;
    let now = ground.now();
    let (tier, deadline) = nearest(tiers, now)?;
    let left = tier.projected.map_or_else(|| book.left.unwrap_or_default(), |finish| Duration::between(now, finish));
    let still_to_decide = book.steps.iter().any(|step| step.irreversible) && !state.is_past_irreversible();
    if still_to_decide {
        return decide(&tier.name, &book.name, deadline, left, now);
    }
    let services = tier.services.iter().filter(|service| service.down).map(|service| service.name.as_str());
    let overrun = services.filter_map(|service| course.may_overrun(Some(service))).max_by_key(Overrun::left);
    Some(go_on(tier, deadline, now + left.delta(), overrun.as_ref(), book, now))
}

/// The tier that is down and whose deadline is next; of those that missed theirs, the latest.
fn nearest(tiers: &[TierRow], now: Time) -> Option<(&TierRow, Time)> {
    let down = tiers.iter().filter(|tier| tier.services.iter().any(|service| service.down));
    let dated: Vec<(&TierRow, Time)> = down.filter_map(|tier| Some((tier, tier.deadline?))).collect();
    let ahead = dated.iter().filter(|(_, deadline)| *deadline > now).min_by_key(|(_, deadline)| *deadline);
    ahead.or_else(|| dated.iter().max_by_key(|(_, deadline)| *deadline)).copied()
}

/// Before the first step that cannot be taken back there is still a choice.
fn decide(tier: &str, runbook: &str, deadline: Time, takes: Duration, now: Time) -> Option<TimingPicture> {
    if deadline <= now {
        return None;
    }
    let by = deadline - takes.delta();
    // A moment of this very minute is not one to look forward to.
    let at_once = by - now < Duration::from_mins(1).delta();
    let when = if at_once { "now".to_owned() } else { format!("by {}", clock_minutes(by, now)) };
    let (short, end) = (format!("decide {when}"), clock_minutes(deadline, now));
    Some(TimingPicture {
        tier: tier.to_owned(),
        deadline,
        decide_by: Some(by),
        projected: now + takes.delta(),
        verdict: if at_once { Verdict::WillMiss } else { Verdict::OnTrack },
        words: format!("{short}: {runbook} takes ~{}, deadline {end}", takes.about()),
        brief: format!("{short}, deadline {end}"),
        shortest: short,
    })
}

/// After it: how the way ahead stands to the deadline, and which step may still use up what is to spare.
fn go_on(
    tier: &TierRow,
    deadline: Time,
    projected: Time,
    overrun: Option<&Overrun>,
    book: &BookPicture,
    now: Time,
) -> TimingPicture {
    let (end, finish) = (clock_minutes(deadline, now), clock_minutes(projected, now));
    let past = if deadline > now { "" } else { ", passed" };
    let spare = Duration::between(projected, deadline);
    let number = |id: &crate::model::StepId| book.steps.iter().find(|step| step.id == *id).map(|step| step.number);
    let may = overrun.and_then(|overrun| {
        let n = number(overrun.step)?;
        match (overrun.over > Duration::ZERO, spare > Duration::ZERO) {
            (true, true) => Some(format!("step {n} is {} over its time, {} to spare", overrun.over.whole(), spare.whole())),
            (true, false) => Some(format!("step {n} is {} over its time", overrun.over.whole())),
            (false, true) => Some(format!("step {n} has {} to spare", spare.whole())),
            (false, false) => None,
        }
    });
    let brief = format!("deadline {end}{past}, projected ~{finish}");
    TimingPicture {
        tier: tier.name.clone(),
        deadline,
        decide_by: None,
        projected,
        verdict: tier.verdict,
        words: may.map_or_else(|| brief.clone(), |may| format!("{brief}: {may}")),
        shortest: format!("deadline {end}"),
        brief,
    }
}
