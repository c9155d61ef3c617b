//! Alertmanager, for real: what fires, what is silenced or inhibited, and what is said when it is gone.

#[path = "alertmanager/look.rs"]
mod look;
mod support;

use std::collections::BTreeMap;

use lifeboat::{
    gates::{AlarmState, Alarms, Answer, Suppression, evaluate},
    model::{Ask, Signal, SignalKey, Signals, Value},
    plan::{AlertRule, AlertmanagerLink, Probe, SecretRef},
    systems::alertmanager,
};
use look::Look;
use serde_json::json;
use support::{
    asking::Asking,
    lab::{self, Piece},
    requests::clock,
};

fn link(lab: &Piece, url: &str) -> AlertmanagerLink {
    AlertmanagerLink {
        url: url.into(),
        user: Some(lab.text("/user").into()),
        password: Some(SecretRef::File(lab.text("/secrets/look").into())),
        ca: Some(lab.text("/ca").into()),
        ..AlertmanagerLink::default()
    }
}

/// What each alert is, by its name.
fn states(signal: &Signal) -> BTreeMap<String, String> {
    let reading = signal.reading.as_ref().unwrap_or_else(|| panic!("{signal:?}"));
    reading.samples.iter().map(|s| (s.labels["alertname"].clone(), s.value.to_string())).collect()
}

fn rule(name: &str) -> AlertRule {
    serde_json::from_value(json!({"name": name, "via": "am"})).unwrap()
}

/// What the alarms and a gate say of `name` by this signal.
fn judged(signal: &Signal, name: &str) -> (AlarmState, Answer, String) {
    let mut signals = Signals::default();
    signals.0.insert(SignalKey::of("am", &Ask::Alerts), signal.clone());
    let now = clock().now();
    let alarm = Alarms::default().judge(&rule(name), &signals, now);
    let gate = evaluate(&Probe::Alert(rule(name).probe()), &signals, None, now);
    (alarm.state, gate.state, alarm.words)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fires_is_told_apart_from_what_is_silenced_or_inhibited() {
    let lab = Piece::up("alertmanager", &[]);
    let asking = Asking::begin(alertmanager::source("am", &link(&lab, lab.text("/url"))), Ask::Alerts);
    let none = asking.first().await;
    assert_eq!(states(&none).len(), 0, "{none:?}");
    assert_eq!(judged(&none, "DatabaseDown").1, Answer::Fails, "quiet is an answer when it is one");

    let alerts = json!([
        {"labels": {"alertname": "DatabaseDown", "job": "orders\u{1b}[2J"}, "startsAt": "2026-01-02T03:04:05Z",
         "annotations": {"summary": "The database\ndoes not answer\u{202e}"}},
        {"labels": {"alertname": "Quieted", "team": "data"}},
        {"labels": {"alertname": "Minor", "severity": "minor", "region": "east"}},
    ]);
    lab.script("post.sh", &["alerts", &alerts.to_string()]);
    let firing = asking.becomes(|s| s.reading.as_ref().is_some_and(|r| r.samples.len() == 3)).await;
    assert!(states(&firing).values().all(|state| state == "firing"), "{firing:?}");
    let sample = firing.sample(&[("alertname", "DatabaseDown")]).unwrap();
    assert_eq!(sample.labels["@since"], "2026-01-02T03:04:05.000Z", "by the alert's own word");
    assert_eq!(sample.labels["@summary"], "The database does not answer\\u{202e}");
    assert_eq!(sample.labels["job"], "orders\\u{1b}[2J");
    let (alarm, gate, words) = judged(&firing, "DatabaseDown");
    assert_eq!((alarm, gate), (AlarmState::Firing, Answer::Holds), "{words}");

    let silence = json!({"matchers": [{"name": "alertname", "value": "Quieted", "isRegex": false, "isEqual": true}],
        "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2036-01-01T00:00:00Z", "createdBy": "Ada", "comment": "moving"});
    let id: serde_json::Value = serde_json::from_str(&lab.script("post.sh", &["silences", &silence.to_string()])).unwrap();
    let lost = json!([{"labels": {"alertname": "RegionLost", "region": "east"}}]);
    lab.script("post.sh", &["alerts", &lost.to_string()]);
    let suppressed = |s: &Signal| {
        let is = states(s);
        is.get("Quieted").is_some_and(|s| s == "silenced") && is.get("Minor").is_some_and(|s| s == "inhibited")
    };
    let quieted = asking.becomes(suppressed).await;
    assert_eq!(states(&quieted)["DatabaseDown"], "firing");
    let (alarm, gate, words) = judged(&quieted, "Quieted");
    assert_eq!((alarm, gate), (AlarmState::Suppressed(Suppression::Silenced), Answer::Holds), "it fires, and nobody is told");
    assert!(id["silenceID"].as_str().is_some() && words.contains("silenced by Ada: moving"), "{words}");
    let (alarm, gate, _) = judged(&quieted, "Minor");
    assert_eq!((alarm, gate), (AlarmState::Suppressed(Suppression::Inhibited), Answer::Holds));
    assert_eq!(judged(&quieted, "Nobody").0, AlarmState::Quiet);
}

/// Posts them all, in pieces that an argument can hold.
fn post(lab: &Piece, alerts: &[serde_json::Value]) {
    for piece in alerts.chunks(400) {
        lab.script("post.sh", &["alerts", &json!(piece).to_string()]);
    }
}

/// What a person sees of `signal`, in an app of its own.
fn shown(signal: &Signal, keys: &str) -> String {
    let mut look = Look::new("am");
    look.signals.0.insert(SignalKey::of("am", &Ask::Alerts), signal.clone());
    look.screen(keys)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_told_by_name_and_none_is_lost_from_the_count() {
    let lab = Piece::up("alertmanager", &[]);
    let asking = Asking::begin(alertmanager::source("am", &link(&lab, lab.text("/url"))), Ask::Alerts);
    let pod = |nth: usize, region: &str, severity: &str| {
        json!({"labels": {"alertname": "PodNotReady", "pod": format!("api-{nth}"), "region": region, "severity": severity},
            "annotations": {"runbook_url": "https://wiki.example/runbooks/failover.md"}})
    };
    let silence = json!({"matchers": [{"name": "pod", "value": "api-1[0-9]", "isRegex": true, "isEqual": true}],
        "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2036-01-01T00:00:00Z", "createdBy": "Ada", "comment": "moving"});
    lab.script("post.sh", &["silences", &silence.to_string()]);
    let mut storm: Vec<_> = (0..2_950).map(|nth| pod(nth, "west", "major")).collect();
    storm.extend((2_950..3_000).map(|nth| pod(nth, "east", "minor")));
    storm.push(json!({"labels": {"alertname": "RegionLost", "region": "east", "severity": "critical"}}));
    post(&lab, &storm);
    let count = |signal: &Signal, state: &str| {
        let all = signal.reading.iter().flat_map(|reading| &reading.samples);
        all.filter(|sample| sample.value == state.into()).count()
    };
    let whole = |s: &Signal| (count(s, "firing"), count(s, "silenced"), count(s, "inhibited")) == (2_941, 10, 50);
    let signal = asking.becomes(whole).await;
    let list = shown(&signal, "7j");
    assert!(list.contains("PodNotReady ×2940") && list.contains("2941 firing, 60 suppressed"), "{list}");
    assert!(list.contains("2940 firing, 10 silenced, 50 inhibited") && list.contains("failover"), "{list}");
    let opened = shown(&signal, "7j\nG");
    assert!(opened.contains("inhibited by RegionLost") && opened.contains("https://wiki.example/runbooks/failover."), "{opened}");
    let found = shown(&signal, "7/api-17\nj\n");
    assert!(found.contains("111 of 3000 shown, with: api-17"), "{found}");
    let silenced = shown(&signal, "7/ada moving\n\n");
    assert!(silenced.contains("10 of 3000 shown") && silenced.contains("by Ada: moving"), "{silenced}");

    // More than are kept: all that fire are, and how many more there were is said.
    post(&lab, &(3_000..5_600).map(|nth| pod(nth, "west", "minor")).collect::<Vec<_>>());
    let left_out = |s: &Signal| s.reading.as_ref()?.samples.first()?.labels.get("@left_out").cloned();
    let signal = asking.becomes(|s| left_out(s).as_deref() == Some("601") && count(s, "firing") == 5_000).await;
    let list = shown(&signal, "7");
    assert!(list.contains("601 more in am, not kept") && list.contains("RegionLost"), "{list}");
    assert!(list.contains("at least 5000 firing, 601 not kept"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_one_that_cannot_be_asked_is_failing_and_never_without_alerts() {
    let lab = Piece::up("alertmanager", &[]);
    let toxi = Piece::up("toxiproxy", &[]);
    let upstream = lab.text("/url").replace("https://localhost:", "127.0.0.1:");
    let way = lab::script("toxiproxy", "proxy.sh", &[toxi.text("/api"), "am", "127.0.0.1:0", &upstream]);
    let good = link(&lab, &format!("https://{}", way.trim()));
    lab.script("post.sh", &["alerts", &json!([{"labels": {"alertname": "DatabaseDown"}}]).to_string()]);
    let asking = Asking::begin(alertmanager::source("am", &good), Ask::Alerts);
    asking.becomes(|s| s.reading.is_some()).await;
    lab::script("toxiproxy", "cut.sh", &[toxi.text("/api"), "am"]);
    let cut = asking.becomes(|s| s.failure.is_some()).await;
    let (alarm, gate, words) = judged(&cut, "DatabaseDown");
    assert_eq!((alarm, gate), (AlarmState::CannotTell, Answer::Unknown));
    assert!(words.contains("am does not answer: am (https://127.0.0.1:"), "{words}");
    assert_eq!(judged(&cut, "Nobody").0, AlarmState::CannotTell, "not quiet either");
    lab::script("toxiproxy", "mend.sh", &[toxi.text("/api"), "am"]);
    let mended = asking.becomes(|s| s.failure.is_none()).await;
    assert_eq!(judged(&mended, "DatabaseDown").0, AlarmState::Firing);

    for (bad, words) in [
        (AlertmanagerLink { password: None, user: None, ..good.clone() }, "401 Unauthorized: a login may be wanted"),
        (AlertmanagerLink { user: Some("ada".into()), ..good.clone() }, "is the login from the file"),
        (AlertmanagerLink { ca: None, ..good.clone() }, "an authority that is not trusted here"),
        (AlertmanagerLink { url: format!("{}/api/v2", good.url), ..good.clone() }, "404 Not Found"),
        (AlertmanagerLink { url: good.url.replace("https", "http"), ..good.clone() }, "400 Bad Request"),
    ] {
        let reason = Asking::begin(alertmanager::source("am", &bad), Ask::Alerts).reason().await;
        assert!(reason.contains(words) && reason.starts_with("am ("), "{words}: {reason}");
    }
    assert_eq!(mended.sample(&[]).map(|s| s.value.clone()), Some(Value::from("firing")));
}
