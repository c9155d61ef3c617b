//! A Prometheus to be made hostile.

use std::sync::Arc;

use lifeboat::model::Clock;
use serde_json::json;

use super::http::{Good, Heard, Speech};

/// Answers every query with one series.
pub struct Prometheus {
    pub clock: Arc<dyn Clock>,
    /// What its series are labelled with.
    pub label: &'static str,
}

impl Speech for Prometheus {
    fn good(&self, heard: &Heard) -> Good {
        let now = self.clock.now().timestamp_millis() as f64 / 1000.0;
        let value = if heard.body.contains("timestamp") { now.to_string() } else { "1".to_owned() };
        let series = json!([{"metric": {"job": self.label}, "value": [now, value]}]);
        let body = json!({"status": "success", "warnings": [self.label], "data": {"resultType": "vector", "result": series}});
        let more = |n: u64| match n {
            1 => r#"{"status":"success","data":{"resultType":"vector","result":["#.to_owned(),
            n => format!(r#"{{"metric":{{"job":"{n}"}},"value":[1,"1"]}},"#).repeat(1_000),
        };
        Good { body: body.to_string(), more }
    }
    fn refusal(&self, words: &str) -> String {
        json!({"status": "error", "errorType": words, "error": words}).to_string()
    }
    fn turned_away(&self) -> String {
        "<html><h1>No</h1></html>".to_owned()
    }
    fn refuses(&self) -> u16 {
        422
    }
}
