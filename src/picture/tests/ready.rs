//! Ready to act? What was asked, as it reads at the Picture's time.

use super::orders::{Look, t};
use crate::{
    model::{Asked, Aspect, Check, Duration, Readiness, Ready, Spot, StepRef},
    picture::scene::{ReadyState, StepReady},
    plan::DrillForm,
};

fn step(look: &Look, id: &str) -> StepRef {
    StepRef { runbook: look.plan.runbooks[0].name.clone(), step: id.into() }
}

/// db-west lets nobody promote, db-east has a token that ends in 26 minutes, west is good. Asked at `t(at)`.
fn asked(look: &mut Look, at: i64) {
    let check = |aspect, what: &str, ready, words: &str| Check::new(aspect, what, ready, words);
    let (fence, promote) = (step(look, "fence"), step(look, "promote"));
    let mut ends = Check::ending(Aspect::Expiry, "token of act", t(at + 26 * 60), Duration::from_hours(1), t(at));
    ends.steps = vec![fence.clone()];
    let mut login = check(Aspect::Login, "lifeboat acts", Ready::Yes, "is let in");
    login.steps = vec![promote.clone()];
    let mut lacks = check(Aspect::Permission, "lifeboat may promote", Ready::No, "it may not execute pg_promote");
    (lacks.steps, lacks.mend) = (vec![promote], Some("GRANT EXECUTE".into()));
    let may = |what: &str| check(Aspect::Permission, what, Ready::Yes, "it may");
    let spot = |name: &str, checks| Spot { name: name.into(), system: "postgres".into(), checks };
    let spots = vec![
        spot("west", vec![may("scale a"), may("scale b")]),
        spot("db-east", vec![ends]),
        spot("db-west", vec![login, lacks]),
    ];
    let books = look.plan.runbooks.iter().map(|book| book.name.clone()).collect();
    let answer = Some((books, Readiness { asked: t(at), took: Duration::ZERO, spots }));
    look.asked = Asked { asks: true, answer, ..Asked::default() };
}

fn rows(look: &Look) -> Vec<(String, Ready, String)> {
    look.picture().ready.rows.into_iter().map(|row| (row.name, row.ready, row.count)).collect()
}

fn could(look: &Look, id: &str) -> Option<StepReady> {
    look.picture().book.unwrap().steps.into_iter().find(|step| step.id == id.into()).unwrap().could
}

fn said(look: &Look) -> Option<String> {
    look.sentences().into_iter().find(|text| text.contains("could not be done now"))
}

#[test]
fn the_worst_comes_first_with_how_many_permissions_are_there() {
    let mut look = Look::peace();
    asked(&mut look, -41);
    let row = |name: &str, ready, count: &str| (name.to_owned(), ready, count.to_owned());
    assert_eq!(
        rows(&look),
        [
            row("db-west", Ready::No, "0 of 1 permissions"),
            row("db-east", Ready::Warned, "1 of 1 hold"),
            row("west", Ready::Yes, "2 of 2 permissions"),
        ]
    );
    let ready = look.picture().ready;
    assert_eq!((ready.state, ready.words.as_str()), (ReadyState::Answered, "asked 41s ago"));
    let lack = &ready.rows[0].lacks[0];
    assert_eq!(
        (lack.words.as_str(), lack.mend.as_deref()),
        ("lifeboat may promote: it may not execute pg_promote", Some("GRANT EXECUTE"))
    );
}

#[test]
fn what_ends_is_reckoned_at_the_time_of_the_picture() {
    let mut look = Look::peace();
    asked(&mut look, 0);
    let ends = |look: &Look| look.picture().ready.rows.into_iter().find(|row| row.name == "db-east").unwrap();
    assert!(ends(&look).lacks[0].words.starts_with("token of act: expires in 26m, at"), "{:?}", ends(&look));
    look.now = t(6 * 60);
    assert!(ends(&look).lacks[0].words.starts_with("token of act: expires in 20m, at"), "{:?}", ends(&look));
    asked(&mut look, -26 * 60 + 300);
    look.now = t(301);
    look.asked.answer.as_mut().unwrap().1.asked = t(300);
    assert_eq!(ends(&look).ready, Ready::No, "it ended since it was asked");
    assert!(ends(&look).lacks[0].words.contains("expired 1s ago"), "{:?}", ends(&look));
}

#[test]
fn not_asked_being_asked_asked_long_ago_and_untold_are_four_things() {
    let mut look = Look::peace();
    let told = |look: &Look| {
        let ready = look.picture().ready;
        (ready.state, ready.words)
    };
    assert_eq!(told(&look), (ReadyState::DoesNotAsk, "a console that only looks does not ask".into()));
    look.asked.asks = true;
    assert_eq!(told(&look), (ReadyState::NotAskedYet, "not asked yet".into()));
    look.asked.since = Some(t(0));
    assert_eq!(told(&look), (ReadyState::BeingAsked, "being asked".into()));
    look.asked.take(vec![], Err("no answer within 1m".into()), t(-3));
    assert_eq!(told(&look), (ReadyState::CannotTell, "cannot tell, asked 3s ago: no answer within 1m".into()));
    asked(&mut look, 0);
    look.now = t(10 * 60);
    assert_eq!(told(&look).0, ReadyState::Answered);
    look.now = t(10 * 60 + 1);
    assert_eq!(told(&look), (ReadyState::Stale, "asked 10m ago".into()));
    assert!(rows(&look).iter().all(|(_, ready, _)| *ready == Ready::CannotTell), "nothing of it counts now: {:?}", rows(&look));
}

#[test]
fn an_answer_about_another_runbook_is_no_answer() {
    let mut look = Look::peace();
    asked(&mut look, 0);
    look.asked.answer.as_mut().unwrap().0 = vec!["another".into()];
    let ready = look.picture().ready;
    assert_eq!((ready.state, ready.rows.len()), (ReadyState::NotAskedYet, 0));
}

#[test]
fn a_step_that_could_not_be_done_is_said_until_it_is_done_or_too_old() {
    let mut look = Look::after(3);
    let now = look.now;
    let since = (now - t(0)).num_seconds();
    asked(&mut look, since - 72);
    let all = look.sentences();
    let place = |text: &str| all.iter().position(|said| said.contains(text)).unwrap_or_else(|| panic!("{text}: {all:#?}"));
    let wanted =
        "Step 3 could not be done now for want of a permission on db-west: lifeboat may promote: it may not execute pg_promote.";
    assert_eq!(said(&look).as_deref(), Some(wanted));
    assert!(place("left of") < place("could not be done"), "what is down comes first: {all:#?}");
    let promote = could(&look, "promote").unwrap();
    assert_eq!((promote.ready, promote.good, promote.of), (Some(Ready::No), 1, 2));
    assert_eq!((promote.words.as_str(), promote.lacks[0].0.as_str()), ("asked 1m12s ago", "db-west"));
    assert_eq!(could(&look, "fence").unwrap().ready, Some(Ready::Warned));
    assert_eq!(could(&look, "start"), None, "it calls nothing");

    look.now = now + Duration::from_mins(11).delta();
    assert_eq!(said(&look), None, "asked too long ago");
    let old = could(&look, "promote").unwrap();
    assert_eq!((old.ready, old.lacks[0].1.ready), (Some(Ready::CannotTell), Ready::CannotTell));

    let mut done = Look::after(15);
    let at = (done.now - t(0)).num_seconds();
    asked(&mut done, at);
    assert_eq!(said(&done), None, "it is done");
}

#[test]
fn a_drill_that_does_something_else_is_not_held_against_the_login() {
    let mut look = Look::after(3);
    let crate::incident::Event::RunbookOpened { runbook, .. } = &mut look.records[1].event else { panic!("the runbook") };
    for step in runbook.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        step.drill = step.action.is_some().then_some(DrillForm::Talk);
    }
    let crate::incident::Event::Declared { drill, .. } = &mut look.records[0].event else { panic!("declared") };
    *drill = true;
    let at = (look.now - t(0)).num_seconds();
    asked(&mut look, at);
    assert_eq!((said(&look), could(&look, "promote")), (None, None));
}
