//! One typed comparison: `"== 1"`, `"< 5m"`, `"> 95%"`, `"t"`. There is no expression language.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{duration::Duration, value::Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The right side. A duration compares with a number of seconds, a percentage with a ratio (`95%` is `0.95`).
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Number(f64),
    Duration(Duration),
    Percent(f64),
    Text(String),
}

impl Operand {
    /// What a number is compared with; none for a text.
    pub fn number(&self) -> Option<f64> {
        match self {
            Operand::Number(n) => Some(*n),
            Operand::Duration(d) => Some(d.as_secs_f64()),
            Operand::Percent(p) => Some(p / 100.0),
            Operand::Text(_) => None,
        }
    }
}

/// A comparison that a value either meets or does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    pub op: Op,
    pub operand: Operand,
    text: String,
}

impl Op {
    /// In this order a sign that begins like another is found first.
    const ALL: [Op; 6] = [Op::Equal, Op::NotEqual, Op::LessOrEqual, Op::GreaterOrEqual, Op::Less, Op::Greater];

    pub fn sign(self) -> &'static str {
        match self {
            Op::Equal => "==",
            Op::NotEqual => "!=",
            Op::Less => "<",
            Op::LessOrEqual => "<=",
            Op::Greater => ">",
            Op::GreaterOrEqual => ">=",
        }
    }
}

impl Limit {
    /// A comparison with a stretch of time.
    pub fn new(op: Op, span: Duration) -> Self {
        Self { op, operand: Operand::Duration(span), text: format!("{} {span}", op.sign()) }
    }

    /// Whether `value` meets it, or why the two cannot be compared. NaN meets nothing.
    pub fn holds(&self, value: &Value) -> Result<bool, String> {
        let right = match &self.operand {
            Operand::Text(text) => {
                let same = value.to_string() == *text
                    || matches!((value, text.as_str()), (Value::Truth(true), "true") | (Value::Truth(false), "false"));
                return Ok(same == (self.op == Op::Equal));
            }
            Operand::Number(n) => *n,
            Operand::Duration(d) => d.as_secs_f64(),
            Operand::Percent(p) => p / 100.0,
        };
        let left = value.number().ok_or_else(|| format!("`{value}` is no number, to compare with `{self}`"))?;
        if left.is_nan() {
            return Err("the value is NaN".into());
        }
        Ok(match self.op {
            Op::Equal => left == right,
            Op::NotEqual => left != right,
            Op::Less => left < right,
            Op::LessOrEqual => left <= right,
            Op::Greater => left > right,
            Op::GreaterOrEqual => left >= right,
        })
    }
}

impl FromStr for Limit {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let found = Op::ALL.into_iter().find_map(|op| trimmed.strip_prefix(op.sign()).map(|rest| (op, rest.trim())));
        let (op, right) = found.unwrap_or((Op::Equal, trimmed));
        if right.is_empty() {
            return Err(format!("expected a comparison such as \"== 1\", \"< 5m\", \"> 95%\" or \"t\", found `{text}`"));
        }
        let operand = if let Some(percent) = right.strip_suffix('%').and_then(|p| p.trim().parse::<f64>().ok()) {
            Operand::Percent(percent)
        } else if let Ok(number) = right.parse::<f64>() {
            if number.is_nan() {
                return Err("nothing equals NaN: compare with a number".into());
            }
            Operand::Number(number)
        } else if let Ok(duration) = right.parse::<Duration>() {
            Operand::Duration(duration)
        } else if matches!(op, Op::Equal | Op::NotEqual) {
            Operand::Text(right.to_owned())
        } else {
            return Err(format!("expected a number, a duration or a percentage after the sign, found `{right}`"));
        };
        Ok(Self { op, operand, text: trimmed.to_owned() })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}
impl Serialize for Limit {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}
impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
impl JsonSchema for Limit {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Limit".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "number", "boolean"],
            "description": "One comparison, quoted: \"== 1\", \"< 5m\", \"> 95%\"; a bare text or number means equal to it"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r12_one_typed_comparison() {
        let holds = |limit: &str, value: Value| limit.parse::<Limit>().unwrap().holds(&value);
        assert_eq!(holds("== 1", 1.0.into()), Ok(true));
        assert_eq!(holds("< 5m", 299.0.into()), Ok(true));
        assert_eq!(holds("< 5m", 300.0.into()), Ok(false));
        assert_eq!(holds("> 95%", 0.96.into()), Ok(true));
        assert_eq!(holds("t", true.into()), Ok(true));
        assert_eq!(holds("!= standby", "primary".into()), Ok(true));
        assert!(holds("== 1", f64::NAN.into()).is_err(), "NaN meets nothing, not even by accident");
        assert!(holds("< 5", "many".into()).is_err());
        assert!("< soon".parse::<Limit>().is_err());
        assert!("".parse::<Limit>().is_err());
    }
}
