//! Deployments and StatefulSets, as far as actions need them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::model::Time;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Deployment,
    StatefulSet,
}

impl Kind {
    /// In paths, and in `with`.
    pub fn plural(self) -> &'static str {
        match self {
            Kind::Deployment => "deployments",
            Kind::StatefulSet => "statefulsets",
        }
    }
    /// As references to it say.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Deployment => "Deployment",
            Kind::StatefulSet => "StatefulSet",
        }
    }
    /// Where a namespace's collection is.
    pub fn collection(self, namespace: &str) -> String {
        format!("/apis/apps/v1/namespaces/{namespace}/{}", self.plural())
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct Workload {
    pub metadata: Metadata,
    #[serde(default)]
    pub spec: Spec,
    #[serde(default)]
    pub status: Status,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    pub name: String,
    #[serde(default)]
    pub generation: i64,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    #[serde(default)]
    pub managed_fields: Vec<Managed>,
}

/// Who set which fields, and when last: the object's history as far as the server keeps one.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Managed {
    #[serde(default)]
    pub time: Option<Time>,
    #[serde(default)]
    pub fields_v1: Value,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Spec {
    /// Unsaid means one.
    pub replicas: Option<i64>,
    #[serde(default)]
    pub paused: bool,
    #[serde(default)]
    pub template: Template,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Template {
    #[serde(default)]
    pub metadata: TemplateMeta,
    #[serde(default)]
    pub spec: PodSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct TemplateMeta {
    #[serde(default)]
    pub annotations: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodSpec {
    #[serde(default)]
    pub containers: Vec<Container>,
    #[serde(default)]
    pub init_containers: Option<Vec<Container>>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Container {
    pub name: String,
    #[serde(default)]
    pub env: Option<Vec<EnvVar>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvVar {
    pub name: String,
    #[serde(default)]
    pub value: Option<String>,
    #[serde(default)]
    pub value_from: Option<Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    #[serde(default)]
    pub observed_generation: i64,
    #[serde(default)]
    pub replicas: i64,
    #[serde(default)]
    pub updated_replicas: i64,
    #[serde(default)]
    pub ready_replicas: i64,
    #[serde(default)]
    pub available_replicas: i64,
    #[serde(default)]
    pub conditions: Option<Vec<Condition>>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Condition {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub reason: Option<String>,
    #[serde(default)]
    pub message: Option<String>,
}

impl Workload {
    pub fn wanted(&self) -> i64 {
        self.spec.replicas.unwrap_or(1)
    }

    /// Whether its pods are what its specification says: all of them new, available, and none beside.
    pub fn complete(&self) -> bool {
        complete(self.metadata.generation, self.wanted(), &self.status)
    }

    /// Whether it is certain that nobody set a value below `path` (as `["f:spec", "f:replicas"]`) at `since` or later, by
    /// the server's clock. Two things prove it: the value's owner last wrote before, or the controller has taken the newest
    /// specification up before. (Whoever sets a count by `/scale` takes it from its owner without becoming one.)
    pub fn untouched(&self, path: &[&str], since: Time) -> bool {
        let owners = |path: &[&str]| {
            let owns = |fields: &Value| path.iter().try_fold(fields, |at, step| at.get(*step)).is_some();
            self.metadata.managed_fields.iter().filter(|m| owns(&m.fields_v1)).map(|m| m.time).collect::<Vec<_>>()
        };
        let before = |times: Vec<Option<Time>>| !times.is_empty() && times.iter().all(|t| t.is_some_and(|t| t < since));
        let taken_up = self.metadata.generation > 0 && self.status.observed_generation == self.metadata.generation;
        before(owners(path)) || (taken_up && before(owners(&["f:status", "f:observedGeneration"])))
    }
}

/// The same for what a watch keeps.
pub fn complete(generation: i64, wanted: i64, status: &Status) -> bool {
    status.observed_generation >= generation
        && status.updated_replicas == wanted
        && status.available_replicas == wanted
        && status.replicas == wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(json: Value) -> Workload {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn complete_wants_the_specification_seen_and_every_count_right() {
        let with = |observed: i64, total: i64, updated: i64, available: i64| {
            workload(serde_json::json!({
                "metadata": {"name": "a", "generation": 4}, "spec": {"replicas": 3},
                "status": {"observedGeneration": observed, "replicas": total, "updatedReplicas": updated, "availableReplicas": available}
            }))
            .complete()
        };
        assert!(with(4, 3, 3, 3));
        assert!(!with(3, 3, 3, 3), "an old specification was seen");
        assert!(!with(4, 4, 3, 3), "an old pod is still there");
        assert!(!with(4, 3, 2, 3));
        assert!(!with(4, 3, 3, 2));
        let none = workload(
            serde_json::json!({"metadata": {"name": "a", "generation": 1}, "spec": {"replicas": 0}, "status": {"observedGeneration": 1}}),
        );
        assert!(none.complete());
    }

    #[test]
    fn r08_no_change_is_only_certain_by_the_object_s_history() {
        let at = |text: &str| text.parse::<Time>().unwrap();
        let of = |observed: i64, fields: Value| {
            workload(serde_json::json!({"metadata": {"name": "a", "generation": 7, "managedFields": fields},
                "status": {"observedGeneration": observed}}))
        };
        let path = ["f:spec", "f:replicas"];
        let owner = serde_json::json!({"time": "2026-11-20T02:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}});
        let status = serde_json::json!({"time": "2026-11-20T03:00:00Z", "fieldsV1": {"f:status": {"f:observedGeneration": {}}}});
        let later = at("2026-11-20T02:30:00Z");
        let owned = of(7, serde_json::json!([owner, status]));
        assert!(owned.untouched(&path, later), "only the status is newer");
        assert!(!owned.untouched(&path, at("2026-11-20T01:59:00Z")));
        let scaled = of(7, serde_json::json!([status]));
        assert!(!scaled.untouched(&path, later), "the count has no owner, and the status was written since");
        assert!(scaled.untouched(&path, at("2026-11-20T03:30:00Z")), "the newest specification was taken up before");
        assert!(!of(6, serde_json::json!([status])).untouched(&path, at("2026-11-20T03:30:00Z")), "not taken up yet");
        assert!(!of(7, serde_json::json!([])).untouched(&path, later), "no history: cannot be ruled out");
    }
}
