//! Ready to act? What was asked, as it reads at the Picture's time.

use super::orders::{Look, all_well, t};
use crate::{
    gates::questions,
    model::{Asked, Aspect, Check, Duration, Loss, Readiness, Ready, Spot, StepRef, loss::LossOf, time::clock},
    picture::scene::{ReadyState, StepReady},
    plan::DrillForm,
};

fn step(look: &Look, id: &str) -> StepRef {
    StepRef { runbook: look.plan.runbooks[0].name.clone(), step: id.into() }
}

/// db-west lets nobody promote, db-east has a token that ends in 26 minutes, west is good. Asked at `t(at)`.
pub fn asked(look: &mut Look, at: i64) {
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
    look.signals = all_well(&look.plan, look.now);
    assert!(ends(&look).lacks[0].words.starts_with("token of act: expires in 20m, at"), "{:?}", ends(&look));
    asked(&mut look, -26 * 60 + 300);
    look.now = t(301);
    look.signals = all_well(&look.plan, look.now);
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

/// From `t(at)` on `via` answers nothing, or only what is asked of it first.
fn goes_dark(look: &mut Look, via: &str, at: i64, all: bool) {
    for question in questions(&look.plan).iter().filter(|question| question.via == via).skip(usize::from(!all)) {
        look.signals.record(question, Err("no answer within 3s".into()), t(at));
    }
}

#[test]
fn r29_a_connection_that_goes_dark_is_not_ready_from_that_moment_on() {
    let mut look = Look::after(3);
    let now = (look.now - t(0)).num_seconds();
    asked(&mut look, now - 41);
    let row = |look: &Look, name: &str| look.picture().ready.rows.into_iter().find(|row| row.name == name).unwrap();
    assert_eq!(row(&look, "west").ready, Ready::Yes);

    for via in ["west", "db-west", "db-east"] {
        goes_dark(&mut look, via, now - 1, true);
    }
    let since =
        |look: &Look| clock(look.signals.0.values().find(|s| s.via == "west").unwrap().reading.as_ref().unwrap().read, look.now);
    let west = row(&look, "west");
    let wanted = format!("not since {}: connection west does not answer", since(&look));
    assert_eq!((west.ready, west.count.as_str(), west.lacks[0].words.as_str()), (Ready::CannotTell, "", wanted.as_str()));
    assert_eq!(look.picture().ready.state, ReadyState::Answered, "that it was asked stays true");
    let east = row(&look, "db-east");
    assert_eq!((east.ready, east.lacks.len()), (Ready::CannotTell, 2), "{east:?}");
    let db = row(&look, "db-west");
    assert_eq!((db.ready, db.lacks.len()), (Ready::No, 2), "what it lacked it still lacks: {db:?}");
    let fence = could(&look, "fence").unwrap();
    assert_eq!((fence.ready, fence.good, fence.of), (Some(Ready::CannotTell), 0, 1));
    assert!(fence.lacks.iter().any(|(spot, lack)| spot == "db-east" && lack.words.contains("does not answer")), "{fence:?}");

    let answered = look.now;
    asked(&mut look, now);
    assert_eq!(row(&look, "west").ready, Ready::Yes, "it was reached after that");
    look.now = answered + Duration::from_mins(5).delta();
    assert_eq!(row(&look, "west").ready, Ready::Yes, "nothing new is known");
}

#[test]
fn a_connection_that_answers_anything_or_is_asked_nothing_has_not_gone_dark() {
    let mut look = Look::peace();
    let now = (look.now - t(0)).num_seconds();
    asked(&mut look, now - 41);
    goes_dark(&mut look, "db-west", now, false);
    let ready = |look: &Look, name: &str| rows(look).into_iter().find(|row| row.0 == name).unwrap();
    let some = questions(&look.plan).iter().filter(|question| question.via == "db-west").count();
    assert!(some > 1 && ready(&look, "db-west").2 == "0 of 1 permissions", "{:?}", ready(&look, "db-west"));
    look.signals.0.retain(|_, signal| signal.via != "west");
    assert_eq!(ready(&look, "west").1, Ready::Yes);
}

#[test]
fn an_answer_that_is_overdue_is_darkness_too() {
    let mut look = Look::peace();
    let now = (look.now - t(0)).num_seconds();
    asked(&mut look, now);
    look.now += Duration::from_mins(4).delta();
    let west = look.picture().ready.rows.into_iter().find(|row| row.name == "west").unwrap();
    let wanted = format!("not since {}: connection west does not answer", clock(t(now), look.now));
    assert_eq!((west.ready, west.lacks[0].words.as_str()), (Ready::CannotTell, wanted.as_str()));
}

#[test]
fn what_is_supposed_to_be_lost_could_not_be_acted_on() {
    let mut look = Look::peace();
    let now = (look.now - t(0)).num_seconds();
    asked(&mut look, now - 41);
    look.supposed = Some(Loss::Of(LossOf::Region("us-east-1".into())));
    let supposed = look.picture().supposed.unwrap();
    let row = |name: &str| supposed.picture.ready.rows.iter().find(|row| row.name == name).unwrap();
    let east = row("db-east");
    assert_eq!((east.ready, east.lacks[0].words.as_str()), (Ready::No, "lost with us-east-1"));
    assert_eq!(row("west").ready, Ready::Yes);
    assert_eq!(look.picture().ready.rows[1].ready, Ready::Warned, "what is, is not changed by it");
}
