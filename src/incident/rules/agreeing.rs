//! Approvals, break-glass and waivers (RULES R1, R16, R19).

use super::{
    fencing::{self, FENCE_WAIVER},
    ground,
};
use crate::{
    incident::{
        actor::Actor,
        automation::{approvals_wanted, consent_for},
        event::Event,
        needs::{step_words, unmet_needs},
        refusal::Refusal,
        resolve::call_of,
        state::State,
        step_state::{Approval, StepState},
    },
    model::{Call, Digest, Duration, Preview, StepId, Time},
    plan::{Power, Step},
};

type Decision = Result<Vec<Event>, Refusal>;

/// How long an approval holds.
pub const APPROVAL_HOLDS: Duration = Duration::from_mins(10);

/// Whether approval could be asked for now.
pub fn may_ask(state: &State, id: &StepId) -> Result<(), Refusal> {
    let (step, now_at) = ground::step(state, id)?;
    ground::not_done(state, id, now_at.status)?;
    if approvals_wanted(state, step, true) == 0 {
        return Err(Refusal::new("this step wants no approval", "start it"));
    }
    Ok(())
}

pub fn ask(state: &State, id: &StepId, preview: &Preview) -> Decision {
    may_ask(state, id)?;
    fits(preview, &call_of(state, id)?)?;
    let figures = preview.effects.iter().filter_map(|effect| effect.measure.as_ref());
    if figures.into_iter().any(|measure| !measure.value.is_finite()) {
        return Err(Refusal::new("a figure in the preview is no number", "look at the step again"));
    }
    Ok(vec![Event::ApprovalAsked { step: id.clone(), binding: preview.binding(), preview: Box::new(preview.clone()) }])
}

/// By another person, for exactly what was shown.
pub fn approve(state: &State, id: &StepId, binding: &Digest, who: &Actor, now: Time) -> Decision {
    let (_, step) = ground::step(state, id)?;
    ground::may(state, who, Power::Approve)?;
    let asked = step.approval_asked.as_ref().ok_or_else(|| {
        Refusal::new("nobody asks for approval", "the one who executes asks for it, so that you see what would be sent")
    })?;
    if same_person(&asked.who, &who.name) {
        return Err(Refusal::new("you asked for it yourself", "another person approves"));
    }
    let consented = consent_for(state, id).filter(|_| asked.who == Actor::LIFEBOAT);
    if consented.is_some_and(|consented| same_person(&consented.by, &who.name)) {
        return Err(Refusal::new("it runs by itself because you consented to it", "another person approves"));
    }
    if asked.binding != *binding {
        return Err(Refusal::new("what would be sent has changed since", "read it again, then approve"));
    }
    if step.approvals.iter().any(|a| a.who == who.name && a.binding == *binding && a.until > now) {
        return Err(Refusal::new("you approved it already", "nothing is needed"));
    }
    Ok(vec![Event::Approved { step: id.clone(), binding: binding.clone(), until: now + APPROVAL_HOLDS.delta() }])
}

pub fn decline(state: &State, id: &StepId, why: &str, who: &Actor) -> Decision {
    let (_, step) = ground::step(state, id)?;
    ground::may(state, who, Power::Approve)?;
    ground::reason(why)?;
    if step.approval_asked.is_none() {
        return Err(Refusal::new("nobody asks for approval", "nothing is needed"));
    }
    Ok(vec![Event::Declined { step: id.clone(), why: why.to_owned() }])
}

/// One person may be all who is awake.
pub fn break_glass(state: &State, id: &StepId, why: &str) -> Decision {
    let (step, now_at) = ground::step(state, id)?;
    ground::not_done(state, id, now_at.status)?;
    ground::reason(why)?;
    if approvals_wanted(state, step, true) == 0 {
        return Err(Refusal::new("this step wants no approval", "start it"));
    }
    if now_at.glass_open() {
        return Err(Refusal::new("the glass is broken already", "start the step"));
    }
    Ok(vec![Event::BrokeGlass { step: id.clone(), why: why.to_owned() }])
}

pub fn waive(state: &State, id: &StepId, need: &StepId, why: &str, who: &Actor) -> Decision {
    ground::step(state, id)?;
    ground::may(state, who, Power::Override)?;
    ground::reason(why)?;
    let unmet = unmet_needs(state, id);
    let Some(unmet) = unmet.iter().find(|u| u.need == *need) else {
        return Err(Refusal::new(format!("{} stands in nobody's way here", step_words(state, need)), "start the step"));
    };
    let fences = state.traits(need).is_some_and(|traits| traits.fences);
    if !unmet.waivable {
        let first = match fences {
            true => fencing::first(state, need),
            false => "finish it, or skip it with a reason, before anybody goes over it".to_owned(),
        };
        return Err(Refusal::new(unmet.words.clone(), first));
    }
    let proven = state.step(need).is_some_and(|s| s.fence_proof().is_some());
    if fences && !proven && !why.to_lowercase().contains(FENCE_WAIVER) {
        return Err(Refusal::new("that fence did not prove that writes stopped", fencing::way_on()));
    }
    Ok(vec![Event::Waived { step: id.clone(), need: need.clone(), why: why.to_owned() }])
}

/// Whether enough other people agreed to exactly `preview`, or the glass is broken. Who consented that it runs by itself
/// is not another person.
pub fn approved(state: &State, step: &Step, at: &StepState, preview: &Preview, who: &Actor, now: Time) -> Result<(), Refusal> {
    let wanted = approvals_wanted(state, step, who.is_lifeboat());
    if wanted == 0 || at.glass_open() {
        return Ok(());
    }
    let binding = preview.binding();
    let principal = consent_for(state, &step.id).filter(|_| who.is_lifeboat()).map_or(&who.name, |consented| &consented.by);
    let given = at.approvals.iter().filter(|a| !same_person(&a.who, principal));
    // One that holds for longer than approvals hold was given by a clock far ahead: how old it is cannot be told.
    let ahead = |a: &&Approval| Duration::between(now, a.until) > APPROVAL_HOLDS + ground::CLOCKS_DIFFER;
    let valid = given.clone().filter(|a| a.binding == binding && a.until > now && !ahead(a)).count();
    if valid >= wanted as usize {
        return Ok(());
    }
    let void = given.clone().any(|a| a.binding != binding);
    let late = given.clone().any(|a| a.until <= now);
    if let Some(ahead) = given.clone().find(ahead) {
        let why = format!("the approval of {} is ahead of this machine's clock: how old it is cannot be told", ahead.who);
        return Err(Refusal::new(why, "set the clocks right and ask again, or break the glass with a reason"));
    }
    let why = match (void, late) {
        (true, _) => "what would be sent has changed since it was approved".to_owned(),
        (_, true) => "the approval has expired".to_owned(),
        _ => format!("it wants {} from another person, and has {valid}", plural(wanted)),
    };
    Err(Refusal::new(why, "ask for approval, or break the glass with a reason"))
}

fn plural(n: u32) -> String {
    if n == 1 { "an approval".to_owned() } else { format!("{n} approvals") }
}

/// Two spellings of a name are not two people.
fn same_person(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Whether a preview is of what would be sent, and to the same place (RULES R14, R15).
pub fn fits(preview: &Preview, call: &Call) -> Result<(), Refusal> {
    if preview.action != call.action {
        return Err(Refusal::new(
            format!("the preview is of {}, the step does {}", preview.action, call.action),
            "look at the step again",
        ));
    }
    match &call.via {
        Some(via) if *via != preview.target => {
            Err(Refusal::new(format!("the preview is of {}, the step acts on {via}", preview.target), "look at the step again"))
        }
        _ => Ok(()),
    }
}
