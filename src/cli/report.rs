//! `lifeboat report`: the after-action report of an incident.

use std::{io::Write, path::Path};

use super::exit;
use crate::{
    incident::replay,
    journal::{JournalError, Read, Reader},
    model::{Clock, IncidentId, text},
    report,
    systems::SystemClock,
};

/// Why there is no report.
enum Missing {
    Journal(JournalError),
    Said(String),
}

impl From<JournalError> for Missing {
    fn from(error: JournalError) -> Self {
        Missing::Journal(error)
    }
}

/// Prints the report of `incident`, or of the newest one. Gives the exit code.
pub fn run(journal: &Path, incident: Option<&str>, json: bool, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    match told(journal, incident, json) {
        Ok(text) => exit::printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()), exit::GOOD, err),
        Err(Missing::Journal(error)) => exit::refused(&error, err),
        Err(Missing::Said(why)) => {
            let _ = writeln!(err, "lifeboat: {why}");
            exit::INPUT
        }
    }
}

fn told(journal: &Path, incident: Option<&str>, json: bool) -> Result<String, Missing> {
    let reader = Reader::open(journal)?;
    let known = reader.incidents()?;
    let none = || Missing::Said(format!("the journal {} holds no incident yet: declare one first", journal.display()));
    let id = match incident {
        None => known.last().cloned().ok_or_else(none)?,
        Some(name) => {
            let wanted = IncidentId::from(name.to_uppercase());
            known.iter().find(|id| **id == wanted).cloned().ok_or_else(|| unknown(journal, name, &known))?
        }
    };
    let records = reader.incident(&id)?;
    let head = reader.head()?.ok_or_else(none)?;
    // The console that wrote it may have had a clock ahead of this one's; a simulated platform runs ahead of all.
    let newest = records.iter().map(|record| record.recorded).max();
    let (state, now) = (replay(&records), newest.unwrap_or_default().max(SystemClock.now()));
    if json {
        let facts = report::facts(&records, &state, &head, now);
        return serde_json::to_string_pretty(&facts).map(|text| text + "\n").map_err(|error| Missing::Said(error.to_string()));
    }
    Ok(report::markdown(&records, &state, &head, now))
}

fn unknown(journal: &Path, name: &str, known: &[IncidentId]) -> Missing {
    /// More than these nobody reads in an error.
    const NAMED: usize = 10;
    let (name, journal) = (text::clean(name), journal.display());
    let newest: Vec<_> = known.iter().rev().take(NAMED).map(IncidentId::as_str).collect();
    Missing::Said(match newest.as_slice() {
        [] => format!("the journal {journal} holds no incident yet, and so no {name}: declare one first"),
        newest => format!("the journal {journal} has no incident {name}: choose one of {}", newest.join(", ")),
    })
}
