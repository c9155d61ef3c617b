//! `lifeboat doctor`: what it says, and by which exit code, without servers of the lab.

use std::{
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use lifeboat::report::doctor;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::Value;

const PLAN: &str = "apiVersion: lifeboat/v1
kind: Plan
name: shop
regions: [{name: east, role: primary}]
";

struct Shell(tempfile::TempDir);

impl Shell {
    /// A plan with `connections` (YAML in braces) and the steps of a runbook `failover`.
    fn with(connections: &str, steps: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("runbooks")).unwrap();
        std::fs::write(home.path().join("plan.yaml"), format!("{PLAN}connections: {connections}\n")).unwrap();
        let shell = Self(home);
        shell.book("failover", steps);
        shell
    }
    fn book(&self, name: &str, steps: &str) {
        let text = format!("apiVersion: lifeboat/v1\nkind: Runbook\nname: {name}\nsteps:\n{steps}");
        std::fs::write(self.path().join(format!("runbooks/{name}.yaml")), text).unwrap();
    }
    fn path(&self) -> &Path {
        self.0.path()
    }
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }
    fn doctor(&self, args: &[&str]) -> (i32, String, String) {
        self.doctor_in("/usr/bin:/bin", args)
    }
    fn doctor_in(&self, programs: &str, args: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command.arg("doctor").args(args).env_clear().current_dir(self.path()).stdin(Stdio::null());
        command.env("HOME", self.path()).env("PATH", programs).env("HAS_TOKEN", "t0ken-5ecret").env("USER", "ada");
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code().unwrap(), text(stdout), text(stderr))
    }
    fn told(&self) -> (i32, Value) {
        let (code, out, _) = self.doctor(&["--json"]);
        let told: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}"));
        let validator = jsonschema::validator_for(&doctor::schema()).unwrap();
        let errors: Vec<_> = validator.iter_errors(&told).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        (code, told)
    }
}

/// The checks about `aspect`: `ready what: words`.
fn about(told: &Value, aspect: &str) -> Vec<String> {
    let spots = told["spots"].as_array().unwrap().iter();
    let checks = spots.flat_map(|spot| spot["checks"].as_array().unwrap()).filter(|check| check["aspect"] == aspect);
    checks
        .map(|check| {
            let text = |key: &str| check[key].as_str().unwrap();
            format!("{} {}: {}", text("ready"), text("what"), text("words"))
        })
        .collect()
}

#[test]
fn a_program_that_is_there_is_good_and_nothing_is_run() {
    let shell = Shell::with("{}", "  - {id: go, title: Go, action: command.run, with: {argv: [touch, ran]}}\n");
    let (code, out, err) = shell.doctor(&[]);
    assert_eq!((code, err.as_str()), (0, "1 of 1 hold.\n"), "{out}");
    assert!(out.contains("this machine  command") && out.contains("✓ program") && out.contains("/touch"), "{out}");
    assert!(!shell.path().join("ran").exists() && !out.contains('\u{1b}'), "{out}");
}

#[test]
fn a_program_that_is_missing_and_a_folder_that_is_not_there_are_bad_news() {
    let steps = "  - {id: one, title: One, action: command.run, with: {argv: [no-such-program, 'arg-5ecret']}}
  - {id: two, title: Two, action: command.run, with: {argv: ['./own']}}
  - {id: three, title: Three, action: command.run, with: {argv: [ls], cwd: nowhere}}
  - {id: four, title: Four, action: command.run, with: {argv: [no-such-program]}}
";
    let shell = Shell::with("{}", steps);
    shell.write("own", "#!/bin/sh\n");
    let (code, out, err) = shell.doctor(&[]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("✗ program") && out.contains("no program `no-such-program` was found on PATH (/usr/bin:/bin)"), "{out}");
    assert!(out.contains("for failover one, failover four") && out.contains("mend: install it here"), "{out}");
    assert!(out.contains("no program `./own` was found as an executable file"), "not executable: {out}");
    assert!(out.contains("nowhere to start it in is not there") && out.contains("mend: make it, or correct `cwd`"), "{out}");
    assert!(!out.contains("5ecret"), "arguments may be private: {out}");
    assert_eq!(err, "1 of 4 hold; 3 would fail now. Not ready: failover two, failover three, failover one, failover four.\n");
}

#[test]
fn an_unknown_runbook_and_a_broken_plan_are_wrong_input() {
    let shell = Shell::with("{}", "  - {id: go, title: Go, action: command.run, with: {argv: [ls]}}\n");
    shell.book("other", "  - {id: no, title: No, action: command.run, with: {argv: [no-such-program]}}\n");
    let (code, out, err) = shell.doctor(&["failovr"]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert_eq!(err, "lifeboat: the plan has no runbook `failovr`: did you mean `failover`?\n");
    let (_, _, err) = shell.doctor(&["banana"]);
    assert!(err.contains("it has failover, other"), "{err}");
    assert_eq!(shell.doctor(&["failover"]).0, 0, "only what is named is asked about");
    assert_eq!(shell.doctor(&[]).0, 1);
    shell.book("failover", "  - {id: go, title: Go, action: command.rum, with: {argv: [ls]}}\n");
    let (code, out, err) = shell.doctor(&[]);
    assert!(code == 3 && out.is_empty() && err.contains("command.run"), "{err}");
    let (code, _, err) = Shell(tempfile::tempdir().unwrap()).doctor(&[]);
    assert!(code == 3 && err.contains("--plan DIR"), "{err}");
}

#[test]
fn runbooks_that_run_in_place_are_asked_about_too() {
    let shell = Shell::with("{}", "  - {id: more, title: More, runbook: other}\n");
    shell.book("other", "  - {id: no, title: No, action: command.run, with: {argv: [no-such-program]}}\n");
    let (code, out, _) = shell.doctor(&["failover"]);
    assert!(code == 1 && out.contains("for other no"), "{out}");
}

const POST: &str = "  - {id: post, title: Post, action: http.request, with: {via: api, method: POST, path: /go}}\n";

#[test]
fn who_does_not_answer_cannot_be_told_and_secrets_are_looked_for_all_the_same() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let connections = format!("{{api: {{http: {{url: 'https://127.0.0.1:{nobody}', act: {{token: {{env: HAS_TOKEN}}}}}}}}}}");
    let shell = Shell::with(&connections, POST);
    let (code, told) = shell.told();
    assert_eq!((code, told["ready"].as_str()), (2, Some("cannot_tell")), "{told:#}");
    assert!(about(&told, "reachable")[0].contains("nothing listens"), "{told:#}");
    assert_eq!(about(&told, "secret"), ["yes the environment variable HAS_TOKEN: can be read"]);
    let (_, out, err) = shell.doctor(&[]);
    assert!(out.contains("? reachable") && err.contains("1 cannot be told"), "{out}{err}");
    assert!(!out.contains("5ecret"), "{out}");

    shell.write("plan.yaml", &format!("{PLAN}connections: {}\n", connections.replace("HAS_TOKEN", "NOT_SET")));
    let (code, told) = shell.told();
    assert_eq!(code, 1, "what would fail is worse than what is not known");
    assert!(about(&told, "secret")[0].starts_with("no the environment variable NOT_SET: "), "{told:#}");
    assert_eq!(told["spots"][0]["checks"][0]["steps"][0], serde_json::json!({"runbook": "failover", "step": "post"}));
}

#[test]
fn each_kind_of_secret_is_looked_for_where_the_plan_says() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let login = |secret: &str| format!("{{user: x, password: {secret}}}");
    let db = format!("host: 127.0.0.1, port: {nobody}, dbname: shop, tls: false");
    let connections = format!(
        "{{db: {{postgres: {{{db}, observe: {}, act: {}}}}}}}",
        login("{file: there}"),
        login("{command: [no-such-pass, show]}")
    );
    let shell =
        Shell::with(&connections, "  - {id: up, title: Up, action: postgres.promote, irreversible: true, with: {via: db}}\n");
    shell.write("there", "pw-5ecret\n");
    let (code, out, _) = shell.doctor(&[]);
    assert!(code == 1 && out.contains("✓ secret") && out.contains("there") && out.contains("✗ secret"), "{out}");
    assert!(out.contains("the program no-such-pass could not be started") && !out.contains("5ecret"), "{out}");
}

#[test]
fn what_only_an_incident_brings_cannot_be_told() {
    let steps = "  - {id: where, title: Where, decision: {ask: Where?, value: text}}
  - {id: go, title: Go, action: command.run, with: {argv: {result: where}}}
";
    let (code, told) = Shell::with("{}", steps).told();
    assert_eq!(
        (code, about(&told, "step")),
        (2, vec!["cannot_tell command.run: its `argv` is known only in an incident".into()])
    );
}

#[test]
fn the_schema_needs_no_plan_and_a_runbook_of_checks_asks_nothing() {
    let (code, schema, _) = Shell(tempfile::tempdir().unwrap()).doctor(&["--schema"]);
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert_eq!((code, &schema["properties"]["form"]["const"]), (0, &"lifeboat/doctor/v1".into()));
    let (code, _, err) = Shell::with("{}", "  - {id: see, title: See}\n").doctor(&[]);
    assert_eq!((code, err.as_str()), (0, "No step calls anything: nothing was asked.\n"));
}

/// A TLS server by an authority of its own that counts what it is sent; a request would be more than nothing.
struct Web {
    port: u16,
    heard: Arc<AtomicUsize>,
    ca: String,
    _runtime: tokio::runtime::Runtime,
}

impl Web {
    fn up(names: &[&str], from: chrono::TimeDelta, until: chrono::TimeDelta) -> Self {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
        let since_2000 = |span: chrono::TimeDelta| Duration::from_secs((now + span.num_seconds() - 946_684_800) as u64);
        let at = |span| rcgen::date_time_ymd(2000, 1, 1) + since_2000(span);
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let own = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        (params.not_before, params.not_after) = (at(from), at(until));
        let certificate = params.signed_by(&own, &issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.serialize_der())),
            )
            .unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(AtomicUsize::new(0));
        let (acceptor, counted) = (tokio_rustls::TlsAcceptor::from(Arc::new(config)), heard.clone());
        runtime.spawn(async move {
            use tokio::io::AsyncReadExt;
            while let Ok((tcp, _)) = listener.accept().await {
                let (acceptor, counted) = (acceptor.clone(), counted.clone());
                tokio::spawn(async move {
                    if let Ok(mut stream) = acceptor.accept(tcp).await {
                        let mut bytes = [0; 1024];
                        while let Ok(n @ 1..) = stream.read(&mut bytes).await {
                            counted.fetch_add(n, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        Self { port, heard, ca: authority.pem(), _runtime: runtime }
    }

    fn asked(&self, token: &str) -> (i32, Value) {
        let url = format!("https://127.0.0.1:{}", self.port);
        let shell =
            Shell::with(&format!("{{api: {{http: {{url: '{url}', ca: ca.pem, act: {{token: {{file: token}}}}}}}}}}"), POST);
        shell.write("ca.pem", &self.ca);
        shell.write("token", token);
        let told = shell.told();
        assert_eq!(self.heard.load(Ordering::SeqCst), 0, "the request was sent");
        told
    }
}

const DAY: chrono::TimeDelta = chrono::TimeDelta::days(1);

#[test]
fn a_certificate_is_good_ends_soon_has_ended_or_is_another_s_and_no_request_is_sent() {
    let (code, told) = Web::up(&["127.0.0.1"], -DAY, DAY * 90).asked("opaque");
    assert_eq!(code, 0, "{told:#}");
    assert!(about(&told, "tls")[0].starts_with("yes its certificate: expires in 89d"), "{told:#}");
    assert!(about(&told, "login")[0].contains("only a request would tell"), "{told:#}");
    let (code, told) = Web::up(&["127.0.0.1"], -DAY, DAY * 13).asked("opaque");
    assert_eq!((code, told["ready"].as_str()), (0, Some("warned")), "{told:#}");
    assert!(about(&told, "tls")[0].starts_with("warned its certificate: expires in 12d"), "{told:#}");
    let (code, told) = Web::up(&["127.0.0.1"], -DAY * 2, -DAY).asked("opaque");
    assert!(code == 1 && about(&told, "tls")[0].ends_with("its certificate has expired: renew it there"), "{told:#}");
    let (code, told) = Web::up(&["elsewhere.example"], -DAY, DAY * 90).asked("opaque");
    assert!(code == 1 && about(&told, "tls")[0].contains("is not for `127.0.0.1`"), "{told:#}");
}

#[test]
fn a_token_that_says_when_it_ends_is_believed_and_never_shown() {
    let web = Web::up(&["127.0.0.1"], -DAY, DAY * 90);
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let token = |exp: u64| format!("e30.{}.5ecret", URL_SAFE_NO_PAD.encode(format!(r#"{{"exp": {exp}}}"#)));
    for (exp, code, ready) in [(now - 60, 1, "no"), (now + 1_600, 0, "warned"), (now + 86_400, 0, "yes")] {
        let (found, told) = web.asked(&token(exp));
        assert!(found == code && about(&told, "expiry")[0].starts_with(&format!("{ready} the token from the file")), "{told:#}");
        assert!(!told.to_string().contains("5ecret"), "{told:#}");
    }
}

#[test]
fn a_server_that_takes_connections_and_says_nothing_cannot_be_told_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let shell = Shell::with(&format!("{{api: {{http: {{url: 'https://127.0.0.1:{port}'}}}}}}"), POST);
    let (code, out, _) = shell.doctor(&["--wait", "1s"]);
    assert!(code == 2 && out.contains("not all was answered within 1s"), "{out}");
}

#[test]
fn control_characters_from_outside_do_not_reach_the_terminal() {
    let steps = "  - {id: go, title: Go, action: command.run, with: {argv: [no-such-program]}}\n";
    let (code, out, err) = Shell::with("{}", steps).doctor_in("/usr/bin:/\u{1b}[2J\u{202e}", &[]);
    assert!(code == 1 && out.contains("PATH (/usr/bin:/\\u{1b}[2J\\u{202e})"), "{out:?} {err:?}");
    assert!(!out.contains(['\u{1b}', '\u{202e}']), "{out:?}");
}
