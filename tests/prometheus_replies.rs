//! What Lifeboat makes of servers that answer badly where a Prometheus is expected.

use std::sync::Arc;

use lifeboat::{
    model::{Ask, Clock, Duration, Question},
    plan::{PrometheusLink, SecretRef},
    systems::{Sink, clock::SystemClock, prometheus},
};
use tokio_util::sync::CancellationToken;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

/// What is said of the first answer, and how many requests that took.
async fn said_of(reply: ResponseTemplate, token: Option<SecretRef>) -> (String, usize) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let address = server.uri().replace("http://", "http://look:hunter2@");
    let link = PrometheusLink { url: format!("{address}/"), token, ca: None };
    let question = Question::new("prom", Ask::Query { expr: "up".into() }, Duration::from_mins(1), None);
    let (sink, stop) = (Sink::default(), CancellationToken::new());
    let source = prometheus::source("prom", &link);
    let running = tokio::spawn(source.run(vec![question.clone()], sink.clone(), Arc::new(SystemClock), stop.clone()));
    sink.changed().await;
    stop.cancel();
    running.await.unwrap();
    let signal = sink.observed().get(&question.key).cloned().unwrap();
    let reason = signal.failure.map_or_else(|| format!("{:?}", signal.reading), |failure| failure.reason);
    assert!(!reason.contains("hunter2") && !reason.contains("s3cret"), "{reason}");
    (reason, server.received_requests().await.unwrap().len())
}

#[tokio::test]
async fn each_request_is_sent_once_whatever_the_answer() {
    for (status, because) in
        [(307, "not followed"), (404, "unlike Prometheus"), (429, "turns requests away"), (502, "does not serve")]
    {
        let elsewhere = ResponseTemplate::new(status).insert_header("location", "/elsewhere").insert_header("retry-after", "0");
        let (reason, requests) = said_of(elsewhere, None).await;
        assert!(reason.contains(because), "{status}: {reason}");
        assert_eq!(requests, 1, "{status}");
    }
}

#[tokio::test]
async fn a_refused_token_is_named_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "s3cret\n").unwrap();
    let place = path.to_str().unwrap().to_owned();
    let (reason, _) = said_of(ResponseTemplate::new(401), Some(SecretRef::File(place.clone()))).await;
    assert!(reason.contains(&format!("refuses the token from the file {place}")), "{reason}");
    let (reason, _) = said_of(ResponseTemplate::new(403), None).await;
    assert!(reason.contains("name one with `token`"), "{reason}");
}

#[tokio::test]
async fn prometheus_own_errors_and_oversized_replies_are_said_in_words() {
    let error = |kind: &str| serde_json::json!({"status": "error", "errorType": kind, "error": "because\u{1b}[2J"});
    let (reason, _) = said_of(ResponseTemplate::new(503).set_body_json(error("timeout")), None).await;
    assert!(reason.contains("gave `up` up as too slow: because\\u{1b}[2J"), "{reason}");
    let (reason, _) = said_of(ResponseTemplate::new(422).set_body_json(error("execution")), None).await;
    assert!(reason.contains("cannot answer `up` (execution)"), "{reason}");
    let (reason, _) = said_of(ResponseTemplate::new(200).set_body_bytes(vec![b' '; 9 * 1024 * 1024]), None).await;
    assert!(reason.contains("larger than 8 MiB"), "{reason}");
    let warned = serde_json::json!({"status": "success", "warnings": ["partial response"],
        "data": {"resultType": "vector", "result": []}});
    let (reading, _) = said_of(ResponseTemplate::new(200).set_body_json(warned), None).await;
    assert!(reading.contains("partial response"), "{reading}");
}

/// A server whose clock is `ahead` seconds ahead of ours, with a sample that is five seconds old by it.
struct Ahead(i64);
impl wiremock::Respond for Ahead {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let now = SystemClock.now().timestamp() + self.0;
        // What is asked beside the value is the time of its sample.
        let asked = String::from_utf8_lossy(&request.body);
        let value = if asked.contains("timestamp") { (now - 5).to_string() } else { "1".into() };
        let series = serde_json::json!([{"metric": {}, "value": [now, value]}]);
        ResponseTemplate::new(200)
            .set_body_json(serde_json::json!({"status": "success", "data": {"resultType": "vector", "result": series}}))
    }
}

#[tokio::test]
async fn r11_r29_a_server_an_hour_off_gives_ages_by_its_own_clock_and_is_said_to_be_off() {
    for (ahead, words) in
        [(3_600, "prom's clock is 1h ahead of this machine's"), (-3_600, "prom's clock is 1h behind this machine's"), (0, "")]
    {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(Ahead(ahead)).mount(&server).await;
        let link = PrometheusLink { url: server.uri(), token: None, ca: None };
        let question = Question::new("prom", Ask::Query { expr: "up".into() }, Duration::from_mins(1), None);
        let (sink, stop) = (Sink::default(), CancellationToken::new());
        let source = prometheus::source("prom", &link);
        let running = tokio::spawn(source.run(vec![question.clone()], sink.clone(), Arc::new(SystemClock), stop.clone()));
        sink.changed().await;
        stop.cancel();
        running.await.unwrap();
        let signal = sink.observed().get(&question.key).cloned().unwrap();
        let now = SystemClock.now();
        assert_eq!(signal.freshness(now), lifeboat::model::Freshness::Fresh, "{ahead}: {signal:?}");
        let age = Duration::between(signal.measured().unwrap(), now);
        assert!(Duration::from_secs(4) <= age && age < Duration::from_secs(30), "{ahead}: {age}");
        assert!(signal.measured().unwrap() <= now, "never negative");
        assert_eq!(signal.skew_words().unwrap_or_default(), words);
        assert!(signal.reading.unwrap().warnings.is_empty(), "the answer is whole all the same");
    }
}
