//! What probes and requests say of a hostile web server.

use std::collections::BTreeMap;

use lifeboat::{
    model::{Ask, Call, Duration, Identity, Outcome, Question, Value},
    plan::{Connection, Connections, HttpLink, Link},
    systems::{Inspectors, Order, Performers, RealActors, RealPlatform, http},
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    certificates::Certificates,
    fault::{ESCAPES, Fault, Fault::*, harmless},
    http::{Good, Heard, Site, Speech},
    hurry::Pace,
    meeting::{Opens, meets},
    quiet::Quiet,
    watch::{Watch, all},
};

/// A service with a page on its health.
struct Web {
    words: &'static str,
}

impl Speech for Web {
    fn good(&self, _: &Heard) -> Good {
        let more = |n: u64| if n == 1 { "{\"state\":\"".to_owned() } else { "up ".repeat(20_000) };
        Good { body: json!({"state": self.words, "lag": 4}).to_string(), more }
    }
    fn refusal(&self, words: &str) -> String {
        json!({"error": words}).to_string()
    }
}

fn link(site: &Site) -> HttpLink {
    HttpLink { ca: Some(Certificates::shared().ca()), ..HttpLink::open(&site.address) }
}

fn health(path: &str) -> Ask {
    Ask::Http { path: path.into(), json: vec!["state".into(), "lag".into()] }
}

fn question(via: &str, path: &str) -> Question {
    Question::new(via, health(path), Duration::from_secs(5), Some(Duration::from_mins(10)))
}

fn bad(heard: &Heard) -> bool {
    heard.path.contains("bad")
}

/// What the probe says, beside who.
const SAID: [(Fault, &str); 7] = [
    (Refused, "(connection refused): is the server up?"),
    (Silent, "no answer within"),
    (Slow, "no answer within"),
    (Cut, "the connection ended in the middle of the answer"),
    (Garbage, "it answers unlike an HTTP server: is this its address and port?"),
    (WrongName, "its certificate is not for `127.0.0.1`"),
    (Expired, "its certificate has expired: renew it there"),
];

/// A page that answers says so by its status, and what would help.
const ANSWERED: [(u16, &str); 8] = [
    (307, "which is not followed: write the final address in the plan"),
    (401, "a login may be wanted: name one in the connection"),
    (403, "a login may be wanted: name one in the connection"),
    (404, ""),
    (429, "it asks to wait 30s"),
    (500, ""),
    (503, "it asks to wait 30s"),
    (504, ""),
];

#[tokio::test(flavor = "multi_thread")]
async fn r29_each_fault_of_a_web_server_is_said_by_its_probe_and_by_no_other() {
    let opens: Opens = |name, site| http::source(name, &link(site));
    all(SAID.map(|row| meets(|| Web { words: "up" }, opens, health("/bad"), bad, row))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_answers_badly_is_known_by_its_status_and_what_helps_is_said() {
    let each = ANSWERED.map(|(code, said)| async move {
        let watch = Watch::new();
        let site = Site::open(Web { words: "up" }, Status(code), bad, false, &watch.pace).await;
        let asked = question("east", "/bad");
        watch.begin(http::source("east", &link(&site)), vec![asked.clone()]);
        let reading = watch.fresh(&asked).await.reading.unwrap();
        let fact = |name: &str| {
            let sample = reading.samples.iter().find(|sample| sample.labels.get("fact").is_some_and(|fact| fact == name));
            sample.map(|sample| sample.value.clone())
        };
        assert_eq!(fact("status"), Some(Value::Number(f64::from(code))), "{reading:?}");
        let note = fact("note").map_or_else(String::new, |note| note.to_string());
        assert!(note.contains(said) && note.is_empty() == said.is_empty(), "{code}: {note}");
        let places: Vec<_> = reading.samples.iter().filter(|sample| sample.labels.contains_key("json")).collect();
        assert_eq!(places, Vec::<&lifeboat::model::Sample>::new(), "what a refusal does not say is not there");
    });
    all(each).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_end_is_known_by_its_status_and_no_more_of_it_is_taken() {
    let watch = Watch::new();
    let site = Site::open(Web { words: "up" }, Endless, bad, false, &watch.pace).await;
    let asked = question("east", "/bad");
    watch.begin(http::source("east", &link(&site)), vec![asked.clone()]);
    let reading = watch.fresh(&asked).await.reading.unwrap();
    let said: Vec<_> = reading.samples.iter().map(|sample| sample.value.to_string()).collect();
    assert_eq!(said, ["200", "its answer is larger than 1 MiB"], "{reading:?}");
    assert!(site.taken() <= site.heard().len() as u64 * (8 << 20), "{} bytes taken", site.taken());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_texts_hold_escape_codes_is_shown_without_them() {
    let watch = Watch::new();
    let site = Site::open(Web { words: ESCAPES }, Silent, |_| false, false, &watch.pace).await;
    let asked = question("east", "/good");
    watch.begin(http::source("east", &link(&site)), vec![asked.clone()]);
    let reading = watch.fresh(&asked).await.reading.unwrap();
    assert!(reading.samples.iter().any(|sample| sample.value.to_string().contains("\\u{202e}live")), "{reading:?}");
}

/// How a POST ends that meets it, and what is said.
const CHANGED: [(Fault, bool, &str); 15] = [
    (Silent, false, "no answer within"),
    (Slow, false, "no answer within"),
    (Cut, false, "the connection ended in the middle of the answer"),
    (Endless, false, "larger than"),
    (Garbage, false, "it answers unlike an HTTP server"),
    (Escapes, true, "403 Forbidden"),
    (Status(307), true, "which is not followed: write the final address in the plan"),
    (Status(401), true, "a login may be wanted: name one in the connection"),
    (Status(403), true, "403 Forbidden"),
    (Status(404), true, "404 Not Found"),
    (Status(409), true, "409 Conflict"),
    (Status(429), true, "it asks to wait 30s"),
    (Status(500), false, "500 Internal Server Error"),
    (Status(503), false, "it asks to wait 30s"),
    (Status(504), false, "504 Gateway Timeout"),
];

/// The outcome of one request on a server that `fault`s, and how many requests it heard.
async fn posted(fault: Fault) -> (Outcome, usize) {
    let pace = Pace::new();
    let site = Site::open(Web { words: "up" }, fault, |_| true, false, &pace).await;
    let folder = tempfile::tempdir().unwrap();
    let link = Link::Http(link(&site));
    let connections: Connections =
        BTreeMap::from([("web".to_owned(), Connection { region: None, drill: false, every: None, link })]);
    let with = json!({"method": "POST", "path": "/switch", "json": {"to": "west"}, "json_expect": {"state": "== 'up'"}});
    let serde_json::Value::Object(with) = with else { panic!("`with` is a map") };
    let call = Call {
        action: "http.request".into(),
        via: Some("web".into()),
        with: with.into_iter().collect(),
        timeout: Duration::from_secs(6),
    };
    let clock = pace.clock();
    // What the TLS handshake alone tells: no request is sent for it.
    let look = RealPlatform::new(connections.clone(), folder.path().to_owned()).inspect(&call).unwrap();
    let identity = look.preview(&clock).await.map_or_else(|_| Identity::default(), |seen| seen.identity);
    let order = Order { parts: vec!["web".into()], identity, remembered: BTreeMap::new() };
    let actors = RealActors::new(connections, folder.path().to_owned());
    let reports = actors.perform(&call).unwrap().run(&order, &Quiet, &clock, &CancellationToken::new()).await;
    assert_eq!(reports.len(), 1, "{reports:?}");
    harmless(reports[0].outcome.text());
    (reports.into_iter().next().unwrap().outcome, site.count("POST"))
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_a_request_that_meets_a_fault_is_sent_once_and_failed_only_when_it_surely_did_nothing() {
    let runs = CHANGED.map(|(fault, surely, said)| async move {
        let (outcome, requests) = posted(fault).await;
        assert_eq!(requests, 1, "{fault:?}: {outcome:?}");
        match &outcome {
            Outcome::Failed { reason } => assert!(surely && reason.contains(said), "{fault:?}: {outcome:?}"),
            Outcome::Unknown { reason } => {
                assert!(!surely && reason.contains(said), "{fault:?}: {outcome:?}");
                assert!(reason.starts_with("it may have taken effect: "), "{reason}");
            }
            Outcome::Succeeded { .. } => panic!("{fault:?}: {outcome:?}"),
        }
    });
    all(runs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_before_a_web_server_is_proven_the_right_one_nothing_is_sent() {
    let runs = [Refused, WrongName, Expired].map(|fault| async move {
        let (outcome, requests) = posted(fault).await;
        assert_eq!(requests, 0, "{fault:?}: {outcome:?}");
        assert!(matches!(&outcome, Outcome::Failed { reason } if reason.starts_with("nothing was sent: ")), "{outcome:?}");
    });
    all(runs).await;
}
