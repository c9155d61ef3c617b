//! The actions of local programs, as the catalogue knows them.

use crate::model::{ActionSpec, Field, FieldKind, ReadsOnly};

pub const RUN: ActionSpec = ActionSpec {
    name: "command.run",
    via: None,
    about: "Runs a program, without a shell unless `shell` is said",
    fields: &[
        Field { name: "argv", kind: FieldKind::Texts, required: false, about: "the program and its arguments, each as it is" },
        Field { name: "shell", kind: FieldKind::Text, required: false, about: "a text for sh -c, instead of argv" },
        Field { name: "cwd", kind: FieldKind::Text, required: false, about: "the folder it starts in; by default the plan's" },
        Field {
            name: "env",
            kind: FieldKind::TextMap,
            required: false,
            about: "added to PATH, HOME, LANG and TZ, which are all it gets",
        },
        Field { name: "stdin", kind: FieldKind::Text, required: false, about: "what it reads" },
        Field { name: "expect", kind: FieldKind::Integer, required: false, about: "the exit code of success; by default 0" },
        Field { name: "reads_only", kind: FieldKind::Truth, required: false, about: "true when it changes nothing" },
    ],
    one_of: &["argv", "shell"],
    mutating: true,
    fences: false,
    undoes: false,
    irreversible: false,
    changes: &[],
    reads_only_if: Some(ReadsOnly::True("reads_only")),
};
