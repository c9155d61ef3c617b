//! A stretch between two durations: `2m..3m`, `60m..`, or one duration for both ends.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::duration::Duration;

/// From `least` to `most`; an open end is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    pub least: Duration,
    pub most: Option<Duration>,
}

impl Range {
    /// The end that planning counts with: the upper one, or the lower of an open range.
    pub fn upper(self) -> Duration {
        self.most.unwrap_or(self.least)
    }
}

impl FromStr for Range {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let Some((least, most)) = text.split_once("..") else {
            let both: Duration = text.parse()?;
            return Ok(Self { least: both, most: Some(both) });
        };
        let least: Duration = least.parse()?;
        let most = if most.trim().is_empty() { None } else { Some(most.parse::<Duration>()?) };
        if most.is_some_and(|most| most < least) {
            return Err(format!("expected the shorter end first, found `{text}`"));
        }
        Ok(Self { least, most })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.most {
            Some(most) if most == self.least => write!(f, "{most}"),
            Some(most) => write!(f, "{}..{most}", self.least),
            None => write!(f, "{}..", self.least),
        }
    }
}

impl Serialize for Range {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let ms = |d: Duration| format!("{}ms", d.as_millis());
        to.serialize_str(&format!("{}..{}", ms(self.least), self.most.map(ms).unwrap_or_default()))
    }
}
impl<'de> Deserialize<'de> for Range {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
impl JsonSchema for Range {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Range".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A duration, or two with .. between: 2m, 2m..3m, 60m.." })
    }
}
