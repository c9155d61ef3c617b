//! The after-action report says what happened, against what was promised, and what went over a rule first.

mod support;

use lifeboat::{
    incident::{
        Event, State, Status,
        state::Outage,
        step_state::{Foreseen, PartState},
    },
    journal::Head,
    model::{Digest, Duration, FenceAnswer, Outcome, Time, Verdict},
    objectives::Span,
    report,
};
use support::records::{at, story};

fn head() -> Head {
    Head { seq: 17, hash: Digest::of(b"17") }
}

fn now() -> Time {
    at(3_600)
}

fn told(state: &State) -> String {
    report::markdown(&story().0, state, &head(), now())
}

/// The lines of one section.
fn section<'a>(report: &'a str, title: &str) -> &'a str {
    let begin = report.find(&format!("\n## {title}\n")).unwrap_or_else(|| panic!("no section {title}"));
    let rest = &report[begin + 4..];
    &rest[..rest.find("\n## ").unwrap_or(rest.len())]
}

#[test]
fn the_top_says_what_it_was_who_led_and_how_it_ended() {
    let (records, state) = story();
    let report = report::markdown(&records, &state, &head(), now());
    let top = &report[..report.find("\n## ").unwrap()];
    for words in [
        "# INC-0001: the orders database is lost",
        "**MISSED: tenant-service. Cannot tell: production.**",
        "| Severity | SEV 1 |",
        "| Scenario | The database is lost (database-failure) |",
        "| Impact since | 2026-11-20T02:00:00Z |",
        "| Declared | 2026-11-20T02:05:00Z by Ada |",
        "| Commanded by | Ada since 2026-11-20T02:05:00Z |",
        "| Present | Ada (commander) |",
        "| Closed | 2026-11-20T02:43:20Z, resolved, by Ada: all served |",
    ] {
        assert!(top.contains(words), "{words}\n{top}");
    }
    assert!(!report.contains("DRILL"));
}

#[test]
fn a_drill_is_marked() {
    let (records, mut state) = story();
    state.head.as_mut().unwrap().drill = true;
    let report = report::markdown(&records, &state, &head(), now());
    assert!(report.starts_with("# DRILL INC-0001") && report.contains("**This was a drill.**"), "{report}");
}

#[test]
fn exceptions_stand_before_everything_else() {
    let report = told(&story().1);
    let sections: Vec<_> = report.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(
        sections,
        ["Exceptions", "Objectives against actuals", "Where the time went", "Steps", "Evidence", "Timeline", "Journal"]
    );
    let exceptions: Vec<_> = section(&report, "Exceptions").lines().filter(|line| line.starts_with("- ")).collect();
    assert_eq!(exceptions.len(), 2, "{exceptions:?}");
    assert!(exceptions[0].contains("Ben (unverified) signed an outside fence") && exceptions[0].contains("power cut in rack 4"));
    assert!(
        exceptions[1].contains("**2026-11-20T02:12:50Z Ada (unverified) waived the need for step confirm"),
        "{}",
        exceptions[1]
    );
    assert!(exceptions[1].ends_with("(record 9)"));
}

#[test]
fn r24_r27_each_service_is_measured_from_its_own_impact_and_a_relapse_counts_on() {
    let (records, state) = story();
    let facts = report::facts(&records, &state, &head(), now()).unwrap();
    let rows: Vec<_> = facts.services.iter().map(|s| (s.name.as_str(), s.verdict, s.words.as_str())).collect();
    assert_eq!(
        rows,
        [
            ("tenant-service", Some(Verdict::Missed), "MISSED by 5m: down 35m of 30m"),
            ("user-service", Some(Verdict::Met), "met: down 20m of 30m")
        ]
    );
    assert_eq!(facts.services[0].rto_note.as_deref(), Some("30m by scenario, tier 1h"));
    assert_eq!((facts.tiers.len(), facts.tiers[0].worst.as_str()), (1, "tenant-service"), "a tier is as good as its worst");
    assert_eq!(facts.verdict, Some(Verdict::Missed));
    let report = told(&state);
    let rows = section(&report, "Objectives against actuals");
    assert!(
        rows.contains(
            "| tenant-service | critical | 30m by scenario, tier 1h | 35m | **MISSED** | MISSED by 5m: down 35m of 30m |"
        )
    );
    assert!(rows.contains("| tenant-service | 2026-11-20T02:15:00Z | 2026-11-20T02:40:00Z | a person's word |"), "{rows}");
}

#[test]
fn r24_without_a_scenario_the_tier_holds_and_exactly_reaching_it_is_met() {
    let (records, mut state) = story();
    state.head.as_mut().unwrap().scenario = None;
    state.book.as_mut().unwrap().runbook.rto = None;
    let outage = Outage { from: at(0), until: Some(at(3_600)), by: None };
    state.services.get_mut("user-service").unwrap().outages = vec![outage];
    let facts = report::facts(&records, &state, &head(), now()).unwrap();
    let user = facts.services.iter().find(|s| s.name == "user-service").unwrap();
    assert_eq!((user.rto, user.rto_note.as_ref(), user.verdict), (Some(Duration::from_hours(1)), None, Some(Verdict::Met)));
}

#[test]
fn r27_what_is_still_down_is_not_called_met() {
    let (records, mut state) = story();
    state.head.as_mut().unwrap().closed = None;
    let outage = Outage { from: at(3_000), until: None, by: None };
    state.services.get_mut("user-service").unwrap().outages = vec![outage];
    let at_time = |now| {
        let facts = report::facts(&records, &state, &head(), now).unwrap();
        let user = facts.services.into_iter().find(|s| s.name == "user-service").unwrap();
        (user.verdict.unwrap(), user.words)
    };
    assert_eq!(at_time(at(3_600)), (Verdict::CannotTell, "cannot tell: not seen restored, down 10m of 30m".to_owned()));
    assert_eq!(at_time(at(4_860)), (Verdict::Missed, "MISSED by 1m: not seen restored, down 31m of 30m".to_owned()));
    assert!(told(&state).contains("| Closed | **still open** |"));
}

#[test]
fn r21_what_was_known_at_the_promotion_and_the_outside_fence_make_the_range_that_was_lost() {
    let (records, mut state) = story();
    let foreseen = Foreseen {
        source: "us-east-1 replica".into(),
        point: at(500),
        least: Duration::from_secs(4),
        most: Duration::from_secs(40),
    };
    state.steps.get_mut("promote").unwrap().foreseen.insert("production".into(), foreseen);
    let data = |state: &State| report::facts(&records, state, &head(), now()).unwrap().datasets[0].clone();
    let range = Span::between(Duration::from_secs(4), Duration::from_secs(40));
    assert_eq!((data(&state).lost, data(&state).words.as_str()), (Some(range), "did lose 4s to 40s with us-east-1 replica"));
    let report = told(&state);
    assert!(report.contains("| 4s to 40s | met |"), "{report}");
    // Signed anew: writes went on for longer, and not all of it is allowed.
    state.steps.get_mut("fence").unwrap().outside_fence.as_mut().unwrap().1 = at(500 + 3_000);
    let longer = data(&state);
    assert_eq!((longer.words.as_str(), longer.verdict), ("did lose 4s to 50m with us-east-1 replica", Some(Verdict::CannotTell)));
    // Nobody signed anything: until when it wrote is not known.
    let fence = state.steps.get_mut("fence").unwrap();
    (fence.outside_fence, fence.status) = (None, Status::Failed);
    let open = data(&state);
    assert_eq!((open.lost, open.verdict), (None, Some(Verdict::CannotTell)));
    assert!(open.words.ends_with("that the old primary stopped then is not proven"), "{}", open.words);
}

#[test]
fn r21_r27_what_was_lost_is_said_only_with_proof() {
    let (records, mut state) = story();
    let data = |state: &State| {
        let facts = report::facts(&records, state, &head(), now()).unwrap();
        assert_eq!(facts.datasets.len(), 1, "logs were not touched");
        facts.datasets[0].clone()
    };
    let unproven = data(&state);
    assert_eq!(unproven.words, "recovered; what it did lose is not proven");
    assert_eq!(
        (unproven.frozen, unproven.recovered, unproven.verdict),
        (Some(at(540)), Some(at(1_006)), Some(Verdict::CannotTell))
    );

    // The same with a standby that was proven to have the last commit after the fence.
    let step = support::records::step("caught-up", "Wait for the last commit");
    let step = lifeboat::plan::Step { action: Some("postgres.wait_caught_up".into()), ..step };
    state.book.as_mut().unwrap().runbook.phases[0].steps.insert(2, step);
    let mut caught = state.steps["promote"].clone();
    caught.runs[0].started = at(700);
    caught.ended = Some(at(720));
    state.steps.insert("caught-up".into(), caught);
    let source = serde_json::json!({ "name": "replica", "kind": "replica", "lag": { "postgres": { "via": "db-west" } } });
    let source: lifeboat::plan::RecoverySource = serde_json::from_value(source).unwrap();
    state.head.as_mut().unwrap().facts.datasets[0].sources.push(source);
    let proven = data(&state);
    assert_eq!((proven.lost, proven.verdict, proven.words.as_str()), (Some(Span::NONE), Some(Verdict::Met), "did lose 0s"));

    state.steps.get_mut("caught-up").unwrap().runs[0].started = at(500);
    assert_eq!(data(&state).verdict, Some(Verdict::CannotTell), "asked before the writes had stopped, it proves nothing");
}

#[test]
fn the_time_is_split_where_the_records_allow_it() {
    let (records, mut state) = story();
    let spans = |state: &State| {
        let facts = report::facts(&records, state, &head(), now()).unwrap();
        facts.spans.iter().map(|s| format!("{} {}", s.name, s.took)).collect::<Vec<_>>()
    };
    assert_eq!(spans(&state), ["detect 5m", "decide 1m40s", "execute 33m20s", "outage 40m", "finish 3m20s"]);
    state.services.get_mut("user-service").unwrap().outages[0].until = None;
    assert_eq!(spans(&state), ["detect 5m", "decide 1m40s"], "while one is down nothing is over");
}

#[test]
fn steps_carry_numbers_people_outcomes_and_evidence() {
    let (_, mut state) = story();
    let part = PartState {
        outcome: Some(Outcome::unknown("no answer within 30s")),
        fence: Some(FenceAnswer::RefusesWrites { proven: at(410) }),
        ..PartState::default()
    };
    state.steps.get_mut("fence").unwrap().parts.insert("db-east".into(), part);
    state.steps.get_mut("fence").unwrap().status = Status::Unknown;
    let report = told(&state);
    let steps = section(&report, "Steps");
    assert!(steps.contains("| 1 | Confirm the failure from outside (confirm) | gate | open | — | — | — | — |"), "{steps}");
    assert!(steps.contains("| 2 | Make the old primary refuse writes (fence) | action | **unknown** | Ben |"));
    assert!(steps.contains("| 3 | Promote the us-west-2 replica (promote) | action | succeeded | Ben | 2026-11-20T02:13:00Z | 2026-11-20T02:16:46Z | 3m46s |"));
    let evidence = section(&report, "Evidence");
    let binding = support::records::preview().binding();
    for words in [
        "### 3. Promote the us-west-2 replica",
        "- **need of step confirm waived by Ada (unverified) at 2026-11-20T02:12:50Z: two regions saw it**",
        "- postgres.promote on db-west by Ben (console-ben), 2026-11-20T02:13:00Z to 2026-11-20T02:15:00Z",
        "- the server said it is: system 7412, timeline 3",
        &format!("- agreed to the preview `{binding}`"),
        &format!("- approved by Cy (unverified) at 2026-11-20T02:12:40Z until 2026-11-20T02:22:40Z, for the preview `{binding}`"),
        "- db-west succeeded: promoted, timeline 4",
        "- gate: select not pg_is_in_recovery() is t, wanted t, 2 samples from",
        "- db-east **unknown**: no answer within 30s; refuses writes, proven 2026-11-20T02:06:50Z",
        "- said: T-17",
    ] {
        assert!(evidence.contains(words), "{words}\n{evidence}");
    }
}

#[test]
fn r11_the_timeline_has_every_record_and_both_times_of_a_late_one() {
    let (records, state) = story();
    let report = told(&state);
    let timeline = section(&report, "Timeline");
    for record in &records {
        assert!(timeline.contains(&format!("\n| {} | ", record.seq)), "record {}", record.seq);
    }
    assert!(
        timeline.contains("| 17 | 2026-11-20T02:05:50Z (recorded 2026-11-20T02:45:00Z) | Ada | noted: Cy called the provider |")
    );
    assert!(timeline.contains(
        "| 4 | 2026-11-20T02:06:40Z | Ben | started step fence, Make the old primary refuse writes (postgres.fence on db-east) |"
    ));
    assert!(
        timeline.contains("| **observed: db-east FAILED: no route to 10.1.0.15 \\| &lt;b&gt;down&lt;/b&gt; (step fence)** |"),
        "{timeline}"
    );
}

#[test]
fn the_head_and_how_to_verify_it_close_the_report() {
    let report = told(&story().1);
    let head = head().to_string();
    assert!(section(&report, "Journal").contains(&format!("`{head}`")));
    assert!(report.ends_with(&format!("    lifeboat journal verify --head {head}\n")));
}

#[test]
fn every_row_of_every_table_has_as_many_cells_as_its_head() {
    let report = told(&story().1);
    let mut columns = None;
    for line in report.lines() {
        if !line.starts_with('|') {
            columns = None;
            continue;
        }
        let cells = line.replace("\\|", "").matches('|').count();
        assert_eq!(*columns.get_or_insert(cells), cells, "{line}");
    }
}

#[test]
fn the_facts_are_data_and_hold_what_the_page_says() {
    let (records, state) = story();
    let json = serde_json::to_value(report::facts(&records, &state, &head(), now())).unwrap();
    assert_eq!(json["incident"], "INC-0001");
    assert_eq!(json["verdict"], "missed");
    assert_eq!(json["head"], head().to_string());
    assert_eq!(json["timeline"].as_array().unwrap().len(), records.len());
    assert_eq!(json["runbooks"][0]["steps"][2]["runs"][0]["identity"]["system"], "7412");
}

#[test]
fn what_was_never_declared_has_no_report() {
    let report = report::markdown(&[], &State::default(), &head(), now());
    assert!(report.contains("Nothing was declared"));
    assert!(report::facts(&[], &State::default(), &head(), now()).is_none());
}

#[test]
fn command_that_was_handed_over_is_told() {
    let (mut records, state) = story();
    records[1].event = Event::CommandHandedOver { to: "Ben".into() };
    let facts = report::facts(&records, &state, &head(), now()).unwrap();
    let who: Vec<_> = facts.commanders.iter().map(|c| (c.who.as_str(), c.since)).collect();
    assert_eq!(who, [("Ada", at(300)), ("Ben", at(310))]);
}
