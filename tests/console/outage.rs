//! The whole regional outage of the shipped plan, from the alarm to the report, by requests alone.

use lifeboat::{
    console::{Reply, Request},
    incident::{Event, Record, RunKind, Status},
    journal::{Read, Reader},
    picture::Picture,
    report,
    sim::Fault,
};

use super::site::Site;

#[test]
fn r07_r19_r21_r24_the_regional_outage_from_the_alarm_to_the_report() {
    let site = Site::new("regional-outage", 60.0);
    let (mut ada, mut cy) = (site.console("Ada"), site.console("Cy"));

    ada.until_firing("RegionFailure");
    let incident = ada.declare("us-east-1 does not answer", false);
    ada.open("regional-outage");
    cy.until_incident(&incident);

    // Make it safe
    ada.until_step("confirm", Status::Succeeded);
    ada.confirms("stop-traffic", "02:01:10Z, rule 4411");
    let unreachable = ada.ask(Request::Preview { step: "fence".into(), kind: RunKind::First });
    let Reply::Fault { reason, .. } = &unreachable else { panic!("{unreachable:?}") };
    for words in ["db-east", "counts as failed", "sign an outside fence", "the old primary may still take writes"] {
        assert!(reason.contains(words), "no `{words}`: {reason}");
    }
    let fence = ada.until_step("fence", Status::Failed);
    assert!(fence.words.contains("unreachable"), "{fence:?}");
    ada.signs_outside_fence("fence", "provider cut the power of both racks");
    ada.until_step("standby", Status::Succeeded);
    ada.set_going("scale", RunKind::First);
    let partial = ada.until_step("scale", Status::Partial);
    assert!(partial.parts.iter().any(|part| part.name == "eval-api" && part.words.contains("403")), "{:?}", partial.parts);
    ada.set_going("scale", RunKind::Retry);
    ada.until_step("scale", Status::Succeeded);

    // Move the database
    ada.answers("caught-up", false);
    ada.confirms("isolate", "the racks stay without power, says the provider");
    ada.done(Request::AskApproval { step: "promote".into() });
    cy.approves("promote");
    ada.until_approved("promote");
    let range = |p: &Picture, did: &str| {
        p.datasets
            .iter()
            .any(|d| d.name == "production-db" && d.words.starts_with(&format!("{did} lose ")) && d.words.contains(" to "))
    };
    ada.until("what would be lost is a range", |p| range(p, "would"));
    ada.carries_out("promote");
    ada.until("what was lost is one", |p| range(p, "did"));
    ada.carries_out("let-in");
    ada.carries_out("write-test");

    // Serve from us-west-2, then full capacity
    ada.carries_out("point");
    ada.confirms("users", "change C3PO");
    ada.carries_out("batch");
    ada.confirms("end-to-end", "job 9, checkpoint 9-1");
    ada.confirms("tell-internal", "told");
    ada.confirms("tell-customers", "told");
    ada.decides("way-back", "2026-11-21T08:00:00Z");

    ada.until("every service is back", |p| p.tiers.iter().flat_map(|tier| &tier.services).all(|service| !service.down));
    ada.closes("us-west-2 serves");
    cy.until("everybody sees that it is closed", |p| p.incident.as_ref().is_some_and(|i| i.closed.is_some()));
    ada.ends();
    cy.ends();

    // Every request left once; the refused one twice, because somebody retried it.
    let sent = |action: &str, part: &str| site.platform.sent(action, part);
    assert_eq!((sent("kubernetes.scale", "training-api"), sent("kubernetes.scale", "eval-api")), (1, 2));
    assert_eq!((sent("postgres.promote", "db-west"), sent("postgres.fence", "app")), (1, 0));
    assert_eq!(sent("postgres.allow_writes", "app"), 1);

    site.assert_journal_good();
    let (records, state) = (site.records(), site.state());
    let promotes = |r: &Record| matches!(&r.event, Event::ActionStarted { step, .. } if step.as_str() == "promote");
    let started = records.iter().position(promotes).expect("the promotion was started");
    let beside = &records[started + 1];
    assert!(matches!(&beside.event, Event::LossForeseen { dataset, .. } if dataset == "production-db"), "{beside:?}");
    assert_eq!(beside.recorded, records[started].recorded, "in the same append");
    assert!(!state.is_open());
    assert!(state.steps.values().all(|step| step.status.satisfies()));
    let head = Reader::open(&site.journal()).unwrap().head().unwrap().unwrap();
    let told = report::markdown(&records, &state, &head, site.clock.now());
    for words in [
        "# INC-0001: us-east-1 does not answer",
        "resolved, by Ada: us-west-2 serves",
        "provider cut the power of both racks",
        "| training-api | critical | 1h |",
        "postgres.promote on db-west by Ada",
        "observed: production-db would lose ",
        "did lose ",
        "403 Forbidden",
        "| Cy | (unverified) approved ",
        &head.to_string(),
    ] {
        assert!(told.contains(words), "the report does not say `{words}`:\n{told}");
    }
    let facts = report::facts(&records, &state, &head, site.clock.now()).unwrap();
    assert_eq!(facts.services.len(), 4, "all four stood in us-east-1");
    assert!(facts.services.iter().all(|service| service.outages.iter().all(|outage| outage.until.is_some())));
}

#[test]
fn r12_r24_a_gate_waits_for_its_moment_and_health_is_seen_however_long_it_took() {
    let site = Site::new("quiet", 120.0);
    let mut ada = site.console("Ada");
    ada.declare("something is odd in us-east-1", false);
    ada.open("regional-outage");
    // Its gate should hold within five minutes; a gate that stands alone has no deadline all the same.
    let opened = ada.look().now;
    ada.until("six minutes pass", |p| (p.now - opened).num_minutes() >= 6);
    site.platform.inject(Fault::RegionDark { region: "us-east-1".into() });
    ada.until_step("confirm", Status::Succeeded);
    let down = |p: &Picture| p.tiers.iter().flat_map(|tier| &tier.services).filter(|service| service.down).count();
    ada.until("all services are down", |p| down(p) == 4);
    let lost = ada.look().now;
    ada.until("eleven minutes pass", |p| (p.now - lost).num_minutes() >= 11);
    site.platform.inject(Fault::RegionBack { region: "us-east-1".into() });
    ada.until("all services are seen healthy", |p| down(p) == 0);
    let outages = site.state().services["eval-api"].outages.clone();
    let last = outages.last().unwrap();
    assert!((last.until.unwrap() - last.from).num_minutes() >= 11, "{outages:?}");
    ada.ends();
}
