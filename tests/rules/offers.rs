//! What is offered can be done, and what cannot says why; whoever follows the offers brings the incident to its end.

use lifeboat::{
    incident::{
        Actor, Command, ConditionAnswer, Event, Resolution, RunKind, Status, StepAct, offers, offers::due_answers, unmet_needs,
    },
    model::{Outcome, StepId, Value},
    plan::Condition,
};

use super::scene::*;

fn allowed(s: &Scene, step: &str, who: &str) -> Vec<StepAct> {
    let all = offers(&s.state, &id(step), &at_console(who), s.now);
    let words = all.iter().filter_map(|o| o.refusal.as_ref());
    assert!(words.into_iter().all(|r| !r.why.is_empty() && !r.instead.is_empty()));
    all.into_iter().filter(|o| o.refusal.is_none()).map(|o| o.act).collect()
}

/// As a commander who may everything would: settles what is open, then brings every step to an end and closes.
/// Gives the number of commands; panics when an offered act is refused.
pub fn follow_offers(s: &mut Scene, limit: usize) -> usize {
    let before = s.records.len();
    let mut used = 0;
    let mut go = |s: &mut Scene, who: &Actor, command: Command| {
        used += 1;
        assert!(used <= limit, "no end in sight: {:?}", s.records.iter().rev().take(12).map(|r| &r.event).collect::<Vec<_>>());
        s.by(who, command.clone()).unwrap_or_else(|refusal| panic!("{command:?} was refused: {refusal}"))
    };
    let ada = at_console("Ada");
    if !s.state.is_open() {
        go(s, &ada, Command::Reopen { why: "not over".into() });
    }
    if s.state.hold.is_some() {
        go(s, &ada, Command::Release);
    }
    if s.state.suspended.is_some() {
        go(s, &ada, Command::ResumeDrill);
    }
    if s.state.commander.as_deref() != Some("Ada") {
        go(s, &ada, Command::HandOver { to: "Ada".into() });
    }
    while let Some((act, step)) = next_act(s, &ada) {
        let why = || "it is time".to_owned();
        let at = s.state.step(&step).cloned().unwrap_or_default();
        let kind = if act == StepAct::Retry { RunKind::Retry } else { RunKind::First };
        match act {
            StepAct::Start | StepAct::Retry => {
                let definition = s.state.book.as_ref().unwrap().runbook.step(&step).unwrap().clone();
                if definition.approvals > 0 && (at.broke_glass.is_none() || at.glass_spent) {
                    go(s, &ada, Command::BreakGlass { step: step.clone(), why: why() });
                }
                let (run, consent) = (s.new_run(), s.consent(step.as_str(), kind));
                let command = match kind {
                    RunKind::Retry => Command::Retry { step, run, consent },
                    _ => Command::Start { step, run, consent },
                };
                go(s, &ada, command);
            }
            // Offered while it runs; whoever runs it says how it ends.
            StepAct::AskStop => {
                let run = at.last_run().unwrap();
                let part = run.parts.iter().find(|p| !run.reported.contains(p)).unwrap();
                let report = lifeboat::model::PartReport::new(part.clone(), Outcome::failed("stopped"));
                let owner = Actor::new(&run.who, run.console.clone());
                go(s, &owner, Command::ReportPart { step, run: run.id.clone(), report });
            }
            StepAct::ResolveUnknown => {
                let part = at.unknown_parts().remove(0);
                go(s, &ada, Command::ResolveUnknown { step, part, happened: false, why: why() });
            }
            StepAct::AnswerCondition => {
                let due = due_answers(&s.state)
                    .into_iter()
                    .find(|c| matches!(c, Command::AnswerCondition { step: of, .. } if *of == step));
                let yes = ConditionAnswer { needed: true, why: why() };
                go(s, &ada, due.unwrap_or(Command::AnswerCondition { step, answer: yes }));
            }
            StepAct::Confirm => drop(go(s, &ada, Command::Confirm { step, seen: Some("seen".into()), happened: None })),
            StepAct::Decide => drop(go(s, &ada, Command::Decide { step, answer: Value::Text("replica".into()) })),
            StepAct::Waive(need) => {
                let why = "the old primary may still take writes".to_owned();
                go(s, &ada, Command::Waive { step, need, why });
            }
            StepAct::OverrideGate => drop(go(s, &ada, Command::OverrideGate { step, why: why() })),
            _ => drop(go(s, &ada, Command::Skip { step, why: why() })),
        }
    }
    go(s, &ada, Command::Close { resolution: Resolution::Resolved, why: "over".into() });
    assert!(s.records.len() > before);
    used
}

/// The first offer, in the order a person would take them, on the first step that has not come to a good end.
fn next_act(s: &Scene, who: &Actor) -> Option<(StepAct, StepId)> {
    let order =
        [StepAct::AskStop, StepAct::ResolveUnknown, StepAct::Confirm, StepAct::Decide, StepAct::Start, StepAct::OverrideGate];
    let unfinished = |id: &StepId| {
        let status = s.state.status(id);
        !status.ended() || (status != Status::Skipped && !status.satisfies())
    };
    let step = s.state.book.as_ref()?.runbook.steps().map(|step| &step.id).find(|id| unfinished(id))?;
    let at = s.state.step(step).cloned().unwrap_or_default();
    if at.status == Status::Running {
        return Some((StepAct::AskStop, step.clone()));
    }
    let now = offers(&s.state, step, who, s.now).into_iter().filter(|o| o.refusal.is_none()).map(|o| o.act);
    let now: Vec<_> = now.collect();
    if at.condition.is_none() && now.contains(&StepAct::AnswerCondition) {
        return Some((StepAct::AnswerCondition, step.clone()));
    }
    // What fails again and again is skipped in the end.
    let tired = at.runs.len() >= 3;
    let tried = order.into_iter().find(|act| now.contains(act) && !(tired && matches!(act, StepAct::Start | StepAct::Retry)));
    let waiver = || now.iter().find(|act| matches!(act, StepAct::Waive(_))).cloned();
    let act = tried.or_else(waiver).or_else(|| now.contains(&StepAct::Skip).then_some(StepAct::Skip));
    let act = act.unwrap_or_else(|| panic!("nothing can be done with {step}: {at:?}"));
    Some((act, step.clone()))
}

#[test]
fn a_runbook_can_be_carried_through_by_its_offers_alone() {
    let mut s = Scene::with(failover());
    let used = follow_offers(&mut s, 80);
    assert!(used > 10, "{used}");
    assert!(!s.state.is_open());
    assert!(s.records.iter().any(|r| matches!(r.event, Event::Waived { .. })), "every run failed, so promote needed waivers");
}

#[test]
fn offers_are_what_the_rules_allow_at_each_turn() {
    let mut s = Scene::with(failover());
    assert!(allowed(&s, "stop-writes", "Ben").contains(&StepAct::Start));
    assert!(!allowed(&s, "fence", "Ben").contains(&StepAct::Start));
    let run = s.start("stop-writes").unwrap();
    assert_eq!(allowed(&s, "stop-writes", "Ben"), [StepAct::AskStop], "nothing else while it runs");
    s.ends("stop-writes", &run, Outcome::unknown("timed out"));
    assert_eq!(allowed(&s, "stop-writes", "Ben"), [StepAct::ReadBack, StepAct::ResolveUnknown]);
}

#[test]
fn r16_approval_is_offered_to_ask_for_only_while_it_can_be_asked_for() {
    let mut s = Scene::with(failover());
    s.up_to_promote();
    assert!(allowed(&s, "promote", "Ben").contains(&StepAct::AskApproval));
    s.approved("promote");
    let run = s.start("promote").unwrap();
    assert!(!allowed(&s, "promote", "Ben").contains(&StepAct::AskApproval), "it runs");
    s.ends("promote", &run, Outcome::failed("not in recovery"));
    assert!(allowed(&s, "promote", "Ben").contains(&StepAct::AskApproval), "for the retry");
}

#[test]
fn r01_waivers_are_offered_by_name_and_only_to_who_may() {
    let mut s = Scene::with(failover());
    s.skip("stop-writes").unwrap();
    s.done("fence");
    s.done("caught-up");
    s.confirm("isolate").unwrap();
    assert!(allowed(&s, "promote", "Ada").contains(&StepAct::Waive(id("stop-writes"))));
    assert!(!allowed(&s, "promote", "Ben").contains(&StepAct::Waive(id("stop-writes"))));
    assert_eq!(unmet_needs(&s.state, &id("promote")).len(), 1);
}

#[test]
fn a_step_that_waits_for_an_answer_offers_it() {
    let mut s = Scene::steps(vec![check("a").only_if(Condition::Ask("Is it up?".into()))]);
    assert!(allowed(&s, "a", "Ben").contains(&StepAct::AnswerCondition));
    assert!(!allowed(&s, "a", "Ben").contains(&StepAct::Confirm));
    let answer = ConditionAnswer { needed: true, why: "yes".into() };
    s.ben(Command::AnswerCondition { step: id("a"), answer }).unwrap();
    assert!(allowed(&s, "a", "Ben").contains(&StepAct::Confirm));
}
