//! Web servers, for real: nginx with TLS, logins and bad manners.

mod support;

use lifeboat::{
    gates::{Answer, evaluate},
    model::{Ask, Duration, Identity, Outcome, Preview, SignalKey, Signals, Value},
    plan::{HttpLink, HttpLogin, Probe, SecretRef},
    systems::http,
};
use serde_json::json;
use support::{
    asking::Asking,
    lab::{self, Piece},
    requests::{Requests, call, clock},
};

const LIMIT: Duration = Duration::from_secs(10);

fn file(path: &str) -> SecretRef {
    SecretRef::File(path.to_owned())
}

/// Looks as `look`, acts as `act`.
fn link(lab: &Piece, url: &str) -> HttpLink {
    let login = |user: &str| HttpLogin {
        user: Some(user.into()),
        password: Some(file(lab.text(&format!("/secrets/{user}")))),
        ..HttpLogin::default()
    };
    HttpLink { observe: Some(login("look")), act: Some(login("act")), ca: Some(lab.text("/ca").into()), ..HttpLink::open(url) }
}

/// The lines of the servers' own log that hold `what`. A line is written when its request has ended, so one more request is made, and
/// its line waited for.
fn asked(lab: &Piece, what: &str) -> Vec<String> {
    let log = || std::fs::read_to_string(lab.text("/access")).unwrap();
    let mark = format!("/health?mark={}", log().lines().count());
    let url = format!("{}{mark}", lab.text("/url"));
    for _ in 0..50 {
        let got =
            std::process::Command::new("curl").args(["-sSf", "-m", "5", "--cacert", lab.text("/ca"), &url]).output().unwrap();
        assert!(got.status.success(), "{got:?}");
        if log().contains(&mark) {
            return log().lines().filter(|line| line.contains(what)).map(str::to_owned).collect();
        }
    }
    panic!("{mark} is not in the log");
}

fn post(url: &str, json: &str) {
    let posted = std::process::Command::new("curl").args(["-sSf", "-m", "5", "-d", json, url]).output().unwrap();
    assert!(posted.status.success(), "{posted:?}");
}

fn is_unknown(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unknown { .. })
}

fn is_failed(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn r07_a_file_is_put_once_by_the_acting_login_and_no_bad_manners_repeat_it() {
    let lab = Piece::up("http", &[]);
    let requests = Requests::to(link(&lab, lab.text("/url")));
    let put = call("PUT", "/dav/a.json", json!({"json": {"a": 1}, "headers": {"X-Tenant": "main"}, "expect": 201}), LIMIT);
    let preview: Preview = requests.preview(&put).await.unwrap();
    assert!(preview.identity.0["key"].starts_with("sha256 ") && preview.warnings.is_empty(), "{preview:?}");
    let password = std::fs::read_to_string(lab.text("/secrets/act")).unwrap();
    let text = &preview.requests[0].text;
    assert!(text.contains("Basic act and ••• (from the file ") && !text.contains(&password), "{text}");
    assert_eq!(asked(&lab, "/dav/").len(), 0, "looking asks nothing");

    let report = requests.send(&put).await;
    assert_eq!(report.outcome, Outcome::succeeded("201 Created"));
    let written = std::path::Path::new(lab.text("/files")).join("dav/a.json");
    assert_eq!(std::fs::read_to_string(written).unwrap(), "{\"a\":1}");
    let log = asked(&lab, "PUT /dav/a.json");
    assert!(log.len() == 1 && log[0].ends_with("201 application/json main"), "{log:?}");

    let deleted = requests.send(&call("DELETE", "/dav/a.json", json!({}), LIMIT)).await.outcome;
    assert_eq!(deleted, Outcome::succeeded("204 No Content"));
    let again = requests.send(&call("DELETE", "/dav/a.json", json!({}), LIMIT)).await.outcome;
    assert!(is_failed(&again) && again.text().contains("404 Not Found"), "{again:?}");
    assert_eq!(asked(&lab, "DELETE /dav/a.json").len(), 2);

    for (path, unknown, words) in [
        ("/loop", false, "307 Temporary Redirect; it points to https://localhost"),
        ("/elsewhere", true, "it points to http://127.0.0.1"),
        ("/busy", false, "429 Too Many Requests; it asks to wait 0s"),
        ("/fails", true, "500 Internal Server Error"),
        ("/down", true, "503 Service Unavailable: {\"status\":\"down\"}; it asks to wait 30s"),
        ("/late", true, "504 Gateway Timeout"),
        ("/private", false, "401 Unauthorized"),
    ] {
        let requests = Requests::to(HttpLink { act: None, observe: None, ..link(&lab, lab.text("/url")) });
        let outcome = requests.send(&call("POST", path, json!({"json": {}}), LIMIT)).await.outcome;
        assert_eq!(is_unknown(&outcome), unknown, "{path}: {outcome:?}");
        assert!(outcome.text().contains(words), "{words}: {outcome:?}");
        assert_eq!(asked(&lab, &format!("POST {path} ")).len(), 1, "{path}");
    }
    assert!(asked(&lab, "/caught").is_empty(), "no redirect is followed");
}

#[tokio::test(flavor = "multi_thread")]
async fn r18_looking_cannot_act_and_what_is_sent_back_is_not_shown() {
    let lab = Piece::up("http", &[]);
    let both = link(&lab, lab.text("/url"));
    // The looking login, put where the acting one stands: the server refuses it.
    let requests = Requests::to(HttpLink { act: both.observe.clone(), ..both.clone() });
    let refused = requests.send(&call("PUT", "/dav/a.json", json!({"json": 1}), LIMIT)).await.outcome;
    assert!(is_failed(&refused) && refused.text().contains("is the login from the file"), "{refused:?}");
    // What only reads goes by the looking login.
    let requests = Requests::to(both.clone());
    let got = requests.send(&call("GET", "/private", json!({"json_expect": {"user": "look"}}), LIMIT)).await;
    assert_eq!((got.outcome, got.result), (Outcome::succeeded("200 OK, user is look"), Some(Value::from("look"))));

    let token = std::fs::read_to_string(lab.text("/secrets/token")).unwrap();
    let by_token = HttpLink { token: Some(file(lab.text("/secrets/token"))), observe: None, act: None, ..both };
    let requests = Requests::to(by_token.clone());
    assert!(requests.send(&call("GET", "/token", json!({}), LIMIT)).await.outcome.is_success());
    for path in ["/echo", "/refuses"] {
        let outcome = requests.send(&call("POST", path, json!({"form": {"a": "b"}}), LIMIT)).await.outcome;
        assert!(outcome.text().contains("Bearer •••") && !outcome.text().contains(&token), "{outcome:?}");
    }
    let ask = Ask::Http { path: "/echo".into(), json: vec!["said".into()] };
    let seen = format!("{:?}", Asking::begin(http::source("api", &by_token), ask).first().await);
    assert!(seen.contains("Bearer •••") && !seen.contains(&token), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r14_another_server_at_the_same_address_is_never_sent_anything() {
    let lab = Piece::up("http", &[]);
    let toxi = Piece::up("toxiproxy", &[]);
    let upstream = |pointer: &str| lab.text(pointer).replace("https://localhost:", "127.0.0.1:");
    let way = lab::script("toxiproxy", "proxy.sh", &[toxi.text("/api"), "web", "127.0.0.1:0", &upstream("/url")]);
    let url = format!("https://{}", way.trim());
    let both = HttpLink { ca: Some(lab.text("/both").into()), ..link(&lab, &url) };
    let requests = Requests::to(both);
    let put = call("PUT", "/dav/b.json", json!({"json": 1}), LIMIT);
    let agreed = requests.preview(&put).await.unwrap().identity;

    // The name leads elsewhere now. Its certificate is as good as the other's: only its key tells.
    post(&format!("{}/proxies/web", toxi.text("/api")), &format!("{{\"upstream\":\"{}\"}}", upstream("/other")));
    let outcome = requests.send_to(&put, agreed.clone()).await.outcome;
    assert!(is_failed(&outcome) && outcome.text().contains("not the server that was agreed to: key was sha256"), "{outcome:?}");
    let get = call("GET", "/health", json!({}), LIMIT);
    let back = requests.read_back(&get, &agreed).await;
    assert!(is_unknown(&back) && back.text().contains("not the server of that run"), "{back:?}");
    assert!(asked(&lab, "/dav/").is_empty());

    // Who trusts only the first authority does not even get that far.
    let strict = Requests::to(link(&lab, &url));
    let fault = strict.preview(&put).await.unwrap_err().reason;
    assert!(fault.contains("an authority that is not trusted here"), "{fault}");
    let wrong_name = url.replace("127.0.0.1", "127.0.0.2");
    let gone = Requests::to(link(&lab, &wrong_name)).send_to(&put, Identity::default()).await.outcome;
    assert!(is_failed(&gone) && gone.text().starts_with("nothing was sent: api (https://127.0.0.2"), "{gone:?}");

    // Cut after the way was opened, the request may have arrived.
    lab::script("toxiproxy", "cut.sh", &[toxi.text("/api"), "web"]);
    let cut = strict.send_to(&put, agreed).await.outcome;
    assert!(is_failed(&cut) && cut.text().contains("nothing was sent"), "{cut:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_a_server_that_hangs_after_taking_the_request_leaves_it_unknown() {
    let lab = Piece::up("http", &[]);
    let toxi = Piece::up("toxiproxy", &[]);
    let upstream = lab.text("/url").replace("https://localhost:", "127.0.0.1:");
    let way = lab::script("toxiproxy", "proxy.sh", &[toxi.text("/api"), "web", "127.0.0.1:0", &upstream]);
    let mut requests = Requests::to(link(&lab, &format!("https://{}", way.trim())));
    let slow = call("GET", "/slow.txt", json!({}), Duration::from_millis(700));
    let outcome = requests.send(&slow).await.outcome;
    assert!(outcome.is_success() && outcome.text().contains("did not end within"), "its status came: {outcome:?}");

    // TLS stands and the request passes; of the answer nothing does in time.
    let put = call("PUT", "/dav/c.json", json!({"json": 1}), Duration::from_secs(1));
    let agreed = requests.preview(&put).await.unwrap().identity;
    let toxics = format!("{}/proxies/web/toxics", toxi.text("/api"));
    requests.before_sending =
        Box::new(move || post(&toxics, r#"{"type":"latency","stream":"downstream","attributes":{"latency":60000}}"#));
    let outcome = requests.send_to(&put, agreed.clone()).await.outcome;
    assert!(is_unknown(&outcome) && outcome.text().contains("no answer within 1s"), "{outcome:?}");
    let log = asked(&lab, "PUT /dav/c.json");
    assert!(log.len() == 1 && log[0].contains(" 201 "), "it took effect, once: {log:?}");

    // From here on not even TLS stands: nothing is sent.
    requests.before_sending = Box::new(|| panic!("nothing may be sent"));
    let early = requests.send_to(&put, agreed).await.outcome;
    assert!(is_failed(&early) && early.text().contains("TLS did not stand"), "{early:?}");
    assert_eq!(asked(&lab, "PUT /dav/c.json").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn r12_health_is_the_status_and_the_json_of_the_real_answer() {
    let lab = Piece::up("http", &[]);
    let judged = async |probe: serde_json::Value| {
        let probe: Probe = serde_json::from_value(json!({ "http": probe })).unwrap();
        let source = match probe.via() {
            Some("api") => http::source("api", &link(&lab, lab.text("/url"))),
            Some(address) => http::source(address, &HttpLink::open(address)),
            None => panic!("it asks somebody"),
        };
        let signal = Asking::begin(source, probe.ask().unwrap()).first().await;
        let mut signals = Signals::default();
        signals.0.insert(SignalKey::of(probe.via().unwrap(), &probe.ask().unwrap()), signal);
        let judged = evaluate(&probe, &signals, None, clock().now());
        (judged.state, judged.words)
    };
    let health = |json: serde_json::Value| json!({"via": "api", "path": "/health", "expect": "200", "json": json});
    assert_eq!(
        judged(health(json!({"status": "ok", "/checks/0/up": "true", "checks.0.lag": "< 1"}))).await,
        (Answer::Holds, "answers 200, /checks/0/up is t, checks.0.lag is 0.25, status is ok".into())
    );
    assert_eq!(judged(health(json!({"status": "!= ok"}))).await.0, Answer::Fails);
    assert_eq!(judged(health(json!({"checks": "ok"}))).await.0, Answer::Unknown, "a list is no value");
    let page = judged(json!({"via": "api", "path": "/page", "expect": "200", "json": {"status": "ok"}})).await;
    assert!(page.0 == Answer::Unknown && page.1.contains("its answer is no JSON"), "{page:?}");
    let down = judged(json!({"via": "api", "path": "/down", "expect": "200", "json": {"status": "ok"}})).await;
    assert_eq!(down, (Answer::Fails, "answers 503, wanted == 200 (it asks to wait 30s)".into()));
    let moved = judged(json!({"via": "api", "path": "/elsewhere", "expect": "200"})).await;
    assert!(moved.0 == Answer::Fails && moved.1.contains("is not followed"), "{moved:?}");
    assert!(asked(&lab, "/caught").is_empty());
    assert_eq!(
        judged(json!({"via": "api", "path": "/private", "expect": "200", "json": {"user": "look"}})).await.0,
        Answer::Holds
    );
    // By its address, without a connection.
    let plain = format!("{}/health", lab.text("/plain"));
    assert_eq!(judged(json!({"url": plain, "expect": "200"})).await.0, Answer::Holds);
    let untrusted = judged(json!({"url": format!("{}/health", lab.text("/url")), "expect": "200"})).await;
    assert!(untrusted.0 == Answer::Unknown && untrusted.1.contains("not trusted here"), "{untrusted:?}");
}
