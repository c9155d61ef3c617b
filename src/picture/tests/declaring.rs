//! What an alert fills in of the declaration.

use super::{
    alerts::{alert, with_manager},
    orders::{Look, t},
};
use crate::{
    model::{Sample, Severity, time},
    picture::{
        declaring::{FromAlert, from_alert},
        scene::{AlertState, Picture},
    },
};

fn since(seconds: i64) -> String {
    time::full(t(seconds))
}

fn of(picture: &Picture, name: &str) -> FromAlert {
    let row = picture.alerts.iter().find(|row| row.name == name).unwrap();
    from_alert(picture, row, None).unwrap()
}

fn filled(samples: Vec<Sample>) -> FromAlert {
    let mut look = with_manager();
    look.answer("am", "Alerts", samples);
    of(&look.picture(), "Lost")
}

/// The health of `api` as it was seen at these moments.
fn seen(look: &mut Look, health: &[(i64, f64)]) {
    for (at, value) in health {
        look.now = t(*at);
        look.answer("prom-west", "up{job=\\\"api\\\"}\"", vec![Sample::bare(*value, t(*at))]);
        look.alarms.observe_services(&look.plan.services, &look.signals, look.now);
    }
}

#[test]
fn an_alert_says_what_it_is_where_and_since_when() {
    let lost = alert("Lost", "firing", &since(-600))
        .label("scenario", "region")
        .label("severity", "major")
        .label("job", "api")
        .label("region", "us-east-1");
    let from = filled(vec![lost.clone()]);
    assert_eq!(from.drill.map(|drill| drill.value), Some(false), "one that fires is no exercise");
    assert_eq!(from.scenario.map(|scenario| scenario.value), Some("region".into()));
    let severity = from.severity.unwrap();
    assert_eq!(
        (severity.value, severity.from.as_str()),
        (Severity::new(2), "label severity: major"),
        "its own, not the scenario's"
    );
    assert_eq!(
        from.regions.map(|regions| (regions.value, regions.from)),
        Some((vec!["us-east-1".into()], "label region".into()))
    );
    assert_eq!(from.services.map(|services| (services.value, services.from)), Some((vec!["api".into()], "label job".into())));
    assert_eq!(from.began.map(|began| (began.value, began.from)), Some((t(-600), "startsAt".into())));

    let bare = filled(vec![alert("Lost", "firing", &since(-600)).label("scenario", "region").label("severity", "page")]);
    assert_eq!(bare.severity.map(|severity| (severity.value, severity.from)), Some((Severity::new(1), "the scenario's".into())));
    assert_eq!((bare.regions, bare.services), (None, None), "nothing is guessed");
    let stands = filled(vec![alert("Lost", "firing", &since(-600)).label("service", "batch")]);
    assert_eq!(
        stands.regions.map(|regions| (regions.value, regions.from)),
        Some((vec!["us-east-1".into()], "where batch stands".into()))
    );
    let server = filled(vec![alert("Lost", "firing", &since(-600)).label("instance", "db-west")]);
    assert_eq!(
        server.regions.map(|regions| regions.value),
        Some(vec!["us-west-2".into()]),
        "where the server stands that it names"
    );

    let silenced = filled(vec![Sample { value: "silenced".into(), ..lost.clone() }]);
    assert_eq!(silenced.drill, None, "what somebody silenced is a person's to say");
    let drill = filled(vec![lost.label("drill", "true")]);
    assert_eq!(drill.drill.map(|drill| (drill.value, drill.from)), Some((true, "Lost has the label drill".into())));
    let half = filled(vec![
        alert("Lost", "firing", &since(-9)).label("drill", "true"),
        alert("Lost", "firing", &since(-8)).label("a", "b"),
    ]);
    assert_eq!(half.drill.map(|drill| drill.value), Some(false), "one of them is real");
}

#[test]
fn it_began_with_the_first_bad_sample_where_that_is_earlier_or_came_after_a_good_one() {
    let began = |health: &[(i64, f64)], starts: i64| {
        let mut look = with_manager();
        seen(&mut look, health);
        look.answer("am", "Alerts", vec![alert("Lost", "firing", &since(starts)).label("service", "api")]);
        let began = of(&look.picture(), "Lost").began.unwrap();
        (began.value, began.from)
    };
    let bad = (t(-40), "first bad sample of api, before startsAt".to_owned());
    assert_eq!(began(&[(-60, 1.0), (-40, 0.0), (-20, 0.0), (0, 0.0)], -10), bad);
    let alert_first = (t(-50), "startsAt".to_owned());
    assert_eq!(began(&[(-20, 0.0), (0, 0.0)], -50), alert_first, "nobody saw it well since");
    let late = (t(-20), "first bad sample of api, well until then".to_owned());
    assert_eq!(began(&[(-40, 1.0), (-20, 0.0), (0, 0.0)], -50), late, "it was well while the alert fired already");
    assert_eq!(began(&[(-60, 0.0), (-40, 1.0), (0, 1.0)], -50), alert_first, "it is well: the alert alone is bad");
}

#[test]
fn what_cannot_be_told_fills_in_nothing() {
    let mut look = with_manager();
    look.fail("am");
    let picture = look.picture();
    let row = picture.alerts.iter().find(|row| row.state == AlertState::CannotTell).unwrap();
    assert_eq!(from_alert(&picture, row, None), None);
}
