//! Trap: the past of a series has gaps, NaN and -1 in it, and ends; none of that is a size.

use std::{sync::Arc, time::Duration as Span};

use lifeboat::{
    model::{Ask, Clock, Duration, Question, Reading},
    plan::PrometheusLink,
    systems::{Sink, clock::SystemClock, prometheus},
};
use tokio_util::sync::CancellationToken;

use super::exporters::Exporter;
use crate::support::lab::Piece;

/// The last minute, second by second, as Lifeboat reads it now.
async fn past(url: &str, expr: &str) -> Result<Arc<Reading>, String> {
    let (sink, stop) = (Sink::default(), CancellationToken::new());
    let ask = Ask::History { expr: expr.into(), span: Duration::from_mins(1), step: Duration::from_secs(1) };
    let question = Question::new("prom", ask, Duration::from_mins(10), None);
    let link = PrometheusLink { url: url.into(), token: None, ca: None };
    let source = prometheus::source("prom", &link);
    tokio::spawn(source.run(vec![question.clone()], sink.clone(), Arc::new(SystemClock), stop.clone()));
    let answered = async {
        loop {
            let observed = sink.observed();
            match observed.get(&question.key).map(|signal| (signal.reading.clone(), signal.failure.clone())) {
                Some((Some(reading), None)) => return Ok(reading),
                Some((_, Some(failure))) => return Err(failure.reason),
                _ => sink.changed().await,
            }
        }
    };
    let answer = tokio::time::timeout(Span::from_secs(10), answered).await.expect("an answer within 10 s");
    stop.cancel();
    answer
}

/// Values in the order in which they came, each once; and the longest stretch without one, in seconds.
fn told(reading: &Reading) -> (Vec<String>, i64) {
    let at = |n: usize| reading.samples[n].labels["at"].parse::<f64>().unwrap() as i64;
    let mut values: Vec<String> = reading.samples.iter().map(|sample| sample.value.to_string()).collect();
    values.dedup();
    (values, (1..reading.samples.len()).map(|n| at(n) - at(n - 1)).max().unwrap_or(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn never_nan_gaps_and_the_end_of_a_series_stay_what_they_are() {
    let line = |value: &str| {
        Some(format!("backup_bytes{{set=\"a\"}} {value}\nbackup_runs{{set=\"a\"}} 1\nbackup_runs{{set=\"b\"}} 1\n"))
    };
    let exporter = Exporter::new(line("-1").unwrap());
    let postgres = Piece::up("postgres", &[]);
    let job = format!("backups=127.0.0.1:{}", exporter.port);
    let prometheus = Piece::up("prometheus", &[postgres.dir().to_str().unwrap(), &job]);
    let url = prometheus.text("/url").to_owned();
    let began = SystemClock.now();
    let until = async |wanted: &[&str], gap: i64| {
        loop {
            let reading = past(&url, "max(backup_bytes)").await.unwrap();
            let (values, longest) = told(&reading);
            if values.ends_with(&wanted.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()) && longest >= gap {
                return reading;
            }
            assert!(
                Duration::between(began, SystemClock.now()) < Duration::from_secs(50),
                "wanted {wanted:?}: {values:?}, {longest}"
            );
            tokio::time::sleep(Span::from_millis(200)).await;
        }
    };
    until(&["-1"], 0).await;
    exporter.says(line("NaN"));
    until(&["-1", "NaN"], 0).await;
    // Away: the series ends at once, not five minutes later.
    exporter.says(None);
    tokio::time::sleep(Span::from_secs(4)).await;
    exporter.says(line("42"));
    let reading = until(&["-1", "NaN", "42"], 3).await;
    assert!(reading.samples.len() < 60, "where it had no value there is none");
    assert!(reading.samples.iter().all(|sample| Duration::between(sample.measured, reading.read) < Duration::from_secs(5)));
    exporter.says(Some("other 1\n".into()));
    // A series that ended has no value any more: it stops growing old at its last one.
    let asked = SystemClock.now();
    loop {
        let ended = past(&url, "max(backup_bytes)").await.unwrap();
        let newest = ended.samples.last().unwrap().labels["at"].parse::<f64>().unwrap() as i64;
        if ended.read.timestamp() - newest >= 3 {
            break;
        }
        assert!(Duration::between(asked, SystemClock.now()) < Duration::from_secs(20), "it goes on: {newest}");
        tokio::time::sleep(Span::from_millis(200)).await;
    }

    assert_eq!(past(&url, "no_such_series").await.unwrap().samples.len(), 0, "no past is none, and no error");
    let two = past(&url, "backup_runs").await.unwrap_err();
    assert!(two.contains("`backup_runs` gives 2 series over time: aggregate it to one"), "{two}");
    let bad = past(&url, "up{").await.unwrap_err();
    assert!(bad.contains("refuses `up{`") && bad.contains("parse error"), "{bad}");
}
