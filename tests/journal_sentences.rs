//! Every kind of event can be told in a sentence and read back from its stored form.

mod support;

use std::collections::BTreeSet;

use lifeboat::{
    incident::{Event, is_loud, sentence},
    model::StepId,
};
use support::records::every_event;

fn title(id: &StepId) -> String {
    if id.as_str() == "promote" { "Promote the replica".into() } else { String::new() }
}

#[test]
fn every_kind_has_an_example_here() {
    let events = every_event();
    let kinds: BTreeSet<_> = events.iter().map(Event::kind).collect();
    assert_eq!(kinds.len(), events.len(), "each kind once");
    assert_eq!(kinds.len(), 55, "a new kind of event wants an example in tests/support/records.rs");
}

#[test]
fn every_kind_reads_back_as_it_was_and_is_stored_under_its_name() {
    for event in every_event() {
        let json = serde_json::to_value(&event).unwrap();
        let name = json.as_str().or_else(|| json.as_object()?.keys().next().map(String::as_str)).unwrap();
        assert_eq!(name, event.kind());
        assert_eq!(serde_json::from_value::<Event>(json.clone()).unwrap(), event, "{json}");
    }
}

#[test]
fn every_kind_has_its_own_sentence_on_one_line() {
    let sentences: BTreeSet<_> = every_event().iter().map(|event| sentence(event, &title)).collect();
    assert_eq!(sentences.len(), every_event().len());
    for text in &sentences {
        assert!(!text.contains('\n') && text.len() > 5, "{text}");
        assert!(!text.contains("{") && !text.contains("Some("), "no debug output: {text}");
    }
}

#[test]
fn sentences_say_the_step_by_id_and_title_and_what_matters() {
    let say = |kind: &str| sentence(every_event().iter().find(|event| event.kind() == kind).unwrap(), &title);
    assert_eq!(say("action_started"), "started step promote, Promote the replica (postgres.promote on db-west)");
    assert_eq!(say("waived"), "waived the need for step fence before step promote, Promote the replica: because");
    assert_eq!(
        say("declared"),
        "declared SEV 1: the orders database is lost, scenario database-failure, impact since 2026-11-20 02:00:00Z"
    );
    assert!(say("part_ended").contains("db-west UNKNOWN: no answer within 30s; unreachable: because"), "{}", say("part_ended"));
    assert!(say("clock_jumped").contains("back by 7s"));
    assert!(say("broke_glass").contains("BROKE GLASS") && say("broke_glass").contains("because"));
    assert!(say("confirmed").ends_with("saw: T-17"));
    assert!(
        say("scope_changed").contains("to user-service; data production, for what is new since 2026-11-20 02:00:00Z: because")
    );
    assert_eq!(say("notice_sent"), "told all customers by hand (status page): we are on it");
    assert_eq!(
        say("automation_consented"),
        "consented that this runs by itself: step promote, as Cy consented when it was armed"
    );
    assert!(
        say("armed").contains("ARMED the automatic failover of database-failure: runbook database-failover, 1 step by itself")
    );
    assert_eq!(say("failover_triggered"), "TRIGGERED the automatic failover of database-failure as INC-0002: t for 5s");
    assert_eq!(say("way_chosen"), "chose another way for step promote, Promote the replica, By psql: because");
}

#[test]
fn text_from_outside_cannot_draw_on_the_terminal() {
    let event = Event::Noted { text: "a\x1b[2J\u{202e}b\nc".into() };
    assert_eq!(sentence(&event, &title), "noted: a\\u{1b}[2J\\u{202e}b c");
    let event = Event::Confirmed { step: "promote".into(), seen: None };
    assert!(!sentence(&event, &|_| "Pro\x1bmote".into()).contains('\x1b'));
}

#[test]
fn exceptions_failures_and_unknowns_are_loud_and_nothing_else() {
    let loud: Vec<_> = every_event().iter().filter(|event| is_loud(event)).map(Event::kind).collect();
    assert_eq!(
        loud,
        [
            "drill_suspended",
            "held",
            "clock_jumped",
            "journal_continued",
            "service_down",
            "automation_stopped",
            "armed",
            "failover_triggered",
            "declined",
            "broke_glass",
            "waived",
            "part_ended",
            "console_lost",
            "part_settled",
            "stop_asked",
            "fence_unreachable",
            "gate_missed",
            "proof_lost",
            "gate_overridden",
            "outside_fence_signed",
            "skipped",
            "marked_failed",
            "taken_over",
            "way_chosen"
        ]
    );
    let mut ended = every_event().into_iter().find(|event| event.kind() == "part_ended").unwrap();
    if let Event::PartEnded { report, .. } = &mut ended {
        report.outcome = lifeboat::model::Outcome::succeeded("done");
    }
    assert!(!is_loud(&ended), "a success is quiet");
}
