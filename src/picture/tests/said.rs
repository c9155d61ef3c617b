//! What the screen says, as it would be read aloud.

use super::orders::{Look, t};
use crate::{
    incident::Status,
    model::{Freshness, Sample, Value, Verdict},
    picture::scene::{AlertState, Picture, ServiceHealth, StepPicture},
};

fn says(look: &Look, text: &str) {
    let all = look.sentences();
    assert!(all.iter().any(|s| s == text), "wanted {text:?} among {all:#?}");
}
fn step<'a>(picture: &'a Picture, id: &str) -> &'a StepPicture {
    let book = picture.book.as_ref().unwrap();
    book.steps.iter().find(|s| s.id.as_str() == id).unwrap()
}

#[test]
fn in_peace_all_objectives_hold_only_when_all_is_fresh_and_met() {
    let look = Look::peace();
    assert_eq!(look.sentences(), ["All objectives hold."]);
    let picture = look.picture();
    assert!(picture.tiers.iter().all(|tier| tier.verdict == Verdict::Met && tier.left.is_none()), "{:#?}", picture.tiers);
    assert_eq!(picture.datasets.len(), 1, "what is excluded on purpose has no row");
    assert_eq!(picture.datasets[0].words, "would lose 0s");
    assert_eq!(picture.clusters[0].fits.as_deref(), Some("needed: critical 8 fits, standard 24 fits"));
    let mut late = Look::peace();
    late.now = t(3600);
    assert!(!late.sentences().iter().any(|s| s.contains("hold")), "an hour without an answer: {:?}", late.sentences());
}

#[test]
fn in_peace_the_worst_comes_first() {
    let mut look = Look::peace();
    look.answer("prom-west", "batch", vec![Sample::bare(0.0, look.now)]);
    look.fail("prom-east");
    look.fail("db-west");
    let all = look.sentences();
    assert_eq!(all[..3], ["Batch is failing.", "Nothing is declared.", "db-west does not answer."], "{all:#?}");
    // The snapshot is still known: that much would be lost at most.
    assert_eq!(look.picture().datasets[0].words, "would lose 10m");
}

#[test]
fn r28_silence_of_a_region_is_a_verdict_of_its_own() {
    let mut look = Look::peace();
    // db-east is the only observer in us-east-1 that is asked anything in this plan.
    look.fail("db-east");
    says(&look, "Monitoring of us-east-1 is silent: cannot tell.");
    let region = look.picture().regions.into_iter().find(|r| r.name == "us-east-1").unwrap();
    assert_eq!((region.verdict, region.silent_since), (Verdict::CannotTell, Some(t(0))));
    look.now = t(41 * 60);
    assert_eq!(look.picture().regions.iter().find(|r| r.name == "us-east-1").unwrap().words, "silent for 41m, cannot tell");
}

#[test]
fn r24_the_clocks_of_an_incident() {
    let picture = Look::after(2).picture();
    let incident = picture.incident.as_ref().unwrap();
    assert_eq!((incident.outage.to_string(), incident.since_declared.to_string()), ("6m".into(), "1m".into()));
    let tier = picture.tiers.iter().find(|tier| tier.name == "critical").unwrap();
    assert_eq!(tier.rto_note.as_deref(), Some("2h by scenario, tier 1h"));
    assert_eq!(tier.left.unwrap().to_string(), "1h54m");
    // confirm 2m, fence 1m, promote 5m, start 10m; one minute of it is over.
    assert_eq!(picture.book.as_ref().unwrap().left.unwrap().to_string(), "18m");
    assert_eq!(tier.projected, Some(picture.now + chrono::TimeDelta::minutes(18)));
}

#[test]
fn r24_the_outage_clock_stands_once_all_are_back() {
    let one_back = Look::after(15).picture().incident.unwrap();
    assert!(!one_back.outage_over);
    let back = Look::after(16).picture();
    let incident = back.incident.as_ref().unwrap();
    assert!(incident.outage_over);
    assert_eq!(incident.outage.to_string(), "18m30s");
    assert!(back.tiers.iter().all(|tier| tier.verdict == Verdict::Met), "{:#?}", back.tiers);
}

#[test]
fn r27_missed_is_said_first() {
    let mut look = Look::after(2);
    look.now = t(3 * 3600);
    assert!(look.sentences()[0].starts_with("Critical MISSED 2h by 1h05m"), "{:?}", look.sentences());
}

#[test]
fn r27_cards_that_are_not_there_cannot_be_waited_for() {
    let mut look = Look::after(2);
    let node: [(&str, Value); 3] = [("ready", true.into()), ("gaudi_capacity", 8.0.into()), ("gaudi_allocatable", 8.0.into())];
    let now = look.now;
    look.answer(
        "west",
        "Nodes",
        node.map(|(fact, value)| Sample::bare(value, now).label("node", "a").label("fact", fact)).into(),
    );
    assert_eq!(look.sentences()[0], "Standard will miss 2h: 16 cards short.");
}

#[test]
fn r25_decide_before_the_first_step_that_cannot_be_taken_back() {
    // Began at -5m, 2h by scenario: deadline 09:55Z after the base; 18m of work are left.
    let all = Look::after(2).sentences();
    let decide = all.iter().find(|s| s.starts_with("Decide by")).unwrap_or_else(|| panic!("{all:#?}"));
    assert_eq!(decide, "Decide by 09:37Z: failover takes ~18m, deadline 09:55Z.");
    let later = Look::after(10).sentences();
    assert!(!later.iter().any(|s| s.starts_with("Decide")), "{later:#?}");
}

#[test]
fn hold_broken_glass_and_trouble_are_loud() {
    says(&Look::after(7), "Ada holds, nothing new starts: counting heads.");
    says(&Look::after(9), "Ada broke the glass for step 3.");
    let mut look = Look::after(9);
    look.trouble = vec!["the journal cannot be written: disk full".into()];
    assert_eq!(look.sentences()[0], "The journal cannot be written: disk full.");
}

#[test]
fn r07_a_step_at_another_console_says_whose() {
    let look = Look::after(4);
    says(&look, "Step 2 is running at Ben's.");
    let picture = look.picture();
    assert_eq!(step(&picture, "fence").words, "running at Ben's, 0s of 1m");
    let mut late = Look::after(4);
    late.now += chrono::TimeDelta::seconds(90);
    let fence = late.picture();
    assert_eq!(step(&fence, "fence").words, "running at Ben's, 1m30s of 1m, longer than planned");
    assert_eq!(step(&fence, "fence").verdict, Verdict::AtRisk);
}

#[test]
fn r08_unknown_asks_to_be_read_back() {
    let look = Look::after(11);
    says(&look, "Ada broke the glass for step 3.");
    let picture = look.picture();
    assert_eq!(
        (step(&picture, "promote").status, step(&picture, "promote").words.as_str()),
        (Status::Unknown, "unknown: read it back")
    );
    says(&look, "Step 3 is unknown: read it back.");
}

#[test]
fn r21_an_outside_fence_freezes_what_would_be_lost() {
    let mut look = Look::after(6);
    look.fail("db-east");
    let gone: [(&str, Value); 4] =
        [("role", "standby".into()), ("system", "7412".into()), ("receiver", "none".into()), ("receipt_age", 604.0.into())];
    let now = look.now;
    look.answer("db-west", "Postgres", gone.map(|(fact, value)| Sample::bare(value, now).label("fact", fact)).into());
    // Now is +300 s: last receipt -304 s, impact -300 s, power cut +200 s.
    let data = &look.picture().datasets[0];
    assert_eq!((data.words.as_str(), data.frozen), ("would lose 4s to 8m24s", Some(t(200))));
    look.now = t(310);
    assert_eq!(look.picture().datasets[0].words, "would lose 4s to 8m24s", "it grows no more");
}

#[test]
fn a_source_in_the_lost_region_is_not_usable() {
    let picture = Look::after(2).picture();
    let snapshot = picture.datasets[0].sources.iter().find(|s| s.name == "snapshot").unwrap();
    assert!(!snapshot.usable && !snapshot.best, "{snapshot:?}");
    assert_eq!(snapshot.words, "lost with us-east-1");
}

#[test]
fn r13_a_done_step_that_no_longer_holds_is_said() {
    let look = Look::after(13);
    // The standby says that it is in recovery again.
    says(&look, "Step 3 no longer holds: is f, wanted == t.");
}

#[test]
fn next_is_the_first_step_that_can_be_done() {
    let next = |n: usize| {
        let book = Look::after(n).picture().book.unwrap();
        book.next.map(|i| book.steps[i].id.to_string())
    };
    assert_eq!(
        [2, 3, 4, 6, 13, 14].map(next),
        ["confirm", "fence", "fence", "promote", "start", ""].map(|id| (!id.is_empty()).then(|| id.to_owned()))
    );
    let book = Look::after(5).picture().book.unwrap();
    assert_eq!(book.steps[2].words, "blocked: step 2 is failed");
}

#[test]
fn r12_a_firing_alert_points_to_its_scenario() {
    let mut look = Look::peace();
    for second in [0, 5, 10] {
        look.now = t(second);
        look.signals = super::orders::all_well(&look.plan, look.now);
        look.answer("prom-west", "== 0", vec![Sample::bare(0.0, look.now).label("job", "api")]);
        look.alarms.observe(&look.plan.alerts, &look.signals, look.now);
    }
    let picture = look.picture();
    assert_eq!((picture.alerts[0].state, picture.alerts[0].since), (AlertState::Firing, Some(t(0))));
    assert_eq!(picture.scenarios[0].suggested_since, Some(t(0)));
    says(&look, "ApiDown fires: it points to region.");
}

#[test]
fn a_closed_incident_stands_still() {
    let mut look = Look::after(17);
    let then = look.picture();
    look.now = t(9000);
    look.signals = super::orders::all_well(&look.plan, look.now);
    let later = look.picture();
    assert_eq!(then.incident, later.incident);
    assert_eq!(later.sentences[0].text, "INC-0001 is closed: resolved by Ada.");
}

#[test]
fn health_and_links_in_words() {
    let mut look = Look::peace();
    look.fail("prom-west");
    let picture = look.picture();
    let api = &picture.tiers.iter().find(|tier| tier.name == "critical").unwrap().services[0];
    assert_eq!((api.health, api.words.as_str()), (ServiceHealth::CannotTell, "prom-west does not answer: connection refused"));
    let link = &picture.links[0];
    assert_eq!(link.name, "prom-west");
    assert!(matches!(link.known, Freshness::Failing { .. }), "{link:?}");
    assert_eq!(link.words, "connection refused; last answer just now");
}

/// Every text of the Picture.
fn texts(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text.clone()),
        serde_json::Value::Array(many) => many.iter().for_each(|v| texts(v, found)),
        serde_json::Value::Object(map) => map.values().for_each(|v| texts(v, found)),
        _ => {}
    }
}

#[test]
fn r30_every_clock_time_in_a_sentence_carries_z() {
    for n in 0..=17 {
        let mut look = if n == 0 { Look::peace() } else { Look::after(n) };
        look.fail("db-east");
        let picture = look.picture();
        let mut found: Vec<String> = picture.sentences.iter().map(|s| s.text.clone()).collect();
        for part in [
            serde_json::to_value(&picture.tiers).unwrap(),
            serde_json::to_value(&picture.datasets).unwrap(),
            serde_json::to_value(
                picture.book.as_ref().map(|b| b.steps.iter().map(|s| (&s.words, &s.history, &s.exceptions)).collect::<Vec<_>>()),
            )
            .unwrap(),
        ] {
            texts(&part, &mut found);
        }
        for text in found.iter().filter(|text| !is_machine_time(text)) {
            let chars: Vec<char> = text.chars().collect();
            let digits = |i: usize| chars.get(i).is_some_and(char::is_ascii_digit);
            for i in 0..chars.len() {
                let clock = digits(i) && digits(i + 1) && chars.get(i + 2) == Some(&':') && digits(i + 3) && digits(i + 4);
                if clock {
                    let rest: String = chars[i..].iter().skip_while(|c| c.is_ascii_digit() || **c == ':').collect();
                    assert!(rest.starts_with('Z'), "after {n} records: {text}");
                }
            }
        }
    }
}

/// A serialised moment, not a sentence.
fn is_machine_time(text: &str) -> bool {
    chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

#[test]
fn a_phase_is_late_once_its_window_is_over_and_it_is_not_done() {
    let phase = |n: usize| Look::after(n).picture().book.unwrap().phases[0].clone();
    assert_eq!(phase(2).window.as_deref(), Some("0s..5m on the outage clock"));
    assert!(phase(2).late, "six minutes after impact, unconfirmed");
    assert!(!phase(3).late, "confirmed");
}

#[test]
fn the_journal_reads_as_sentences_with_titles() {
    let picture = Look::after(9).picture();
    let texts: Vec<_> = picture.journal.iter().map(|line| line.text.as_str()).collect();
    assert!(texts[3].contains("step 2, Fence the old primary"), "{texts:#?}");
    assert!(picture.journal[8].loud, "broken glass is shown strong");
    let history = &step(&picture, "fence").history;
    assert_eq!(history.len(), 3);
    assert!(history[0].contains("Z Ben "), "{history:?}");
}
