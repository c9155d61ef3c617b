//! Where recovery points stand in a list that a web server gives as JSON.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limit::Limit;

/// Places are those of `json` in a probe: `/created_at` or `created.at`, counted from the item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonList {
    /// Where the list stands in the answer; without it the answer is the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// When an item was made: seconds since 1970, or a time such as 2026-11-20T02:00:00Z.
    pub time: String,
    /// Its size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// How many seconds it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<String>,
    /// Only items of which all of these hold are recovery points.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub only: BTreeMap<String, Limit>,
}
