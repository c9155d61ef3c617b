//! Ready to act? What was asked of each connection, as it reads now.

use std::cmp::Reverse;

use super::{
    gone::gone,
    inputs::Ground,
    scene::{Picture, ReadyLack, ReadyPicture, ReadyRow, ReadyState, StepReady},
};
use crate::{
    incident::State,
    model::{Asked, Aspect, Check, Duration, Readiness, Ready, Spot, StepRef, Time, text::clean, time::clock},
    objectives::reach::takes_connection,
    plan::{DrillForm, Plan, Step},
};

/// What was asked longer ago tells nothing of now.
const COUNTS_FOR: Duration = Duration::from_mins(10);

/// `picture`: the rest of it, by which it is known which runbooks count.
pub fn ready(picture: &Picture, ground: &Ground) -> ReadyPicture {
    let about = about(picture, ground);
    let asked = ground.inputs.asked;
    let (state, words) = state(asked, &about, ground);
    let answer = answer(asked, &about, ground.inputs.plan).filter(|_| asked.asks);
    let mut rows: Vec<ReadyRow> =
        answer.iter().flat_map(|answer| answer.spots.iter().map(|spot| row(spot, answer.asked, state, ground))).collect();
    rows.sort_by(|a, b| (Reverse(a.ready), &a.name).cmp(&(Reverse(b.ready), &b.name)));
    ReadyPicture { about, state, words, asked: answer.map(|answer| answer.asked), rows }
}

/// The open runbook; else those that answer what was declared, else what fires; else all of the plan.
fn about(picture: &Picture, ground: &Ground) -> Vec<String> {
    if let Some(book) = picture.book.as_ref().filter(|_| ground.open().is_some()) {
        return vec![book.name.clone()];
    }
    let declared = picture.runbooks.iter().filter(|book| book.suggested && ground.open().is_some());
    let declared: Vec<String> = declared.map(|book| book.name.clone()).collect();
    let fires = picture.scenarios.iter().filter(|scenario| scenario.suggested_since.is_some());
    let firing = || fires.map(|scenario| scenario.runbooks.clone()).find(|books| !books.is_empty());
    let all = || ground.inputs.plan.runbooks.iter().map(|book| book.name.clone()).collect();
    if declared.is_empty() { firing().unwrap_or_else(all) } else { declared }
}

/// The newest answer, where it is about all of `about`: also about what those run in place.
fn answer<'a>(asked: &'a Asked, about: &[String], plan: &Plan) -> Option<&'a Readiness> {
    let (books, answer) = asked.answer.as_ref()?;
    let within = |name: &String| {
        let inner = plan.runbooks.iter().filter(|book| books.contains(&book.name)).flat_map(|book| book.steps());
        inner.filter_map(|step| step.runbook.as_ref()).any(|other| other == name)
    };
    about.iter().all(|name| books.contains(name) || within(name)).then_some(answer)
}

fn state(asked: &Asked, about: &[String], ground: &Ground) -> (ReadyState, String) {
    let now = ground.now();
    let answer = answer(asked, about, ground.inputs.plan);
    let then = answer.map(|answer| (Duration::between(answer.asked, now), format!("asked {}", ago(answer.asked, now))));
    let again = if asked.since.is_some() { ", being asked again" } else { "" };
    match (then, asked.since, &asked.broke) {
        _ if !asked.asks => (ReadyState::DoesNotAsk, "a console that only looks does not ask".into()),
        (Some((age, words)), ..) if age > COUNTS_FOR => (ReadyState::Stale, format!("{words}{again}")),
        (Some((_, words)), since, Some((why, _))) if since.is_none() => {
            (ReadyState::Answered, format!("{words}, since then cannot tell: {}", clean(why)))
        }
        (Some((_, words)), ..) => (ReadyState::Answered, format!("{words}{again}")),
        (None, Some(_), _) => (ReadyState::BeingAsked, "being asked".into()),
        (None, None, Some((why, at))) => {
            (ReadyState::CannotTell, format!("cannot tell, asked {}: {}", ago(*at, now), clean(why)))
        }
        (None, None, None) => (ReadyState::NotAskedYet, "not asked yet".into()),
    }
}

fn ago(at: Time, now: Time) -> String {
    Duration::between(at, now).ago()
}

fn row(spot: &Spot, asked: Time, state: ReadyState, ground: &Ground) -> ReadyRow {
    let checks: Vec<Check> = spot.checks.iter().map(|check| check.at(ground.now())).collect();
    let dark = dark(spot, asked, ground);
    let worst = checks.iter().map(|check| check.ready).chain(dark.iter().map(|dark| dark.ready)).max().unwrap_or(Ready::Yes);
    ReadyRow {
        name: spot.name.clone(),
        system: spot.system.clone(),
        ready: if state == ReadyState::Stale { Ready::CannotTell } else { worst },
        count: if dark.is_some() { String::new() } else { count(&checks) },
        lacks: dark.into_iter().chain(lacks(&checks, state)).collect(),
    }
}

/// What overrides all that was asked: the connection has gone dark since, or is supposed to be lost.
fn dark(spot: &Spot, asked: Time, ground: &Ground) -> Option<ReadyLack> {
    let lack = |ready, words| Some(ReadyLack { ready, aspect: Aspect::Reachable, words, mend: None });
    let (plan, name) = (ground.inputs.plan, spot.name.as_str());
    let region = plan.connections.get(name).and_then(|connection| connection.region.as_deref());
    if let Some(loss) = ground.supposed_loss().filter(|loss| takes_connection(name, region, loss, plan)) {
        return lack(Ready::No, format!("lost with {loss}"));
    }
    // Who asked after that knows better.
    let gone = gone(name, ground.inputs.signals, ground.now()).filter(|gone| gone.seen > asked)?;
    let since = clock(gone.last.max(asked), ground.now());
    lack(Ready::CannotTell, format!("not since {since}: connection {} does not answer", clean(name)))
}

fn is_good(check: &&Check) -> bool {
    check.ready <= Ready::Warned
}

fn count(checks: &[Check]) -> String {
    let permissions: Vec<&Check> = checks.iter().filter(|check| check.aspect == Aspect::Permission).collect();
    let good = permissions.iter().filter(|check| is_good(check)).count();
    match permissions.as_slice() {
        [] => format!("{} of {} hold", checks.iter().filter(is_good).count(), checks.len()),
        [one] if one.ready == Ready::Yes => one.what.clone(),
        all => format!("{good} of {} permissions", all.len()),
    }
}

/// Of what was asked too long ago nothing is told any more but what it was.
fn lacks(checks: &[Check], state: ReadyState) -> Vec<ReadyLack> {
    let mut bad: Vec<&Check> = checks.iter().filter(|check| check.ready != Ready::Yes).collect();
    bad.sort_by_key(|check| Reverse(check.ready));
    let lack = |check: &&Check| ReadyLack {
        ready: if state == ReadyState::Stale { Ready::CannotTell } else { check.ready },
        aspect: check.aspect,
        words: format!("{}: {}", check.what, check.words),
        mend: check.mend.clone(),
    };
    bad.iter().map(lack).collect()
}

/// Not of what a drill does in a step's place, of which nothing was asked.
pub fn of_step(ground: &Ground, state: &State, step: &Step) -> Option<StepReady> {
    let asked = ground.inputs.asked;
    let acts = step.action.is_some() || step.runbook.is_some();
    let other_way = state.is_drill() && !matches!(step.drill, Some(DrillForm::Same));
    let book = state.book.as_ref().filter(|_| acts && asked.asks && !other_way && state.is_open())?;
    let about = vec![book.runbook.name.clone()];
    let (known, words) = self::state(asked, &about, ground);
    let answer = answer(asked, &about, ground.inputs.plan);
    let own = StepRef { runbook: book.runbook.name.clone(), step: step.id.clone() };
    let needs = |check: &&Check| {
        check.steps.contains(&own) || step.runbook.as_ref().is_some_and(|inner| check.steps.iter().any(|s| s.runbook == *inner))
    };
    let (mut found, mut checks): (Vec<(String, ReadyLack)>, Vec<Check>) = (Vec::new(), Vec::new());
    let mut unreached = 0;
    for (spot, asked) in answer.iter().flat_map(|answer| answer.spots.iter().map(|spot| (spot, answer.asked))) {
        let here: Vec<Check> = spot.checks.iter().filter(needs).map(|check| check.at(ground.now())).collect();
        let dark = dark(spot, asked, ground).filter(|_| !here.is_empty());
        unreached += if dark.is_some() { here.iter().filter(is_good).count() } else { 0 };
        found.extend(dark.into_iter().chain(lacks(&here, known)).map(|lack| (spot.name.clone(), lack)));
        checks.extend(here);
    }
    found.sort_by_key(|(_, lack)| Reverse(lack.ready));
    let worst = checks.iter().map(|check| check.ready).chain(found.iter().map(|(_, lack)| lack.ready)).max();
    Some(StepReady {
        state: known,
        ready: if known == ReadyState::Stale { worst.and(Some(Ready::CannotTell)) } else { worst },
        good: checks.iter().filter(is_good).count() - unreached,
        of: checks.len(),
        lacks: found,
        words,
    })
}
