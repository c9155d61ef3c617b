//! Asks an API server what the login that asks may do: a SelfSubjectAccessReview, which is kept nowhere.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use super::{link::Link, words::Miss, workload::Kind};
use crate::model::{Clock, Duration, text::brief};

const PATH: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// A change of workloads.
#[derive(Clone, Copy, Debug)]
pub struct Right<'a> {
    pub kind: Kind,
    /// Of their `scale` alone.
    pub scale: bool,
    pub namespace: &'a str,
    /// `None`: any of the namespace.
    pub name: Option<&'a str>,
}

impl Right<'_> {
    /// `deployments/scale`.
    pub fn resource(&self) -> String {
        if self.scale { format!("{}/scale", self.kind.plural()) } else { self.kind.plural().to_owned() }
    }
}

#[derive(Deserialize)]
struct Review {
    #[serde(default)]
    status: Status,
}
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Status {
    allowed: bool,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    evaluation_error: String,
}

/// Whether the login may patch it; a refusal comes with the server's reason, which may be empty.
pub async fn may_patch(
    link: &Link,
    right: &Right<'_>,
    limit: Duration,
    clock: &Arc<dyn Clock>,
) -> Result<Result<(), String>, Miss> {
    let mut about = json!({"verb": "patch", "group": "apps", "resource": right.kind.plural(), "namespace": right.namespace});
    if right.scale {
        about["subresource"] = "scale".into();
    }
    if let Some(name) = right.name {
        about["name"] = name.into();
    }
    let question = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": about},
    });
    let status = link.ask::<Review>(PATH, &question, limit, clock).await?.status;
    Ok(if status.allowed { Ok(()) } else { Err(brief(&[status.reason, status.evaluation_error].join(" ")).trim().to_owned()) })
}
