//! What may undo or stop a change, said before it is agreed to.

use serde::Deserialize;

use super::{
    task::{Deed, Task},
    words::Miss,
    workload::Workload,
};
use crate::model::text::clean;

/// An autoscaler, as far as it concerns a workload.
#[derive(Clone, Debug, Deserialize)]
pub struct Autoscaler {
    metadata: Named,
    spec: AutoscalerSpec,
}
#[derive(Clone, Debug, Deserialize)]
struct Named {
    name: String,
}
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AutoscalerSpec {
    scale_target_ref: Target,
    #[serde(default)]
    min_replicas: Option<i64>,
    max_replicas: i64,
}
#[derive(Clone, Debug, Deserialize)]
struct Target {
    kind: String,
    name: String,
}

/// Where a namespace's autoscalers are.
pub fn autoscalers(namespace: &str) -> String {
    format!("/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers")
}

/// That autoscalers could not be looked for.
pub fn blind(miss: &Miss) -> String {
    format!("autoscalers cannot be seen, so none is ruled out ({})", miss.why())
}

/// What is to be said of one workload.
pub fn of(task: &Task, workload: &Workload, autoscalers: &[Autoscaler], wanted: Option<i64>) -> Vec<String> {
    let name = &workload.metadata.name;
    let mut all = Vec::new();
    let targets = |a: &&Autoscaler| a.spec.scale_target_ref.kind == task.kind.word() && a.spec.scale_target_ref.name == *name;
    if let Some(wanted) = wanted {
        for scaler in autoscalers.iter().filter(targets) {
            let (scaler_name, max) = (clean(&scaler.metadata.name), scaler.spec.max_replicas);
            let min = scaler.spec.min_replicas.unwrap_or(1);
            all.push(if wanted == 0 {
                format!("{name}: autoscaler {scaler_name} ({min} to {max}) rests while it has 0 replicas")
            } else {
                format!("{name}: autoscaler {scaler_name} ({min} to {max}) will set its own count again")
            });
        }
        if workload.wanted() == wanted {
            all.push(format!("{name} already has {}", super::scale::counted(wanted)));
        }
    }
    if workload.spec.paused && matches!(task.deed, Deed::SetEnv(_) | Deed::Restart | Deed::Wait) {
        all.push(format!("{name}: its rollout is paused: no pod changes until it is resumed"));
    }
    if task.deed != Deed::Wait
        && let Some(owner) = owner(workload)
    {
        all.push(format!("{name} is managed by {owner}"));
    }
    all
}

/// The tool that keeps it as its files say.
fn owner(workload: &Workload) -> Option<String> {
    let annotation = |key: &str| workload.metadata.annotations.get(key).map(|v| clean(v));
    let label = |key: &str| workload.metadata.labels.get(key).map(|v| clean(v));
    if let Some(id) = annotation("argocd.argoproj.io/tracking-id").or_else(|| label("argocd.argoproj.io/instance")) {
        let app = id.split(':').next().unwrap_or_default().to_owned();
        return Some(format!("Argo CD ({app}), which may undo this at its next sync"));
    }
    if let Some(name) = label("kustomize.toolkit.fluxcd.io/name").or_else(|| label("helm.toolkit.fluxcd.io/name")) {
        return Some(format!("Flux ({name}), which may undo this at its next round"));
    }
    let release = annotation("meta.helm.sh/release-name")?;
    Some(format!("Helm (release {release}), whose next upgrade may undo this"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn r13_what_may_undo_people_s_work_is_said_before() {
        let connections = std::collections::BTreeMap::from([(
            "west".to_owned(),
            crate::plan::Connection {
                region: None,
                drill: false,
                every: None,
                link: crate::plan::Link::Kubernetes(Default::default()),
            },
        )]);
        let call = crate::model::Call {
            action: "kubernetes.scale".into(),
            via: Some("west".into()),
            with: [("namespace", json!("prod")), ("deployments", json!("all")), ("replicas", json!(2))]
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect(),
            timeout: crate::model::Duration::from_secs(30),
        };
        let task = Task::of(&call, &connections).unwrap();
        let workload: Workload = serde_json::from_value(json!({"spec": {"replicas": 3}, "metadata": {"name": "a",
            "annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:prod/a"}}}))
        .unwrap();
        let scaler: Autoscaler = serde_json::from_value(json!({"metadata": {"name": "a-hpa"},
            "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "a"}, "minReplicas": 2, "maxReplicas": 9}}))
        .unwrap();
        assert_eq!(
            of(&task, &workload, &[scaler], Some(2)),
            [
                "a: autoscaler a-hpa (2 to 9) will set its own count again",
                "a is managed by Argo CD (shop), which may undo this at its next sync"
            ]
        );
    }
}
