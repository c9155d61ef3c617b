//! One step in full.

use super::{
    at_stake,
    inputs::Ground,
    ready,
    scene::{DecisionPicture, GateLine, GateState, PartLine, StepPicture},
    step_words::{elapsed, line_of},
};
use crate::{
    gates::{Answer, WatchState, evaluate, wanted},
    incident::{
        State, Status, StepState, UNVERIFIED, automation::approvals_wanted, needs, offers, step_state::Exception, unmet_needs,
    },
    model::{Duration, FenceAnswer, Outcome, StepId, Time, Verdict, text::clean, time::clock},
    objectives::{Past, Usual},
    plan::{Condition, Dataset, Decision, DrillForm, OtherWay, Step},
};

/// `number` from 1, over the whole runbook.
pub fn step_picture(
    ground: &Ground,
    state: &State,
    step: &Step,
    number: usize,
    phase: usize,
    number_of: &dyn Fn(&StepId) -> usize,
) -> StepPicture {
    let untouched = StepState::default();
    let at = state.step(&step.id).unwrap_or(&untouched);
    let (now, inputs) = (ground.now(), ground.inputs);
    let unmet = unmet_needs(state, &step.id);
    let line = line_of(ground, state, step, at, &unmet, number_of);
    let (action, via) = acting(state, step);
    let book = state.book.as_ref();
    // What a drill does instead changes nothing for good and wants nobody's approval.
    let other_way = state.is_drill() && action != step.action;
    let (loses, rests_on) = match other_way {
        true => (Vec::new(), Vec::new()),
        false => (at_stake::loses(ground, step, via.as_deref(), at), at_stake::rests_on(state, step, now)),
    };
    StepPicture {
        number,
        id: step.id.clone(),
        title: step.title.clone(),
        kind: step.kind(),
        phase,
        status: at.status,
        ready: matches!(at.status, Status::Open | Status::Undone) && unmet.is_empty() && is_wanted(state, step, at),
        owner: book.and_then(|book| book.runbook.owner_of(&step.id)).map(str::to_owned),
        who: at.who.clone(),
        words: line.words,
        verdict: line.verdict,
        late: line.late,
        elapsed: elapsed(at, now),
        takes: step.takes,
        before: book.and_then(|book| inputs.past.of(&book.runbook.name, step)).map(|usual| before(&usual)),
        action,
        via,
        irreversible: step.irreversible && !other_way,
        approvals_wanted: if other_way { 0 } else { approvals_wanted(state, step, true) },
        approvals: approvals(at, now),
        approval_asked: at.approval_asked.clone(),
        glass_open: at.glass_open(),
        unreachable: at.unreachable || at.parts.values().any(|part| matches!(part.fence, Some(FenceAnswer::Unreachable { .. }))),
        how: step.how.clone(),
        links: step.links.clone(),
        see: step.check.as_ref().and_then(|check| check.see.clone()),
        decision: step.decision.as_ref().map(|decision| decision_picture(state, decision)),
        condition: unanswered(state, step, at),
        gates: gate_lines(ground, step, at),
        parts: parts(at, now),
        history: ground.told().of_step(&step.id, now),
        exceptions: exceptions(state, at, now),
        loses,
        rests_on,
        ways: step.instead.iter().map(|way| way.title.clone()).collect(),
        way: at.way.as_ref().and_then(|(way, _)| way.clone()),
        drill: step.drill.as_ref().map(drill_words),
        could: ready::of_step(ground, state, step),
        offers: offers(state, &step.id, inputs.actor, now),
    }
}

/// What its past runs came to.
fn before(usual: &Usual) -> String {
    let newest = usual.newest.iter().map(|run| {
        let drill = if run.drill { " in a drill" } else { "" };
        format!("{}{drill}", run.took.up_to_secs())
    });
    let lately = newest.collect::<Vec<_>>().join(", ");
    if usual.runs < Past::ENOUGH {
        return format!("took {lately}: too few runs to reckon with");
    }
    let drills = match usual.drills {
        0 => String::new(),
        1 => ", 1 of them a drill".into(),
        n => format!(", {n} of them drills"),
    };
    let (median, slow) = (usual.median.up_to_secs(), usual.slow.up_to_secs());
    let waited = match usual.waited.as_secs() {
        0 => String::new(),
        _ => format!(", begun after {}", usual.waited.whole()),
    };
    format!("median {median}{waited}, 9 of 10 within {slow}, by {} runs{drills}; lately {lately}", usual.runs)
}

/// The drill form counts in a drill.
fn acting(state: &State, step: &Step) -> (Option<String>, Option<String>) {
    let via = |with: &std::collections::BTreeMap<String, serde_json::Value>| {
        with.get("via").and_then(|via| via.as_str()).map(str::to_owned)
    };
    match (&step.drill, state.is_drill()) {
        (Some(DrillForm::Other(OtherWay { action, with, .. })), true) => (Some(action.clone()), via(with)),
        _ => (step.action.clone(), via(&step.with)),
    }
}

/// Not while its `if` waits for another step; a question to a person is itself something to do.
fn is_wanted(state: &State, step: &Step, at: &StepState) -> bool {
    match (needs::condition_of(state, &step.id), &at.condition) {
        (None, _) | (Some(Condition::Ask(_)), None) => true,
        (Some(_), Some((needed, _))) => *needed,
        (Some(_), None) => false,
    }
}

fn unanswered(state: &State, step: &Step, at: &StepState) -> Option<String> {
    match (needs::condition_of(state, &step.id), &at.condition) {
        (Some(Condition::Ask(question)), None) => Some(question.clone()),
        _ => None,
    }
}

fn approvals(at: &StepState, now: Time) -> Vec<String> {
    let binding = at.approval_asked.as_ref().map(|asked| &asked.binding);
    let valid = at.approvals.iter().filter(|a| a.until > now && binding.is_none_or(|binding| a.binding == *binding));
    valid.map(|a| format!("{} {UNVERIFIED} at {}, until {}", a.who, clock(a.at, now), clock(a.until, now))).collect()
}

fn decision_picture(state: &State, decision: &Decision) -> DecisionPicture {
    let datasets = state.head.iter().flat_map(|head| &head.facts.datasets);
    let sources = datasets.filter(|d| Some(&d.name) == decision.source_of.as_ref()).flat_map(Dataset::recovery_sources);
    let sources: Vec<String> = sources.map(|source| source.name.clone()).collect();
    DecisionPicture {
        ask: decision.ask.clone(),
        options: if decision.options.is_empty() { sources } else { decision.options.clone() },
        value: decision.value,
    }
}

/// What each gate says now; while it is watched only samples from after the action count, and its stretch is told.
fn gate_lines(ground: &Ground, step: &Step, at: &StepState) -> Vec<GateLine> {
    let after = at.watched_since.filter(|_| at.status == Status::Verifying);
    let watched = ground.inputs.watching.get(&step.id);
    let alone = step.gate.len() == 1;
    step.gate
        .iter()
        .map(|gate| {
            let judged = evaluate(&gate.probe, ground.inputs.signals, after, ground.now());
            let state = match judged.state {
                Answer::Holds => GateState::Holds,
                Answer::Fails => GateState::Fails,
                Answer::Unknown => GateState::Unknown,
            };
            let words = match watched {
                Some(WatchState::NotYet { words }) if alone && state == GateState::Holds => words.clone(),
                _ => judged.words,
            };
            GateLine { wanted: wanted(gate), state, words }
        })
        .collect()
}

fn parts(at: &StepState, now: Time) -> Vec<PartLine> {
    let running = |name: &String| at.status == Status::Running && at.last_run().is_some_and(|run| run.parts.contains(name));
    at.parts
        .iter()
        .map(|(name, part)| {
            let (status, verdict, words) = match &part.outcome {
                Some(Outcome::Succeeded { detail }) => ("succeeded", Verdict::Met, detail.as_str()),
                Some(Outcome::Failed { reason }) => ("failed", Verdict::AtRisk, reason.as_str()),
                Some(Outcome::Unknown { reason }) => ("unknown", Verdict::CannotTell, reason.as_str()),
                None if running(name) => ("running", Verdict::OnTrack, ""),
                None => ("not started", Verdict::OnTrack, ""),
            };
            let progress = part.progress.as_deref().filter(|_| words.is_empty() || status == "succeeded");
            let words =
                [clean(progress.unwrap_or(words)), part.fence.as_ref().map(|fence| fence_words(fence, now)).unwrap_or_default()];
            let words = words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ");
            PartLine { name: clean(name), status: status.into(), verdict, words }
        })
        .collect()
}

/// One of a fence's three answers (RULES R19); what a server said once holds for as long as nobody lets anybody in again.
fn fence_words(fence: &FenceAnswer, now: Time) -> String {
    match fence {
        FenceAnswer::RefusesWrites { proven } => format!("refuses writes, proven {}", Duration::between(*proven, now).ago()),
        FenceAnswer::StillWritable { why } => format!("STILL WRITABLE: {}", clean(why)),
        FenceAnswer::Unreachable { why } => format!("unreachable: {}", clean(why)),
    }
}

/// Where somebody went over a rule, by name.
fn exceptions(state: &State, at: &StepState, now: Time) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (need, by) in &at.waived {
        all.push(format!("{} waived {}", needs::step_words(state, need), by_name(by)));
    }
    if let Some(by) = &at.broke_glass {
        let used = if at.glass_spent { "glass broken for a start before" } else { "glass broken" };
        all.push(format!("{used} {}", by_name(by)));
    }
    if let Some(by) = &at.overridden {
        all.push(format!("gate overridden {}", by_name(by)));
    }
    if let Some((by, effective)) = &at.outside_fence {
        all.push(format!("outside fence since {}, signed {}", clock(*effective, now), by_name(by)));
    }
    if let Some((Some(way), by)) = &at.way {
        all.push(format!("done another way, {way}, chosen by {}: {}", by.who, clean(&by.why)));
    }
    all.extend(
        at.of_the_way_left.iter().map(|late| format!("the way that was left may have happened after all: {}", clean(late))),
    );
    if let Some(by) = &at.declined {
        all.push(format!("declined {}", by_name(by)));
    }
    all
}

/// `by Ada (unverified): nobody else is awake`.
fn by_name(exception: &Exception) -> String {
    format!("by {} {UNVERIFIED}: {}", exception.who, clean(&exception.why))
}

fn drill_words(form: &DrillForm) -> String {
    match form {
        DrillForm::Same => "does the same".into(),
        DrillForm::Talk => "is talked through".into(),
        DrillForm::Other(way) => format!("runs {} instead", way.action),
    }
}
