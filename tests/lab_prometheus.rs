//! Prometheus, for real: how old what it says is, and what it says when things are gone.
#![allow(clippy::disallowed_methods, reason = "a test at the boundary has a real clock")]

mod support;

use std::sync::Arc;

use lifeboat::{
    model::{Ask, Clock, Duration, Question, Signal, Time, Value},
    plan::PrometheusLink,
    systems::{Sink, clock::SystemClock, prometheus},
};
use support::lab::{self, Piece};
use tokio_util::sync::CancellationToken;

fn link(url: &str) -> PrometheusLink {
    PrometheusLink { url: url.into(), token: None, ca: None }
}

/// One source with several questions, running until dropped.
struct Watch {
    sink: Sink,
    questions: Vec<Question>,
    stop: CancellationToken,
}

impl Watch {
    fn begin(url: &str, exprs: &[&str]) -> Self {
        let (sink, stop) = (Sink::default(), CancellationToken::new());
        let ask = |expr: &&str| Question::new("prom", Ask::Query { expr: (*expr).into() }, Duration::from_millis(300), None);
        let questions: Vec<_> = exprs.iter().map(ask).collect();
        tokio::spawn(prometheus::source("prom", &link(url)).run(
            questions.clone(),
            sink.clone(),
            Arc::new(SystemClock),
            stop.clone(),
        ));
        Self { sink, questions, stop }
    }
    /// The signal of the `n`-th question as soon as `good` says so of it; at most half a minute.
    async fn becomes(&self, n: usize, good: impl Fn(&Signal) -> bool) -> Signal {
        let seen = async {
            loop {
                match self.sink.observed().get(&self.questions[n].key) {
                    Some(signal) if good(signal) => return signal.clone(),
                    _ => self.sink.changed().await,
                }
            }
        };
        let seen = tokio::time::timeout(std::time::Duration::from_secs(30), seen).await;
        seen.unwrap_or_else(|_| panic!("{:?}: {:?}", self.questions[n].ask, self.sink.observed().get(&self.questions[n].key)))
    }
    async fn reason(&self, n: usize) -> String {
        self.becomes(n, |s| s.failure.is_some()).await.failure.unwrap().reason
    }
}
impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn answered(signal: &Signal) -> bool {
    signal.reading.is_some()
}
fn count(signal: &Signal) -> usize {
    signal.reading.as_ref().map_or(0, |r| r.samples.len())
}
fn age(signal: &Signal) -> Duration {
    Duration::between(signal.measured().unwrap(), signal.reading.as_ref().unwrap().read)
}
fn now() -> Time {
    SystemClock.now()
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_the_age_is_that_of_the_samples_and_what_is_gone_is_not_zero() {
    let pg = Piece::up("postgres", &[]);
    let prom = Piece::up("prometheus", &[pg.dir().to_str().unwrap()]);
    let watch = Watch::begin(
        prom.text("/url"),
        &[
            "up",
            "pg_up",
            "max_over_time(pg_up[5m])",
            "pg_up == 1 or vector(7)",
            "no_such_series",
            "1 / 0",
            "up{",
            "up[5m]",
            "max_over_time(up[10m:1s] offset 1s)",
            "absent(no_such_series)",
        ],
    );
    let up = watch.becomes(0, |s| count(s) == 2).await;
    assert!(up.reading.as_ref().unwrap().samples.iter().all(|s| s.labels.contains_key("job") && s.value == Value::Number(1.0)));
    assert!(age(&up) < Duration::from_secs(3), "scraped each second: {}", age(&up));
    watch.becomes(1, |s| count(s) == 1).await;
    let stepped = watch.becomes(8, |s| count(s) > 0).await;
    assert!(age(&stepped) < Duration::from_secs(3), "what looks back on purpose is not old: {}", age(&stepped));
    let absent = watch.becomes(4, answered).await;
    assert_eq!(count(&absent), 0, "no series is no sample, not a zero");
    assert_eq!(absent.measured(), absent.reading.as_ref().map(|r| r.read));
    let infinite = watch.becomes(5, answered).await;
    assert_eq!(infinite.sample(&[]).unwrap().value, Value::Number(f64::INFINITY));
    assert_eq!(watch.becomes(9, answered).await.sample(&[]).unwrap().value, Value::Number(1.0));
    let bad = watch.reason(6).await;
    assert!(bad.starts_with("prom (http://127.0.0.1") && bad.contains("refuses `up{`") && bad.contains("parse error"), "{bad}");
    assert!(watch.reason(7).await.contains("gives a range of samples"));

    // The exporter dies. `up` says so, freshly; its own series end; over a range they still have a value, which is old.
    let died = now();
    lab_kill(prom.number("/pids/postgres-exporter"));
    let down = watch.becomes(0, |s| s.sample(&[("job", "postgres")]).is_some_and(|x| x.value == Value::Number(0.0))).await;
    assert!(age(&down) < Duration::from_secs(3));
    watch.becomes(1, |s| s.reading.as_ref().is_some_and(|r| r.samples.is_empty())).await;
    let two_later = died + chrono::TimeDelta::seconds(4);
    let ranged = watch.becomes(2, |s| s.reading.as_ref().is_some_and(|r| r.read > two_later)).await;
    assert_eq!(count(&ranged), 1, "the range still holds it");
    assert!(ranged.measured().unwrap() < died + chrono::TimeDelta::seconds(2), "{:?} died {died}", ranged.measured());
    assert!(ranged.fresh_sample(now(), &[]).is_none(), "so it is stale, not green");
    let fallback = watch.becomes(3, |s| s.sample(&[]).is_some_and(|x| x.value == Value::Number(7.0))).await;
    assert!(age(&fallback) < Duration::from_secs(3), "vector(7) rests on nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn r29_a_cut_way_fails_and_mends() {
    let pg = Piece::up("postgres", &[]);
    let prom = Piece::up("prometheus", &[pg.dir().to_str().unwrap()]);
    let toxi = Piece::up("toxiproxy", &[]);
    let upstream = prom.text("/url").trim_start_matches("http://").to_owned();
    let way = lab::script("toxiproxy", "proxy.sh", &[toxi.text("/api"), "prom", "127.0.0.1:0", &upstream]);
    let watch = Watch::begin(&format!("http://{}", way.trim()), &["up"]);
    let good = watch.becomes(0, answered).await;
    lab::script("toxiproxy", "cut.sh", &[toxi.text("/api"), "prom"]);
    let reason = watch.reason(0).await;
    assert!(reason.starts_with("prom (http://127.0.0.1"), "{reason}");
    let failing = watch.becomes(0, |s| s.failure.as_ref().is_some_and(|f| f.reason.contains("nothing listens there"))).await;
    assert!(failing.reading.as_ref().unwrap().read >= good.reading.unwrap().read, "the last good answer stays beside it");
    lab::script("toxiproxy", "mend.sh", &[toxi.text("/api"), "prom"]);
    watch.becomes(0, |s| s.failure.is_none()).await;

    // Another server at the address.
    let wrong = Watch::begin(prom.text("/blackbox"), &["up"]);
    let reason = wrong.reason(0).await;
    assert!(reason.contains("unlike Prometheus"), "{reason}");
}

/// Ends one process of the lab by its noted pid.
fn lab_kill(pid: u64) {
    assert!(std::process::Command::new("kill").arg("-KILL").arg(pid.to_string()).status().unwrap().success());
}
