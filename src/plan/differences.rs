//! How two values of a plan differ, field by field, in words.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::model::{Duration, text::cut_middle};

/// `tiers.critical.rto was 1h, is 2h`, one for each field that differs, in the order of their names. Items of lists
/// are told apart by their `id` or `name`, else by their place.
pub fn differences<T: Serialize>(was: &T, is: &T) -> Vec<String> {
    let mut found = Vec::new();
    // What has no JSON form is never part of a plan; two of them would be called the same.
    let json = |value: &T| serde_json::to_value(value).unwrap_or_default();
    walk("", &json(was), &json(is), &mut found);
    found
}

/// The first few of `found`, and how many more there are.
pub fn in_brief(found: &[String]) -> String {
    const FEW: usize = 4;
    match found.len().checked_sub(FEW).filter(|more| *more > 0) {
        Some(more) => format!("{}; and {more} more", found[..FEW].join("; ")),
        None => found.join("; "),
    }
}

fn walk(path: &str, was: &Value, is: &Value, found: &mut Vec<String>) {
    if was == is {
        return;
    }
    let (Some(old), Some(new)) = (fields(was), fields(is)) else {
        return found.push(format!("{path} was {}, is {}", shown(was), shown(is)));
    };
    let names: BTreeSet<&String> = old.iter().chain(&new).map(|(name, _)| name).collect();
    let of = |fields: &[(String, Value)], name: &String| fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let before = found.len();
    for name in names {
        let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (of(&old, name), of(&new, name)) {
            (Some(old), Some(new)) => walk(&inner, &old, &new, found),
            (None, Some(new)) => found.push(format!("{inner} is new: {}", shown(&new))),
            (Some(old), None) => found.push(format!("{inner} is gone, it was {}", shown(&old))),
            (None, None) => {}
        }
    }
    if found.len() == before {
        let what = if path.is_empty() { "it" } else { path };
        found.push(format!("{what} is in another order"));
    }
}

/// A map's entries, or a list's under what tells its items apart.
fn fields(value: &Value) -> Option<Vec<(String, Value)>> {
    match value {
        Value::Object(map) => Some(map.iter().map(|(name, value)| (name.clone(), value.clone())).collect()),
        Value::Array(items) => {
            let name = |(at, item): (usize, &Value)| {
                let own = ["id", "name"].iter().find_map(|key| item.get(key)?.as_str());
                (own.map_or_else(|| (at + 1).to_string(), str::to_owned), item.clone())
            };
            Some(items.iter().enumerate().map(name).collect())
        }
        _ => None,
    }
}

/// On one line, short enough that a few of them can be read.
fn shown(value: &Value) -> String {
    const WIDTH: usize = 48;
    // Journals keep durations in milliseconds; people write and read `1h`.
    let kept = value.as_str().filter(|text| text.ends_with("ms")).and_then(|text| text.parse::<Duration>().ok());
    if let Some(span) = kept {
        return span.to_string();
    }
    cut_middle(&value.to_string(), WIDTH)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_named_with_what_they_were_and_are() {
        let was = json!({"title": "Scale", "with": {"replicas": 3, "names": ["a", "b"]}, "irreversible": true});
        let is = json!({"title": "Scale up", "with": {"replicas": 6, "names": ["a"]}, "needs": ["fence"]});
        assert_eq!(
            differences(&was, &is),
            [
                "irreversible is gone, it was true",
                "needs is new: [\"fence\"]",
                "title was \"Scale\", is \"Scale up\"",
                "with.names.2 is gone, it was \"b\"",
                "with.replicas was 3, is 6",
            ]
        );
        assert_eq!(differences(&was, &was), [] as [&str; 0]);
        assert_eq!(differences(&json!({"rto": "3600000ms"}), &json!({"rto": "5400000ms"})), ["rto was 1h, is 1h30m"]);
    }

    #[test]
    fn items_are_told_apart_by_their_names_and_a_new_order_is_said() {
        let was = json!({"people": [{"name": "Ada", "tel": 1}, {"name": "Ben", "tel": 2}]});
        let is = json!({"people": [{"name": "Ben", "tel": 3}, {"name": "Ada", "tel": 1}]});
        assert_eq!(differences(&was, &is), ["people.Ben.tel was 2, is 3"]);
        let turned = json!({"people": [{"name": "Ben", "tel": 2}, {"name": "Ada", "tel": 1}]});
        assert_eq!(differences(&was, &turned), ["people is in another order"]);
    }

    #[test]
    fn long_values_and_many_of_them_stay_readable() {
        let long = differences(&json!({"how": "x".repeat(500)}), &json!({"how": ""}));
        assert!(long[0].chars().count() < 80, "{}", long[0]);
        let many: Vec<String> = (0..9).map(|n| format!("{n} is new")).collect();
        assert_eq!(in_brief(&many), "0 is new; 1 is new; 2 is new; 3 is new; and 5 more");
        assert_eq!(in_brief(&many[..2]), "0 is new; 1 is new");
    }
}
