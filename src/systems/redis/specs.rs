//! The actions of Redis, as the catalogue knows them.

use crate::model::{ActionSpec, Field, FieldKind};

const MASTER: Field =
    Field { name: "master", kind: FieldKind::Text, required: true, about: "the name that the Sentinels know the master by" };

const BASE: ActionSpec = ActionSpec {
    name: "",
    via: Some("redis"),
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

pub const PING: ActionSpec = ActionSpec {
    name: "redis.ping",
    about: "Asks whether the server lets Lifeboat's logins in and answers; changes nothing",
    mutating: false,
    ..BASE
};

pub const BGSAVE: ActionSpec = ActionSpec {
    name: "redis.bgsave",
    about: "Has the server write a snapshot, and waits until it counts one more and calls it good",
    ..BASE
};

pub const FENCE: ActionSpec = ActionSpec {
    name: "redis.fence",
    about: "Has the primary refuse every write, by asking for more replicas than there can be (min-replicas-to-write)",
    fences: true,
    undoes: true,
    ..BASE
};

pub const ALLOW_WRITES: ActionSpec = ActionSpec {
    name: "redis.allow_writes",
    about: "Has a fenced server take writes again",
    fields: &[Field {
        name: "min_replicas",
        kind: FieldKind::Integer,
        required: false,
        about: "how many replicas a write needs from then on; by default 0",
    }],
    undoes: true,
    ..BASE
};

pub const WAIT_CAUGHT_UP: ActionSpec = ActionSpec {
    name: "redis.wait_caught_up",
    about: "Waits until the replica has what the primary had written; changes nothing",
    fields: &[Field { name: "of", kind: FieldKind::Connection("redis"), required: true, about: "the primary's connection" }],
    mutating: false,
    ..BASE
};

pub const CHECK_QUORUM: ActionSpec = ActionSpec {
    name: "redis.check_quorum",
    about: "Asks a Sentinel whether a failover to this server could be authorized and done; changes nothing",
    fields: &[MASTER],
    mutating: false,
    ..BASE
};

pub const SENTINEL_FAILOVER: ActionSpec = ActionSpec {
    name: "redis.sentinel_failover",
    about: "Has a Sentinel make the replica the primary, and waits until both servers and the Sentinel agree",
    fields: &[
        MASTER,
        Field {
            name: "of",
            kind: FieldKind::Connection("redis"),
            required: false,
            about: "the connection of the primary that is replaced, to be asked itself",
        },
    ],
    irreversible: true,
    changes: &["role", "primary"],
    ..BASE
};
