//! The actions of Kubernetes, as the catalogue knows them.

use crate::model::{ActionSpec, Field, FieldKind};

const NAMESPACE: Field =
    Field { name: "namespace", kind: FieldKind::Text, required: true, about: "the namespace, never guessed" };
const DEPLOYMENTS: Field = Field { name: "deployments", kind: FieldKind::NamesOrAll, required: false, about: "names, or all" };
const STATEFULSETS: Field = Field { name: "statefulsets", kind: FieldKind::NamesOrAll, required: false, about: "names, or all" };

const BASE: ActionSpec = ActionSpec {
    name: "",
    via: Some("kubernetes"),
    about: "",
    fields: &[],
    one_of: &[],
    mutating: true,
    fences: false,
    undoes: true,
    irreversible: false,
    changes: &[],
    reads_only_if: None,
};

pub const SCALE: ActionSpec = ActionSpec {
    name: "kubernetes.scale",
    about: "Sets replica counts; remembers those that were there",
    fields: &[
        NAMESPACE,
        DEPLOYMENTS,
        STATEFULSETS,
        Field { name: "replicas", kind: FieldKind::Replicas, required: true, about: "a number, remembered or planned" },
    ],
    one_of: &["deployments", "statefulsets"],
    ..BASE
};

pub const SET_ENV: ActionSpec = ActionSpec {
    name: "kubernetes.set_env",
    about: "Sets environment variables of all containers; the pods roll once",
    fields: &[
        NAMESPACE,
        Field { required: true, ..DEPLOYMENTS },
        Field { name: "env", kind: FieldKind::TextMap, required: true, about: "variable: value" },
    ],
    ..BASE
};

pub const RESTART: ActionSpec = ActionSpec {
    name: "kubernetes.restart",
    about: "Rolls the pods of deployments",
    fields: &[NAMESPACE, Field { required: true, ..DEPLOYMENTS }],
    undoes: false,
    ..BASE
};

pub const WAIT: ActionSpec = ActionSpec {
    name: "kubernetes.wait",
    about: "Waits until rollouts are complete; changes nothing",
    fields: &[NAMESPACE, Field { required: true, ..DEPLOYMENTS }],
    mutating: false,
    undoes: false,
    ..BASE
};
