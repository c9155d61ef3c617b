//! `kubernetes.scale`: replica counts.

use serde_json::json;

use super::{
    exchange::{MANAGER, MERGE, Patch},
    workload::{Kind, Workload},
};
use crate::model::{Outcome, Time};

pub fn patch(kind: Kind, namespace: &str, name: &str, replicas: i64) -> Patch {
    Patch {
        path: format!("{}/{name}/scale?fieldManager={MANAGER}", kind.collection(namespace)),
        kind: MERGE,
        body: json!({"spec": {"replicas": replicas}}),
    }
}

/// `3 replicas to 0`.
pub fn change(now: i64, wanted: i64) -> String {
    if now == wanted { format!("already {}", counted(now)) } else { format!("{} to {wanted}", counted(now)) }
}

pub fn counted(n: i64) -> String {
    if n == 1 { "1 replica".into() } else { format!("{n} replicas") }
}

/// Whether setting `wanted` happened; `since` by the server's clock.
pub fn read_back(workload: &Workload, wanted: i64, since: Time) -> Outcome {
    let now = workload.wanted();
    if now == wanted {
        Outcome::succeeded(format!("read back: {} wanted, {} available", now, workload.status.available_replicas))
    } else if !workload.untouched(&["f:spec", "f:replicas"], since) {
        Outcome::unknown(format!(
            "it has {}, not {wanted}, and somebody may have set it since: it may have taken effect and been changed again (by an autoscaler?)",
            counted(now)
        ))
    } else {
        Outcome::failed(format!("read back: still {}; nobody set the count since", counted(now)))
    }
}
