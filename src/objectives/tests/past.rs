//! How long steps took before: what counts as a run, and what its figures change.

use serde_json::json;

use super::time::{d, head, now, run_of, running_book, t};
use crate::{
    incident::{Resolution, RunKind, State, Status, StepState, step_state::Exception},
    model::{IncidentId, Verdict},
    objectives::{
        clock::Clock,
        past::Past,
        path::{Course, Path},
        projection::project,
    },
    plan::Step,
};

fn steps() -> serde_json::Value {
    json!([
        {"id": "a", "title": "A", "takes": "5m", "action": "a.b"},
        {"id": "b", "title": "B", "takes": "10m", "action": "a.b", "drill": "talk"},
        {"id": "watch", "title": "Watch", "gate": [{"query": {"via": "p", "expr": "up", "expect": "== 1"}}]},
        {"id": "ask", "title": "Ask", "check": {}}
    ])
}

fn step(id: &str) -> Step {
    running_book(steps(), &[]).book.unwrap().runbook.step(&id.into()).unwrap().clone()
}

/// Closed, with what became of its steps.
fn closed(drill: bool, states: Vec<(&str, StepState)>) -> State {
    let mut state = running_book(steps(), &[]);
    state.steps = states.into_iter().map(|(id, at)| (id.into(), at)).collect();
    let by = Exception { who: "Ada".into(), why: "over".into(), at: t(0) };
    state.head = Some(crate::incident::Head { closed: Some((Resolution::Resolved, by)), ..head(drill) });
    state
}

/// An action that was started `from` and proven `to`.
fn ran(from: i64, to: i64) -> StepState {
    let runs = vec![run_of(RunKind::First, from, Some(to - 1))];
    StepState { status: Status::Succeeded, began: Some(t(from)), ended: Some(t(to)), runs, ..StepState::default() }
}

/// So many incidents in which `a` took so long, in seconds, the oldest first; every second one a drill.
fn taking(seconds: &[i64]) -> Past {
    let mut past = Past::default();
    for (nth, took) in seconds.iter().enumerate() {
        let from = -100_000 + 1_000 * nth as i64;
        let number = IncidentId::numbered(nth as u64 + 1);
        past.learn(&number, &closed(nth % 2 == 1, vec![("a", ran(from, from + took))]));
    }
    past
}

#[test]
fn median_and_ninth_of_ten_are_runs_that_were() {
    for (seconds, median, slow, drills) in [
        (vec![60], 60, 60, 0),
        (vec![60, 70], 60, 70, 1),
        (vec![90, 60, 70], 70, 90, 1),
        (vec![10, 20, 30, 40, 50, 60, 70, 80, 90, 1_000], 50, 90, 5),
        (vec![10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 1_000], 60, 100, 5),
    ] {
        let usual = taking(&seconds).of("r", &step("a")).unwrap();
        let figures = (usual.median.as_secs(), usual.slow.as_secs(), usual.drills);
        assert_eq!((figures, usual.runs), ((median, slow, drills), seconds.len()), "{seconds:?}");
        let lately: Vec<u64> = usual.newest.iter().map(|run| run.took.as_secs()).collect();
        let newest: Vec<u64> = seconds.iter().rev().take(5).map(|took| *took as u64).collect();
        assert_eq!(lately, newest, "the newest first");
    }
}

#[test]
fn only_what_the_console_measured_to_a_good_end_is_a_run() {
    let of = |id: &str, at: StepState| {
        let mut past = Past::default();
        past.learn(&IncidentId::numbered(1), &closed(false, vec![(id, at)]));
        past.of("r", &step(id)).map(|usual| usual.median.as_secs())
    };
    assert_eq!(of("a", ran(-300, -100)), Some(200), "up to its proof");
    assert_eq!(of("a", StepState { ended_by_hand: true, ..ran(-300, -100) }), Some(199), "up to its own end");
    for status in [Status::Failed, Status::Unknown, Status::Skipped, Status::Undone, Status::NotNeeded, Status::TalkedThrough] {
        assert_eq!(of("a", StepState { status, ..ran(-300, -100) }), None, "{status:?}");
    }
    let undone = StepState { runs: vec![run_of(RunKind::Undo, -300, Some(-100))], ..ran(-300, -100) };
    assert_eq!(of("a", undone), None, "an undo is another thing");
    let watched = StepState { runs: vec![], ..ran(-300, -100) };
    assert_eq!(of("watch", watched.clone()), Some(200));
    assert_eq!(of("watch", StepState { ended_by_hand: true, ..watched.clone() }), None, "somebody waved it through");
    assert_eq!(of("ask", StepState { ended_by_hand: true, ..watched }), Some(200), "a person did it");
}

#[test]
fn open_incidents_and_drill_forms_are_no_past_and_one_that_is_read_again_counts_once() {
    let mut past = Past::default();
    let number = IncidentId::numbered(1);
    let mut open = closed(false, vec![("a", ran(-300, -100))]);
    open.head.as_mut().unwrap().closed = None;
    past.learn(&number, &open);
    assert_eq!(past.of("r", &step("a")), None, "it goes on");
    past.learn(&number, &closed(true, vec![("b", ran(-300, -100))]));
    assert_eq!(past.of("r", &step("b")), None, "the drill talks it through");
    past.learn(&number, &closed(false, vec![("a", ran(-300, -100))]));
    past.learn(&number, &closed(false, vec![("a", ran(-50, -10))]));
    let usual = past.of("r", &step("a")).unwrap();
    assert_eq!((usual.runs, usual.median.as_secs()), (1, 40), "it was reopened, and done again");
    let many: Vec<i64> = (1..=80).collect();
    let usual = taking(&many).of("r", &step("a")).unwrap();
    assert_eq!((usual.runs, usual.newest[0].took.as_secs()), (50, 80), "what was long ago is forgotten");
}

#[test]
fn r26_from_five_runs_on_they_count_in_place_of_what_the_plan_says() {
    let state = running_book(steps(), &[]);
    let way = |past: &Past| Course::of(&state, past, now()).unwrap().path(None);
    assert_eq!(way(&taking(&[60; 4])).left, d("15m"), "four are too few");
    let path = way(&taking(&[60, 60, 60, 60, 120]));
    assert_eq!((path.left, path.slow, path.learned), (d("11m"), d("12m"), 1));
    let slower = way(&taking(&[600, 900, 900, 1_000, 1_200]));
    assert_eq!((slower.left, slower.slow), (d("25m"), d("30m")), "experience may be worse than the plan");
    // What runs is reckoned from its start.
    let under_way = running_book(steps(), &[("a", Status::Running, -40)]);
    let path = Course::of(&under_way, &taking(&[60, 60, 60, 60, 120]), now()).unwrap().path(None);
    assert_eq!((path.left, path.slow), (d("10m20s"), d("11m20s")));
    // Another runbook's steps of that name are others.
    let mut elsewhere = running_book(steps(), &[]);
    elsewhere.book.as_mut().unwrap().runbook.name = "other".into();
    assert_eq!(Course::of(&elsewhere, &taking(&[60, 60, 60, 60, 120]), now()).unwrap().path(None).left, d("15m"));
}

#[test]
fn r26_waiting_for_people_is_part_of_what_is_to_come() {
    let mut past = Past::default();
    for nth in 0..5 {
        // A took a minute, and B, which needs it, was begun four minutes later.
        let at = -500 + i64::from(nth);
        let states = vec![("a", ran(at, at + 60)), ("b", ran(at + 300, at + 360))];
        past.learn(&IncidentId::numbered(nth as u64 + 1), &closed(false, states));
    }
    let usual = past.usual("r", &step("b")).unwrap();
    assert_eq!((usual.median, usual.waited, usual.whole), (d("1m"), d("4m"), d("5m")));
    let left = |states: &[(&str, Status, i64)]| {
        let mut state = running_book(steps(), states);
        for at in state.steps.values_mut().filter(|at| at.status == Status::Succeeded) {
            at.ended = at.began;
        }
        Course::of(&state, &past, now()).unwrap().path(None).left
    };
    assert_eq!(left(&[("a", Status::Succeeded, 0)]), d("5m"));
    assert_eq!(left(&[("a", Status::Succeeded, -90)]), d("3m30s"), "of its wait that much is over");
    assert_eq!(left(&[("a", Status::Succeeded, -900)]), d("1m"), "its work is still to come");
    assert_eq!(left(&[("a", Status::Succeeded, -900), ("b", Status::Running, -20)]), d("40s"));
}

#[test]
fn r26_a_step_that_does_another_thing_now_has_no_past() {
    let past = taking(&[60; 5]);
    let changed = Step { action: Some("c.d".into()), ..step("a") };
    assert_eq!((past.of("r", &changed), past.of("r", &step("a")).map(|usual| usual.runs)), (None, Some(5)));
}

#[test]
fn r27_what_slow_runs_would_miss_is_at_risk() {
    let clock = Clock { elapsed: d("20m"), running: true, since: t(-60) };
    let told = |left: &str, slow: &str| {
        let path = Path { left: d(left), slow: d(slow), learned: 1, ..Path::default() };
        let told = project(&clock, Some(d("1h")), Some(&path), None, now());
        (told.verdict, told.words)
    };
    assert_eq!(told("10m", "40m"), (Verdict::OnTrack, "on track, ~30m to spare".into()));
    assert_eq!(told("10m", "47m"), (Verdict::AtRisk, "at risk, ~30m to spare, slow runs are ~7m over".into()));
}
