//! `lifeboat status`: what a script and a person are told, and by which exit code.

mod support;

use std::process::{Command, Output, Stdio};

use lifeboat::report::status;
use support::pictures;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::path};

#[test]
fn an_outage_reads_well_as_text() {
    insta::assert_snapshot!(status::text(&status::status(&pictures::outage())));
}

#[test]
fn peace_reads_well_as_text() {
    insta::assert_snapshot!(status::text(&status::status(&pictures::peace())));
}

#[test]
fn what_is_printed_keeps_to_the_published_schema() {
    let validator = jsonschema::validator_for(&status::schema()).unwrap();
    for picture in [pictures::outage(), pictures::peace(), pictures::empty()] {
        let printed = serde_json::to_value(status::status(&picture)).unwrap();
        let errors: Vec<_> = validator.iter_errors(&printed).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    let mut other = serde_json::to_value(status::status(&pictures::peace())).unwrap();
    other["form"] = "lifeboat/status/v2".into();
    assert!(!validator.is_valid(&other), "another form is another schema");
}

/// A Prometheus by its documented answers, whose every series has one value, measured a second ago.
struct Prometheus(f64);
impl Respond for Prometheus {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
        let age = String::from_utf8_lossy(&request.body).contains("timestamp");
        let value = if age { (now - 1.0).to_string() } else { self.0.to_string() };
        ResponseTemplate::new(200).set_body_json(serde_json::json!({
            "status": "success",
            "data": {"resultType": "vector", "result": [{"metric": {}, "value": [now, value]}]},
        }))
    }
}

async fn prometheus(value: f64) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(path("/api/v1/query")).respond_with(Prometheus(value)).mount(&server).await;
    server
}

const PLAN: &str = "apiVersion: lifeboat/v1
kind: Plan
name: orders
regions: [{name: east, role: primary}]
connections: {prom: {prometheus: {url: URL}}}
tiers: {critical: {rto: 1h}}
services: [{name: shop, tier: critical, region: east, healthy: {query: {via: prom, expr: up, expect: \"== 1\"}}}]
";

struct Shell(tempfile::TempDir);

impl Shell {
    fn with(url: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("plan.yaml"), PLAN.replace("URL", url)).unwrap();
        Self(home)
    }

    async fn status(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command.arg("status").args(args).env_clear().current_dir(self.0.path()).stdin(Stdio::null());
        command.env("HOME", self.0.path()).env("XDG_STATE_HOME", self.0.path().join("state")).env("USER", "ada");
        // The server that it asks lives on this runtime.
        let Output { status, stdout, stderr } = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code().unwrap(), text(stdout), text(stderr))
    }

    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }
}

#[tokio::test]
async fn all_met_is_good_and_leaves_no_file() {
    let server = prometheus(1.0).await;
    let shell = Shell::with(&server.uri());
    let (code, out, err) = shell.status(&[]).await;
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("PRODUCTION") && out.contains("no open incident") && out.contains("1 of 1 answer"), "{out}");
    assert_eq!(shell.files(), ["plan.yaml"]);
}

#[tokio::test]
async fn a_service_that_fails_is_bad_news() {
    let server = prometheus(0.0).await;
    let (code, out, err) = Shell::with(&server.uri()).status(&["--json"]).await;
    assert_eq!((code, err.as_str()), (1, ""), "{out}");
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["tiers"][0]["services"][0]["health"], "failing");
    assert_eq!((&told["verdict"], &told["connections"][0]["known"]), (&"at_risk".into(), &"fresh".into()));
}

#[tokio::test]
async fn who_cannot_see_cannot_tell() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (code, out, _) = Shell::with(&format!("http://{nobody}")).status(&[]).await;
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("cannot tell") && out.contains("connection refused"), "{out}");
}

#[tokio::test]
async fn wrong_input_is_named_and_the_schema_needs_no_plan() {
    let shell = Shell::with("http://127.0.0.1:1");
    let (code, out, err) = shell.status(&["--journal", "none.db"]).await;
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("there is no journal none.db"), "{err}");
    let (code, _, err) = shell.status(&["--plan", "nowhere"]).await;
    assert!(code == 3 && err.contains("nowhere"), "{err}");
    let (code, schema, _) = shell.status(&["--schema"]).await;
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert_eq!((code, &schema["properties"]["form"]["const"]), (0, &"lifeboat/status/v1".into()));
}
