//! The actions of web servers, as the catalogue knows them.

use crate::model::{ActionSpec, Field, FieldKind, ReadsOnly};

/// Methods that change nothing.
pub const READING: &[&str] = &["GET", "HEAD"];
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

pub const REQUEST: ActionSpec = ActionSpec {
    name: "http.request",
    via: Some("http"),
    about: "Sends one request, once: no redirect is followed, nothing is repeated; GET and HEAD only read",
    fields: &[
        Field {
            name: "method",
            kind: FieldKind::Word(METHODS),
            required: true,
            about: "GET and HEAD only read, all others change",
        },
        Field { name: "path", kind: FieldKind::Text, required: true, about: "added to the connection's address; starts with /" },
        Field { name: "headers", kind: FieldKind::TextMap, required: false, about: "beside the connection's own; no secrets" },
        Field { name: "json", kind: FieldKind::Json, required: false, about: "the body, as JSON" },
        Field { name: "form", kind: FieldKind::TextMap, required: false, about: "the body, as a form; instead of json" },
        Field { name: "expect", kind: FieldKind::Integer, required: false, about: "the status of success; by default any 2xx" },
        Field {
            name: "json_expect",
            kind: FieldKind::Comparisons,
            required: false,
            about: "what must stand at these places of the answer; the value at the first is the step's result",
        },
    ],
    one_of: &[],
    mutating: true,
    fences: false,
    undoes: false,
    irreversible: false,
    changes: &[],
    reads_only_if: Some(ReadsOnly::Word("method", READING)),
};
