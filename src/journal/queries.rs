//! The questions of [`Read`](super::Read) in SQL, for whatever connection they are asked on.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Params};

use super::{error::JournalError, head::Head, row, schema};
use crate::{
    incident::Record,
    model::{Digest, IncidentId},
};

fn failed(path: &Path) -> impl Fn(rusqlite::Error) -> JournalError {
    let path = path.to_owned();
    move |error| JournalError::sqlite(&path, "reading the journal", &error)
}

pub(super) fn head(connection: &Connection, path: &Path) -> Result<Option<Head>, JournalError> {
    let newest = "SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Head { seq: row.get::<_, i64>(0)?.max(0) as u64, hash: Digest::from(row.get::<_, String>(1)?) })
    };
    connection.prepare_cached(newest).and_then(|mut query| query.query_row([], read).optional()).map_err(failed(path))
}

pub(super) fn after(connection: &Connection, path: &Path, seq: u64, limit: usize) -> Result<Vec<Record>, JournalError> {
    let wanted = format!("SELECT {} FROM records WHERE seq > ?1 ORDER BY seq LIMIT ?2", row::COLUMNS);
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    records(connection, path, &wanted, (whole(seq), whole(limit as u64)))
}

pub(super) fn incident(connection: &Connection, path: &Path, id: &IncidentId) -> Result<Vec<Record>, JournalError> {
    let wanted = format!("SELECT {} FROM records WHERE incident = ?1 ORDER BY seq", row::COLUMNS);
    records(connection, path, &wanted, [id.as_str()])
}

fn records(connection: &Connection, path: &Path, wanted: &str, with: impl Params) -> Result<Vec<Record>, JournalError> {
    let mut query = connection.prepare_cached(wanted).map_err(failed(path))?;
    let mut rows = query.query(with).map_err(failed(path))?;
    let mut records = Vec::new();
    while let Some(row) = rows.next().map_err(failed(path))? {
        records.push(row::record(row, path)?);
    }
    Ok(records)
}

/// Goes from name to name in the index, without looking at the records between.
pub(super) const INCIDENTS: &str = "
    WITH RECURSIVE names(id) AS (
        SELECT min(incident) FROM records
        UNION ALL SELECT (SELECT min(incident) FROM records WHERE incident > names.id) FROM names WHERE names.id IS NOT NULL
    )
    SELECT id FROM names WHERE id IS NOT NULL AND id <> 'STANDING'
    ORDER BY (SELECT min(seq) FROM records WHERE incident = names.id)";

/// With one max() and no other aggregate, SQLite takes the bare columns from the row that has the greatest.
pub(super) const OPEN_INCIDENTS: &str = "
    SELECT incident FROM (
        SELECT incident, kind, max(seq) FROM records
        WHERE kind IN ('declared', 'closed', 'reopened') GROUP BY incident
    ) AS turn WHERE kind <> 'closed' ORDER BY (SELECT min(seq) FROM records WHERE incident = turn.incident)";

pub(super) fn incidents(connection: &Connection, path: &Path, wanted: &str) -> Result<Vec<IncidentId>, JournalError> {
    let names = |query: &mut rusqlite::Statement<'_>| {
        query.query_map([], |row| row.get::<_, String>(0).map(IncidentId::from))?.collect::<rusqlite::Result<Vec<_>>>()
    };
    connection.prepare_cached(wanted).and_then(|mut query| names(&mut query)).map_err(failed(path))
}

pub(super) fn meta(connection: &Connection, path: &Path) -> Result<Vec<(String, String)>, JournalError> {
    schema::meta(connection).map_err(failed(path))
}

/// Changes with every commit of another connection.
pub(super) fn data_version(connection: &Connection, path: &Path) -> Result<i64, JournalError> {
    let asked = connection.prepare_cached("PRAGMA data_version").and_then(|mut query| query.query_row([], |row| row.get(0)));
    asked.map_err(failed(path))
}
