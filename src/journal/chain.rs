//! The hash chain. Each record's hash covers the hash before it and every stored field, as stored.
//!
//! A *field* is one byte for its type (`n` null, `i` integer, `r` real, `t` text, `b` blob), the length of its bytes as
//! eight bytes, most significant first, and the bytes: text in UTF-8, an integer in decimal, a real as its eight IEEE 754
//! bytes, most significant first. Lengths make it impossible to move a character from one field to the next.
//!
//! - A record's hash is SHA-256 over the text field `lifeboat-journal-record-1` and then the fields of all its columns but
//!   `hash`, in the table's order: seq, incident, recorded, happened, who, console, kind, version, body, prev.
//! - The *start* is SHA-256 over the text field `lifeboat-journal-meta-1` and then, in the order of their names, the name
//!   and the value of every row of `meta` but `start`. It is the `prev` of record 1.
//!
//! Hashes are written as 64 lowercase hex digits.

use rusqlite::types::ValueRef;
use sha2::{Digest as _, Sha256};

use crate::model::Digest;

const RECORD: &[u8] = b"lifeboat-journal-record-1";
const META: &[u8] = b"lifeboat-journal-meta-1";

/// The hash of a record: `fields` are all its columns but `hash`, in the table's order.
pub fn record_hash<'a>(fields: impl IntoIterator<Item = ValueRef<'a>>) -> Digest {
    let mut hash = Sha256::new();
    add(&mut hash, ValueRef::Text(RECORD));
    for field in fields {
        add(&mut hash, field);
    }
    hex(hash)
}

/// What the first record chains on to. `rows` are those of `meta` but `start`, in the order of their names.
pub fn start_hash<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> Digest {
    let mut hash = Sha256::new();
    add(&mut hash, ValueRef::Text(META));
    for (name, value) in rows {
        add(&mut hash, ValueRef::Text(name.as_bytes()));
        add(&mut hash, ValueRef::Text(value.as_bytes()));
    }
    hex(hash)
}

fn add(hash: &mut Sha256, field: ValueRef<'_>) {
    let mut put = |kind: u8, bytes: &[u8]| {
        hash.update([kind]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    match field {
        ValueRef::Null => put(b'n', &[]),
        ValueRef::Integer(i) => put(b'i', i.to_string().as_bytes()),
        ValueRef::Real(r) => put(b'r', &r.to_be_bytes()),
        ValueRef::Text(text) => put(b't', text),
        ValueRef::Blob(bytes) => put(b'b', bytes),
    }
}

fn hex(hash: Sha256) -> Digest {
    Digest::from(hash.finalize().iter().map(|b| format!("{b:02x}")).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_the_documented_one() {
        let mut bytes = Vec::new();
        for (kind, field) in [(b't', RECORD), (b'i', b"7"), (b'n', b""), (b't', "ü".as_bytes())] {
            bytes.push(kind);
            bytes.extend((field.len() as u64).to_be_bytes());
            bytes.extend(field);
        }
        let ours = record_hash([ValueRef::Integer(7), ValueRef::Null, ValueRef::Text("ü".as_bytes())]);
        assert_eq!(ours, Digest::of(&bytes));
    }

    #[test]
    fn moving_a_character_between_fields_or_changing_a_type_changes_the_hash() {
        let hash = |fields: &[ValueRef<'static>]| record_hash(fields.iter().copied());
        let text = |t: &'static str| ValueRef::Text(t.as_bytes());
        let all = [
            hash(&[text("ab"), text("c")]),
            hash(&[text("a"), text("bc")]),
            hash(&[text("abc")]),
            hash(&[text("1")]),
            hash(&[ValueRef::Integer(1)]),
            hash(&[ValueRef::Blob(b"1")]),
            hash(&[ValueRef::Null]),
            hash(&[text("")]),
        ];
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
    }
}
