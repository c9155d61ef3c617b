//! `lifeboat incident`: what happened.

use std::{io::Write, path::Path};

use serde::Serialize;

use super::exit;
use crate::{
    incident::{Event, Record},
    journal::{JournalError, Read, Reader},
    model::{IncidentId, Severity, Time, text, time},
};

/// One incident of a journal, in a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Row {
    id: IncidentId,
    title: String,
    drill: bool,
    severity: Severity,
    scenario: Option<String>,
    declared: Time,
    declared_by: String,
    open: bool,
    closed: Option<Time>,
    /// `resolved`, `false alarm`, `duplicate`.
    resolution: Option<&'static str>,
}

/// Prints the incidents of the journal at `path`, open ones first, newest first. Gives the exit code.
pub fn list(path: &Path, json: bool, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let rows = match rows(path) {
        Ok(rows) => rows,
        Err(error) => return exit::refused(&error, err),
    };
    let told = if json {
        serde_json::to_string_pretty(&rows).map_err(std::io::Error::from).and_then(|text| writeln!(out, "{text}"))
    } else {
        table(&rows, out)
    };
    exit::printed(told.and_then(|()| out.flush()), exit::GOOD, err)
}

fn rows(path: &Path) -> Result<Vec<Row>, JournalError> {
    let reader = Reader::open(path)?;
    let mut rows = Vec::new();
    for id in reader.incidents()?.iter().rev() {
        rows.extend(row(id, &reader.incident(id)?));
    }
    rows.sort_by_key(|row| !row.open);
    Ok(rows)
}

/// `None` for records without a declaration.
fn row(id: &IncidentId, records: &[Record]) -> Option<Row> {
    let mut row: Option<Row> = None;
    for record in records {
        match (&record.event, &mut row) {
            (Event::Declared { title, drill, scenario, severity, .. }, None) => {
                row = Some(Row {
                    id: id.clone(),
                    title: text::clean(title),
                    drill: *drill,
                    severity: *severity,
                    scenario: scenario.clone(),
                    declared: record.time(),
                    declared_by: record.who.name.clone(),
                    open: true,
                    closed: None,
                    resolution: None,
                });
            }
            (Event::SeverityChanged { to, .. }, Some(row)) => row.severity = *to,
            (Event::Closed { resolution, .. }, Some(row)) => {
                (row.open, row.closed, row.resolution) = (false, Some(record.time()), Some(resolution.words()));
            }
            (Event::Reopened { .. }, Some(row)) => (row.open, row.closed, row.resolution) = (true, None, None),
            _ => {}
        }
    }
    row
}

fn table(rows: &[Row], out: &mut dyn Write) -> std::io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "no incidents");
    }
    let width = |of: fn(&Row) -> usize, least| rows.iter().map(of).max().unwrap_or(0).max(least);
    let (id, scenario) = (width(|r| r.id.as_str().len(), 8), width(|r| r.scenario.as_ref().map_or(1, |s| s.chars().count()), 8));
    writeln!(out, "{:id$}  severity  {:20}  {:11}  {:scenario$}  title", "incident", "declared", "state", "scenario")?;
    for row in rows {
        let state = row.resolution.unwrap_or("open");
        let named = row.scenario.as_deref().unwrap_or("—");
        let drill = if row.drill { "DRILL: " } else { "" };
        let declared = time::full(row.declared);
        writeln!(
            out,
            "{:id$}  {:8}  {declared}  {state:11}  {named:scenario$}  {drill}{}",
            row.id,
            row.severity.to_string(),
            row.title
        )?;
    }
    Ok(())
}
