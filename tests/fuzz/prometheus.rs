//! Replies of Prometheus: none breaks the decoder, and no value comes out that did not stand in the reply.

use lifeboat::systems::prometheus::reply::{MOST_SERIES, decode};
use serde_json::{Value, json};

use super::engine::fuzz;

fn seeds() -> Vec<Vec<u8>> {
    let series = |job: &str, value: &str| json!({"metric": {"__name__": "up", "job": job}, "value": [1_700_000_000.5, value]});
    [
        json!({"status": "success", "data": {"resultType": "vector", "result": [series("a", "1"), series("b", "NaN"), series("c", "17.25")]},
            "warnings": ["partial response"], "infos": ["a hint"]}),
        json!({"status": "success", "data": {"resultType": "scalar", "result": [1_700_000_000, "42"]}}),
        json!({"status": "success", "data": {"resultType": "vector", "result": []}}),
        json!({"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[1, "2"]]}]}}),
        json!({"status": "error", "errorType": "timeout", "error": "query timed out"}),
    ]
    .map(|reply| reply.to_string().into_bytes())
    .into()
}

/// Every text of a reply that reads as a number.
fn numbers(value: &Value, found: &mut Vec<f64>) {
    match value {
        Value::String(text) => found.extend(text.parse::<f64>().ok()),
        Value::Array(items) => items.iter().for_each(|item| numbers(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| numbers(field, found)),
        _ => {}
    }
}

#[test]
fn a_changed_reply_gives_no_value_that_is_not_in_it() {
    fuzz("prometheus", seeds(), 2_000, |bytes| {
        let Ok(answer) = decode(bytes, MOST_SERIES) else { return };
        // Half of a surrogate pair in a field that nobody reads hinders only this one.
        let Ok(reply) = serde_json::from_slice::<Value>(bytes) else { return };
        let mut said = Vec::new();
        numbers(&reply, &mut said);
        for point in &answer.points {
            let there = said.iter().any(|number| number.to_bits() == point.value.to_bits());
            assert!(there, "{} stands nowhere in {reply}", point.value);
            let texts = point.labels.iter().flat_map(|(name, value)| [name, value]);
            assert!(texts.chain(&answer.warnings).all(|text| !text.chars().any(char::is_control)));
        }
        assert!(answer.points.is_empty() == answer.evaluated.is_none());
    });
}
