//! Alerts that live in an Alertmanager.

use super::orders::{Look, all_well, connection, t};
use crate::{
    model::{Freshness, Sample},
    picture::scene::AlertState,
    plan::{AlertmanagerLink, Link},
};

/// In peace, with an Alertmanager that knows the plan's second alert.
pub fn with_manager() -> Look {
    let mut look = Look::peace();
    let link = AlertmanagerLink { url: "https://am.example".into(), ..AlertmanagerLink::default() };
    look.plan.connections.insert("am".into(), connection("us-west-2", Link::Alertmanager(link)));
    look.plan.alerts[1].via = Some("am".into());
    look.signals = all_well(&look.plan, look.now);
    look
}

pub fn alert(name: &str, state: &str, since: &str) -> Sample {
    Sample::bare(state, t(0)).label("alertname", name).label("@since", since)
}

fn states(look: &Look) -> Vec<(String, AlertState)> {
    look.picture().alerts.into_iter().map(|row| (row.name, row.state)).collect()
}

#[test]
fn what_fires_elsewhere_is_shown_with_what_is_silenced_and_inhibited() {
    let mut look = with_manager();
    let quiet = |name: &str| (name.to_owned(), AlertState::Quiet);
    assert_eq!(states(&look), [quiet("ApiDown"), quiet("Elsewhere")]);
    let since = t(-600).to_rfc3339();

    look.answer(
        "am",
        "Alerts",
        vec![
            alert("Elsewhere", "firing", &since).label("@summary", "No ingress"),
            alert("Elsewhere", "silenced", &since),
            alert("DiskFull", "firing", &since).label("@summary", "Disk full"),
            alert("Maintenance", "silenced", &since).label("@by", "s1"),
            alert("Small", "inhibited", &since),
        ],
    );
    let picture = look.picture();
    let rows: Vec<_> = picture.alerts.iter().map(|row| (row.name.as_str(), row.via.as_deref(), row.state)).collect();
    assert_eq!(
        rows,
        [
            ("Elsewhere", None, AlertState::Firing),
            ("DiskFull", Some("am"), AlertState::Firing),
            ("Maintenance", Some("am"), AlertState::Silenced),
            ("Small", Some("am"), AlertState::Inhibited),
            ("ApiDown", None, AlertState::Quiet),
        ]
    );
    assert_eq!((picture.alerts[0].since, picture.alerts[0].words.as_str()), (Some(t(-600)), "No ingress, 1 more silenced"));
    assert!(picture.alerts[2].words.starts_with("silenced by s1"), "{}", picture.alerts[2].words);
    let said = look.sentences().join(" ");
    assert!(said.contains("Elsewhere fires: it points to region.") && !said.contains("DiskFull"), "{said}");

    look.answer("am", "Alerts", vec![alert("Elsewhere", "silenced", &since)]);
    assert_eq!(states(&look)[0], ("Elsewhere".to_owned(), AlertState::Silenced));
    let said = look.sentences().join(" ");
    assert!(said.contains("Elsewhere fires and is silenced."), "{said}");
    assert_eq!(look.picture().scenarios[0].suggested_since, None, "somebody knows of it");
}

#[test]
fn r29_an_alertmanager_that_is_not_heard_is_never_without_alerts() {
    let mut look = with_manager();
    look.fail("am");
    let untold = |name: &str| (name.to_owned(), AlertState::CannotTell);
    assert_eq!(states(&look)[..2], [untold("Elsewhere"), untold("alerts of am")]);
    assert!(look.picture().links.iter().any(|link| link.name == "am" && matches!(link.known, Freshness::Failing { .. })));
    let said = look.sentences().join(" ");
    assert!(said.contains("Elsewhere: cannot tell whether it fires."), "{said}");
    let mut late = with_manager();
    late.now = t(3600);
    assert!(states(&late).iter().all(|(_, state)| *state == AlertState::CannotTell), "old news are no news");
}

#[test]
fn a_flood_of_alerts_is_counted() {
    let mut look = with_manager();
    let many = (0..300).map(|n| alert(&format!("A{n:03}"), "firing", &t(-60).to_rfc3339())).collect();
    look.answer("am", "Alerts", many);
    let rows = states(&look);
    assert_eq!(rows.len(), 103, "two of the plan, a hundred, and how many more");
    assert!(rows.contains(&("200 more in am".to_owned(), AlertState::Firing)));
}

#[test]
fn a_storm_is_told_in_groups_and_the_worst_are_not_left_out() {
    let since = t(-600).to_rfc3339();
    let storm = |names: usize| -> Vec<Sample> {
        let one = |nth: usize| {
            let severity = if nth % names == names - 1 { "critical" } else { "warning" };
            alert(&format!("Storm{:04}", nth % names), "firing", &since)
                .label("severity", severity)
                .label("pod", format!("p{nth}"))
        };
        (0..5_000).map(one).collect()
    };
    let mut look = with_manager();
    look.answer("am", "Alerts", storm(3));
    let rows: Vec<_> = look.picture().alerts.into_iter().filter(|row| row.state == AlertState::Firing).collect();
    let told: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.count, row.members.len())).collect();
    assert_eq!(
        told,
        [("Storm0002", 1_666, 1_666), ("Storm0000", 1_667, 1_667), ("Storm0001", 1_667, 1_667)],
        "critical comes first"
    );
    let first = rows[0].members.iter().next().unwrap();
    assert_eq!(first.told_apart(&rows[0].members.differing()), "pod p2", "only by what differs");
    assert_eq!(rows[0].members.common(&rows[0].members.differing()), [("severity", "critical")]);

    // As many names as alerts: what is worst has the last name of all.
    look.answer("am", "Alerts", storm(5_000));
    let rows: Vec<_> = look.picture().alerts.into_iter().filter(|row| row.state == AlertState::Firing).collect();
    assert_eq!((rows.len(), rows[0].name.as_str()), (101, "Storm4999"));
    let rest = rows.iter().find(|row| row.name == "4900 more in am").unwrap();
    assert_eq!((rest.count, rest.words.as_str()), (4_900, "4900 alerts with 4900 names more"));
    assert_eq!(rest.members.len(), 4_900, "they can still be looked through");
    assert_eq!(rows.iter().map(|row| row.count).sum::<usize>(), 5_000, "none is lost from the count");
}

#[test]
fn what_is_suppressed_is_not_counted_among_what_fires_in_the_last_row() {
    let mut look = with_manager();
    let since = t(-600).to_rfc3339();
    let all = (0..130).map(|nth| alert(&format!("A{nth:03}"), if nth < 120 { "firing" } else { "silenced" }, &since));
    look.answer("am", "Alerts", all.collect());
    let rows = look.picture().alerts;
    let count = |state: AlertState| rows.iter().filter(|row| row.state == state).map(|row| row.count).sum::<usize>();
    let silenced: usize = rows.iter().map(|row| row.silenced).sum();
    assert_eq!((count(AlertState::Firing), silenced), (120, 10));
}

#[test]
fn a_critical_alert_makes_a_scenario_the_worst_that_says_no_severity_itself() {
    let mut look = with_manager();
    look.plan.scenarios.get_mut("region").unwrap().severity = None;
    let disk = serde_json::from_value(serde_json::json!({"severity": "major"})).unwrap();
    look.plan.scenarios.insert("disk".into(), disk);
    let fires = |scenario: &str, severity: &str| {
        let since = t(-600).to_rfc3339();
        alert(&format!("{scenario}Alert"), "firing", &since).label("scenario", scenario).label("severity", severity)
    };
    look.answer("am", "Alerts", vec![fires("disk", "major"), fires("region", "critical")]);
    assert_eq!(look.picture().scenarios[0].name, "region");
}

#[test]
fn of_several_scenarios_that_alerts_point_to_the_worst_stands_first() {
    let mut look = with_manager();
    let disk = serde_json::from_value(serde_json::json!({"severity": "major"})).unwrap();
    look.plan.scenarios.insert("disk".into(), disk);
    let fires = |scenario: &str, since: i64| {
        alert(&format!("{scenario}Alert"), "firing", &t(since).to_rfc3339()).label("scenario", scenario)
    };
    look.answer("am", "Alerts", vec![fires("disk", -900), fires("region", -600)]);
    let picture = look.picture();
    let names: Vec<&str> = picture.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(names, ["region", "disk"], "whatever began first");
    let said = look.sentences().join(" ");
    assert!(said.find("points to region").unwrap() < said.find("points to disk").unwrap(), "{said}");
}

#[test]
fn an_alert_points_to_a_scenario_by_its_labels_or_its_name() {
    let since = t(-600).to_rfc3339();
    let points = |sample: Sample| {
        let mut look = with_manager();
        // The plan's alert of that name lives in another Alertmanager.
        look.plan.alerts[1].via = None;
        look.answer("am", "Alerts", vec![sample]);
        let picture = look.picture();
        let row = picture.alerts.iter().find(|row| row.via.is_some()).unwrap().clone();
        let suggested = picture.scenarios.iter().any(|scenario| scenario.suggested_since == Some(t(-600)));
        assert_eq!(suggested, row.scenario.is_some(), "what is pointed to is suggested, since the alert began");
        assert_eq!(row.runbook.is_some(), row.scenario.is_some(), "a runbook answers it");
        (row.scenario.clone(), row.in_full())
    };
    let of = |name: &str| alert(name, "firing", &since).label("@summary", "it fires");
    let region = Some("region".to_owned());
    assert_eq!(points(of("A").label("scenario", "region")), (region.clone(), "it fires; its label names the scenario".into()));
    assert_eq!(
        points(of("A").label("runbook", "failover")),
        (region.clone(), "it fires; its label names the runbook failover".into())
    );
    for url in ["https://wiki.example/runbooks/failover", "https://wiki.example/failover.md?v=2#top"] {
        let pointed = points(of("A").label("@runbook_url", url));
        assert_eq!(pointed, (region.clone(), "it fires; its runbook_url names the runbook failover".into()), "{url}");
    }
    assert_eq!(points(of("A").label("@runbook_url", "https://wiki.example/other")).0, None);
    assert_eq!(points(of("Elsewhere")), (region, "it fires; the plan has an alert of this name".into()));
    assert_eq!(points(of("A").label("scenario", "no such")), (None, "it fires".into()));
}

#[test]
fn what_nobody_is_told_of_neither_counts_as_firing_nor_speaks_for_what_fires() {
    let since = t(-600).to_rfc3339();
    let mut look = with_manager();
    look.answer(
        "am",
        "Alerts",
        vec![
            alert("Disk", "silenced", &since).label("severity", "critical").label("scenario", "region"),
            alert("Disk", "firing", &since).label("severity", "warning").label("disk", "a"),
            alert("Disk", "inhibited", &since).label("severity", "critical"),
            alert("Elsewhere", "firing", &since).label("pod", "a"),
            alert("Elsewhere", "firing", &since).label("pod", "b"),
            alert("Elsewhere", "silenced", &since).label("pod", "c"),
        ],
    );
    let picture = look.picture();
    let row = |name: &str| picture.alerts.iter().find(|row| row.name == name).unwrap();
    let disk = row("Disk");
    assert_eq!((disk.state, disk.count, disk.severity, &disk.scenario), (AlertState::Firing, 1, None, &None), "{disk:?}");
    assert_eq!(row("Elsewhere").count, 2, "one that the plan names is counted too");
}

#[test]
fn an_alert_that_points_to_a_scenario_is_named_where_declaring_is_called_for() {
    let mut look = with_manager();
    look.answer("am", "Alerts", vec![alert("A", "firing", &t(-600).to_rfc3339()).label("scenario", "region")]);
    let said = look.sentences();
    assert!(said.iter().any(|sentence| sentence == "Nothing is declared."), "{said:?}");
    assert!(said.iter().any(|sentence| sentence.contains("A fires: it points to region")), "{said:?}");
}

#[test]
fn the_same_alert_in_two_alertmanagers_is_one() {
    let since = t(-600).to_rfc3339();
    let mut look = with_manager();
    let link = AlertmanagerLink { url: "https://am-2.example".into(), ..AlertmanagerLink::default() };
    look.plan.connections.insert("am-2".into(), connection("us-east-1", Link::Alertmanager(link)));
    look.signals = all_well(&look.plan, look.now);
    let disk = |state: &str, print: &str| alert("Disk", state, &since).label("@fingerprint", print);
    look.answer("am", "Alerts", vec![disk("firing", "1"), disk("silenced", "2")]);
    look.answer("am-2", "Alerts", vec![disk("firing", "1"), disk("firing", "2"), disk("firing", "3")]);
    let rows: Vec<_> = look.picture().alerts.into_iter().filter(|row| row.name == "Disk").collect();
    let told: Vec<_> = rows.iter().map(|row| (row.via.as_deref().unwrap(), row.state, row.count)).collect();
    assert_eq!(
        told,
        [("am", AlertState::Firing, 1), ("am-2", AlertState::Firing, 2)],
        "what is silenced in one only still fires"
    );
}

#[test]
fn alerts_of_a_name_are_never_told_alike() {
    let since = t(-600).to_rfc3339();
    let mut look = with_manager();
    let pod = |pod: &str, state: &str| alert("Pods", state, &since).label("pod", pod).label("team", "serving");
    look.answer(
        "am",
        "Alerts",
        vec![
            pod("a", "inhibited").label("@by", "Lost"),
            pod("b", "firing").label("zone", "z1"),
            pod("c", "silenced").label("@by", "Ada: moving"),
            pod("d", "firing").label("zone", "z2"),
        ],
    );
    let picture = look.picture();
    let row = picture.alerts.iter().find(|row| row.name == "Pods").unwrap();
    assert_eq!((row.count, row.silenced, row.inhibited), (2, 1, 1));
    let differing = row.members.differing();
    let told: Vec<_> = row.members.iter().map(|m| (m.state(), m.told_apart(&differing), m.by())).collect();
    assert_eq!(
        told,
        [
            (AlertState::Firing, "pod b, zone z1".to_owned(), None),
            (AlertState::Firing, "pod d, zone z2".to_owned(), None),
            (AlertState::Silenced, "pod c, no zone".to_owned(), Some("Ada: moving")),
            (AlertState::Inhibited, "pod a, no zone".to_owned(), Some("Lost")),
        ]
    );
    assert_eq!(row.members.common(&differing), [("team", "serving")]);
}

#[test]
fn r29_alerts_that_are_not_kept_are_said_and_none_of_them_is_quiet() {
    let since = t(-600).to_rfc3339();
    let mut look = with_manager();
    let more = Sample::bare(2_000.0, t(0)).label("@left_out", "2000");
    look.answer("am", "Alerts", vec![more, alert("Disk", "firing", &since)]);
    let rows = look.picture().alerts;
    let told: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.state, row.count)).collect();
    assert_eq!(told[0], ("Disk", AlertState::Firing, 1));
    assert!(told.contains(&("2000 more in am, not kept", AlertState::CannotTell, 0)), "{told:?}");
    assert!(told.contains(&("Elsewhere", AlertState::CannotTell, 0)), "one that the plan names may be among them: {told:?}");
}
