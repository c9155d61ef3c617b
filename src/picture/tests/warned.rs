//! What warns: steps that last too long, broken glass, fences without an answer, alerts on their way.

use chrono::TimeDelta;

use super::orders::{Look, t};
use crate::{
    incident::{Actor, Event, Record},
    model::{FenceAnswer, Outcome, PartReport, Sample, Verdict},
    picture::scene::{AlertState, StepPicture},
};

fn step(look: &Look, id: &str) -> StepPicture {
    look.picture().book.unwrap().steps.into_iter().find(|step| step.id.as_str() == id).unwrap()
}

#[track_caller]
fn says(look: &Look, text: &str) {
    let all = look.sentences();
    assert!(all.iter().any(|said| said == text), "wanted {text:?} among {all:#?}");
}

/// `event`, a second after the newest record.
fn then(look: &mut Look, who: &str, event: Event) {
    let last = look.records.last().unwrap();
    let (seq, recorded) = (last.seq + 1, last.recorded + TimeDelta::seconds(1));
    let (incident, who) = (last.incident.clone(), Actor::new(who, format!("console-{who}")));
    look.records.push(Record { seq, incident, recorded, happened: None, who, event });
    look.now = recorded;
}

#[test]
fn r08_past_its_takes_a_step_that_waits_for_its_proof_warns() {
    // The promotion was started at +540 s and takes 5 minutes.
    let mut look = Look::after(12);
    look.now = t(600);
    assert_eq!((step(&look, "promote").verdict, step(&look, "promote").late), (Verdict::OnTrack, false));
    look.now = t(841);
    let promote = step(&look, "promote");
    assert!(promote.late && promote.words.ends_with("5m01s of 5m, longer than planned"), "{promote:?}");
    assert_eq!(promote.verdict, Verdict::AtRisk);
    says(&look, "Step 3 waits for its proof longer than planned.");
}

#[test]
fn r08_past_its_takes_a_check_that_is_next_warns() {
    // Nothing else was waited for since +720 s; it takes 10 minutes.
    let mut look = Look::after(13);
    look.now = t(720 + 599);
    assert!(!step(&look, "start").late);
    look.now = t(720 + 660);
    let start = step(&look, "start");
    assert_eq!((start.words.as_str(), start.verdict), ("waits for 11m of 10m, longer than planned", Verdict::AtRisk));
    says(&look, "Step 4 takes longer than planned.");
    look.now = t(3_000);
    assert!(!step(&Look::after(12), "start").late, "what is not next is not late");
}

#[test]
fn r08_a_lone_gate_that_is_not_seen_within_its_time_warns() {
    let mut look = Look::after(2);
    look.plan.runbooks[0].phases[0].steps[0].gate[0].within = Some("90s".parse().unwrap());
    let Event::RunbookOpened { runbook, .. } = &mut look.records[1].event else { panic!() };
    **runbook = look.plan.runbooks[0].clone();
    look.now = t(60 + 90);
    assert!(!step(&look, "confirm").late);
    // It is well, so that the outage cannot be confirmed.
    look.now = t(60 + 100);
    look.signals = super::orders::all_well(&look.plan, look.now);
    let confirm = step(&look, "confirm");
    assert_eq!((confirm.words.as_str(), confirm.verdict), ("overdue by 10s: is 1, wanted == 0", Verdict::AtRisk));
    says(&look, "Step 1 is overdue by 10s: is 1, wanted == 0.");
}

#[test]
fn r16_broken_glass_stays_on_every_screen_until_the_incident_is_closed() {
    let broken = |n: usize| Look::after(n).picture().incident.unwrap().broken_glass;
    assert!(broken(8).is_empty());
    for n in 9..=16 {
        assert_eq!(broken(n), ["step 3"], "after {n} records, whatever became of the step");
    }
    assert!(broken(17).is_empty(), "the report has it");
}

#[test]
fn r16_broken_glass_of_a_runbook_that_was_left_stays_too() {
    let mut look = Look::after(9);
    let Event::RunbookOpened { runbook, digest, traits, drill_traits } = look.records[1].event.clone() else { panic!() };
    let other = Box::new(crate::plan::Runbook { name: "other".into(), ..*runbook });
    then(&mut look, "Ada", Event::RunbookOpened { runbook: other, digest, traits, drill_traits });
    assert_eq!(look.picture().incident.unwrap().broken_glass, ["step 3 of failover"]);
}

#[test]
fn r16_a_glass_that_a_start_used_up_approves_nothing_any_more() {
    assert!(step(&Look::after(9), "promote").glass_open);
    let mut look = Look::after(10);
    let failed = PartReport::new("db-west", Outcome::failed("not in recovery"));
    then(&mut look, "Ben", Event::PartEnded { step: "promote".into(), run: "run-promote".into(), report: failed });
    let promote = step(&look, "promote");
    assert!(!promote.glass_open);
    assert_eq!(promote.exceptions, ["glass broken for a start before by Ada (unverified): nobody else is awake"]);
    then(&mut look, "Ada", Event::BrokeGlass { step: "promote".into(), why: "still alone".into() });
    assert!(step(&look, "promote").glass_open);
}

#[test]
fn r16_names_that_count_are_said_to_be_unverified() {
    let picture = Look::after(9).picture();
    let line = &picture.journal[8];
    assert_eq!((line.who.as_str(), line.text.starts_with("(unverified) BROKE GLASS on step 3")), ("Ada", true), "{line:?}");
    assert!(!picture.journal[3].text.contains("unverified"), "who started it is no exception: {:?}", picture.journal[3]);
    let fence = step(&Look::after(6), "fence");
    assert!(fence.exceptions[0].contains("signed by Ada (unverified): power cut"), "{:?}", fence.exceptions);
}

#[test]
fn r19_a_part_says_the_fences_answer_and_the_age_of_its_proof() {
    let mut look = Look::after(4);
    let fenced = |answer| PartReport::new("db-east", Outcome::succeeded("may not log in")).fenced(answer);
    let report = fenced(FenceAnswer::RefusesWrites { proven: look.now });
    then(&mut look, "Ben", Event::PartEnded { step: "fence".into(), run: "run-fence".into(), report });
    look.now += TimeDelta::seconds(41);
    assert_eq!(step(&look, "fence").parts[0].words, "may not log in; refuses writes, proven 42s ago");
    let refused = step(&Look::after(5), "fence");
    assert!(refused.parts[0].words.contains("unreachable: refused") && refused.unreachable, "{refused:?}");
}

#[test]
fn r19_a_fence_of_which_nothing_answers_has_failed() {
    let mut look = Look::after(3);
    then(&mut look, "Ben", Event::FenceUnreachable { step: "fence".into(), why: "no route to 10.1.0.15".into() });
    let fence = step(&look, "fence");
    assert_eq!((fence.words.as_str(), fence.unreachable), ("failed: unreachable: no route to 10.1.0.15", true));
    let line = look.picture().journal.last().unwrap().clone();
    assert!(line.loud && line.text.contains("UNREACHABLE, nothing was sent"), "{line:?}");
}

#[test]
fn r19_r21_a_promotion_says_what_is_at_stake_and_whose_word_it_rests_on() {
    let promote = step(&Look::after(6), "promote");
    let [signed] = promote.rests_on.as_slice() else { panic!("{:?}", promote.rests_on) };
    assert!(signed.starts_with("step 2, Fence the old primary: outside fence since "), "{signed}");
    assert!(signed.ends_with(", signed by Ada (unverified): power cut"), "{signed}");
    let [loss] = promote.loses.as_slice() else { panic!("{:?}", promote.loses) };
    assert_eq!(loss, "production would lose 0s: replica has everything up to 08:03:20Z");
    let early = step(&Look::after(4), "promote");
    assert!(early.rests_on.is_empty() && early.loses[0].ends_with(" to now: that writes stopped is not proven"), "{early:?}");
    assert!(step(&Look::after(10), "promote").loses.is_empty(), "it is under way");
}

#[test]
fn an_alert_on_its_way_is_pending_and_not_untold() {
    let mut look = Look::peace();
    look.answer("prom-west", "== 0", vec![Sample::bare(0.0, look.now).label("job", "api")]);
    look.alarms.observe(&look.plan.alerts, &look.signals, look.now);
    let picture = look.picture();
    assert_eq!(picture.alerts[0].state, AlertState::Pending);
    assert!(!look.sentences().iter().any(|said| said.contains("cannot tell")), "{:?}", look.sentences());
}
