//! A place in JSON, and the plain value that stands there.

use serde_json::Value as Json;

use crate::model::Value;

/// A longer text is no value to compare.
const LONGEST: usize = 4096;

/// What stands at `place`: a JSON pointer (`/data/0/state`, RFC 6901), or names and numbers with dots between (`data.0.state`).
pub fn at<'a>(json: &'a Json, place: &str) -> Option<&'a Json> {
    if place.starts_with('/') {
        return json.pointer(place);
    }
    place.split('.').try_fold(json, |inside, step| match inside {
        Json::Object(map) => map.get(step),
        Json::Array(list) => step.parse::<usize>().ok().and_then(|n| list.get(n)),
        _ => None,
    })
}

/// A number, a text or a truth value; anything else cannot be compared.
pub fn plain(json: &Json) -> Option<Value> {
    match json {
        Json::Bool(truth) => Some(Value::Truth(*truth)),
        Json::Number(number) => number.as_f64().map(Value::Number),
        Json::String(text) if text.len() <= LONGEST => Some(Value::Text(text.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn places_are_pointers_or_dotted() {
        let json = json!({"data": [{"state": "done", "a.b": 1}], "x/y": true});
        let found = |place: &str| at(&json, place).and_then(plain);
        assert_eq!(found("data.0.state"), Some("done".into()));
        assert_eq!(found("/data/0/state"), Some("done".into()));
        assert_eq!(found("/data/0/a.b"), Some(1.0.into()));
        assert_eq!(found("/x~1y"), Some(true.into()));
        for nothing in ["data", "data.1.state", "data.state", "nowhere", "/data/-", ""] {
            assert_eq!(found(nothing), None, "{nothing}");
        }
    }
}
