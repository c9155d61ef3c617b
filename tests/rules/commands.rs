//! What people say of the incident itself: what is affected, who was told, that a drill waits.

use lifeboat::{
    incident::{Command, Scope},
    model::{IncidentId, Outcome, Time},
};

use super::scene::*;

fn say(s: &mut Scene, scope: Scope, since: Time) -> Answer {
    s.ada(Command::ChangeScope { scope, since, why: "seen from outside".into() })
}

fn down(s: &Scene) -> Vec<&str> {
    s.state.services.iter().filter(|(_, at)| at.is_down()).map(|(name, _)| name.as_str()).collect()
}

#[test]
fn r24_what_is_said_to_be_affected_is_down_and_what_is_not_never_was() {
    let mut s = Scene::with(failover());
    assert_eq!(down(&s), ["batch", "training-api"]);
    let (began, now) = (s.state.head.as_ref().unwrap().began, s.now);
    say(&mut s, of_services(&["training-api"]), now).unwrap();
    assert_eq!(down(&s), ["training-api"]);
    assert!(s.state.services["batch"].outages.is_empty(), "its clock never ran");
    assert_eq!(s.state.services["training-api"].outages[0].from, began, "what was affected before keeps its own start");
    let since = s.now - chrono::TimeDelta::minutes(3);
    say(&mut s, of_services(&["training-api", "batch"]), since).unwrap();
    assert_eq!(s.state.services["batch"].outages[0].from, since);
    assert_eq!(s.replayed(), s.state);
}

#[test]
fn r24_naming_a_service_that_is_back_does_not_take_it_down_again() {
    let mut s = Scene::with(failover());
    s.ada(Command::MarkServiceRestored { service: "batch".into(), at: s.now }).unwrap();
    let now = s.now;
    say(&mut s, of_services(&["training-api", "batch"]), now).unwrap();
    assert_eq!(down(&s), ["training-api"]);
    // It was left out and is affected again: from the end of its first outage at the earliest.
    let (long_ago, now) = (s.now - chrono::TimeDelta::hours(2), s.now);
    say(&mut s, of_services(&["training-api"]), now).unwrap();
    say(&mut s, of_services(&["training-api", "batch"]), long_ago).unwrap();
    let outages = &s.state.services["batch"].outages;
    assert_eq!((outages.len(), Some(outages[1].from)), (2, outages[0].until));
}

#[test]
fn a_scope_is_made_of_names_of_the_plan_and_says_something() {
    let mut s = Scene::with(failover());
    let now = s.now;
    assert!(refused(say(&mut s, Scope::default(), now)).contains("false alarm"));
    assert!(refused(say(&mut s, of_services(&["nowhere"]), now)).contains("training-api, batch"));
    assert!(refused(say(&mut s, of_services(&["batch", "batch"]), now)).contains("twice"));
    let regions = Scope { regions: vec!["mars".into()], ..Scope::default() };
    assert!(refused(say(&mut s, regions, now)).contains("names no region"));
    let to_come = s.now + chrono::TimeDelta::minutes(1);
    assert!(refused(say(&mut s, of_services(&["batch"]), to_come)).contains("future"));
    say(&mut s, of_services(&["batch"]), now).unwrap();
    assert!(refused(say(&mut s, of_services(&["batch"]), now)).contains("already"));
}

#[test]
fn r11_a_notice_by_hand_is_kept_with_the_time_at_which_people_were_told() {
    let mut s = Scene::with(failover());
    let told = s.now - chrono::TimeDelta::minutes(7);
    let notice = |said: Option<&str>, happened| Command::RecordNotice {
        to: "all customers".into(),
        how: "status page".into(),
        said: said.map(str::to_owned),
        happened,
    };
    s.ben(notice(Some("we are on it"), Some(told))).unwrap();
    assert_eq!(s.records.last().unwrap().time(), told);
    let kept = &s.state.notices[0];
    assert_eq!((kept.who.as_str(), kept.at, kept.said.as_deref()), ("Ben", told, Some("we are on it")));
    assert!(refused(s.ben(notice(None, Some(s.now + chrono::TimeDelta::minutes(1))))).contains("future"));
    // Who was told that it is over is told after the close.
    s.ada(Command::Close { resolution: lifeboat::incident::Resolution::Resolved, why: "over".into() }).unwrap();
    s.ben(notice(None, None)).unwrap();
}

#[test]
fn r31_a_notice_of_a_drill_says_so_in_its_first_word() {
    let mut s = Scene::drill(failover());
    for (said, kept) in
        [(Some("we are on it"), "DRILL: we are on it"), (Some("DRILL, of course"), "DRILL, of course"), (None, "DRILL")]
    {
        let said = said.map(str::to_owned);
        s.ben(Command::RecordNotice { to: "all".into(), how: "mail".into(), said, happened: None }).unwrap();
        assert_eq!(s.state.notices.last().unwrap().said.as_deref(), Some(kept));
    }
}

#[test]
fn r31_in_a_suspended_drill_nothing_new_starts_until_somebody_resumes_it() {
    let mut s = Scene::drill(book_of("r", vec![stop_on_drill(), check("a").needs(&[])]));
    let real = IncidentId::numbered(43);
    let why = || "INC-0043 is real".to_owned();
    s.ada(Command::SuspendDrill { real: Some(real.clone()), why: why() }).unwrap();
    assert!(refused(s.start("stop")).contains("INC-0043 is real"));
    assert!(refused(s.ben(Command::TalkThrough { step: id("a"), note: None })).contains("resume the drill first"));
    assert!(refused(s.ada(Command::SuspendDrill { real: None, why: why() })).contains("Ada suspended it already"));
    s.ada(Command::Note { text: "nobody is hurt".into(), happened: None }).unwrap();
    s.ada(Command::ResumeDrill).unwrap();
    assert!(refused(s.ada(Command::ResumeDrill)).contains("is not suspended"));
    s.start("stop").unwrap();
    assert_eq!(s.replayed(), s.state);
}

#[test]
fn r31_what_ran_when_the_drill_was_suspended_comes_to_its_end() {
    let mut s = Scene::drill(book_of("r", vec![stop_on_drill()]));
    let run = s.start("stop").unwrap();
    s.ada(Command::SuspendDrill { real: None, why: "the real thing".into() }).unwrap();
    s.ends("stop", &run, Outcome::succeeded("0"));
    assert_eq!(s.status("stop"), lifeboat::incident::Status::Succeeded);
}

#[test]
fn r31_only_a_drill_is_suspended() {
    let mut s = Scene::with(failover());
    assert!(refused(s.ada(Command::SuspendDrill { real: None, why: "tea".into() })).contains("is no drill"));
}

fn stop_on_drill() -> lifeboat::plan::Step {
    action(
        "stop",
        "kubernetes.scale",
        serde_json::json!({"via": "db-drill", "namespace": "p", "deployments": ["a"], "replicas": 0}),
    )
}
