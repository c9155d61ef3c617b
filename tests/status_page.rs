//! `lifeboat status --html`: one page for people outside, with nothing of the inside on it.

mod support;

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use lifeboat::report::status;
use support::pictures;

fn page(picture: &lifeboat::picture::Picture) -> String {
    status::html(&status::status(picture), Some("10s".parse().unwrap()))
}

#[test]
fn it_says_how_bad_it_is_and_needs_nothing_else() {
    let page = page(&pictures::outage());
    for said in
        ["SEV 1: us-east-1 lost", "Down for 41m07s", "standard", "will miss", "18m53s", "~02:58Z", "6 of 14 steps", "1h22m"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    for foreign in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}: nothing is fetched from anywhere");
    }
    assert!(page.contains("width=device-width") && page.contains("prefers-color-scheme"));
    assert!(page.contains("data-old=\"30\"") && page.contains("http-equiv=\"refresh\" content=\"10\""));
}

#[test]
fn no_phone_host_connection_or_reply_is_on_it() {
    let mut picture = pictures::peace();
    picture.links[0].words = "refused: 10.2.0.15:5432 connection refused".into();
    picture.trouble = vec!["the journal /home/ada/lifeboat.db cannot be written".into()];
    let page = page(&picture);
    for inside in ["10.2.0.15", "refused", "prom-west", "db-east", "orders-db-west", "/home/ada", "555"] {
        assert!(!page.contains(inside), "{inside}: {page}");
    }
    assert!(page.contains("If this were lost now") && page.contains("us-east-1"));
}

#[test]
fn what_people_wrote_is_text_and_nothing_else() {
    let mut picture = pictures::outage();
    picture.incident.as_mut().unwrap().title = "<script>alert(1)</script> & \"x\" \u{202e}".into();
    let page = page(&picture);
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;") && !page.contains("<script>alert"),
        "{page}"
    );
    assert!(!page.contains('\u{202e}'));
}

#[test]
fn a_drill_says_that_nothing_of_it_is_real() {
    let mut picture = pictures::outage();
    picture.incident.as_mut().unwrap().drill = true;
    let page = page(&picture);
    assert!(page.contains("DRILL: SEV 1") && page.contains("Drill: nothing of this is real"), "{page}");
}

/// A plan whose only server does not answer.
fn plan(folder: &Path) {
    let plan = "apiVersion: lifeboat/v1\nkind: Plan\nname: orders\nconnections: {prom: {prometheus: {url: \"http://127.0.0.1:9\"}}}\n\
                tiers: {critical: {rto: 1h}}\n\
                services: [{name: shop, tier: critical, healthy: {query: {via: prom, expr: up, expect: \"== 1\"}}}]\n";
    std::fs::write(folder.join("plan.yaml"), plan).unwrap();
}

fn lifeboat(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(["status", "--plan"]).arg(folder).args(words).env("XDG_STATE_HOME", folder).stdin(Stdio::null());
    command
}

#[test]
fn once_it_is_written_and_the_exit_code_tells() {
    let folder = tempfile::tempdir().unwrap();
    plan(folder.path());
    let file = folder.path().join("status.html");
    let output = lifeboat(folder.path(), &["--html", file.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "nothing answers: {}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(page.contains("cannot tell") && !page.contains("http-equiv=\"refresh\""), "{page}");
    let beside: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 2, "the plan and the page: {beside:?}");
    let nowhere = lifeboat(folder.path(), &["--html", "/proc/no/such/page.html"]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("cannot be written"));
    let alone = lifeboat(folder.path(), &["--watch"]).output().unwrap();
    assert_eq!(alone.status.code(), Some(3), "--watch is of the page");
}

struct Ended(Child);
impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a program of its own has a real clock")]
fn watched_it_is_written_anew_and_never_half() {
    let folder = tempfile::tempdir().unwrap();
    plan(folder.path());
    let file = folder.path().join("status.html");
    let command = &mut lifeboat(folder.path(), &["--html", file.to_str().unwrap(), "--watch", "1s", "--wait", "1s"]);
    let _running = Ended(command.spawn().unwrap());
    let made = |page: &str| page.split("data-made=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 3 {
        assert!(Instant::now() < deadline, "{seen:?}");
        if let Ok(page) = std::fs::read_to_string(&file) {
            assert!(page.trim_end().ends_with("</html>"), "half a page: {page}");
            seen.insert(made(&page));
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
