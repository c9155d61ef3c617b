//! Recovery points from a list in JSON, each an item of it.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::json::{at, plain};
use crate::model::{Sample, Time, Value, listing::JsonList, time};

/// More items are not looked through.
const MOST_ITEMS: usize = 20_000;
/// Of so many of the newest it is told.
const MOST_POINTS: usize = 1_000;

/// The items of `answer` that are recovery points by `list`: each its size in bytes (NaN where none is told), with the labels `at`
/// (seconds since 1970) and, where told, `took` (seconds); the oldest first. `asked`: when it was measured.
pub fn points(answer: &Json, list: &JsonList, asked: Time) -> Result<Vec<Sample>, String> {
    let place = list.of.as_deref().unwrap_or("the answer");
    let items = list.of.as_deref().map_or(Some(answer), |of| at(answer, of)).and_then(Json::as_array);
    let items = items.ok_or_else(|| format!("its JSON holds no list at {place}"))?;
    if items.len() > MOST_ITEMS {
        return Err(format!(
            "its list holds {} items, more than {MOST_ITEMS}: ask for the newest by a query in `path`",
            items.len()
        ));
    }
    let is_meant = |item: &Json| {
        let holds = |(place, wanted): (&String, &crate::model::Limit)| {
            at(item, place).and_then(plain).is_some_and(|value| wanted.holds(&value) == Ok(true))
        };
        list.only.iter().all(holds)
    };
    let mut found: Vec<(f64, Sample)> = Vec::new();
    for item in items.iter().filter(|item| is_meant(item)) {
        // A list whose times cannot be read must not pass for one without recovery points.
        let made = at(item, &list.time).and_then(plain).and_then(|value| seconds(&value, asked));
        let made = made.ok_or_else(|| format!("an item of its list has no time at {}", list.time))?;
        let number = |place: &Option<String>| at(item, place.as_deref()?).and_then(plain)?.number();
        let mut labels = BTreeMap::from([("at".to_owned(), made.to_string())]);
        labels.extend(number(&list.took).map(|took| ("took".to_owned(), took.to_string())));
        found.push((made, Sample { value: Value::Number(number(&list.size).unwrap_or(f64::NAN)), labels, measured: asked }));
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(found.split_off(found.len().saturating_sub(MOST_POINTS)).into_iter().map(|(_, sample)| sample).collect())
}

fn seconds(value: &Value, asked: Time) -> Option<f64> {
    match value {
        Value::Number(seconds) => Some(*seconds).filter(|seconds| seconds.is_finite() && *seconds > 0.0),
        Value::Text(text) => time::parse_any_day(text, asked).ok().map(|at| at.timestamp_millis() as f64 / 1_000.0),
        Value::Truth(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn list(more: Json) -> JsonList {
        let mut list = json!({"time": "created_at"});
        list.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(list).unwrap()
    }
    fn told(answer: &Json, list: &JsonList) -> Result<Vec<(String, String, Option<String>)>, String> {
        let asked = Time::from_timestamp(1_800_000_000, 0).unwrap();
        let one = |s: Sample| (s.labels["at"].clone(), s.value.to_string(), s.labels.get("took").cloned());
        Ok(points(answer, list, asked)?.into_iter().map(one).collect())
    }

    #[test]
    fn what_is_meant_is_told_in_order() {
        let answer = json!({"backups": [
            {"created_at": "2026-11-20T02:07:00Z", "bytes": 900, "status": {"word": "completed"}, "seconds": 61},
            {"created_at": 1_763_600_000, "bytes": 800, "status": {"word": "completed"}},
            {"created_at": "2026-11-21T02:07:00Z", "bytes": 10, "status": {"word": "failed"}},
        ]});
        let meant = list(json!({"of": "/backups", "size": "bytes", "took": "seconds", "only": {"/status/word": "completed"}}));
        let at = |at: &str, size: &str, took: Option<&str>| (at.to_owned(), size.to_owned(), took.map(str::to_owned));
        assert_eq!(told(&answer, &meant).unwrap(), [at("1763600000", "800", None), at("1795140420", "900", Some("61"))]);
        assert_eq!(told(&json!([]), &list(json!({}))).unwrap(), []);
    }

    #[test]
    fn what_is_no_list_of_times_is_no_empty_list() {
        assert!(told(&json!({"items": 3}), &list(json!({"of": "items"}))).unwrap_err().contains("no list at items"));
        assert!(told(&json!([{"created_at": "lately"}]), &list(json!({}))).unwrap_err().contains("no time at created_at"));
        let many = Json::Array(vec![json!({"created_at": 1}); MOST_ITEMS + 1]);
        assert!(told(&many, &list(json!({}))).unwrap_err().contains("more than 20000"));
        let full = Json::Array((1..=1_010).map(|at| json!({"created_at": at})).collect());
        assert_eq!(told(&full, &list(json!({}))).unwrap().len(), 1_000);
    }
}
