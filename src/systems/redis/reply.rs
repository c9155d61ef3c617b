//! Answers as texts: what RESP2 says in bulk strings, arrays and pairs.

use std::collections::BTreeMap;

use redis::Value;

use crate::model::text::{brief, clean_lines};

/// A text of the answer, without anything that could act on a terminal.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => Some(clean_lines(&String::from_utf8_lossy(bytes))),
        Value::SimpleString(text) => Some(clean_lines(text)),
        Value::Okay => Some("OK".into()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `[name, value, name, value]`, as `CONFIG GET` and Sentinel answer.
pub fn pairs(value: &Value) -> Option<BTreeMap<String, String>> {
    let Value::Array(items) = value else { return None };
    let (pairs, rest) = items.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[name, value]| Some((text(name)?, brief(&text(value)?)))).collect()
}

/// The lines `name:value` of `INFO`.
pub fn lines(text: &str) -> BTreeMap<&str, &str> {
    text.lines().filter_map(|line| line.split_once(':')).map(|(name, value)| (name.trim(), value.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_and_lines_are_read_and_half_a_pair_is_not() {
        let bulk = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let two = Value::Array(vec![bulk("ip"), bulk("10.1.0.15\u{1b}[2J"), bulk("port"), Value::Int(6379)]);
        let read = pairs(&two).unwrap();
        assert_eq!((read["ip"].as_str(), read["port"].as_str()), ("10.1.0.15\\u{1b}[2J", "6379"));
        assert_eq!(pairs(&Value::Array(vec![bulk("ip")])), None);
        assert_eq!(pairs(&Value::Nil), None);
        assert_eq!(lines("# Server\r\nrun_id:3f\r\nexecutable:/a:b\r\n")["executable"], "/a:b");
    }
}
