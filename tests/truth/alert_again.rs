//! An alert that resolved and fires again while the Alertmanager could not be asked: it fires since its new start, and
//! meanwhile nobody says that nothing fires.

use lifeboat::{
    gates::{Alarm, AlarmState, Alarms},
    model::{Ask, Signal, SignalKey, Signals, Time, time},
    plan::{AlertRule, AlertmanagerLink, SecretRef},
    systems::alertmanager,
};
use serde_json::json;

use super::looks::Looks;
use crate::support::{
    asking::Asking,
    lab::{self, Piece},
    requests::clock,
};

fn ago(minutes: i64) -> Time {
    clock().now() - chrono::TimeDelta::minutes(minutes)
}

/// As one console goes on judging it.
struct Watcher(Alarms, AlertRule);

impl Watcher {
    fn judge(&mut self, signal: &Signal) -> Alarm {
        let mut signals = Signals::default();
        signals.0.insert(SignalKey::of("am", &Ask::Alerts), signal.clone());
        let now = clock().now();
        self.0.observe(std::slice::from_ref(&self.1), &signals, now);
        self.0.judge(&self.1, &signals, now)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_an_alert_that_resolved_and_fires_again_across_an_outage_fires_since_its_new_start() {
    let lab = Piece::up("alertmanager", &[]);
    let toxi = Piece::up("toxiproxy", &[]);
    let upstream = lab.text("/url").replace("https://localhost:", "127.0.0.1:");
    let way = lab::script("toxiproxy", "proxy.sh", &[toxi.text("/api"), "am", "127.0.0.1:0", &upstream]);
    let url = format!("https://{}", way.trim());
    let looks = Looks::at(&format!(
        "apiVersion: lifeboat/v1
kind: Plan
name: orders
regions: [{{name: east, role: primary}}, {{name: west, role: standby}}]
connections:
  am:
    every: 1s
    alertmanager: {{url: \"{url}\", ca: \"{}\", user: look, password: {{file: \"{}\"}}}}
alerts:
  - {{name: DatabaseDown, via: am}}
",
        lab.text("/ca"),
        lab.text("/secrets/look"),
    ));
    let link = AlertmanagerLink {
        url,
        user: Some("look".into()),
        password: Some(SecretRef::File(lab.text("/secrets/look").into())),
        ca: Some(lab.text("/ca").into()),
        ..AlertmanagerLink::default()
    };
    let post = |from: Time, until: Option<Time>| {
        let mut alert = json!({"labels": {"alertname": "DatabaseDown", "job": "orders"}, "startsAt": time::full(from)});
        if let Some(until) = until {
            alert["endsAt"] = json!(time::full(until));
        }
        lab.script("post.sh", &["alerts", &json!([alert]).to_string()]);
    };
    let (first, resolved, again) = (ago(60), ago(30), ago(10));
    let fires = |since: Time| format!("firing DatabaseDown since {}", time::full(since));
    post(first, None);
    let asking = Asking::begin(alertmanager::source("am", &link), Ask::Alerts);
    let mut watcher = Watcher(Alarms::default(), serde_json::from_value(json!({"name": "DatabaseDown", "via": "am"})).unwrap());
    let signal = asking.becomes(|s| s.reading.as_ref().is_some_and(|r| !r.samples.is_empty())).await;
    let alarm = watcher.judge(&signal);
    assert_eq!((alarm.state, alarm.since.map(time::full)), (AlarmState::Firing, Some(time::full(first))), "{}", alarm.words);
    looks.until("it fires", |text| text.contains(&fires(first)));

    // Away: no news, which is not that nothing fires. Meanwhile it resolves, and fires again.
    lab::script("toxiproxy", "cut.sh", &[toxi.text("/api"), "am"]);
    let signal = asking.becomes(|s| s.failure.is_some()).await;
    let alarm = watcher.judge(&signal);
    assert_eq!((alarm.state, alarm.since), (AlarmState::CannotTell, None), "{}", alarm.words);
    let away = looks.until("it cannot be told", |text| text.contains("alert DatabaseDown: am does not answer"));
    assert!(away.contains("DatabaseDown: cannot tell whether it fires.") && !away.contains("firing"), "{away}");
    post(first, Some(resolved));
    post(again, None);

    lab::script("toxiproxy", "mend.sh", &[toxi.text("/api"), "am"]);
    let signal = asking.becomes(|s| s.failure.is_none()).await;
    let alarm = watcher.judge(&signal);
    assert_eq!((alarm.state, alarm.since.map(time::full)), (AlarmState::Firing, Some(time::full(again))), "{}", alarm.words);
    let text = looks.until("it fires again", |text| text.contains("firing DatabaseDown"));
    assert!(text.contains(&fires(again)) && !text.contains(&time::full(first)), "{text}");
}
