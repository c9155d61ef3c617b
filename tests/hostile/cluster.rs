//! A Kubernetes API server to be made hostile.

use std::path::Path;

use lifeboat::plan::KubernetesLink;
use serde_json::{Value, json};

use super::{
    certificates::Certificates,
    http::{Good, Heard, Site, Speech},
};

/// A cluster with one deployment and one node.
#[derive(Clone, Copy)]
pub struct Cluster {
    pub deployment: &'static str,
}

impl Cluster {
    fn web(&self) -> Value {
        let container = json!({"name": "app", "env": [{"name": "DB_HOST", "value": "db-east"}]});
        json!({"metadata": {"name": self.deployment, "generation": 1},
            "spec": {"replicas": 3, "template": {"spec": {"containers": [container]}}},
            "status": {"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3}})
    }
}

impl Speech for Cluster {
    fn good(&self, heard: &Heard) -> Good {
        let list = |items: Value| json!({"metadata": {"resourceVersion": "7"}, "items": items});
        let zone = json!({"topology.kubernetes.io/zone": self.deployment});
        let node = json!({"metadata": {"name": self.deployment, "labels": zone}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}});
        let path = heard.path.as_str();
        let body = match path {
            _ if path.contains("watch=1") => json!({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "8"}}}),
            "/api/v1/namespaces/kube-system" => json!({"metadata": {"name": "kube-system", "uid": "uid-1"}}),
            _ if heard.method == "PATCH" => json!({}),
            _ if path.contains("/deployments?") => list(json!([self.web()])),
            _ if path.contains("/deployments/") => self.web(),
            _ if path.starts_with("/api/v1/nodes?") => list(json!([node])),
            _ => list(json!([])),
        };
        if !path.contains("watch=1") {
            return Good::new(body.to_string());
        }
        // An endless watch tells of ever new deployments.
        let more = |n: u64| {
            let added = |m: u64| {
                format!(
                    "{{\"type\":\"ADDED\",\"object\":{{\"metadata\":{{\"name\":\"d-{n}-{m}\",\"resourceVersion\":\"{n}\"}}}}}}\n"
                )
            };
            (0..500).map(added).collect()
        };
        Good { body: format!("{body}\n"), more }
    }
    fn refusal(&self, words: &str) -> String {
        json!({"kind": "Status", "message": words, "reason": words}).to_string()
    }
}

/// A context of a kubeconfig in `folder`.
pub fn link(folder: &Path, site: &Site) -> KubernetesLink {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let file = folder.join("kubeconfig");
    let cluster = json!({"server": site.address, "certificate-authority": Certificates::shared().ca()});
    let config = json!({"apiVersion": "v1", "kind": "Config", "contexts": [{"name": "lab", "context": {"cluster": "c", "user": "ben"}}],
        "clusters": [{"name": "c", "cluster": cluster}], "users": [{"name": "ben", "user": {"token": "t0ps3cret"}}]});
    std::fs::write(&file, config.to_string()).unwrap();
    KubernetesLink { context: Some("lab".into()), kubeconfig: Some(file.to_str().unwrap().into()), ..KubernetesLink::default() }
}
