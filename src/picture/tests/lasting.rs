//! R13: a done step goes on being observed, on the screen of the moment.

use super::orders::{Look, t};
use crate::{
    incident::{Actor, Event, Record},
    model::{Sample, Verdict},
    picture::scene::{Picture, StepPicture},
};

/// After the promotion was proven, its gate answers `value`.
fn promoted(value: bool) -> Look {
    let mut look = Look::after(13);
    let now = look.now;
    look.answer("db-west", "Sql", vec![Sample::bare(value, now)]);
    look
}

fn promote(picture: &Picture) -> StepPicture {
    picture.book.as_ref().unwrap().steps.iter().find(|s| s.id.as_str() == "promote").unwrap().clone()
}

#[test]
fn r13_what_no_longer_holds_is_said_before_all_that_is_only_at_risk() {
    let mut look = promoted(false);
    look.fail("db-east");
    let picture = look.picture();
    assert_eq!(promote(&picture).words, "no longer holds: is f, wanted == t");
    assert_eq!(promote(&picture).verdict, Verdict::AtRisk);
    assert_eq!(look.sentences()[0], "Step 3 no longer holds: is f, wanted == t.");
    let lost = Event::ProofLost { step: "promote".into(), seen: "is f".into(), since: t(715) };
    let seq = look.records.len() as u64 + 1;
    let (incident, who) = ("INC-0001".into(), Actor::new("Ben", "console-Ben"));
    look.records.push(Record { seq, incident, recorded: look.now, happened: None, who, event: lost });
    let since = promote(&look.picture()).words;
    assert_eq!(since, "no longer holds since 08:11:55Z: is f, wanted == t");
    let line = look.picture().journal.last().cloned().unwrap();
    assert!(line.loud && line.text.contains("NO LONGER HOLDS") && line.text.ends_with("(recorded at Ben's)"), "{line:?}");
}

#[test]
fn r13_when_it_holds_again_nothing_is_said() {
    let picture = promoted(true).picture();
    assert_eq!(promote(&picture).verdict, Verdict::Met);
    assert!(!picture.sentences.iter().any(|s| s.text.contains("hold")), "{:#?}", picture.sentences);
}

#[test]
fn r13_old_data_says_only_that_nobody_can_tell() {
    let mut stale = promoted(false);
    stale.now += chrono::TimeDelta::minutes(2);
    let mut failing = promoted(false);
    failing.fail("db-west");
    let mut absent = promoted(false);
    absent.signals = Default::default();
    for (look, why) in [
        (stale, "stale: last measured 2m ago"),
        (failing, "db-west does not answer: connection refused"),
        (absent, "db-west has not answered yet"),
    ] {
        let picture = look.picture();
        assert_eq!(promote(&picture).words, format!("cannot tell whether it still holds: {why}"));
        assert_eq!(promote(&picture).verdict, Verdict::CannotTell);
        let said: Vec<_> = picture.sentences.iter().filter(|s| s.text.contains("still hold")).collect();
        let brief = why.split(": connection").next().unwrap();
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].text, format!("Step 3: cannot tell whether it still holds, {brief}."));
    }
}

#[test]
fn r13_a_closed_incident_observes_no_more_and_one_that_is_over_is_not_called_done() {
    let closed = Look::after(17);
    assert!(!closed.sentences().iter().any(|s| s.contains("no longer")), "{:#?}", closed.sentences());
    let mut over = Look::after(16);
    let done = "All steps are done and all services are back: it can be closed.";
    let now = over.now;
    over.answer("db-west", "Sql", vec![Sample::bare(false, now)]);
    assert!(!over.sentences().iter().any(|s| s == done), "{:#?}", over.sentences());
    over.answer("db-west", "Sql", vec![Sample::bare(true, now)]);
    assert!(!over.sentences().iter().any(|s| s.contains("no longer")), "{:#?}", over.sentences());
}

#[test]
fn r13_that_the_outage_is_over_is_no_bad_news_about_its_confirmation() {
    // `confirm` wanted the api down; all is well by now.
    let picture = Look::after(4).picture();
    let confirm = &picture.book.as_ref().unwrap().steps[0];
    assert_eq!(confirm.verdict, Verdict::Met, "{confirm:?}");
}
