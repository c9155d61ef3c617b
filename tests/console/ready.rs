//! Whether what counts could be done: asked at the start, every five minutes, when another runbook counts, when a connection is
//! back, when a person asks; one round at a time, and nothing waits for it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use async_trait::async_trait;
use lifeboat::{
    console::Request,
    incident::Command,
    model::{Clock, Duration, Freshness, Readiness, Ready, Time},
    picture::{Picture, ReadyState},
    sim::{Fault, Silence},
    systems::{Doctor, Need},
};
use tokio::sync::Notify;

use super::site::Site;

/// Answers what it is told to, and keeps when it was asked about what.
#[derive(Default)]
struct Told {
    rounds: Mutex<Vec<(Time, Vec<String>)>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    /// It answers only when let go.
    held: Option<Notify>,
    /// The first round breaks.
    breaks: bool,
}

impl Told {
    fn rounds(&self) -> Vec<(Time, Vec<String>)> {
        self.rounds.lock().unwrap().clone()
    }
    fn asked(&self) -> usize {
        self.rounds().len()
    }
}

#[async_trait]
impl Doctor for Told {
    async fn ask(&self, needs: &[Need], _: Duration, clock: &Arc<dyn Clock>) -> Readiness {
        let mut books: Vec<String> = needs.iter().map(|need| need.step.runbook.clone()).collect();
        books.dedup();
        let asked = clock.now();
        self.rounds.lock().unwrap().push((asked, books));
        assert!(!(self.breaks && self.asked() == 1), "a doctor that breaks");
        self.most_at_once.fetch_max(self.at_once.fetch_add(1, SeqCst) + 1, SeqCst);
        if let Some(held) = &self.held {
            held.notified().await;
        }
        self.at_once.fetch_sub(1, SeqCst);
        Readiness { asked, took: Duration::ZERO, spots: vec![] }
    }
}

fn answered(picture: &Picture) -> bool {
    picture.ready.state == ReadyState::Answered
}

fn again(than: Option<Time>) -> impl Fn(&Picture) -> bool {
    move |picture| answered(picture) && picture.ready.asked > than
}

#[test]
fn it_is_asked_at_the_start_and_again_after_five_minutes() {
    // Slower than others: who answers late by this clock would be dark for a moment, and asked about when it is back.
    let (site, told) = (Site::new("quiet", 15.0), Arc::new(Told::default()));
    let opened = site.clock.now();
    let mut ada = site.console_asking("Ada", told.clone());
    let first = ada.until("it was asked", answered);
    assert_eq!(first.ready.about.len(), site.plan.runbooks.len(), "in peace about all");
    ada.until("it was asked again", again(first.ready.asked));
    let rounds = told.rounds();
    let apart = Duration::between(rounds[0].0, rounds[1].0);
    // A round tells when it was carried out, which may be a little after it was due; none is due before the console is opened.
    assert!(Duration::between(opened, rounds[1].0) >= Duration::from_mins(5) && apart < Duration::from_mins(8), "{apart}");
    assert_eq!(told.most_at_once.load(SeqCst), 1);
    ada.ends();
}

#[test]
fn it_is_asked_at_once_when_a_person_asks_and_when_another_runbook_counts() {
    let (site, told) = (Site::new("quiet", 1.0), Arc::new(Told::default()));
    let mut ada = site.console_asking("Ada", told.clone());
    let first = ada.until("it was asked", answered);
    ada.send(Request::AskNow);
    let second = ada.until("a person asked", again(first.ready.asked));
    ada.declare("practice", false);
    let third = ada.until("it is about what was declared", |p| again(second.ready.asked)(p) && p.ready.about.len() == 1);
    assert_eq!(third.ready.about, ["regional-outage"]);
    let asked = told.asked();
    assert_eq!(told.rounds()[asked - 1].1, ["regional-outage"]);
    ada.open("regional-outage");
    ada.until("it is about the open one", again(third.ready.asked));
    assert!(told.asked() > asked && told.most_at_once.load(SeqCst) == 1, "{:?}", told.rounds());
    ada.ends();
}

#[test]
fn it_is_asked_again_soon_after_a_connection_is_back() {
    let (site, told) = (Site::new("quiet", 15.0), Arc::new(Told::default()));
    let mut ada = site.console_asking("Ada", told.clone());
    let first = ada.until("it was asked", answered);
    let connection = || "db-west".to_owned();
    let known = |p: &Picture| p.links.iter().find(|link| link.name == "db-west").unwrap().known.clone();
    ada.until("it answers", |p| known(p) == Freshness::Fresh);
    site.platform.inject(Fault::ConnectionDark { connection: connection(), how: Silence::Refused });
    ada.until("it is dark", |p| matches!(known(p), Freshness::Failing { .. }));
    assert_eq!(told.asked(), 1, "what is dark is known to be: nothing is asked for that");
    site.platform.inject(Fault::ConnectionBack { connection: connection() });
    let second = ada.until("it was asked again", again(first.ready.asked));
    let apart = Duration::between(first.ready.asked.unwrap(), second.ready.asked.unwrap());
    assert!(apart < Duration::from_mins(5), "{apart}");
    ada.ends();
}

#[test]
fn a_round_that_hangs_delays_nothing_and_no_other_begins_beside_it() {
    let (site, told) = (Site::new("quiet", 1.0), Arc::new(Told { held: Some(Notify::new()), ..Told::default() }));
    let mut ada = site.console_asking("Ada", told.clone());
    ada.until("it is being asked", |p| p.ready.state == ReadyState::BeingAsked);
    for _ in 0..3 {
        ada.send(Request::AskNow);
    }
    ada.declare("while it hangs", false);
    ada.says(Command::Note { text: "still here".into(), happened: None });
    assert_eq!(told.asked(), 1, "one round at a time");
    told.held.as_ref().unwrap().notify_one();
    ada.until("the next one began", |_| told.asked() == 2);
    told.held.as_ref().unwrap().notify_one();
    ada.until("it was asked", answered);
    assert_eq!((told.asked(), told.most_at_once.load(SeqCst)), (2, 1), "asking three times is asking once more");
    ada.ends();
}

#[test]
fn a_round_without_an_end_is_given_up() {
    let (site, told) = (Site::quiet(), Arc::new(Told { held: Some(Notify::new()), ..Told::default() }));
    let mut ada = site.console_asking("Ada", told.clone());
    let given_up = ada.until("it is given up", |p| p.ready.state == ReadyState::CannotTell);
    assert!(given_up.ready.words.ends_with("no answer within 1m"), "{}", given_up.ready.words);
    ada.until("it is asked again", |_| told.asked() == 2);
    ada.ends();
}

#[test]
fn a_round_that_breaks_cannot_tell_and_is_asked_again() {
    let (site, told) = (Site::quiet(), Arc::new(Told { breaks: true, ..Told::default() }));
    let mut ada = site.console_asking("Ada", told.clone());
    let broken = ada.until("it broke", |p| p.ready.state == ReadyState::CannotTell);
    assert!(broken.ready.words.contains("asking broke off inside Lifeboat"), "{}", broken.ready.words);
    ada.until("it was asked again", answered);
    ada.ends();
}

#[test]
fn r18_a_console_that_only_looks_does_not_ask() {
    let site = Site::quiet();
    let mut ada = site.console("Ada");
    ada.until("it was asked", answered);
    let mut cy = site.viewer("Cy");
    let picture = cy.look_afresh();
    assert_eq!(picture.ready.state, ReadyState::DoesNotAsk);
    assert_eq!((picture.ready.words.as_str(), picture.ready.rows.len()), ("a console that only looks does not ask", 0));
    cy.ends();
    ada.ends();
}

#[test]
fn the_simulated_platform_says_beforehand_what_it_then_refuses() {
    let site = Site::quiet();
    let reason = "403 Forbidden";
    site.platform.inject(Fault::PartRefused {
        action: "kubernetes.scale".into(),
        connection: Some("west".into()),
        part: "eval-api".into(),
        reason: reason.into(),
    });
    let mut ada = site.console("Ada");
    let asked = ada.until("it was asked", answered);
    let states: Vec<_> = asked.ready.rows.iter().map(|row| (row.name.as_str(), row.ready)).collect();
    assert_eq!(states[0], ("west", Ready::No));
    assert!(states[1..].iter().all(|(_, ready)| *ready == Ready::Yes), "{states:?}");
    let mut ada = site.at_the_actions(ada);
    let said = "could not be done now for want of a permission on west: eval-api.";
    ada.until("it is said", |p| p.sentences.iter().any(|sentence| sentence.text.ends_with(said)));
    let scale = ada.step("scale").could.unwrap();
    assert_eq!((scale.ready, scale.lacks.len()), (Some(Ready::No), 1), "{scale:?}");
    ada.ends();
}
