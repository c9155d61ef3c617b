//! The spanned tree of one document.

use std::fmt;

use crate::plan::findings::{Place, quoted};

/// A value with its place.
pub struct Node {
    pub shape: Shape,
    pub place: Place,
}

pub enum Shape {
    /// `quoted` also for block texts: never a number or a truth value.
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Node>),
    /// In the order of the file, without doubles.
    Map(Vec<Entry>),
    /// Something that is refused and has been reported: nothing more is said about it.
    Refused,
}

/// A key of a map and its value.
pub struct Entry {
    pub key: String,
    pub place: Place,
    pub value: Node,
}

/// What a plain scalar means in YAML 1.2's core schema.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plain {
    Null,
    Truth(bool),
    Integer(i64),
    /// Also an integer that does not fit.
    Float(f64),
    Text,
}

/// What the unquoted `text` means.
pub fn plain(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "true" | "True" | "TRUE" => return Plain::Truth(true),
        "false" | "False" | "FALSE" => return Plain::Truth(false),
        ".nan" | ".NaN" | ".NAN" => return Plain::Float(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Plain::Float(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_digit(radix))
        {
            return i64::from_str_radix(digits, radix).map_or(Plain::Float(f64::INFINITY), Plain::Integer);
        }
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') || !unsigned.contains(|c: char| c.is_ascii_digit()) {
        return Plain::Text;
    }
    if unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().map_or_else(|_| text.parse().map_or(Plain::Text, Plain::Float), Plain::Integer);
    }
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    if unsigned.chars().all(is_number) { text.parse().map_or(Plain::Text, Plain::Float) } else { Plain::Text }
}

impl Node {
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.shape {
            Shape::Map(entries) => Some(entries),
            _ => None,
        }
    }
    pub fn items(&self) -> Option<&[Node]> {
        match &self.shape {
            Shape::List(items) => Some(items),
            _ => None,
        }
    }
    /// The value of a key of this map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()?.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }
    /// The text of a scalar, whatever it means.
    pub fn scalar(&self) -> Option<&str> {
        match &self.shape {
            Shape::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
    /// What a scalar means; a quoted one is a text.
    pub fn meaning(&self) -> Option<Plain> {
        match &self.shape {
            Shape::Scalar { quoted: true, .. } => Some(Plain::Text),
            Shape::Scalar { text, .. } => Some(plain(text)),
            _ => None,
        }
    }
    /// The text of a scalar that is a text.
    pub fn text(&self) -> Option<&str> {
        self.scalar().filter(|_| self.meaning() == Some(Plain::Text))
    }
    pub fn is_empty(&self) -> bool {
        self.meaning() == Some(Plain::Null)
    }
    pub fn is_refused(&self) -> bool {
        matches!(self.shape, Shape::Refused)
    }

    /// What stands here, with the value itself: not for places where a secret may stand.
    pub fn described(&self) -> String {
        match (&self.shape, self.meaning()) {
            (Shape::Scalar { text, .. }, Some(Plain::Text)) if text.is_empty() => "an empty text".into(),
            (Shape::Scalar { text, .. }, Some(Plain::Text)) => format!("the text {}", quoted(text)),
            (Shape::Scalar { text, .. }, Some(Plain::Integer(_) | Plain::Float(_))) => format!("the number {}", quoted(text)),
            (Shape::Scalar { text, .. }, Some(Plain::Truth(_))) => format!("the truth value {}", quoted(text)),
            _ => self.kind().into(),
        }
    }

    /// What kind of thing stands here, without its value.
    pub fn kind(&self) -> &'static str {
        match (&self.shape, self.meaning()) {
            (Shape::List(_), _) => "a list",
            (Shape::Map(_), _) => "a map",
            (Shape::Refused, _) => "something refused",
            (_, Some(Plain::Null)) => "nothing",
            (_, Some(Plain::Truth(_))) => "a truth value",
            (_, Some(Plain::Integer(_) | Plain::Float(_))) => "a number",
            _ => "a text",
        }
    }
}

/// Without the values: one of them may be a secret that does not belong there.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Shape::List(items) => f.debug_list().entries(items).finish(),
            Shape::Map(entries) => f.debug_map().entries(entries.iter().map(|e| (&e.key, &e.value))).finish(),
            _ => write!(f, "{} at {}:{}", self.kind(), self.place.line, self.place.column),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Plain, plain};

    #[test]
    fn plain_scalars_mean_what_yaml_1_2_says() {
        for text in ["yes", "on", "off", "No", "1h", "2025-01-07", "L12", "12:30", "1.2.3", "-", "e5", "0x", "1_000", "."] {
            assert_eq!(plain(text), Plain::Text, "{text}");
        }
        assert_eq!(plain("012"), Plain::Integer(12));
        assert_eq!(plain("0o17"), Plain::Integer(15));
        assert_eq!(plain("-3"), Plain::Integer(-3));
        assert_eq!(plain("1e3"), Plain::Float(1000.0));
        assert_eq!(plain("1."), Plain::Float(1.0));
        assert_eq!(plain("99999999999999999999"), Plain::Float(1e20));
        assert_eq!(plain("True"), Plain::Truth(true));
        assert_eq!(plain("~"), Plain::Null);
    }
}
