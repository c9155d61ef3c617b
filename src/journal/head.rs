//! The head of a journal: what a person writes down to prove later that nothing was cut off.

use std::{fmt, str::FromStr};

use serde::Serialize;

use super::error::JournalError;
use crate::model::{Digest, text};

/// The newest record's place and hash, written `SEQ:HASH`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Head {
    /// 0 before the first record; its hash is then the journal's `start`.
    pub seq: u64,
    pub hash: Digest,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:{}", self.seq, self.hash))
    }
}

impl FromStr for Head {
    type Err = JournalError;

    fn from_str(said: &str) -> Result<Self, JournalError> {
        let bad = || JournalError::BadHead { said: text::cut_middle(&text::clean(said), 100) };
        let (seq, hash) = said.trim().split_once(':').ok_or_else(bad)?;
        let seq = seq.parse().map_err(|_| bad())?;
        let hex = hash.to_ascii_lowercase();
        if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(bad());
        }
        Ok(Self { seq, hash: Digest::from(hex) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_reads_back_and_a_wrong_one_says_what_was_expected() {
        let head = Head { seq: 40, hash: Digest::of(b"x") };
        assert_eq!(head.to_string().parse::<Head>().unwrap(), head);
        assert_eq!(head.to_string().to_uppercase().parse::<Head>().unwrap(), head);
        for wrong in ["", "40", "40:", "x:00", "-1:00", &format!("40:{}", "g".repeat(64)), &format!("40:{}", "0".repeat(63))] {
            let error = wrong.parse::<Head>().unwrap_err().to_string();
            assert!(error.contains("SEQ:HASH") && error.contains("report"), "{wrong}: {error}");
        }
    }
}
