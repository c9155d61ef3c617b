//! One refresh of all cards: by our source, in a process of its own, and by `curl | jq` with the same queries.

use std::{
    process::{Command, Stdio},
    sync::Arc,
};

use lifeboat::{
    model::{Ask, Clock, Duration, Question},
    plan::PrometheusLink,
    systems::{
        Sink,
        clock::SystemClock,
        prometheus::{
            self,
            cards::{HABANALABS, HPU, exporters_query},
        },
    },
};
use nix::sys::resource::{UsageWho, getrusage};
use tokio_util::sync::CancellationToken;

const REFRESHES: u32 = 5;

pub struct Ours {
    pub cards: usize,
    pub cpu_ms: f64,
    pub peak_mib: f64,
}

fn cpu_ms(who: UsageWho) -> f64 {
    let usage = getrusage(who).expect("usage");
    let ms = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 * 1_000.0 + time.tv_usec() as f64 / 1_000.0;
    ms(usage.user_time()) + ms(usage.system_time())
}

/// Runs a child that does nothing but refresh, and hears from it.
pub fn ours(url: &str) -> Ours {
    let said = Command::new(std::env::current_exe().expect("this program")).args(["--refresh", url]).output().expect("a child");
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let mut figures = text.split_whitespace().map(|word| word.parse::<f64>().expect("a figure"));
    let mut next = || figures.next().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&said.stderr)));
    Ours { cards: next() as usize, cpu_ms: next(), peak_mib: next() }
}

pub fn child(words: &[String]) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let link = PrometheusLink { url: words[0].clone(), token: None, ca: None };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let question = Question::new("prom", Ask::Cards { select: None }, Duration::from_millis(1), None);
    let refresh = async |times: u32| {
        let mut cards = 0;
        for _ in 0..times {
            let (sink, stop) = (Sink::default(), CancellationToken::new());
            let running = tokio::spawn(prometheus::source("prom", &link).run(
                vec![question.clone()],
                sink.clone(),
                clock.clone(),
                stop.clone(),
            ));
            loop {
                sink.changed().await;
                let signals = sink.observed();
                let signal = signals.get(&question.key).expect("asked");
                if let Some(reading) = &signal.reading {
                    assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
                    cards = reading.cards.cards.len();
                    break;
                }
                assert!(signal.failure.is_none(), "{:?}", signal.failure);
            }
            stop.cancel();
            let _ = running.await;
        }
        cards
    };
    // The first opens the way.
    runtime.block_on(refresh(1));
    let before = cpu_ms(UsageWho::RUSAGE_SELF);
    let cards = runtime.block_on(refresh(REFRESHES));
    let each = (cpu_ms(UsageWho::RUSAGE_SELF) - before) / f64::from(REFRESHES);
    let peak = getrusage(UsageWho::RUSAGE_SELF).expect("usage").max_rss() as f64 / 1_024.0;
    println!("{cards} {each} {peak}");
}

/// CPU of one refresh in milliseconds: each of the same queries through `curl`, cut by `jq` to node, card and value.
pub fn curl_and_jq(url: &str) -> f64 {
    let mut queries = vec![exporters_query("")];
    queries.extend([HABANALABS.presence_query(""), HABANALABS.age_query("")]);
    queries.extend(HABANALABS.measure_queries(""));
    queries.push(HPU.presence_query(""));
    let before = cpu_ms(UsageWho::RUSAGE_CHILDREN);
    for query in &queries {
        let mut curl = Command::new("curl")
            .args(["-s", &format!("{url}/api/v1/query"), "--data-urlencode", &format!("query={query}")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("curl");
        let input = curl.stdout.take().expect("its output");
        let cut = ".data.result[] | [.metric.instance, .metric.id, .value[1]]";
        let jq = Command::new("jq").args(["-c", cut]).stdin(input).stdout(Stdio::null()).status().expect("jq");
        assert!(jq.success() && curl.wait().expect("curl").success());
    }
    cpu_ms(UsageWho::RUSAGE_CHILDREN) - before
}
