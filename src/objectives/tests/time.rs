//! Targets, clocks and verdicts.

use chrono::TimeZone;
use serde_json::json;

use crate::{
    incident::{PlanFacts, Run, RunKind, ServiceState, State, Status, StepState, state::Outage},
    model::{Call, Duration, Time, Verdict},
    objectives::{
        clock::{Clock, clock_of},
        past::Past,
        path::{Course, Path},
        projection::project,
        target::{rto_of, tier_of},
    },
    plan::{Runbook, Scenario},
};

pub(super) fn t(seconds: i64) -> Time {
    chrono::Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
}
pub(super) fn d(text: &str) -> Duration {
    text.parse().unwrap()
}
fn of<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).unwrap()
}
pub(super) fn now() -> Time {
    t(0)
}

#[test]
fn r24_the_scenario_replaces_the_tier_and_both_are_shown() {
    let facts = |tier: Option<&str>, plan: Option<&str>| PlanFacts {
        tiers: [("critical".to_owned(), of(tier.map_or(json!({}), |rto| json!({ "rto": rto }))))].into(),
        objectives: of(plan.map_or(json!({}), |rto| json!({ "rto": rto }))),
        ..PlanFacts::default()
    };
    for (scenario, tier, plan, limit, note) in [
        (json!(null), Some("1h"), Some("8h"), Some("1h"), None),
        (json!(null), None, Some("8h"), Some("8h"), None),
        (json!(null), None, None, None, None),
        (json!({"rto": "4h"}), Some("1h"), None, Some("4h"), Some("4h by scenario, tier 1h")),
        (json!({"rto": "1h"}), Some("1h"), Some("8h"), Some("1h"), None),
        (json!({"rto": "4h"}), None, Some("8h"), Some("4h"), Some("4h by scenario, plan 8h")),
        (json!({"rto": "4h", "tiers": {"critical": "2h"}}), Some("1h"), None, Some("2h"), Some("2h by scenario, tier 1h")),
        (json!({"rto": "4h", "tiers": {"other": "2h"}}), Some("1h"), None, Some("4h"), Some("4h by scenario, tier 1h")),
        (json!({"rpo": "4h"}), Some("1h"), None, Some("1h"), None),
    ] {
        let scenario: Option<Scenario> = of(scenario);
        let target = rto_of(&facts(tier, plan), scenario.as_ref(), None, Some("critical"));
        assert_eq!((target.limit, target.note.as_deref()), (limit.map(d), note), "{scenario:?} {tier:?} {plan:?}");
    }
}

#[test]
fn r24_a_service_without_a_tier_has_the_strictest_of_what_needs_it() {
    let facts = PlanFacts {
        tiers: of(json!({"critical": {"rto": "1h"}, "standard": {"rto": "4h"}})),
        services: of(json!([
            {"name": "api", "tier": "critical", "needs": ["gateway"]},
            {"name": "batch", "tier": "standard", "needs": ["db"]},
            {"name": "gateway", "needs": ["db"]},
            {"name": "db"},
            {"name": "lonely"}
        ])),
        ..PlanFacts::default()
    };
    let tier = |name: &str| tier_of(&facts, facts.services.iter().find(|s| s.name == name).unwrap());
    assert_eq!(
        ["api", "batch", "gateway", "db"].map(tier),
        [Some("critical"), Some("standard"), Some("critical"), Some("critical")]
    );
    assert_eq!(tier("lonely"), None);
}

#[test]
fn r24_a_relapse_resumes_the_clock() {
    let outage = |from: i64, until: Option<i64>| Outage { from: t(from), until: until.map(t), by: None };
    for (outages, elapsed, running) in [
        (vec![outage(-600, None)], "10m", true),
        (vec![outage(-600, Some(-300))], "5m", false),
        (vec![outage(-600, Some(-300)), outage(-60, None)], "6m", true),
        (vec![outage(-600, Some(-300)), outage(-60, Some(-30))], "5m30s", false),
    ] {
        let clock = clock_of(&ServiceState { outages }, now()).unwrap();
        assert_eq!((clock.elapsed, clock.running), (d(elapsed), running));
        assert_eq!(clock.deadline(d("1h"), now()), running.then(|| now() + d("1h").saturating_sub(d(elapsed)).delta()));
    }
    assert_eq!(clock_of(&ServiceState::default(), now()), None);
}

#[test]
fn r27_one_table_of_verdicts() {
    use Verdict::*;
    let path = |left: &str, overrun: &str| Some(Path { left: d(left), overrun: d(overrun), ..Path::default() });
    for (elapsed, path, short, verdict, words) in [
        ("20m", path("10m", "0s"), None, OnTrack, "on track, ~30m to spare"),
        ("60m", path("0s", "0s"), None, AtRisk, "at risk, ~0s to spare"),
        ("60m1s", path("0s", "0s"), None, Missed, "MISSED by 1s"),
        ("20m", path("41m", "0s"), None, WillMiss, "will miss by ~1m"),
        ("20m", path("40m", "0s"), None, AtRisk, "at risk, ~0s to spare"),
        ("20m", path("34m", "0s"), None, OnTrack, "on track, ~6m to spare"),
        ("20m", path("35m", "0s"), None, AtRisk, "at risk, ~5m to spare"),
        ("20m", path("30m", "11m"), None, AtRisk, "at risk, ~10m to spare"),
        ("20m", path("30m", "9m"), None, OnTrack, "on track, ~10m to spare"),
        ("20m", path("10m", "0s"), Some(8), WillMiss, "will miss: 8 cards short"),
        ("20m", None, None, CannotTell, "cannot tell: no runbook is open"),
        ("55m", None, None, AtRisk, "at risk, 5m left and no runbook is open"),
    ] {
        let clock = Clock { elapsed: d(elapsed), running: true, since: t(-60) };
        let projection = project(&clock, Some(d("1h")), path.as_ref(), short, now());
        // 5m of 1h is less than a tenth of it, 6m is exactly a tenth.
        assert_eq!((projection.verdict, projection.words.as_str()), (verdict, words), "{elapsed} {path:?}");
    }
    let back = |elapsed: &str| Clock { elapsed: d(elapsed), running: false, since: t(-60) };
    assert_eq!(project(&back("50m"), Some(d("1h")), None, None, now()).verdict, Met);
    assert_eq!(project(&back("61m"), Some(d("1h")), None, None, now()).verdict, Missed);
    assert_eq!(project(&back("50m"), None, None, None, now()).verdict, CannotTell);
}

pub(super) fn running_book(steps: serde_json::Value, states: &[(&str, Status, i64)]) -> State {
    let runbook: Runbook = of(json!({"name": "r", "use": "respond", "phases": [{"steps": steps}]}));
    let book = crate::incident::Book {
        runbook,
        digest: crate::model::Digest::of(b""),
        opened: t(-600),
        traits: Default::default(),
        drill_traits: Default::default(),
        adopted: None,
        inserted: vec![],
        planned: Default::default(),
        automation: None,
    };
    let steps = states.iter().map(|(id, status, began)| {
        let state = StepState { status: *status, began: Some(t(*began)), ..StepState::default() };
        ((*id).into(), state)
    });
    State { book: Some(book), steps: steps.collect(), ..State::default() }
}

#[test]
fn r27_the_rest_is_the_longest_way_through_what_is_not_done() {
    let steps = json!([
        {"id": "a", "title": "A", "takes": "10m"},
        {"id": "b", "title": "B", "takes": "2m..5m"},
        {"id": "c", "title": "C", "takes": "20m", "needs": ["a"], "restores": "api"},
        {"id": "d", "title": "D", "needs": ["b", "c"]},
        {"id": "wait", "title": "Wait", "gate": [{"query": {"via": "p", "expr": "up", "expect": "== 1"}, "for": "3m"}]},
        {"id": "later", "title": "Later", "takes": "48h", "due": {"restored": "48h"}}
    ]);
    for (states, service, left, untimed) in [
        (vec![], None, "33m", 1),
        (vec![], Some("api"), "30m", 0),
        (vec![], Some("unnamed"), "33m", 1),
        (vec![("a", Status::Succeeded, -600)], None, "23m", 1),
        (vec![("a", Status::Running, -240)], None, "29m", 1),
        (vec![("a", Status::Running, -900)], None, "23m", 1),
        (vec![("a", Status::Succeeded, -600), ("c", Status::Skipped, -60)], None, "8m", 1),
        (vec![("a", Status::Failed, -600)], None, "33m", 1),
    ] {
        let state = running_book(steps.clone(), &states);
        let path = Course::of(&state, &Past::default(), now()).unwrap().path(service);
        assert_eq!((path.left, path.untimed), (d(left), untimed), "{states:?} {service:?}");
    }
    assert!(Course::of(&State::default(), &Past::default(), now()).is_none());
}

#[test]
fn a_circle_of_needs_ends() {
    let state = running_book(
        json!([
            {"id": "a", "title": "A", "takes": "1m", "needs": ["b"]},
            {"id": "b", "title": "B", "takes": "1m", "needs": ["a"]}
        ]),
        &[],
    );
    assert!(Course::of(&state, &Past::default(), now()).unwrap().path(None).left >= d("2m"));
}

fn phases(phases: serde_json::Value, states: &[(&str, Status, i64)]) -> State {
    let mut state = running_book(json!([]), states);
    state.book.as_mut().unwrap().runbook.phases = of(phases);
    state
}

#[test]
fn r26_what_a_phase_takes_beyond_its_steps_is_waiting_for_people() {
    let book = json!([
        {"name": "Assess", "takes": "10m..15m", "steps": [
            {"id": "look", "title": "Look", "takes": "2m"},
            {"id": "call", "title": "Call the commander", "takes": "3m"}
        ]},
        {"name": "Move", "takes": "5m", "steps": [{"id": "go", "title": "Go", "takes": "20m"}]}
    ]);
    for (states, left) in [
        (vec![], "35m"),
        (vec![("look", Status::Succeeded, -240)], "31m"),
        (vec![("look", Status::Succeeded, -1200)], "23m"),
        (vec![("look", Status::Succeeded, -240), ("call", Status::Succeeded, -60)], "20m"),
        (vec![("look", Status::Skipped, -240), ("call", Status::Skipped, -60)], "20m"),
    ] {
        let state = phases(book.clone(), &states);
        assert_eq!(Course::of(&state, &Past::default(), now()).unwrap().path(None).left, d(left), "{states:?}");
    }
    // Where a phase is not over, what has no time of its own still waits with it.
    let untimed = json!([{"takes": "10m", "steps": [{"id": "a", "title": "A"}, {"id": "b", "title": "B", "restores": "api"}]}]);
    assert_eq!(Course::of(&phases(untimed, &[]), &Past::default(), now()).unwrap().path(Some("api")).left, d("10m"));
}

pub(super) fn run_of(kind: RunKind, from: i64, to: Option<i64>) -> Run {
    Run {
        id: "run".into(),
        seq: 1,
        kind,
        who: "Ben".into(),
        console: "c".into(),
        started: t(from),
        ended: to.map(t),
        call: Call { action: "a.b".into(), via: None, with: Default::default(), timeout: d("30s") },
        target: "x".into(),
        identity: Default::default(),
        binding: crate::model::Digest::of(b""),
        parts: vec![],
        reported: vec![],
        lost: false,
        stop_asked: None,
    }
}

#[test]
fn r26_undo_skips_and_drill_forms_do_not_tell_how_long_a_step_takes() {
    let form = json!({"action": "a.look"});
    let step = |drill: serde_json::Value| {
        let mut step = json!({"id": "a", "title": "A", "takes": "5m", "action": "a.b"});
        if !drill.is_null() {
            step["drill"] = drill;
        }
        json!([step, {"id": "b", "title": "B", "takes": "10m"}])
    };
    let first = run_of(RunKind::First, -1200, Some(-600));
    for (what, drill, form, status, runs, left, untimed, overrun) in [
        ("a run of its own", false, json!(null), Status::Succeeded, vec![first.clone()], "10m", 0, "5m"),
        ("an undo", false, json!(null), Status::Undone, vec![run_of(RunKind::Undo, -1200, Some(-300))], "15m", 0, "0s"),
        (
            "thought over, then skipped",
            false,
            json!(null),
            Status::Skipped,
            vec![run_of(RunKind::First, -1200, Some(-1100))],
            "10m",
            0,
            "0s",
        ),
        ("a form of the real thing", false, form.clone(), Status::Succeeded, vec![first.clone()], "10m", 0, "5m"),
        ("a drill form", true, form.clone(), Status::Succeeded, vec![first.clone()], "10m", 0, "0s"),
        ("a drill form to come", true, form, Status::Open, vec![], "10m", 1, "0s"),
        ("talked through", true, json!("talk"), Status::Open, vec![], "10m", 1, "0s"),
        ("the same in a drill", true, json!("same"), Status::Open, vec![], "15m", 0, "0s"),
    ] {
        let mut state = running_book(step(form), &[]);
        let ended = runs.iter().filter_map(|run| run.ended).max().map(|_| t(0));
        let at = StepState { status, began: Some(t(-1200)), ended, runs, ..StepState::default() };
        // Its good end came with the end of its run.
        let ended = if status == Status::Succeeded { at.runs[0].ended } else { ended };
        state.steps.insert("a".into(), StepState { ended, ..at });
        state.head = Some(head(drill));
        let path = Course::of(&state, &Past::default(), now()).unwrap().path(None);
        assert_eq!((path.left, path.untimed, path.overrun), (d(left), untimed, d(overrun)), "{what}");
    }
}

pub(super) fn head(drill: bool) -> crate::incident::Head {
    crate::incident::Head {
        id: "INC-0001".into(),
        title: "x".into(),
        drill,
        scenario: None,
        severity: crate::model::Severity::new(1),
        began: t(-1800),
        declared: t(-1500),
        declared_by: "Ada".into(),
        facts: PlanFacts::default(),
        digest: crate::model::Digest::of(b""),
        clean_before: None,
        scope: None,
        closed: None,
    }
}

#[test]
fn r26_what_is_projected_is_marked_as_an_estimate() {
    let clock = |elapsed: &str| Clock { elapsed: d(elapsed), running: true, since: t(-60) };
    let path = |left: &str| Path { left: d(left), ..Path::default() };
    for (elapsed, left, words) in
        [("20m", "30m", "~10m to spare"), ("50m", "30m", "will miss by ~20m"), ("50m", "8m", "~2m to spare")]
    {
        let told = project(&clock(elapsed), Some(d("1h")), Some(&path(left)), None, now());
        assert!(told.words.contains(words), "{}", told.words);
        assert!(told.finish.is_some_and(|finish| finish == now() + d(left).delta()));
    }
}
