//! A simulated colleague, so that one person can walk through a demo alone.

use crate::{
    incident::{Actor, Command, State},
    model::{Duration, Time},
};

/// The colleague's name, which the shipped plan knows as a person who may approve.
pub const NAME: &str = "Cy";
/// How long the colleague reads before approving.
pub const READS: Duration = Duration::from_secs(5);

/// What the colleague does now: approves what somebody else asked for at least [`READS`] ago, exactly as it was asked.
/// Pure; asked again before the approval is in `state`, it answers the same.
pub fn colleague(state: &State, now: Time) -> Vec<(Actor, Command)> {
    if !state.is_open() || state.hold.is_some() {
        return vec![];
    }
    let mut deeds = Vec::new();
    for (step, is) in &state.steps {
        let Some(asked) = &is.approval_asked else { continue };
        let given = is.approvals.iter().any(|a| a.who == NAME && a.binding == asked.binding && a.until > now);
        let declined = is.declined.as_ref().is_some_and(|declined| declined.at >= asked.at);
        if asked.who != NAME && !given && !declined && Duration::between(asked.at, now) >= READS {
            let command = Command::Approve { step: step.clone(), binding: asked.binding.clone() };
            deeds.push((Actor::new(NAME, "simulated-colleague"), command));
        }
    }
    deeds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        incident::{
            Approval, Head, StepState,
            step_state::{ApprovalRequest, Exception},
        },
        model::{Digest, Identity, IncidentId, Preview, Severity},
    };

    fn at(secs: u64) -> Time {
        crate::model::time::parse("2026-11-20T02:00:00Z", Time::MIN_UTC).unwrap() + Duration::from_secs(secs).delta()
    }

    fn asked_by(who: &str) -> State {
        let preview = Preview {
            action: "postgres.promote".into(),
            target: "db-west".into(),
            identity: Identity::default(),
            requests: vec![],
            parts: vec![],
            effects: vec![],
            warnings: vec![],
            made: at(0),
        };
        let binding = preview.binding();
        let asked = ApprovalRequest { who: who.into(), at: at(0), preview, binding };
        let step = StepState { approval_asked: Some(asked), ..Default::default() };
        let head = Head {
            id: IncidentId::numbered(1),
            title: "x".into(),
            drill: false,
            scenario: None,
            severity: Severity::new(1),
            began: at(0),
            declared: at(0),
            declared_by: who.into(),
            facts: Default::default(),
            digest: Digest::of(b""),
            clean_before: None,
            scope: None,
            closed: None,
        };
        State { head: Some(head), steps: [("promote".into(), step)].into(), ..Default::default() }
    }

    #[test]
    fn r16_the_colleague_approves_what_another_asked_for_after_reading_it_and_once() {
        let mut state = asked_by("Ada");
        assert_eq!(colleague(&state, at(4)), vec![]);
        let deeds = colleague(&state, at(5));
        let binding = state.steps["promote"].approval_asked.as_ref().unwrap().binding.clone();
        assert_eq!(deeds.len(), 1);
        assert_eq!(deeds[0].0.name, NAME);
        assert_eq!(deeds[0].1, Command::Approve { step: "promote".into(), binding: binding.clone() });
        let given = Approval { who: NAME.into(), binding, at: at(5), until: at(605) };
        state.steps.get_mut("promote").unwrap().approvals.push(given);
        assert_eq!(colleague(&state, at(6)), vec![]);
        assert_eq!(colleague(&state, at(605)).len(), 1, "what expired is given again");
    }

    #[test]
    fn r16_not_its_own_not_after_a_no_and_not_while_everything_is_held() {
        assert_eq!(colleague(&asked_by(NAME), at(60)), vec![]);
        let mut declined = asked_by("Ada");
        let no = Exception { who: "Ben".into(), why: "wait".into(), at: at(3) };
        declined.steps.get_mut("promote").unwrap().declined = Some(no);
        assert_eq!(colleague(&declined, at(60)), vec![]);
        let mut held = asked_by("Ada");
        held.hold = Some(crate::incident::Hold { who: "Ada".into(), why: "think".into(), since: at(1) });
        assert_eq!(colleague(&held, at(60)), vec![]);
        assert_eq!(colleague(&State::default(), at(60)), vec![]);
    }
}
