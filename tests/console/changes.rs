//! Files that change under a console, and consoles that only look.

use std::path::{Path, PathBuf};

use lifeboat::{
    console::Request,
    incident::{Command, Resolution, Status},
    plan, sim,
};

use super::site::Site;

/// The shipped plan in a folder of its own.
fn plan_in(folder: &Path) -> PathBuf {
    let dir = folder.join("plan");
    for (path, text) in sim::demo::GAUDI3_SCALE {
        let file = dir.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    dir
}

fn change(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from));
    std::fs::write(file, text.replace(from, to)).unwrap();
}

#[test]
fn r06_a_runbook_that_changed_on_disk_is_told_and_adopted_by_name() {
    let mut site = Site::quiet();
    let dir = plan_in(site.folder());
    site.plan_dir = Some(dir.clone());
    let mut ada = site.ada_at_the_actions();
    let file = dir.join("runbooks/regional-outage.yaml");
    let nothing = ada.refused(Request::AdoptRunbook);
    assert!(nothing.why.contains("no changed runbook") || nothing.why.contains("nothing in it differs"), "{nothing}");

    change(&file, "title: Send users to us-west-2", "title: Send all users to us-west-2");
    let difference = |p: &lifeboat::picture::Picture| p.book.as_ref().and_then(|book| book.changed_on_disk.clone());
    let told = ada.until("the change is told", |p| difference(p).is_some());
    assert_eq!(
        difference(&told).as_deref(),
        Some("users: title was \"Send users to us-west-2\", is \"Send all users to us-west-2\"")
    );
    assert_eq!(ada.step("users").title, "Send users to us-west-2", "until somebody adopts it");
    ada.done(Request::AdoptRunbook);
    ada.until("it is adopted", |p| difference(p).is_none() && p.book.as_ref().is_some_and(|b| b.name == "regional-outage"));
    assert_eq!(ada.step("users").title, "Send all users to us-west-2");

    // A file with an error is told, and is nothing to adopt.
    change(&file, "id: users", "idd: users");
    let told = ada.until("the error is told", |p| difference(p).is_some());
    assert!(difference(&told).unwrap().contains("run `lifeboat plan check"), "{told:?}");
    ada.refused(Request::AdoptRunbook);
    ada.ends();
}

#[test]
fn r06_a_plan_that_changed_on_disk_is_told_and_the_console_goes_on_with_its_own() {
    let mut site = Site::quiet();
    let dir = plan_in(site.folder());
    site.plan_dir = Some(dir.clone());
    let mut ada = site.console("Ada");
    change(&dir.join("plan.yaml"), "rto: 1h, origin: L10", "rto: 2h, origin: L10");
    ada.until_trouble("plan.yaml changed on disk (tiers.critical.rto was 1h, is 2h)");
    let incident = ada.declare("after the change", false);
    ada.until_incident(&incident);
    let critical = site.state().head.unwrap().facts.tiers["critical"].rto;
    assert_eq!(critical, Some(lifeboat::model::Duration::from_hours(1)), "what was declared with is journaled");
    ada.ends();
}

#[test]
fn r06_a_console_that_starts_with_another_plan_than_the_incidents_says_how_it_differs() {
    let mut site = Site::quiet();
    let dir = plan_in(site.folder());
    let mut ada = site.console("Ada");
    let incident = ada.declare("before the change", false);
    change(&dir.join("plan.yaml"), "rto: 1h, origin: L10", "rto: 2h, origin: L10");
    let loaded = plan::load(&dir, &lifeboat::systems::catalogue());
    site.plan = std::sync::Arc::new(loaded.plan.expect("the changed plan is a good one"));
    let mut ben = site.console("Ben");
    let told = ben.until("the difference is told", |p| p.trouble.iter().any(|t| t.contains("another plan")));
    let said = told.trouble.iter().find(|t| t.contains("another plan")).unwrap();
    assert!(said.starts_with(&format!("{incident} was declared with another plan than this console's")), "{said}");
    assert!(said.contains("tiers.critical.rto was 1h, is 2h"), "{said}");
    let critical = |p: &lifeboat::picture::Picture| p.tiers.iter().find(|tier| tier.name == "critical").unwrap().rto;
    assert_eq!(critical(&told), Some(lifeboat::model::Duration::from_hours(1)), "Ben's screen counts with the incident's");
    assert!(!ada.look_afresh().trouble.iter().any(|t| t.contains("another plan")));
    ada.says(Command::Close { resolution: Resolution::FalseAlarm, why: "only tried".into() });
    ben.until("nothing is told of a closed one", |p| !p.trouble.iter().any(|t| t.contains("another plan")));
    ada.ends();
    ben.ends();
}

fn files_beside(journal: &Path) -> Vec<String> {
    let folder = journal.parent().unwrap();
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn r32_a_console_that_only_looks_follows_others_and_refuses_in_words() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    let mut dee = site.viewer("Dee");
    dee.until_step("confirm", Status::Succeeded);
    assert!(dee.look().place.read_only);
    ada.carries_out("scale");
    dee.until_step("scale", Status::Succeeded);
    ada.says(Command::Hold { why: "tea".into() });
    dee.until("the hold is seen", |p| p.incident.as_ref().is_some_and(|i| i.hold.is_some()));
    let before = site.records().len();
    for request in [
        Request::Do(Command::Release),
        Request::Preview { step: "fence".into(), kind: lifeboat::incident::RunKind::First },
        Request::OpenRunbook { name: "node-failure".into() },
        Request::ReadBack { step: "scale".into() },
        Request::AdoptRunbook,
        Request::For { incident: "INC-0001".into(), request: Box::new(Request::Do(Command::Release)) },
    ] {
        let refusal = dee.refused(request);
        assert_eq!(refusal.to_string(), "this console only looks: start one without --read-only to act");
    }
    assert_eq!(site.records().len(), before);
    ada.ends();
    dee.ends();
}

#[test]
fn r32_a_console_that_only_looks_leaves_no_file_behind() {
    let site = Site::quiet();
    let mut dee = site.viewer("Dee");
    dee.until_trouble("there is no journal");
    assert!(!site.journal().parent().unwrap().exists(), "not even the folder");
    let ada = site.ada_at_the_actions();
    dee.until("the journal is found", |p| p.incident.is_some() && p.trouble.is_empty());
    ada.ends();
    dee.ends();

    let before = files_beside(&site.journal());
    let mut cy = site.viewer("Cy");
    cy.until_step("confirm", Status::Succeeded);
    assert_eq!(files_beside(&site.journal()), before);
    cy.ends();
    assert_eq!(files_beside(&site.journal()), before);
}

#[test]
fn r31_a_drill_talks_through_what_would_touch_production() {
    let site = Site::quiet();
    let mut ada = site.console("Ada");
    ada.declare("practice", true);
    ada.open("regional-outage");
    ada.says(Command::OverrideGate { step: "confirm".into(), why: "it is only practice".into() });
    let refusal =
        ada.refused(super::driver::Driver::agreement("scale", lifeboat::incident::RunKind::First, ada.preview("scale")));
    assert!(refusal.to_string().contains("this is a drill") && refusal.instead.contains("talk the step through"), "{refusal}");
    ada.says(Command::TalkThrough { step: "scale".into(), note: Some("2 and 2".into()) });
    ada.until_step("scale", Status::TalkedThrough);
    assert_eq!(site.platform.sent_in_all(), 0);
    ada.ends();
}
