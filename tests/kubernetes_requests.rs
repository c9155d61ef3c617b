//! What leaves for an API server, counted by a server of our own: each change once, whatever it meets.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use lifeboat::{
    model::{Ask, Call, Clock, Duration, Freshness, Identity, Outcome, PartReport, Question, Time},
    plan::{Connection, Connections, KubernetesLink, Link},
    systems::{Inspectors, Order, Performers, Progress, RealActors, RealPlatform, Sink, Sources, clock::SystemClock},
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{method, path},
};

struct Quiet;
impl Progress for Quiet {
    fn say(&self, _part: &str, _text: &str) {}
    fn ended(&self, _report: PartReport) {}
}

/// Time that stands still until it is let go: then every limit has passed.
struct Standing(CancellationToken);
impl Clock for Standing {
    fn now(&self) -> Time {
        SystemClock.now()
    }
    fn sleep(&self, _span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(self.0.clone().cancelled_owned())
    }
}

/// Answers much later than anybody waits, and lets time go once the request has arrived.
struct Late(CancellationToken);
impl Respond for Late {
    fn respond(&self, _request: &Request) -> ResponseTemplate {
        self.0.cancel();
        ResponseTemplate::new(200).set_delay(std::time::Duration::from_secs(600))
    }
}

/// Lets time go once that many parts have ended.
struct After(AtomicUsize, CancellationToken);
impl Progress for After {
    fn say(&self, _part: &str, _text: &str) {}
    fn ended(&self, _report: PartReport) {
        if self.0.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.1.cancel();
        }
    }
}

fn clock() -> Arc<dyn Clock> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Arc::new(SystemClock)
}

/// A kubeconfig for `server`, with `user` as YAML of its user.
fn kubeconfig(dir: &Path, server: &str, user: &str) -> PathBuf {
    let file = dir.join("kubeconfig");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncontexts: [{{name: lab, context: {{cluster: c, user: ben}}}}]\n\
         clusters: [{{name: c, cluster: {{server: \"{server}\"}}}}]\nusers: [{{name: ben, user: {user}}}]\n"
    );
    std::fs::write(&file, text).unwrap();
    file
}

fn connections(kubeconfig: &Path) -> Connections {
    let link = KubernetesLink {
        context: Some("lab".into()),
        kubeconfig: Some(kubeconfig.to_str().unwrap().into()),
        ..KubernetesLink::default()
    };
    BTreeMap::from([("west".to_owned(), Connection { region: None, drill: false, every: None, link: Link::Kubernetes(link) })])
}

fn scale(names: Value, timeout: Duration) -> Call {
    let with = [("namespace", json!("prod")), ("deployments", names), ("replicas", json!(0))];
    Call {
        action: "kubernetes.scale".into(),
        via: Some("west".into()),
        with: with.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
        timeout,
    }
}

fn order(server: &str, parts: &[&str]) -> Order {
    Order {
        parts: parts.iter().map(|p| (*p).to_owned()).collect(),
        identity: Identity::default().with("cluster", "uid-1").with("address", server),
        remembered: BTreeMap::new(),
    }
}

async fn run(server: &str, timeout: Duration) -> Vec<Outcome> {
    run_by(server, timeout, clock()).await
}

async fn run_by(server: &str, timeout: Duration, clock: Arc<dyn Clock>) -> Vec<Outcome> {
    let dir = tempfile::tempdir().unwrap();
    let actors = RealActors::new(connections(&kubeconfig(dir.path(), server, "{token: t0ps3cret}")), dir.path().to_owned());
    let actor = actors.perform(&scale(json!(["user-service"]), timeout)).unwrap();
    let reports = actor.run(&order(server, &["user-service"]), &Quiet, &clock, &CancellationToken::new()).await;
    reports.into_iter().map(|r| r.outcome).collect()
}

async fn cluster(server: &MockServer, uid: &str) {
    let answer = ResponseTemplate::new(200).set_body_json(json!({"metadata": {"name": "kube-system", "uid": uid}}));
    Mock::given(method("GET")).and(path("/api/v1/namespaces/kube-system")).respond_with(answer).mount(server).await;
}

async fn patches(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().iter().filter(|r| r.method.as_str() == "PATCH").count()
}

#[tokio::test]
async fn r07_a_change_is_sent_once_whatever_it_meets() {
    for (code, known) in [(307, true), (401, true), (409, true), (429, true), (500, false), (503, false), (504, false)] {
        let server = MockServer::start().await;
        cluster(&server, "uid-1").await;
        let answer = ResponseTemplate::new(code)
            .insert_header("Retry-After", "0")
            .insert_header("Location", format!("{}/elsewhere", server.uri()).as_str());
        Mock::given(method("PATCH")).respond_with(answer).mount(&server).await;
        let outcomes = run(&server.uri(), Duration::from_secs(5)).await;
        assert_eq!(patches(&server).await, 1, "{code}");
        match &outcomes[0] {
            Outcome::Failed { .. } => assert!(known, "{code}: {outcomes:?}"),
            Outcome::Unknown { .. } => assert!(!known, "{code}: {outcomes:?}"),
            Outcome::Succeeded { .. } => panic!("{code}: {outcomes:?}"),
        }
        assert!(!format!("{outcomes:?}").contains("t0ps3cret"));
    }
}

#[tokio::test]
async fn r08_an_answer_that_is_late_is_unknown_and_sent_once() {
    let server = MockServer::start().await;
    cluster(&server, "uid-1").await;
    clock();
    let passed = CancellationToken::new();
    Mock::given(method("PATCH")).respond_with(Late(passed.clone())).mount(&server).await;
    let outcomes = run_by(&server.uri(), Duration::from_secs(30), Arc::new(Standing(passed))).await;
    assert!(matches!(&outcomes[0], Outcome::Unknown { reason } if reason.contains("within 30s")), "{outcomes:?}");
    assert_eq!(patches(&server).await, 1);
}

#[tokio::test]
async fn r08_a_connection_that_breaks_after_the_change_left_is_unknown_and_sent_once() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(AtomicUsize::new(0));
    let count = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let count = count.clone();
            tokio::spawn(async move {
                let mut buffer = vec![0; 16384];
                while let Ok(n @ 1..) = socket.read(&mut buffer).await {
                    if buffer[..n].starts_with(b"PATCH") {
                        count.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                    let body = r#"{"metadata":{"uid":"uid-1"}}"#;
                    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                    socket.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    let outcomes = run(&server, Duration::from_secs(5)).await;
    assert!(matches!(&outcomes[0], Outcome::Unknown { reason } if reason.contains("may have taken effect")), "{outcomes:?}");
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn r08_without_a_connection_nothing_was_sent_and_it_says_so() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let outcomes = run(&format!("http://{free}"), Duration::from_secs(5)).await;
    let Outcome::Failed { reason } = &outcomes[0] else { panic!("{outcomes:?}") };
    assert!(reason.starts_with("nothing was sent:") && reason.contains("connection refused"), "{reason}");
}

#[tokio::test]
async fn r14_another_cluster_is_refused_before_anything_is_sent() {
    let server = MockServer::start().await;
    cluster(&server, "uid-2").await;
    Mock::given(method("PATCH")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let outcomes = run(&server.uri(), Duration::from_secs(5)).await;
    assert!(
        matches!(&outcomes[0], Outcome::Failed { reason } if reason.contains("cluster was uid-1, now uid-2")),
        "{outcomes:?}"
    );
    assert_eq!(patches(&server).await, 0);
}

#[tokio::test]
async fn r03_parts_are_sent_side_by_side_and_each_has_its_own_end() {
    let server = MockServer::start().await;
    cluster(&server, "uid-1").await;
    let at = |name: &str| path(format!("/apis/apps/v1/namespaces/prod/deployments/{name}/scale"));
    let words = json!({"kind": "Status", "message": "deployments.apps \"b\" is forbidden", "reason": "Forbidden"});
    Mock::given(method("PATCH")).and(at("a")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    Mock::given(method("PATCH")).and(at("b")).respond_with(ResponseTemplate::new(403).set_body_json(words)).mount(&server).await;
    let late = ResponseTemplate::new(200).set_delay(std::time::Duration::from_secs(600));
    Mock::given(method("PATCH")).and(at("c")).respond_with(late).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let actors = RealActors::new(connections(&kubeconfig(dir.path(), &server.uri(), "{token: t}")), dir.path().to_owned());
    let actor = actors.perform(&scale(json!("all"), Duration::from_secs(30))).unwrap();
    let order = order(&server.uri(), &["a", "b", "c"]);
    clock();
    let passed = CancellationToken::new();
    let (progress, clock): (_, Arc<dyn Clock>) = (After(2.into(), passed.clone()), Arc::new(Standing(passed)));
    let reports = actor.run(&order, &progress, &clock, &CancellationToken::new()).await;
    assert_eq!(reports.iter().map(|r| r.part.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(reports[0].outcome, Outcome::succeeded("0 replicas accepted"));
    assert_eq!(reports[1].outcome, Outcome::failed("403 Forbidden: deployments.apps \"b\" is forbidden"));
    assert!(matches!(reports[2].outcome, Outcome::Unknown { .. }), "{reports:?}");
}

#[tokio::test]
async fn a_credential_program_that_fails_is_retold_without_its_output() {
    let dir = tempfile::tempdir().unwrap();
    let user = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, \"echo t0ps3cret; echo t0ps3cret >&2; exit 7\"], \
                env: [{name: VAULT_TOKEN, value: t0ps3cret}], interactiveMode: IfAvailable}}";
    let config = kubeconfig(dir.path(), "http://127.0.0.1:1", user);
    let clock = clock();
    let platform = RealPlatform::new(connections(&config), dir.path().to_owned());
    let why = platform.inspect(&scale(json!("all"), Duration::from_secs(5))).unwrap().preview(&clock).await.unwrap_err().reason;
    assert!(why.contains("connection west") && why.contains("credential program ended with exit status: 7"), "{why}");
    assert!(!why.contains("t0ps3cret"), "{why}");
}

#[tokio::test]
async fn r03_a_retry_of_stateful_sets_looks_at_those_that_failed_alone() {
    let server = MockServer::start().await;
    cluster(&server, "uid-1").await;
    let set = |name: &str| json!({"metadata": {"name": name, "generation": 1}, "spec": {"replicas": 3}, "status": {}});
    let list = json!({"metadata": {}, "items": [set("cache"), set("queue")]});
    let sets = path("/apis/apps/v1/namespaces/prod/statefulsets");
    Mock::given(method("GET")).and(sets).respond_with(ResponseTemplate::new(200).set_body_json(list)).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let config = kubeconfig(dir.path(), &server.uri(), "{token: t0ps3cret}");
    let clock = clock();
    let platform = RealPlatform::new(connections(&config), dir.path().to_owned());
    let mut call = scale(json!(["cache", "queue"]), Duration::from_secs(5));
    let names = call.with.remove("deployments").unwrap();
    call.with.insert("statefulsets".into(), names);
    let whole = platform.inspect(&call).unwrap().preview(&clock).await.unwrap();
    assert_eq!((whole.parts.len(), whole.requests.len(), whole.effects.len()), (2, 2, 2));
    let retry = platform.inspect_parts(&call, &["queue".into()]).unwrap().preview(&clock).await.unwrap();
    let part = &retry.parts[0];
    assert_eq!((retry.parts.len(), part.name.as_str(), part.change.as_str()), (1, "queue", "3 replicas to 0"));
    assert!(retry.requests.len() == 1 && retry.requests[0].text.contains("/statefulsets/queue/"), "{:?}", retry.requests);
    assert!(retry.effects.len() == 1 && retry.effects[0].text.starts_with("queue "), "{:?}", retry.effects);
}

#[tokio::test]
async fn a_wrong_context_names_those_there_are() {
    let dir = tempfile::tempdir().unwrap();
    kubeconfig(dir.path(), "http://127.0.0.1:1", "{token: t}");
    // A relative path counts from the plan's folder.
    let mut connections = connections(Path::new("kubeconfig"));
    let Link::Kubernetes(link) = &mut connections.get_mut("west").unwrap().link else { unreachable!() };
    link.context = Some("labb".into());
    let platform = RealPlatform::new(connections, dir.path().to_owned());
    let why = platform.inspect(&scale(json!("all"), Duration::from_secs(5))).unwrap().preview(&clock()).await.unwrap_err().reason;
    assert!(why.contains("no usable context `labb`; it has: lab"), "{why}");
}

#[tokio::test]
async fn r29_an_answer_without_end_is_cut_off_and_fails() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = vec![0; 16384];
                let _ = socket.read(&mut buffer).await;
                let head =
                    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1f\r\n{\"metadata\":{},\"items\":[],\"x\":\"\r\n";
                let _ = socket.write_all(head.as_bytes()).await;
                let chunk = [b"10000\r\n".as_slice(), &[b'x'; 65536], b"\r\n"].concat();
                while socket.write_all(&chunk).await.is_ok() {}
            });
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let clock = clock();
    let platform = RealPlatform::new(connections(&kubeconfig(dir.path(), &server, "{token: t}")), dir.path().to_owned());
    let question = Question::new("west", Ask::KubernetesDeployments { namespace: "prod".into() }, Duration::from_secs(1), None);
    let (sink, stop) = (Sink::default(), CancellationToken::new());
    sink.expect(std::slice::from_ref(&question));
    let source = platform.source("west").unwrap();
    let task = tokio::spawn(source.run(vec![question.clone()], sink.clone(), clock.clone(), stop.clone()));
    sink.changed().await;
    let Freshness::Failing { reason, .. } = sink.observed().get(&question.key).unwrap().freshness(clock.now()) else { panic!() };
    assert!(reason.contains("larger than 16 MiB"), "{reason}");
    stop.cancel();
    task.await.unwrap();
}
