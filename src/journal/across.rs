//! Verifies a journal together with the file that it continues.

use std::path::Path;

use super::{
    error::JournalError,
    verify::{Joint, Verification, verify},
};

/// Verifies `path` (against `head`, if one is given) and `before`, the file that it says it goes on from: that one is whole,
/// its last record is where `path` goes on, and nothing was written to it since. The first is of `before`.
///
/// # Errors
/// One of them cannot be read at all, or `head` is not one.
pub fn verify_across(path: &Path, before: &Path, head: Option<&str>) -> Result<(Verification, Verification), JournalError> {
    let mut new = verify(path, head)?;
    let length = verify(before, None)?.head.map_or(0, |head| head.seq);
    // A file that was continued more than once has a joint for each.
    let joint = new.joints.iter().rfind(|joint| joint.head.seq <= length).cloned();
    let Some(Joint { seq, head: at, unproven, .. }) = joint else {
        new.find(None, format!("nothing in it says that it goes on from {}", before.display()));
        return Ok((verify(before, None)?, new));
    };
    let mut old = verify(before, Some(&at.to_string()))?;
    if length > at.seq && unproven.is_none() {
        let words = format!(
            "it went on after record {}, where {} continues it (record {seq} there): {} only here",
            at.seq,
            path.display(),
            if length == at.seq + 1 { format!("record {length} is") } else { format!("records {} to {length} are", at.seq + 1) },
        );
        old.find(Some(at.seq + 1), words);
    }
    Ok((old, new))
}
