//! Whether a verb can be done here and now, or why not; and what Enter opens for the chosen step: the safe act that takes
//! it on, its proof, or the way to the step that is next.

use super::verbs::{Group, Verb};
use crate::{
    incident::{Refusal, Status},
    picture::{BookPicture, Picture, StepPicture},
    plan::StepKind,
};

impl Verb {
    /// Whether it can be done now, or why not and what would make it possible. `step` is the chosen one.
    pub fn available(self, picture: &Picture, step: Option<&StepPicture>) -> Result<(), Refusal> {
        let no = |why: &str, instead: &str| Err(Refusal::new(why, instead));
        if self.only_looks() {
            return Ok(());
        }
        if picture.place.read_only {
            return no("this console only looks", "act from a console that was started without --read-only");
        }
        if self.group() == Group::Step {
            let Some(step) = step else {
                return no("no step is chosen", "open a runbook with :open");
            };
            if self == Verb::Do {
                let goes = watched(step).is_some() || moves_on(step, picture).is_some();
                return if goes { Ok(()) } else { step_next(step).map(|_| ()) };
            }
            return on_step(self, step);
        }
        let armed = picture.automatics.iter().filter(|row| row.armed.as_ref().is_some_and(|armed| armed.triggered.is_none()));
        match self {
            Verb::Arm if picture.automatics.is_empty() => {
                return no("the plan has no automatic failover", "add `automatic` to a scenario");
            }
            Verb::Arm if armed.count() == picture.automatics.len() => return no("all are armed", "disarm one with :disarm"),
            Verb::Arm => return Ok(()),
            Verb::Disarm if picture.automatics.iter().all(|row| row.armed.is_none()) => {
                return no("no automatic failover is armed", "nothing starts by itself");
            }
            Verb::Disarm => return Ok(()),
            _ => {}
        }
        let Some(incident) = &picture.incident else {
            return match self {
                Verb::Declare => Ok(()),
                _ => no("there is no incident", "declare one with :declare"),
            };
        };
        let closed = incident.closed.is_some();
        match self {
            Verb::Declare | Verb::Note | Verb::Told => Ok(()),
            Verb::Reopen if closed => Ok(()),
            Verb::Reopen => no("the incident is open", "go on with it"),
            _ if closed => no("the incident is closed", "open it again with :reopen"),
            Verb::Hold => match &incident.hold {
                Some((who, ..)) => Err(Refusal::new(format!("{who} holds already: nothing new starts"), "let go with :release")),
                None => Ok(()),
            },
            Verb::Release if incident.hold.is_none() => no("nobody holds", "steps may start"),
            Verb::SuspendDrill if !incident.drill => no("this is no drill", "hold it with :hold, if nothing new shall start"),
            Verb::SuspendDrill if incident.suspended.is_some() => no("it is suspended already", "go on with :resume-drill"),
            Verb::ResumeDrill if incident.suspended.is_none() => no("no drill is suspended here", "nothing is needed"),
            Verb::ResumeDrill => match picture.incidents.iter().find(|i| i.open && !i.drill) {
                Some(real) => Err(Refusal::new(format!("{} is open and no drill", real.id), "close it first")),
                None => Ok(()),
            },
            Verb::Automate if picture.book.as_ref().is_none_or(|book| book.by_itself.is_empty()) => {
                no("nothing in the open runbook changes anything by itself", "start its steps")
            }
            Verb::Automate if incident.commander.as_ref() != Some(&picture.place.you) => {
                no("the commander consents to what runs by itself", "take command with :hand-over, to yourself")
            }
            Verb::ByHand if !picture.book.as_ref().is_some_and(runs_by_itself) => {
                no("nothing runs by itself here", "hold with :hold, if nothing new shall start")
            }
            Verb::Open if picture.runbooks.is_empty() => no("the plan has no runbook", "add steps by hand with :insert"),
            Verb::Adopt if picture.book.as_ref().is_none_or(|book| book.changed_on_disk.is_none()) => {
                no("the open runbook is as it is on disk", "change the file first")
            }
            Verb::Insert if picture.book.is_none() => no("no runbook is open", "open one with :open"),
            Verb::Join if picture.roles.is_empty() => no("the plan names no roles", "go on without"),
            Verb::Restored if !picture.tiers.iter().any(|tier| tier.services.iter().any(|s| s.down)) => {
                no("no service is down in this incident", "nothing is to be restored")
            }
            _ => Ok(()),
        }
    }
}

fn runs_by_itself(book: &BookPicture) -> bool {
    book.automation.as_ref().is_some_and(|automation| automation.stopped.is_none())
}

fn on_step(verb: Verb, step: &StepPicture) -> Result<(), Refusal> {
    let mut refusal = None;
    for offer in step.offers.iter().filter(|offer| verb.offered_as(&offer.act)) {
        match &offer.refusal {
            None => return Ok(()),
            Some(why) => refusal = Some(why.clone()),
        }
    }
    Err(refusal.unwrap_or_else(|| {
        let why = format!("that is nothing for step {} ({}, {})", step.number, step.kind.word(), step.status.words());
        Refusal::new(why, "choose another step")
    }))
}

/// From a step that is done with to the one to do next: a cursor that was put on a step by hand stays there until then.
pub fn moves_on<'p>(step: &StepPicture, picture: &'p Picture) -> Option<&'p StepPicture> {
    let book = picture.book.as_ref()?;
    book.steps.get(book.next?).filter(|next| is_over(step.status) && next.id != step.id && step_next(step).is_err())
}

/// Lifeboat observes this step's gate itself now: there is nothing to do but to look. What it sees.
pub fn watched(step: &StepPicture) -> Option<String> {
    let alone = step.kind == StepKind::Gate && step.ready;
    if step.status != Status::Verifying && !alone {
        return None;
    }
    let gates: Vec<_> = step.gates.iter().map(|gate| gate.words.as_str()).collect();
    Some(if gates.is_empty() { step.words.clone() } else { gates.join("; ") })
}

/// What Enter opens for a step: the safe act that takes it on. Going over a rule (override, waive, break glass, skip) is
/// never it.
pub fn step_next(step: &StepPicture) -> Result<Verb, Refusal> {
    let can = |verb: Verb| on_step(verb, step).is_ok();
    let refused = |why: String, instead: &str| Err(Refusal::new(why, instead));
    let n = step.number;
    // What another person waits for comes first: an approval that was asked.
    if step.approval_asked.is_some() && can(Verb::Approve) {
        return Ok(Verb::Approve);
    }
    let order: &[Verb] = match step.status {
        Status::Unknown => &[Verb::ReadBack, Verb::Resolve],
        Status::Running => {
            return refused(format!("step {n} runs: {}", step.words), "wait for its end, or ask it to stop with :stop");
        }
        Status::Verifying => {
            let sees = watched(step).unwrap_or_default();
            return refused(format!("Lifeboat watches step {n} itself, and sees: {sees}"), "wait: it passes by itself");
        }
        status if is_over(status) => &[],
        // Trying again what gives no answer is seldom what helps.
        Status::Failed | Status::Partial if step.unreachable => &[Verb::OutsideFence, Verb::Retry, Verb::Start],
        Status::Failed | Status::Partial => {
            &[Verb::Retry, Verb::WatchAgain, Verb::Start, Verb::OutsideFence, Verb::Confirm, Verb::Decide, Verb::TalkThrough]
        }
        // Its question comes first; once that is answered, Enter means the step itself.
        _ if step.condition.is_some() => &[Verb::NotNeeded, Verb::Start, Verb::Confirm, Verb::Decide, Verb::TalkThrough],
        _ => &[Verb::Start, Verb::Confirm, Verb::Decide, Verb::TalkThrough, Verb::NotNeeded],
    };
    match order.iter().copied().find(|verb| can(*verb)) {
        Some(Verb::Start | Verb::Retry) if !is_approved(step) => approval_first(step),
        Some(verb) => Ok(verb),
        None if watched(step).is_some() => {
            let sees = watched(step).unwrap_or_default();
            refused(format!("Lifeboat watches step {n} itself, and sees: {sees}"), "wait: it passes by itself")
        }
        None if step.status.ended() && step.status != Status::Failed => {
            refused(format!("step {n} {}", step.status.words()), "choose another step")
        }
        None => {
            let refusal = step.offers.iter().filter(|offer| order.iter().any(|verb| verb.offered_as(&offer.act)));
            let refusal = refusal.filter_map(|offer| offer.refusal.clone()).next();
            Err(refusal.unwrap_or_else(|| Refusal::new(format!("step {n}: {}", step.words), "choose another step")))
        }
    }
}

/// Done with: what can still be changed about it is asked for by name.
fn is_over(status: Status) -> bool {
    matches!(status, Status::Succeeded | Status::Skipped | Status::NotNeeded | Status::TalkedThrough)
}

/// Its approvals are there, or the glass is broken for its next start: then breaking it again is refused.
fn is_approved(step: &StepPicture) -> bool {
    step.glass_open || step.approvals.len() >= step.approvals_wanted as usize
}

/// It could start but for the approval: that is asked for first, then waited for.
fn approval_first(step: &StepPicture) -> Result<Verb, Refusal> {
    if let Some(asked) = &step.approval_asked {
        let why = format!("step {} waits for somebody to approve what {} asked for", step.number, asked.who);
        return Err(Refusal::new(why, "wait, or ask again with :ask-approval; alone, :break-glass with a reason"));
    }
    on_step(Verb::AskApproval, step).map(|()| Verb::AskApproval)
}
