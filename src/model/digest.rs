//! SHA-256 over bytes, shown as lowercase hex.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::text::clean;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Digest(String);

impl Digest {
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect())
    }
    /// Of a value's JSON. Maps of ours are ordered, so equal values have equal digests.
    pub fn of_json<T: Serialize>(value: &T) -> Self {
        // Our own types always serialise; a failure would be a bug that must not pass as equality.
        let json = serde_json::to_vec(value).unwrap_or_else(|error| error.to_string().into_bytes());
        Self::of(&json)
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The first twelve characters: enough for a person to compare two.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl From<String> for Digest {
    /// A journal that something else wrote may hold anything here; it is shown all the same.
    fn from(hex: String) -> Self {
        Self(clean(&hex))
    }
}
impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
