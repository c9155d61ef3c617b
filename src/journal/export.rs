//! The whole journal as JSON lines: its meta, a line a record, its head.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, Row, types::ValueRef};
use serde_json::{Map, Value, json};

use super::{error::JournalError, head::Head, queries, reader::Reader, row, schema};
use crate::model::Digest;

/// Writes the journal at `path` to `out`; the last line is `{"head":"SEQ:HASH"}`, which is also returned.
///
/// Every field is the stored one, the body as text: with it the chain can be computed again by any program.
///
/// # Errors
/// The journal cannot be read, or `out` not be written.
pub fn export(path: &Path, out: &mut dyn Write) -> Result<Head, JournalError> {
    let reader = Reader::open(path)?;
    let out = std::cell::RefCell::new(out);
    // What has been written cannot be taken back, so a reader that had to begin anew ends instead.
    let begun = std::cell::Cell::new(false);
    reader.ask(|connection| {
        if begun.replace(true) {
            return Err(JournalError::Busy { path: path.to_owned(), reason: "a console opened it meanwhile".to_owned() });
        }
        lines(connection, reader.path(), *out.borrow_mut())
    })
}

fn lines(connection: &Connection, path: &Path, out: &mut dyn Write) -> Result<Head, JournalError> {
    let failed = |error: rusqlite::Error| JournalError::sqlite(path, "reading the journal", &error);
    let told = |error: std::io::Error| JournalError::io(&PathBuf::from("the output"), "writing", &error);
    let moment = connection.unchecked_transaction().map_err(failed)?;
    let meta = queries::meta(&moment, path)?;
    let about: Map<String, Value> = meta.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    writeln!(out, "{}", json!({ "journal": about })).map_err(told)?;
    let mut head = Head { seq: 0, hash: Digest::from(schema::meta_value(&meta, "start").to_owned()) };
    let mut query = moment.prepare(&format!("SELECT {} FROM records NOT INDEXED ORDER BY seq", row::COLUMNS)).map_err(failed)?;
    let mut rows = query.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        writeln!(out, "{}", line(row).map_err(failed)?).map_err(told)?;
        let seq: i64 = row.get(0).map_err(failed)?;
        head = Head { seq: seq.max(0) as u64, hash: Digest::from(row.get::<_, String>(10).map_err(failed)?) };
    }
    writeln!(out, "{}", json!({ "head": head.to_string() })).map_err(told)?;
    out.flush().map_err(told)?;
    Ok(head)
}

fn line(row: &Row<'_>) -> rusqlite::Result<Value> {
    let mut line = Map::new();
    for (column, name) in row::NAMES.iter().enumerate() {
        let value = match row.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(i) => i.into(),
            ValueRef::Real(r) => r.into(),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned().into(),
        };
        line.insert((*name).to_owned(), value);
    }
    Ok(Value::Object(line))
}
