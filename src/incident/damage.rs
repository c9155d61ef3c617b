//! What was wrong with a journal when somebody went on from it in another file all the same.

use serde::{Deserialize, Serialize};

/// Kept in the record that continues a damaged journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalDamage {
    /// Why it was continued without a whole copy, in a person's words.
    pub why: String,
    /// What verification found, the first of it.
    pub found: Vec<String>,
    /// How many records after this one were carried over as far as they could be read: no chain proves them.
    pub carried: u64,
    /// Which records of the old file could not be read: `9, 12 to 15`; empty for none.
    pub missing: String,
}

impl JournalDamage {
    /// In a sentence's end: `ALTHOUGH IT IS DAMAGED (record 9: …): the backup is older; …`.
    pub fn words(&self) -> String {
        let found = self.found.first().map_or_else(String::new, |first| format!(" ({first})"));
        let carried = match self.carried {
            0 => String::new(),
            1 => "; the next record is carried over from it, unproven".to_owned(),
            n => format!("; the next {n} records are carried over from it, unproven"),
        };
        let missing = match self.missing.as_str() {
            "" => String::new(),
            which => format!("; could not be read there: {which}"),
        };
        format!("ALTHOUGH IT IS DAMAGED{found}: {}{carried}{missing}", self.why)
    }
}
