//! Several consoles on one journal.

use lifeboat::{
    console::{Reply, Request},
    incident::{Command, RunKind, Status},
    picture::Picture,
    sim::Fault,
};

use super::{driver::Driver, site::Site};

#[test]
fn r07_two_who_start_the_same_step_at_once_start_it_once() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    let mut ben = site.joined_by("Ben");
    ben.until_step("confirm", Status::Succeeded);
    let (seen_by_ada, seen_by_ben) = (ada.preview("scale"), ben.preview("scale"));
    ada.send(Driver::agreement("scale", RunKind::First, seen_by_ada));
    ben.send(Driver::agreement("scale", RunKind::First, seen_by_ben));
    let replies = [ada.reply(), ben.reply()];
    let started = replies.iter().filter(|reply| matches!(reply, Reply::Done { .. })).count();
    let told = replies.iter().filter(|reply| match reply {
        Reply::Refused { refusal, .. } => refusal.why.contains("is running at "),
        Reply::AskAgain { why, .. } => why.iter().any(|why| why.contains(" started step")),
        _ => false,
    });
    assert_eq!((started, told.count()), (1, 1), "{replies:?}");
    ada.until_step("scale", Status::Succeeded);
    ben.until_step("scale", Status::Succeeded);
    for part in ["training-api", "eval-api"] {
        assert_eq!(site.platform.sent("kubernetes.scale", part), 1, "{part}");
    }
    assert_eq!(site.count("action_started"), 1);
    ada.ends();
    ben.ends();
    site.assert_journal_good();
}

#[test]
fn r05_hold_stops_every_console_and_release_lets_them_go_on() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    let mut ben = site.joined_by("Ben");
    let seen = ada.preview("fence");
    ben.says(Command::Hold { why: "somebody is in the rack".into() });
    let held = |p: &Picture| p.incident.as_ref().is_some_and(|i| i.hold.as_ref().is_some_and(|(who, ..)| who == "Ben"));
    let refusal = match ada.agree("fence", seen) {
        Reply::Refused { refusal, .. } => refusal,
        other => panic!("{other:?}"),
    };
    assert!(refusal.to_string().contains("Ben holds: somebody is in the rack: release first"), "{refusal}");
    ada.until("everybody sees who holds", held);
    assert_eq!(site.platform.sent_in_all(), 0);
    ada.says(Command::Release);
    ben.until("it is released", |p| p.incident.as_ref().is_some_and(|i| i.hold.is_none()));
    ben.carries_out("fence");
    ada.ends();
    ben.ends();
}

/// Ada's run has two parts; the first waits for an answer that never comes while somebody asks it to stop.
fn stopped_by(asks: impl FnOnce(&mut Driver, &mut Driver)) {
    let site = Site::new("quiet", 10.0);
    let mut ada = site.ada_at_the_actions();
    let mut ben = site.joined_by("Ben");
    site.platform.inject(Fault::NextActionTimesOutAfterSending { action: "kubernetes.scale".into() });
    ada.set_going("scale", RunKind::First);
    asks(&mut ada, &mut ben);
    let step = ben.until_step("scale", Status::Unknown);
    let told: Vec<_> = step.parts.iter().map(|part| (part.name.as_str(), part.status.as_str())).collect();
    assert_eq!(told, [("eval-api", "failed"), ("training-api", "unknown")]);
    assert!(step.parts[0].words.contains("stopped before anything was sent"), "{:?}", step.parts);
    assert_eq!(site.platform.sent("kubernetes.scale", "eval-api"), 0);
    ada.done(Request::ReadBack { step: "scale".into() });
    ada.until_step("scale", Status::Partial);
    ada.ends();
    ben.ends();
}

#[test]
fn r09_a_run_is_stopped_from_its_own_console() {
    stopped_by(|ada, _| drop(ada.says(Command::AskStop { step: "scale".into(), why: "wrong cluster".into() })));
}

#[test]
fn r09_a_run_is_stopped_from_another_console() {
    stopped_by(|_, ben| {
        assert_eq!(ben.until_step("scale", Status::Running).who.as_deref(), Some("Ada"));
        ben.says(Command::AskStop { step: "scale".into(), why: "wrong cluster".into() });
    });
}

#[test]
fn several_consoles_name_incidents_without_clashing() {
    let site = Site::quiet();
    let mut consoles: Vec<Driver> = ["Ada", "Ben", "Cy"].iter().map(|name| site.console(name)).collect();
    let began = consoles[0].look().now;
    for (n, console) in consoles.iter().enumerate() {
        for m in 0..4 {
            let form = lifeboat::console::DeclareForm {
                title: format!("number {m} of {n}"),
                drill: false,
                scenario: None,
                severity: lifeboat::model::Severity::new(2),
                began,
                scope: Default::default(),
                alert: None,
            };
            console.send(Request::Declare(form));
        }
    }
    for console in &consoles {
        for _ in 0..4 {
            assert!(matches!(console.reply(), Reply::Done { .. }));
        }
    }
    for console in &mut consoles {
        let all = console.until("all twelve are listed", |p| p.incidents.len() == 12);
        let mut names: Vec<_> = all.incidents.iter().map(|choice| choice.id.to_string()).collect();
        names.sort();
        assert_eq!((names[0].as_str(), names[11].as_str()), ("INC-0001", "INC-0012"));
        names.dedup();
        assert_eq!(names.len(), 12);
    }
    consoles.into_iter().for_each(Driver::ends);
    site.assert_journal_good();
}

#[test]
fn r31_a_real_incident_suspends_the_drill_and_takes_every_screen_once() {
    let site = Site::quiet();
    let mut ada = site.console("Ada");
    let drill = ada.declare("practice", true);
    ada.open("regional-outage");
    let mut ben = site.console("Ben");
    ben.until_incident(&drill);

    let real = ben.declare("this is real", false);
    ada.until_incident(&real);
    let refused = ada.refused(Request::Declare(lifeboat::console::DeclareForm {
        title: "another practice".into(),
        drill: true,
        scenario: None,
        severity: lifeboat::model::Severity::new(3),
        began: site.clock.now(),
        scope: Default::default(),
        alert: None,
    }));
    assert!(refused.why.contains(real.as_str()), "{refused}");

    // Who wants to look at the drill may, and is left to it.
    ada.send(Request::Show(drill.clone()));
    let picture = ada.until_incident(&drill);
    let (why, _) = picture.incident.as_ref().unwrap().suspended.clone().expect("the drill is suspended");
    assert!(why.contains(real.as_str()), "{why}");
    let first = &picture.sentences[0].text;
    assert!(first.starts_with("This drill is suspended") && first.ends_with("the drill waits."), "{first}");
    let resume = || Request::For { incident: drill.clone(), request: Box::new(Request::Do(Command::ResumeDrill)) };
    let refused = ada.refused(resume());
    assert!(refused.why.contains(real.as_str()) && refused.instead.contains("before you go on with the drill"), "{refused}");
    assert_eq!(ada.look_afresh().incident.as_ref().unwrap().id, drill);
    let choices = &picture.incidents;
    assert_eq!((choices[0].id.clone(), choices[0].drill, choices[1].drill), (real.clone(), false, true));

    // Once the real one is closed, a screen that nobody turned goes back to what is open.
    ben.says(Command::Close { resolution: lifeboat::incident::Resolution::FalseAlarm, why: "a probe was wrong".into() });
    let over = ben.until_incident(&drill);
    assert!(over.sentences[0].text.ends_with("Nothing real is open: :resume-drill goes on."), "{:?}", over.sentences);
    ada.done(resume());
    ada.until("the drill goes on", |p| p.incident.as_ref().is_some_and(|i| i.suspended.is_none()));
    // And a closed one can be looked at all the same.
    ben.send(Request::Show(real.clone()));
    ben.until_incident(&real);
    assert_eq!(ben.look_afresh().incident.as_ref().unwrap().id, real);
    let refused = ben.refused(Request::Show("INC-0099".into()));
    assert!(refused.why.contains("INC-0099"), "{refused}");
    ada.ends();
    ben.ends();
}

#[test]
fn incidents_that_were_closed_before_a_console_starts_are_listed_and_can_be_reopened() {
    let site = Site::quiet();
    let mut ada = site.console("Ada");
    let old = ada.declare("long ago", false);
    ada.says(Command::Close { resolution: lifeboat::incident::Resolution::FalseAlarm, why: "a probe was wrong".into() });
    let open = ada.declare("still going on", false);
    ada.ends();

    let (mut ben, mut cy) = (site.console("Ben"), site.viewer("Cy"));
    for console in [&mut ben, &mut cy] {
        assert_eq!(console.look().incident.as_ref().unwrap().id, open, "the open one comes first");
        let picture = console.until("both are listed", |p| p.incidents.len() == 2);
        let told: Vec<_> = picture.incidents.iter().map(|c| (c.id.clone(), c.open, c.title.clone())).collect();
        assert_eq!(told, [(open.clone(), true, "still going on".into()), (old.clone(), false, "long ago".into())]);
    }
    let reopen = Request::Do(Command::Reopen { why: "it came back".into() });
    ben.done(Request::For { incident: old.clone(), request: Box::new(reopen) });
    let both_open = |p: &Picture| p.incidents.iter().all(|choice| choice.open);
    ben.until("both are open", both_open);
    cy.until("both are open for the one who looks, too", both_open);
    let next = ben.declare("a third", false);
    assert_eq!(next.as_str(), "INC-0003");
    ben.ends();
    cy.ends();
}
