//! What leaves for a web server, counted by servers of our own: each request once, whatever it meets; and what Lifeboat makes of what
//! comes back.

mod support;

use std::time::Duration as Wait;

use lifeboat::{
    gates::evaluate,
    model::{Ask, Duration, Outcome, Question, Signal, SignalKey, Signals, Value},
    plan::{AlertmanagerLink, HttpLink, Probe, SecretRef},
    systems::{Sink, alertmanager, http},
};
use serde_json::json;
use support::{
    asking::Asking,
    requests::{Requests, call, clock},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_util::sync::CancellationToken;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, path},
};

const SHORT: Duration = Duration::from_millis(400);
const LONG: Duration = Duration::from_secs(10);

fn secret(text: &str) -> SecretRef {
    SecretRef::Command(vec!["printf".into(), "%s".into(), text.into()])
}

/// A connection to `url` that says a token.
fn link(url: &str) -> HttpLink {
    HttpLink { token: Some(secret("s3cret-t0ken")), ..HttpLink::open(url) }
}

async fn answering(reply: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(reply).mount(&server).await;
    server
}

/// An address where nothing listens.
fn closed() -> String {
    format!("http://{}", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

/// What one POST came to, and how many requests that took.
async fn posted(reply: ResponseTemplate, more: serde_json::Value) -> (Outcome, usize) {
    let server = answering(reply).await;
    let report = Requests::to(link(&server.uri())).send(&call("POST", "/x", more, LONG)).await;
    let outcome = report.outcome;
    assert!(!outcome.text().contains("s3cret"), "{outcome:?}");
    (outcome, server.received_requests().await.unwrap().len())
}

#[tokio::test]
async fn r07_a_mutating_request_leaves_once_whatever_it_meets() {
    for (status, failed) in [
        (301, false),
        (303, false),
        (307, true),
        (308, true),
        (400, true),
        (401, true),
        (404, true),
        (409, true),
        (429, true),
        (500, false),
        (502, false),
        (503, false),
        (504, false),
    ] {
        // Back to itself, at once: whoever follows or repeats is caught.
        let reply = ResponseTemplate::new(status).insert_header("location", "/x").insert_header("retry-after", "0");
        let (outcome, requests) = posted(reply, json!({"json": {"a": 1}})).await;
        assert_eq!(requests, 1, "{status}: {outcome:?}");
        match outcome {
            Outcome::Failed { .. } => assert!(failed, "{status}: {outcome:?}"),
            Outcome::Unknown { .. } => assert!(!failed, "{status}: {outcome:?}"),
            Outcome::Succeeded { .. } => panic!("{status}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn an_answer_is_judged_by_what_the_plan_wants() {
    let made = || ResponseTemplate::new(201).set_body_json(json!({"state": "done", "items": [{"id": 7}]}));
    for (more, outcome) in [
        (json!({}), "ok 201 Created: {\"items\":[{\"id\":7}],\"state\":\"done\"}"),
        (json!({"expect": 201, "json_expect": {"state": "done"}}), "ok 201 Created, state is done"),
        (json!({"json_expect": {"/items/0/id": "> 6"}}), "ok 201 Created, /items/0/id is 7"),
        (json!({"expect": 200}), "? it may have taken effect"),
        (json!({"json_expect": {"state": "!= done"}}), "? it may have taken effect"),
        (json!({"json_expect": {"nowhere": 1}}), "no value stands at nowhere"),
    ] {
        let (is, _) = posted(made(), more.clone()).await;
        let mark = match &is {
            Outcome::Succeeded { .. } => "ok",
            Outcome::Failed { .. } => "no",
            Outcome::Unknown { .. } => "?",
        };
        assert!(format!("{mark} {}", is.text()).contains(outcome), "{more}: {is:?}");
    }
    let (gone, _) = posted(ResponseTemplate::new(404), json!({"expect": 404})).await;
    assert!(gone.is_success(), "what the plan wants is a success: {gone:?}");
    let server = answering(made()).await;
    let report =
        Requests::to(link(&server.uri())).send(&call("POST", "/x", json!({"json_expect": {"items.0.id": 7}}), LONG)).await;
    assert_eq!(report.result, Some(Value::Number(7.0)), "later steps may use it");
}

#[tokio::test]
async fn the_body_and_the_headers_arrive_as_the_preview_says() {
    let server = answering(ResponseTemplate::new(200)).await;
    let requests = Requests::to(link(&server.uri()));
    let more = json!({"json": {"a": [1, "zwei"], "state": "planned"}, "headers": {"X-Tenant": "main", "X-Api-Token": "t0p"}});
    let json = call("PUT", "/api/v1?x=1", more, LONG);
    let preview = requests.preview(&json).await.unwrap();
    assert!(server.received_requests().await.unwrap().is_empty(), "looking asks nothing");
    let text = &preview.requests[0].text;
    let parts = ["PUT http://127.0.0.1:", "/api/v1?x=1 with authorization: Bearer •••", "x-api-token: •••, x-tenant: main"];
    for part in parts.iter().chain(&["content-type: application/json, sending {\"a\":[1,\"zwei\"],\"state\":\"planned\"}"]) {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("s3cret") && !text.contains("t0p"), "{text}");
    assert!(preview.warnings[0].contains("in the clear") && preview.identity.0.contains_key("peer"));
    assert!(requests.send(&json).await.outcome.is_success());
    assert!(requests.send(&call("POST", "/form", json!({"form": {"a": "1 & 2", "ü": ""}}), LONG)).await.outcome.is_success());
    let got = server.received_requests().await.unwrap();
    assert_eq!(got[0].url.query(), Some("x=1"));
    assert_eq!(got[0].body_json::<serde_json::Value>().unwrap(), json!({"a": [1, "zwei"], "state": "planned"}));
    assert_eq!(got[0].headers["authorization"], "Bearer s3cret-t0ken");
    assert_eq!(
        (&got[0].headers["x-tenant"], &got[0].headers["content-type"]),
        (&"main".parse().unwrap(), &"application/json".parse().unwrap())
    );
    assert_eq!(String::from_utf8(got[1].body.clone()).unwrap(), "a=1+%26+2&%C3%BC=");
}

#[tokio::test]
async fn r08_silence_after_sending_is_unknown_and_before_it_nothing_was_sent() {
    let server = answering(ResponseTemplate::new(200).set_delay(Wait::from_secs(60))).await;
    let requests = Requests::to(link(&server.uri()));
    let late = requests.send(&call("DELETE", "/x", json!({}), SHORT)).await.outcome;
    assert!(matches!(&late, Outcome::Unknown { reason } if reason.contains("no answer within 400ms")), "{late:?}");
    let reading = requests.send(&call("GET", "/x", json!({}), SHORT)).await.outcome;
    assert!(matches!(reading, Outcome::Failed { .. }), "what only reads leaves nothing to doubt: {reading:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 2);

    let seen = requests.preview(&call("DELETE", "/x", json!({}), SHORT)).await.unwrap().identity;
    let nobody = Requests::to(link(&closed()));
    let gone = nobody.send_to(&call("DELETE", "/x", json!({}), SHORT), seen).await.outcome;
    assert!(matches!(&gone, Outcome::Failed { reason } if reason.starts_with("nothing was sent: api (")), "{gone:?}");
    assert!(gone.text().contains("nothing listens"), "{gone:?}");
}

#[tokio::test]
async fn r08_what_cannot_be_read_back_is_left_to_a_person() {
    let server = answering(ResponseTemplate::new(200)).await;
    let requests = Requests::to(link(&server.uri()));
    let (post, get) = (call("POST", "/x", json!({}), LONG), call("GET", "/x", json!({}), LONG));
    let identity = requests.preview(&post).await.unwrap().identity;
    let outcome = requests.read_back(&post, &identity).await;
    assert!(matches!(&outcome, Outcome::Unknown { reason } if reason.contains("resolve it by hand")), "{outcome:?}");
    assert!(server.received_requests().await.unwrap().is_empty(), "nothing is sent again");
    assert!(requests.read_back(&get, &identity).await.is_success(), "what only reads is read anew");
    let other = lifeboat::model::Identity::default().with("address", "https://other.example:443").with("key", "sha256 00");
    assert!(requests.read_back(&get, &other).await.text().contains("not the server of that run"));
    let moved = requests.send_to(&post, other).await.outcome;
    assert!(matches!(&moved, Outcome::Failed { reason } if reason.contains("not the server that was agreed to")), "{moved:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 1, "only what read");
}

/// Takes connections, sends `reply` and then `then`.
async fn raw(reply: &'static [u8], closes: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _ = socket.read(&mut buffer).await;
                let _ = socket.write_all(reply).await;
                while !closes && socket.write_all(&[b'x'; 65536]).await.is_ok() {}
            });
        }
    });
    url
}

#[tokio::test]
async fn r08_an_answer_that_breaks_off_has_a_status_or_is_unknown() {
    let cases: [(&'static [u8], bool, &str, &str); 5] = [
        (b"", true, "?", "closed the connection without an answer"),
        (b"\x00\x01garbage", true, "?", "unlike an HTTP server"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{",
            true,
            "ok",
            "200 OK; the connection ended in the middle of the answer",
        ),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n", false, "ok", "200 OK; its answer is larger than 1 MiB"),
        (b"HTTP/1.1 200 OK\r\nx: ", false, "?", "it may have taken effect"),
    ];
    for (reply, closes, mark, words) in cases {
        let url = raw(reply, closes).await;
        let outcome = Requests::to(HttpLink::open(&url)).send(&call("POST", "/x", json!({}), LONG)).await.outcome;
        let is = if outcome.is_success() {
            "ok"
        } else if matches!(outcome, Outcome::Unknown { .. }) {
            "?"
        } else {
            "no"
        };
        assert_eq!(is, mark, "{outcome:?}");
        assert!(outcome.text().contains(words), "{words}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_stop_is_heard_at_any_time() {
    let server = answering(ResponseTemplate::new(200).set_delay(Wait::from_secs(60))).await;
    let requests = Requests::to(link(&server.uri()));
    let post = call("POST", "/x", json!({}), LONG);
    let identity = requests.preview(&post).await.unwrap().identity;
    let stop = requests.stop.clone();
    let (report, ()) = tokio::join!(requests.send_to(&post, identity.clone()), async {
        while server.received_requests().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    });
    assert!(matches!(report.outcome, Outcome::Unknown { .. }), "{report:?}");
    let before = requests.send_to(&post, identity).await.outcome;
    assert!(matches!(before, Outcome::Failed { .. }), "{before:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

fn samples(signal: &Signal) -> Vec<(String, Value)> {
    let reading = signal.reading.as_ref().unwrap_or_else(|| panic!("{signal:?}"));
    reading.samples.iter().map(|s| (s.labels.values().cloned().collect::<Vec<_>>().join(" "), s.value.clone())).collect()
}

#[tokio::test]
async fn r12_a_probe_sees_the_status_and_the_json_and_follows_nothing() {
    let ask = Ask::Http { path: "/health".into(), json: vec!["/db/up".into(), "lag".into(), "nowhere".into()] };
    let well = json!({"db": {"up": true}, "lag": 0.5, "nowhere": null});
    let server = answering(ResponseTemplate::new(200).set_body_json(well)).await;
    let signal = Asking::begin(http::source("api", &link(&server.uri())), ask.clone()).first().await;
    let seen = [("status", 200.0.into()), ("/db/up", true.into()), ("lag", 0.5.into())];
    assert_eq!(samples(&signal), seen.map(|(name, value): (&str, Value)| (name.to_owned(), value)));
    assert_eq!(server.received_requests().await.unwrap()[0].headers["authorization"], "Bearer s3cret-t0ken");

    // Judged as a gate is.
    let probe = |expect: &str, lag: &str| -> Probe {
        serde_json::from_value(json!({"http": {"via": "api", "path": "/health", "expect": expect, "json": {"lag": lag}}}))
            .unwrap()
    };
    let now = clock().now();
    let judged = |probe: &Probe, signal: &Signal| {
        let mut signals = Signals::default();
        signals.0.insert(SignalKey::of("api", &probe.ask().unwrap()), signal.clone());
        let judged = evaluate(probe, &signals, None, now);
        (judged.state, judged.words)
    };
    use lifeboat::gates::Answer::{Fails, Holds, Unknown};
    assert_eq!(judged(&probe("200", "< 1"), &signal), (Holds, "answers 200, lag is 0.5".into()));
    assert_eq!(judged(&probe("< 400", "< 0.1"), &signal), (Fails, "answers 200, lag is 0.5, wanted < 0.1".into()));

    let sick = ResponseTemplate::new(503).insert_header("retry-after", "30").set_body_string("<html>");
    let server = answering(sick).await;
    let sick = Asking::begin(http::source("api", &link(&server.uri())), ask.clone()).first().await;
    assert_eq!(judged(&probe("200", "< 1"), &sick), (Fails, "answers 503, wanted == 200 (it asks to wait 30s)".into()));
    assert_eq!(judged(&probe("503", "< 1"), &sick).0, Unknown, "no JSON is no value");

    let elsewhere = answering(ResponseTemplate::new(200)).await;
    let moved = ResponseTemplate::new(302).insert_header("location", format!("{}/s3cret-t0ken", elsewhere.uri()).as_str());
    let server = answering(moved).await;
    let moved = Asking::begin(http::source("api", &link(&server.uri())), ask.clone()).first().await;
    let (state, words) = judged(&probe("200", "< 1"), &moved);
    assert!(state == Fails && words.contains("not followed") && words.contains("/•••"), "{words}");
    assert!(elsewhere.received_requests().await.unwrap().is_empty());

    let server = answering(ResponseTemplate::new(401)).await;
    let refused = Asking::begin(http::source("api", &link(&server.uri())), ask).first().await;
    assert!(judged(&probe("200", "< 1"), &refused).1.contains("is the login from the program printf right"));
}

#[tokio::test]
async fn r29_a_server_that_does_not_answer_is_failing() {
    let limits = http::way::Limits { connect: SHORT, request: SHORT, reply_bytes: 100 };
    let ask = Ask::Http { path: "/".into(), json: vec!["a".into()] };
    let server = answering(ResponseTemplate::new(200).set_delay(Wait::from_secs(60))).await;
    let slow = Asking::begin(http::source_within("api", &link(&server.uri()), limits), ask.clone());
    assert!(slow.reason().await.contains("no answer within 400ms"));
    let url = closed();
    let gone = Asking::begin(http::source_within("api", &link(&url), limits), ask.clone());
    assert!(gone.reason().await.contains("nothing listens"));
    let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tls = format!("https://{}", deaf.local_addr().unwrap());
    let deaf_to_tls = Asking::begin(http::source_within("api", &link(&tls), limits), ask.clone());
    assert!(deaf_to_tls.reason().await.contains("does it speak TLS?"));
    let missing = HttpLink { token: Some(SecretRef::File("/no/such/token".into())), ..HttpLink::open(&url) };
    assert!(Asking::begin(http::source_within("api", &missing, limits), ask.clone()).reason().await.contains("/no/such/token"));
    // A body that is too large has no value, and its status stands.
    let server = answering(ResponseTemplate::new(200).set_body_string("x".repeat(5000))).await;
    let big = Asking::begin(http::source_within("api", &link(&server.uri()), limits), ask).first().await;
    assert_eq!(samples(&big)[0], ("status".into(), 200.0.into()));
    assert!(format!("{:?}", samples(&big)).contains("larger than 100 bytes"), "{big:?}");
}

#[tokio::test]
async fn r29_an_alertmanager_that_answers_badly_is_failing_and_never_quiet() {
    let limits = http::way::Limits { connect: SHORT, request: SHORT, reply_bytes: 10_000 };
    for (reply, words) in [
        (ResponseTemplate::new(200).set_body_string("<html>"), "unlike Alertmanager"),
        (ResponseTemplate::new(404), "404 Not Found: `url` must be its address"),
        (ResponseTemplate::new(401), "a login may be wanted"),
        (ResponseTemplate::new(307).insert_header("location", "/api/v2/alerts"), "not followed"),
        (ResponseTemplate::new(500).set_body_string("out\u{1b}[2J of memory"), "out\\u{1b}[2J of memory"),
        (ResponseTemplate::new(200).set_body_string(" ".repeat(20_000)), "larger than 10 KiB"),
        (ResponseTemplate::new(200).set_delay(Wait::from_secs(60)), "no answer within 400ms"),
    ] {
        let server = answering(reply).await;
        let link = AlertmanagerLink { url: format!("{}/", server.uri()), ..AlertmanagerLink::default() };
        let asking = Asking::begin(alertmanager::source_within("am", &link, limits), Ask::Alerts);
        let signal = asking.first().await;
        let reason = signal.failure.map(|failure| failure.reason).unwrap_or_else(|| panic!("{words}"));
        assert!(
            signal.reading.is_none() && reason.starts_with("am (http://127.0.0.1:") && reason.contains(words),
            "{words}: {reason}"
        );
        drop(asking);
        assert_eq!(server.received_requests().await.unwrap()[0].url.path(), "/api/v2/alerts");
    }
}

#[tokio::test]
async fn r29_a_path_that_hangs_delays_no_other() {
    let server = MockServer::start().await;
    let late = ResponseTemplate::new(200).set_delay(Wait::from_secs(60));
    Mock::given(path("/hangs")).respond_with(late).mount(&server).await;
    Mock::given(path("/well")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let ask = |path: &str| Question::new("api", Ask::Http { path: path.into(), json: vec![] }, SHORT, None);
    let (hangs, well) = (ask("/hangs"), ask("/well"));
    let (sink, stop) = (Sink::default(), CancellationToken::new());
    let source = http::source("api", &HttpLink::open(&server.uri()));
    let running = tokio::spawn(source.run(vec![hangs.clone(), well.clone()], sink.clone(), clock(), stop.clone()));
    let answered = |question: &Question| sink.observed().get(&question.key).is_some_and(|signal| signal.reading.is_some());
    while !answered(&well) {
        sink.changed().await;
    }
    assert!(!answered(&hangs) && sink.observed().get(&hangs.key).unwrap().failure.is_none(), "it is still waited for");
    stop.cancel();
    running.await.unwrap();
}
