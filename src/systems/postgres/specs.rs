//! The actions of PostgreSQL, as the catalogue knows them.

use crate::model::{ActionSpec, Field, FieldKind};

const ROLES: Field = Field { name: "roles", kind: FieldKind::Texts, required: true, about: "the application's login roles" };

const BASE: ActionSpec = ActionSpec {
    name: "",
    via: Some("postgres"),
    about: "",
    fields: &[],
    one_of: &[],
    mutating: true,
    fences: false,
    undoes: false,
    irreversible: false,
    changes: &[],
    reads_only_if: None,
};

pub const FENCE: ActionSpec = ActionSpec {
    name: "postgres.fence",
    about: "Takes LOGIN from the application's roles and ends their sessions, so that the server takes no more of their writes",
    fields: &[ROLES],
    fences: true,
    undoes: true,
    ..BASE
};

pub const ALLOW_WRITES: ActionSpec = ActionSpec {
    name: "postgres.allow_writes",
    about: "Gives LOGIN back to the application's roles",
    fields: &[ROLES],
    undoes: true,
    ..BASE
};

pub const WAIT_CAUGHT_UP: ActionSpec = ActionSpec {
    name: "postgres.wait_caught_up",
    about: "Waits until the standby has the primary's last commit; changes nothing",
    fields: &[Field { name: "of", kind: FieldKind::Connection("postgres"), required: true, about: "the primary's connection" }],
    mutating: false,
    ..BASE
};

pub const CHECK_STANDBY: ActionSpec = ActionSpec {
    name: "postgres.check_standby",
    about: "Checks that it is a standby, attached, not far behind, and that it may be promoted; changes nothing",
    mutating: false,
    ..BASE
};

pub const PROMOTE: ActionSpec = ActionSpec {
    name: "postgres.promote",
    about: "Makes the standby a primary. The old primary cannot follow it any more",
    irreversible: true,
    changes: &["timeline", "role"],
    ..BASE
};

pub const WRITE_PROBE: ActionSpec = ActionSpec {
    name: "postgres.write_probe",
    about: "Writes and removes a row of its own as the application",
    fields: &[Field { name: "role", kind: FieldKind::Text, required: true, about: "the application's role" }],
    ..BASE
};
