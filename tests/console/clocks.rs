//! R11: clocks that jump, consoles whose clocks differ, servers whose clocks are off.

use std::sync::Arc;

use lifeboat::{
    console::{Reply, Request},
    incident::{Command, RunKind, Status},
    model::{Duration, IncidentId, Time, Verdict},
    picture::{Picture, ServiceHealth},
    sim::Fault,
};

use super::{
    driver::{Driver, step_of},
    site::{Moved, Site},
};

/// A site whose machine's clock a test sets. Slower than the others: who sees a jump a minute late takes it for another one.
fn moved() -> (Site, Arc<Moved>) {
    let mut site = Site::new("quiet", 15.0);
    let moved = Arc::new(Moved::new(site.clock.clone()));
    site.clock = moved.clone();
    (site, moved)
}

/// Longer than the tests take by simulated time, and much less than a jump.
const AWHILE: Duration = Duration::from_mins(40);

fn outage(p: &Picture) -> Duration {
    p.incident.as_ref().map_or(Duration::ZERO, |incident| incident.outage)
}

#[test]
fn r11_what_has_elapsed_goes_on_when_the_clock_is_set_an_hour_forth_and_back() {
    let (site, moved) = moved();
    let mut ada = site.ada_at_the_actions();
    let mut dee = site.viewer("Dee");
    site.platform.inject(Fault::NextActionTimesOutAfterSending { action: "kubernetes.scale".into() });
    ada.set_going("scale", RunKind::First);
    for person in [&mut ada, &mut dee] {
        person.until("it began", |p| step_of(p, "scale").is_some_and(|step| step.elapsed.is_some()));
    }
    let before = outage(&ada.look());
    for (ahead, words) in [(Duration::from_hours(1), "was set ahead by 1h"), (Duration::ZERO, "was set back by 1h")] {
        let jumps = site.count("clock_jumped");
        moved.set_ahead(ahead);
        for person in [&mut ada, &mut dee] {
            // Not one Picture shows the hour as time that passed.
            person.until(words, |p| {
                let went_on = outage(p) < before + AWHILE;
                let run = step_of(p, "scale").and_then(|step| step.elapsed).unwrap_or_default();
                assert!(went_on && run < AWHILE, "{}, {run}: {:?}", outage(p), p.trouble);
                assert!(outage(p) >= before.saturating_sub(Duration::from_secs(1)), "nor is time taken back: {}", outage(p));
                p.trouble.iter().any(|trouble| trouble.contains(words)) && site.count("clock_jumped") > jumps
            });
        }
        assert_eq!(site.count("clock_jumped"), jumps + 1, "told once, by whoever sees it first");
    }
    // The order is that of the records, whatever their times say.
    let records = site.records();
    assert!(records.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    assert!(records.windows(2).any(|pair| pair[1].recorded < pair[0].recorded), "the clock went back between two of them");
    let lines = ada.look().journal.clone();
    assert!(lines.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    assert!(lines.iter().any(|line| line.loud && line.text.contains("clock jumped back by 1h")), "{lines:?}");
    ada.until("it ends", |p| step_of(p, "scale").is_some_and(|step| step.status != Status::Running));
    ada.ends();
    dee.ends();
    site.assert_journal_good();
}

#[test]
fn r11_two_consoles_of_one_machine_tell_a_jump_once() {
    let (site, moved) = moved();
    let mut ada = site.ada_at_the_actions();
    let mut ben = site.joined_by("Ben");
    moved.set_ahead(Duration::from_hours(1));
    // On screen it stands for a while only: Ben's may be over before he is asked.
    ada.until_trouble("was set ahead by 1h");
    for person in [&mut ada, &mut ben] {
        person.until("it is journaled", |p| p.journal.iter().any(|line| line.text.contains("clock jumped ahead")));
    }
    ben.says(Command::Note { text: "after it".into(), happened: None });
    ada.until("she heard him", |p| p.journal.iter().any(|line| line.text.contains("after it")));
    assert_eq!(site.count("clock_jumped"), 1);
    let (hers, his) = (outage(&ada.look()), outage(&ben.look()));
    assert!(hers < AWHILE && his < AWHILE, "{hers} {his}");
    ada.ends();
    ben.ends();
}

#[test]
fn r11_r15_what_was_looked_at_before_the_clock_was_set_back_does_not_stay_good() {
    let (site, moved) = moved();
    moved.set_ahead(Duration::from_hours(1));
    let mut ada = site.ada_at_the_actions();
    let seen = ada.preview("scale");
    let looked = ada.look().now;
    ada.until("three minutes pass", |p| p.now - looked > chrono::TimeDelta::minutes(3));
    moved.set_ahead(Duration::ZERO);
    ada.until_trouble("was set back by 1h");
    let reply = ada.agree("scale", seen);
    let Reply::AskAgain { why, .. } = &reply else { panic!("{reply:?}") };
    assert!(why.iter().any(|why| why.contains("looked at") && why.ends_with("ago")), "{why:?}");
    ada.ends();
}

#[test]
fn r11_events_entered_with_the_time_they_happened_are_moved_with_the_rest() {
    let (site, moved) = moved();
    let mut ada = site.ada_at_the_actions();
    let cut = ada.look().now - chrono::TimeDelta::minutes(2);
    ada.says(Command::SignOutsideFence { step: "fence".into(), how: "power cut".into(), effective: cut });
    let before = ada.until_step("fence", Status::Succeeded);
    ada.says(Command::Note { text: "Ben did it with kubectl".into(), happened: Some(cut) });
    moved.set_ahead(Duration::from_hours(1));
    ada.until("it is journaled", |p| p.journal.iter().any(|line| line.text.contains("clock jumped ahead")));
    let state = site.state();
    let effective = state.step(&"fence".into()).unwrap().outside_fence.as_ref().unwrap().1;
    let by = effective - cut;
    assert!((by - chrono::TimeDelta::hours(1)).num_seconds().abs() < 60, "{by}");
    // What the journal says stays as it was said.
    let noted = site.records().into_iter().find(|record| record.event.kind() == "noted").unwrap();
    assert_eq!(noted.happened, Some(cut));
    assert_eq!(before.exceptions.len(), ada.step("fence").exceptions.len());
    let ahead: Time = ada.look().now + chrono::TimeDelta::minutes(30);
    assert!(ada.refused(Request::Do(Command::Note { text: "x".into(), happened: Some(ahead) })).why.contains("future"));
    ada.ends();
}

#[test]
fn r11_consoles_that_differ_by_ten_minutes_say_so_and_keep_the_order() {
    // Slow enough to see a step run.
    let site = Site::new("quiet", 4.0);
    let fast = Arc::new(Moved::new(site.clock.clone()));
    fast.set_ahead(Duration::from_mins(10));
    let mut ada = site.ada_at_the_actions();
    let mut ben = site.console_by("Ben", fast);
    ben.until("the incident is on screen", |p| p.book.is_some());
    ben.says(Command::Note { text: "by my clock".into(), happened: None });
    ada.says(Command::Note { text: "by mine".into(), happened: None });
    let says = |person: &mut Driver, words: [&str; 2]| {
        let said = person.until(words[0], |p| p.sentences.iter().any(|s| words.iter().all(|word| s.text.contains(word))));
        let minutes = said.sentences.iter().find(|s| s.text.contains(words[0])).unwrap().text.clone();
        assert!(["9m", "10m"].iter().any(|about| minutes.contains(about)), "{minutes}");
        said
    };
    let hers = says(&mut ada, ["Ben's console has a clock", "ahead of this console's clock"]);
    let his = says(&mut ben, ["Ada's console has a clock", "behind this console's clock"]);
    for picture in [&hers, &his] {
        assert!(picture.journal.windows(2).all(|pair| pair[0].seq < pair[1].seq));
        assert!(picture.tiers.iter().flat_map(|tier| &tier.services).all(|s| s.health == ServiceHealth::Healthy));
    }
    let line = hers.journal.iter().find(|line| line.text.contains("by my clock")).unwrap();
    assert!(line.text.contains("by a clock about") && line.text.contains("ahead"), "{line:?}");
    assert!(!hers.journal.iter().any(|line| line.text.contains("by mine") && line.text.contains("ahead")), "hers are by her own");

    // What Ben starts has begun in Ada's future: for how long it has run she cannot tell, and it is not zero.
    site.platform.inject(Fault::NextActionTimesOutAfterSending { action: "kubernetes.scale".into() });
    ben.set_going("scale", RunKind::First);
    let running = ada.until_step("scale", Status::Running);
    assert_eq!(running.elapsed, None, "{running:?}");
    assert!(running.words.contains("by a clock that is ahead"), "{running:?}");
    ben.until("it ends", |p| step_of(p, "scale").is_some_and(|step| step.status != Status::Running));
    ada.ends();
    ben.ends();
    site.assert_journal_good();
}

#[test]
fn r11_r29_a_server_whose_clock_is_an_hour_off_is_said_on_what_it_tells() {
    let site = Site::quiet();
    let mut ada = site.console("Ada");
    ada.until("all is seen", |p| p.links.iter().all(|link| link.words.starts_with("answers")));
    site.platform.inject(Fault::ClockOff { connection: "prom-west".into(), seconds: 3_600 });
    site.platform.inject(Fault::ClockOff { connection: "db-west".into(), seconds: -3_600 });
    let skewed = |p: &Picture, name: &str, words: &str| p.links.iter().any(|l| l.name == name && l.in_full().contains(words));
    let picture = ada.until("both are said", |p| {
        skewed(p, "prom-west", "prom-west's clock is 1h ahead of this machine's")
            && skewed(p, "db-west", "db-west's clock is 1h behind this machine's")
    });
    let services: Vec<_> = picture.tiers.iter().flat_map(|tier| &tier.services).collect();
    let told: Vec<_> = services.iter().filter(|service| service.words.contains("prom-west's clock is 1h ahead")).collect();
    assert!(!told.is_empty(), "{services:#?}");
    assert!(told.iter().all(|service| service.health == ServiceHealth::Healthy), "what it says now is not old: {told:#?}");
    // A recovery point by a clock that is off may be that much older: it is never better than that.
    let points = picture.datasets.iter().flat_map(|dataset| &dataset.sources).filter(|s| s.words.contains("prom-west's clock"));
    let most: Vec<_> = points.map(|source| source.loses.unwrap().most).collect();
    assert!(!most.is_empty() && most.iter().all(|most| *most >= Duration::from_hours(1)), "{most:?}");
    assert!(picture.datasets.iter().any(|dataset| dataset.verdict > Verdict::Met));
    ada.ends();
}

#[test]
fn r11_an_incident_of_a_later_process_is_shown_by_the_order_of_its_records() {
    let (site, moved) = moved();
    moved.set_ahead(Duration::from_hours(1));
    let mut ada = site.console("Ada");
    let id: IncidentId = ada.declare("before the clock was put right", false);
    ada.says(Command::Note { text: "an hour ahead".into(), happened: None });
    ada.ends();
    // Nobody was there when the clock was set: no steady clock tells it.
    moved.set_ahead(Duration::ZERO);
    let mut ben = site.console("Ben");
    let picture = ben.until_incident(&id);
    assert_eq!(outage(&picture), Duration::ZERO, "never less than nothing");
    let said =
        ben.until("what is ahead is said", |p| p.sentences.iter().any(|s| s.text.starts_with("Ada's console has a clock")));
    assert!(said.journal.iter().all(|line| line.text.contains("by a clock about")), "{:?}", said.journal);
    ben.ends();
}
