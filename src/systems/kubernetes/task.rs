//! What a call asks of Kubernetes, read once from its `with`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::workload::{Kind, Workload};
use crate::{
    model::{Call, Duration},
    plan::{Connections, KubernetesLink, Link},
    systems::action::ActionFault,
};

/// How many replicas a workload shall have.
#[derive(Clone, Debug, PartialEq)]
pub enum Replicas {
    Each(i64),
    /// By workload: what was remembered or planned.
    By(BTreeMap<String, i64>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Scale(Replicas),
    SetEnv(BTreeMap<String, String>),
    Restart,
    Wait,
}

/// A call, understood.
#[derive(Clone, Debug)]
pub struct Task {
    pub action: String,
    pub connection: String,
    pub link: KubernetesLink,
    pub namespace: String,
    pub kind: Kind,
    /// `None`: all of the namespace.
    pub names: Option<Vec<String>>,
    pub deed: Deed,
    /// Longest a request may take; for a wait, the whole wait.
    pub timeout: Duration,
}

impl Task {
    pub fn of(call: &Call, connections: &Connections) -> Result<Task, ActionFault> {
        let fault = |what: String| ActionFault::new(format!("{}: {what}", call.action));
        let connection = call.via.clone().ok_or_else(|| fault("expected `via`, the name of a kubernetes connection".into()))?;
        let link = match connections.get(&connection).map(|c| &c.link) {
            Some(Link::Kubernetes(link)) => link.clone(),
            Some(other) => {
                return Err(fault(format!("`via: {connection}` is a {} connection, expected a kubernetes one", other.system())));
            }
            None => return Err(fault(format!("the plan has no connection `{connection}`"))),
        };
        let namespace = call.text("namespace").ok_or_else(|| fault("expected `namespace`, a text".into()))?.to_owned();
        name_ok(&namespace).map_err(&fault)?;
        let kind = if call.with.contains_key("statefulsets") { Kind::StatefulSet } else { Kind::Deployment };
        let names = match call.texts(kind.plural()) {
            names if names.is_empty() => return Err(fault(format!("expected `{}`: names, or all", kind.plural()))),
            names if names == ["all"] => None,
            names => Some(names),
        };
        for name in names.iter().flatten() {
            name_ok(name).map_err(&fault)?;
        }
        let deed = match call.action.as_str() {
            "kubernetes.scale" => Deed::Scale(replicas(call.with.get("replicas")).map_err(&fault)?),
            "kubernetes.set_env" => Deed::SetEnv(env(call.with.get("env")).map_err(&fault)?),
            "kubernetes.restart" => Deed::Restart,
            "kubernetes.wait" => Deed::Wait,
            other => return Err(ActionFault::new(format!("there is no action `{other}`"))),
        };
        Ok(Task { action: call.action.clone(), connection, link, namespace, kind, names, deed, timeout: call.timeout })
    }

    /// Which of the workloads that are there it is about, in order; or which are missing.
    pub fn choose<'a>(&self, there: &'a [Workload]) -> Result<Vec<&'a Workload>, ActionFault> {
        let (plural, namespace) = (self.kind.plural(), &self.namespace);
        let wanted: Vec<&String> = match (&self.names, &self.deed) {
            (Some(names), _) => names.iter().collect(),
            (None, Deed::Scale(Replicas::By(counts))) => counts.keys().collect(),
            (None, _) if there.is_empty() => {
                return Err(ActionFault::new(format!(
                    "{}: namespace {namespace} has no {plural}; is that its name on connection {}?",
                    self.action, self.connection
                )));
            }
            (None, _) => return Ok(there.iter().collect()),
        };
        let find = |name: &&String| there.iter().find(|w| w.metadata.name == **name);
        let missing: Vec<&str> = wanted.iter().filter(|n| find(n).is_none()).map(|n| n.as_str()).collect();
        if missing.is_empty() {
            return Ok(wanted.iter().filter_map(find).collect());
        }
        let known: Vec<&str> = there.iter().map(|w| w.metadata.name.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Err(ActionFault::new(format!(
            "{}: namespace {namespace} on connection {} has no {plural} {}; it has: {known}",
            self.action,
            self.connection,
            missing.join(", ")
        )))
    }

    /// The count a workload shall have, if this scales and says one for it.
    pub fn count(&self, name: &str) -> Option<i64> {
        match &self.deed {
            Deed::Scale(Replicas::Each(n)) => Some(*n),
            Deed::Scale(Replicas::By(counts)) => counts.get(name).copied(),
            _ => None,
        }
    }
}

/// What Kubernetes takes as a name; anything else would change the path it stands in.
pub fn name_ok(name: &str) -> Result<(), String> {
    let good = !name.is_empty()
        && name.len() <= 253
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.')
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    if good { Ok(()) } else { Err(format!("`{name}` is no name of Kubernetes: lowercase letters, digits and dashes")) }
}

/// A count as the API takes it.
pub fn count(value: &Value) -> Result<i64, String> {
    let n = value.as_i64().filter(|n| (0..=i64::from(i32::MAX)).contains(n));
    n.ok_or_else(|| format!("`{value}` is no number of replicas; expected 0 or more"))
}

fn replicas(value: Option<&Value>) -> Result<Replicas, String> {
    match value {
        Some(Value::Object(by)) => {
            by.iter().map(|(name, n)| count(n).map(|n| (name.clone(), n))).collect::<Result<_, _>>().map(Replicas::By)
        }
        Some(n) => count(n).map(Replicas::Each).map_err(|why| format!("replicas: {why}")),
        None => Err("expected `replicas`: a number, remembered or planned".into()),
    }
}

fn env(value: Option<&Value>) -> Result<BTreeMap<String, String>, String> {
    let Some(Value::Object(map)) = value.filter(|v| v.as_object().is_some_and(|m| !m.is_empty())) else {
        return Err("expected `env`: variable: value".into());
    };
    map.iter()
        .map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(n) => n.to_string(),
                Value::Bool(b) => b.to_string(),
                _ => return Err(format!("env.{name}: expected a text")),
            };
            Ok((name.clone(), text))
        })
        .collect()
}
