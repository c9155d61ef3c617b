//! What the alerts of a hostile Alertmanager say.

use lifeboat::{
    model::{Ask, Duration, Question},
    plan::AlertmanagerLink,
    systems::alertmanager,
};
use serde_json::json;

use super::{
    certificates::Certificates,
    fault::{ESCAPES, Fault, Fault::*},
    http::{Good, Heard, Site, Speech},
    meeting::{Opens, meets},
    watch::{Watch, all},
};

/// One alert that fires.
struct Alertmanager {
    words: &'static str,
}

impl Speech for Alertmanager {
    fn good(&self, _: &Heard) -> Good {
        let alert = json!([{"labels": {"alertname": self.words, "region": "east"}, "annotations": {"summary": self.words},
            "fingerprint": "f1", "startsAt": "2026-11-20T02:00:00Z", "endsAt": "2036-11-20T02:00:00Z", "updatedAt": "2026-11-20T02:00:00Z",
            "generatorURL": "", "receivers": [{"name": "ops"}], "status": {"state": "active", "silencedBy": [], "inhibitedBy": []}}]);
        let more = |n: u64| if n == 1 { "[".to_owned() } else { "{\"labels\":{\"alertname\":\"more\"}},".repeat(1_000) };
        Good { body: alert.to_string(), more }
    }
    fn refusal(&self, words: &str) -> String {
        json!(words).to_string()
    }
}

fn link(site: &Site) -> AlertmanagerLink {
    let (token, user, password) = (None, None, None);
    AlertmanagerLink { url: site.address.clone(), token, user, password, ca: Some(Certificates::shared().ca()) }
}

fn alerts(via: &str) -> Question {
    Question::new(via, Ask::Alerts, Duration::from_secs(5), Some(Duration::from_mins(10)))
}

/// What is said instead of alerts, beside who.
const SAID: [(Fault, &str); 17] = [
    (Refused, "(connection refused): is the server up?"),
    (Silent, "no answer within"),
    (Slow, "no answer within"),
    (Cut, "the connection ended in the middle of the answer"),
    (Endless, "larger than"),
    (Garbage, "it answers unlike an HTTP server: is this its address and port?"),
    (Escapes, "403 Forbidden"),
    (WrongName, "its certificate is not for `127.0.0.1`"),
    (Expired, "its certificate has expired: renew it there"),
    (Status(307), "which is not followed: write the final address in the plan"),
    (Status(401), "a login may be wanted: name one in the connection"),
    (Status(403), "a login may be wanted: name one in the connection"),
    (Status(404), "404 Not Found"),
    (Status(429), "it asks to wait 30s"),
    (Status(500), "500 Internal Server Error"),
    (Status(503), "it asks to wait 30s"),
    (Status(504), "504 Gateway Timeout"),
];

#[tokio::test(flavor = "multi_thread")]
async fn r29_each_fault_of_an_alertmanager_is_said_by_its_alerts_and_by_no_other() {
    let opens: Opens = |name, site| alertmanager::source(name, &link(site));
    all(SAID.map(|row| meets(|| Alertmanager { words: "RegionFailure" }, opens, Ask::Alerts, |_| true, row))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_whose_every_text_holds_escape_codes_are_shown_without_them() {
    let watch = Watch::new();
    let site = Site::open(Alertmanager { words: ESCAPES }, Silent, |_| false, false, &watch.pace).await;
    let asked = alerts("east");
    watch.begin(alertmanager::source("east", &link(&site)), vec![asked.clone()]);
    let reading = watch.fresh(&asked).await.reading.unwrap();
    let labels = &reading.samples[0].labels;
    assert!(labels["alertname"].contains("\\u{202e}live") && labels["@summary"].contains("\\u{202e}live"), "{labels:?}");
}
