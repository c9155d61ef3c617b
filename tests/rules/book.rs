//! R6: the runbook that was journaled is the one that holds; a changed file is adopted by name; steps inserted by hand.

use lifeboat::{
    incident::{Command, Event, Status},
    model::{Digest, Outcome},
    plan::{Condition, Runbook, Step},
};
use serde_json::json;

use super::scene::*;

fn insert(after: Option<&str>, step: Step) -> Command {
    Command::InsertStep { after: after.map(id), step: Box::new(step), why: "asked by the vendor".into() }
}
fn open_book(s: &Scene) -> Runbook {
    s.state.book.as_ref().unwrap().runbook.clone()
}

#[test]
fn r06_opening_journals_the_whole_runbook_with_its_digest_and_flags() {
    let s = Scene::with(failover());
    let Some(Event::RunbookOpened { runbook, digest, traits, drill_traits }) = s.records.last().map(|r| &r.event) else {
        panic!("not journaled")
    };
    assert_eq!(**runbook, failover());
    assert_eq!(*digest, Digest::of_json(&failover()));
    assert!(traits[&id("promote")].mutating && !drill_traits[&id("promote")].mutating);
}

#[test]
fn r06_an_action_without_flags_is_not_taken_for_harmless() {
    let mut s = Scene::steps(vec![check("a")]);
    let runbook = Box::new(failover());
    let open = Command::OpenRunbook { runbook, traits: Traits::new(), drill_traits: Traits::new() };
    assert!(refused(s.ada(open)).contains("does not know the action"));
}

#[test]
fn r06_a_changed_file_is_adopted_by_name_but_never_for_started_steps() {
    let mut s = Scene::with(failover());
    s.done("stop-writes");
    let mut changed = failover();
    changed.phases[0].steps[0].with.insert("replicas".into(), json!(1));
    changed.phases[0].steps[1].with.insert("roles".into(), json!(["app", "jobs"]));
    s.adopt(&changed).unwrap();
    let book = open_book(&s);
    assert_eq!(book.step(&id("stop-writes")).unwrap().with["replicas"], json!(0), "as it was started");
    assert_eq!(book.step(&id("fence")).unwrap().with["roles"], json!(["app", "jobs"]));
    assert_eq!(s.status("stop-writes"), Status::Succeeded);
    assert!(refused(s.adopt(&changed)).contains("nothing in it differs"));
    refused(s.adopt(&book_of("another", vec![check("a")])));
}

#[test]
fn r06_a_file_that_lost_a_started_step_is_not_adopted() {
    let mut s = Scene::with(failover());
    s.done("stop-writes");
    let mut changed = failover();
    changed.phases[0].steps.remove(0);
    assert!(refused(s.adopt(&changed)).contains("stop-writes"));
}

#[test]
fn r06_adopting_does_not_change_what_a_started_step_waits_for_nor_its_flags() {
    let mut s = Scene::with(failover());
    s.done("stop-writes");
    let run = s.start("fence").unwrap();
    s.ends("fence", &run, Outcome::failed("unreachable"));
    let mut changed = failover();
    changed.phases[0].steps.insert(1, check("new"));
    let (mut traits, drill_traits) = traits_of(&changed);
    traits.get_mut(&id("fence")).unwrap().fences = false;
    let command = Command::AdoptRunbook { runbook: Box::new(changed), traits, drill_traits };
    s.ada(command).unwrap();
    assert_eq!(open_book(&s).needs_of(&id("fence")), [id("stop-writes")]);
    assert!(s.state.traits(&id("fence")).unwrap().fences);
    s.retry("fence").unwrap();
}

#[test]
fn r06_an_answer_to_a_question_that_changed_is_forgotten() {
    let asks = |question: &str| book_of("r", vec![check("a").only_if(Condition::Ask(question.into()))]);
    let mut s = Scene::with(asks("Is the cache empty?"));
    let answer = lifeboat::incident::ConditionAnswer { needed: true, why: "yes".into() };
    s.ben(Command::AnswerCondition { step: id("a"), answer }).unwrap();
    s.adopt(&asks("May the cache be emptied?")).unwrap();
    assert!(refused(s.confirm("a")).contains("May the cache be emptied?"));
}

#[test]
fn r06_switching_and_switching_back_goes_on_where_one_stood() {
    let mut s = Scene::with(failover());
    s.done("stop-writes");
    s.open(&book_of("second", vec![check("x")])).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Open);
    let mut changed = failover();
    changed.phases[0].steps[1].title = "Fence better".into();
    s.open(&changed).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Succeeded);
    assert!(refused(s.start("stop-writes")).contains("succeeded already"), "no step is started twice by switching");
    let book = s.state.book.as_ref().unwrap();
    assert_eq!(book.runbook, failover(), "a changed file comes in by adopting it");
    assert_eq!(book.digest, Digest::of_json(&failover()));
    let Some(Event::RunbookOpened { runbook, .. }) = s.records.last().map(|r| &r.event) else { panic!() };
    assert_eq!(**runbook, failover(), "and the journal says what is used");
    assert!(refused(s.open(&failover())).contains("open already"));
}

#[test]
fn r01_a_step_that_is_another_runbook_is_done_when_that_one_was_gone_through() {
    let step = Step { runbook: Some("cache".into()), check: None, ..check("cache") };
    let main = book_of("main", vec![step, check("after")]);
    let cache = book_of("cache", vec![check("empty"), check("warm")]);
    let mut s = Scene::with(main.clone());
    assert!(refused(s.confirm("cache")).contains("the runbook cache does this, and it was not opened in this incident"));
    s.open(&cache).unwrap();
    s.confirm("empty").unwrap();
    s.open(&main).unwrap();
    assert!(refused(s.confirm("cache")).contains("its step \"Do warm\" is not done"));
    s.open(&cache).unwrap();
    s.skip("warm").unwrap();
    s.open(&main).unwrap();
    s.confirm("cache").unwrap();
    s.confirm("after").unwrap();
}

#[test]
fn r06_a_step_inserted_by_hand_takes_its_place_in_the_order() {
    let mut s = Scene::steps(vec![check("a"), check("b")]);
    s.ben(insert(Some("a"), check("between"))).unwrap();
    s.confirm("a").unwrap();
    assert!(refused(s.confirm("b")).contains("Do between is not done"));
    s.ben(insert(None, check("first"))).unwrap();
    assert_eq!(open_book(&s).steps().next().unwrap().id, id("first"));
}

#[test]
fn r06_inserting_does_not_change_what_a_begun_step_waits_for() {
    let mut s = Scene::steps(vec![check("a"), stop_writes()]);
    s.confirm("a").unwrap();
    let run = s.start("stop-writes").unwrap();
    s.ends("stop-writes", &run, Outcome::failed("403"));
    s.ben(insert(Some("a"), check("between"))).unwrap();
    s.ben(insert(None, check("first"))).unwrap();
    s.retry("stop-writes").expect("it had begun");
    assert_eq!(open_book(&s).needs_of(&id("between")), [id("a")]);
}

#[test]
fn r06_what_was_inserted_by_hand_survives_a_changed_file() {
    let mut s = Scene::steps(vec![check("a"), check("b")]);
    s.ben(insert(Some("a"), check("told-vendor"))).unwrap();
    s.confirm("a").unwrap();
    s.confirm("told-vendor").unwrap();
    s.ben(insert(Some("b"), check("later"))).unwrap();
    let changed = book_of("a runbook", vec![check("a"), check("c")]);
    s.adopt(&changed).unwrap();
    let order: Vec<_> = open_book(&s).steps().map(|s| s.id.to_string()).collect();
    assert_eq!(order, ["a", "told-vendor", "c", "later"]);
    assert_eq!(s.status("told-vendor"), Status::Succeeded);
    assert!(refused(s.adopt(&changed)).contains("nothing in it differs"));
}

#[test]
fn r06_only_steps_that_send_nothing_are_inserted_by_hand() {
    let mut s = Scene::steps(vec![check("a"), check("b")]);
    assert!(refused(s.ben(insert(Some("a"), stop_writes()))).contains("sends nothing"));
    refused(s.ben(insert(Some("a"), gate("g"))));
    refused(s.ben(insert(Some("nowhere"), check("c"))));
    refused(s.ben(insert(Some("a"), check("b"))));
    refused(s.ben(insert(Some("a"), Step { title: " ".into(), ..check("c") })));
    refused(s.ben(insert(Some("a"), check(""))));
    refused(s.ben(insert(Some("a"), check("c").needs(&["nowhere"]))));
    assert!(refused(s.ben(insert(Some("a"), check("c").needs(&["b"])))).contains("waits for it"), "no circle");
    refused(s.ben(Command::InsertStep { after: None, step: Box::new(check("c")), why: "".into() }));
}

#[test]
fn r06_the_plans_facts_decide_who_may_and_which_words_there_are() {
    let mut declaration = Scene::declaration(false);
    declaration.scenario = Some("flood".into());
    assert!(refused(Scene::default().ada(Command::Declare(Box::new(declaration)))).contains("region-lost"));
    let mut s = Scene::steps(vec![check("a")]);
    assert!(refused(s.ben(Command::Join { role: "king".into() })).contains("technical-lead"));
    let close = || Command::Close { resolution: lifeboat::incident::Resolution::Resolved, why: "done".into() };
    refused(s.ben(close()));
    s.ben(Command::Join { role: "commander".into() }).unwrap();
    s.ben(close()).unwrap();
}
