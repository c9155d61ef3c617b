//! The actions of Kubernetes on the simulated platform.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{
    cluster::{Cluster, Deployment, Key},
    deed::{Deed, Watch, effect},
    world::World,
};
use crate::model::{Call, Duration, Effect, Outcome, PartPreview, PartReport, Request, Time};

enum What {
    /// The count as the call says it: a number, a number by name, `planned`, or `remembered`.
    Scale(Json),
    SetEnv(BTreeMap<String, String>),
    Restart,
    Wait,
}

pub struct KubernetesDeed {
    call: Call,
    via: String,
    namespace: String,
    /// `None`: all that are there.
    names: Option<Vec<String>>,
    what: What,
    /// It is an undo, to these.
    put_back: Option<BTreeMap<String, Json>>,
}

/// How long a scaling is watched before the gate alone goes on watching.
const WATCHED: Duration = Duration::from_secs(15);

impl KubernetesDeed {
    pub fn new(call: &Call, put_back: Option<&BTreeMap<String, Json>>) -> Result<Self, String> {
        let missing = |field: &str| format!("{} needs `{field}` in its `with`", call.action);
        let field = if call.with.contains_key("statefulsets") { "statefulsets" } else { "deployments" };
        let names = call.texts(field);
        let what = match call.action.as_str() {
            "kubernetes.scale" => What::Scale(call.with.get("replicas").cloned().ok_or_else(|| missing("replicas"))?),
            "kubernetes.set_env" => {
                let env = call.with.get("env").and_then(Json::as_object).ok_or_else(|| missing("env"))?;
                What::SetEnv(
                    env.iter().map(|(k, v)| (k.clone(), v.as_str().map_or_else(|| v.to_string(), str::to_owned))).collect(),
                )
            }
            "kubernetes.restart" => What::Restart,
            "kubernetes.wait" => What::Wait,
            other => return Err(format!("the simulated platform does not know the action {other}")),
        };
        if put_back.is_some() && matches!(what, What::Restart | What::Wait) {
            return Err(format!("{} has nothing to take back", call.action));
        }
        if names.is_empty() {
            return Err(missing(field));
        }
        Ok(Self {
            via: call.via.clone().ok_or_else(|| missing("via"))?,
            namespace: call.text("namespace").ok_or_else(|| missing("namespace"))?.to_owned(),
            names: (names != ["all"]).then_some(names),
            what,
            put_back: put_back.cloned(),
            call: call.clone(),
        })
    }

    fn cluster<'a>(&self, world: &'a World) -> Result<&'a Cluster, String> {
        world.clusters.get(&self.via).ok_or_else(|| format!("{} is no Kubernetes connection", self.via))
    }

    fn key(&self, part: &str) -> Key {
        (self.namespace.clone(), part.to_owned())
    }

    fn deployment<'a>(&self, world: &'a World, part: &str) -> Result<&'a Deployment, String> {
        let cluster = self.cluster(world)?;
        cluster.deployments.get(&self.key(part)).ok_or_else(|| {
            let there = cluster.deployments.keys().filter(|(ns, _)| *ns == self.namespace).map(|(_, name)| name.as_str());
            let there: Vec<_> = there.collect();
            let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
            format!("404 Not Found: deployments.apps \"{part}\" not found in {} of {}: it has {there}", self.namespace, self.via)
        })
    }

    /// The count that a part should have.
    fn count(&self, world: &World, part: &str) -> Result<u32, String> {
        let said = match (&self.put_back, &self.what) {
            (Some(before), _) => before.get(part).cloned().unwrap_or(Json::Null),
            (None, What::Scale(Json::Object(each))) => each.get(part).cloned().unwrap_or(Json::Null),
            (None, What::Scale(Json::String(word))) if word == "planned" => {
                return world.planned(part).ok_or_else(|| format!("the plan gives no `instances` for {part}: write a number"));
            }
            (None, What::Scale(said)) => said.clone(),
            _ => Json::Null,
        };
        let number = said.as_u64().or_else(|| said.as_str()?.parse().ok());
        number
            .and_then(|n| u32::try_from(n).ok())
            .ok_or_else(|| format!("expected a number of replicas for {part}, found {said}"))
    }

    /// The variables that a part should have; `None` for one that should not be there.
    fn env(&self, part: &str) -> BTreeMap<String, Option<String>> {
        match (&self.put_back, &self.what) {
            (Some(before), _) => {
                let before = before.get(part).and_then(Json::as_object).into_iter().flatten();
                before.map(|(name, value)| (name.clone(), value.as_str().map(str::to_owned))).collect()
            }
            (None, What::SetEnv(env)) => env.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect(),
            _ => BTreeMap::new(),
        }
    }

    fn preview_of(&self, world: &World, part: &str) -> Result<PartPreview, String> {
        let deployment = self.deployment(world, part)?;
        let (change, before) = match &self.what {
            What::Scale(_) => {
                let (is, wanted) = (deployment.wanted, self.count(world, part)?);
                let change =
                    if is == wanted { format!("{} already", replicas(is)) } else { format!("{} to {wanted}", replicas(is)) };
                (change, Some(json!(is)))
            }
            What::SetEnv(_) => {
                let env = self.env(part);
                let said: Vec<_> = env
                    .iter()
                    .map(|(name, value)| match (deployment.env.get(name), value) {
                        (is, value) if is == value.as_ref() => format!("{name} already so"),
                        (Some(is), Some(value)) => format!("{name} {is} to {value}"),
                        (None, Some(value)) => format!("{name} new: {value}"),
                        (_, None) => format!("{name} taken away"),
                    })
                    .collect();
                let before: serde_json::Map<_, _> =
                    env.keys().map(|name| (name.clone(), json!(deployment.env.get(name)))).collect();
                (said.join(", "), Some(Json::Object(before)))
            }
            What::Restart => (format!("rolls {}", replicas(deployment.wanted)), None),
            What::Wait => (format!("{} of {} ready", deployment.ready(world.now()), deployment.wanted), None),
        };
        Ok(PartPreview { name: part.to_owned(), change, before })
    }

    fn body(&self, world: &World, part: &str) -> Option<(&'static str, Json)> {
        Some(match &self.what {
            What::Scale(_) => ("/scale", json!({"spec": {"replicas": self.count(world, part).ok()?}})),
            What::SetEnv(_) => {
                let env: Vec<Json> = self
                    .env(part)
                    .iter()
                    .map(|(name, value)| match value {
                        Some(value) => json!({"name": name, "value": value}),
                        None => json!({"$patch": "delete", "name": name}),
                    })
                    .collect();
                let spec = json!({"containers": [{"name": part, "env": env}]});
                ("", json!({"spec": {"template": {"spec": spec}}}))
            }
            What::Restart => {
                let annotations = json!({"kubectl.kubernetes.io/restartedAt": "(now)"});
                ("", json!({"spec": {"template": {"metadata": {"annotations": annotations}}}}))
            }
            What::Wait => return None,
        })
    }
}

impl Deed for KubernetesDeed {
    fn name(&self) -> String {
        if self.put_back.is_some() { format!("undo {}", self.call.action) } else { self.call.action.clone() }
    }
    fn via(&self) -> Option<&str> {
        Some(&self.via)
    }
    fn target(&self) -> &str {
        &self.via
    }
    fn mutates(&self) -> bool {
        !matches!(self.what, What::Wait)
    }

    fn parts(&self, world: &World) -> Result<Vec<PartPreview>, String> {
        let names = match (&self.put_back, &self.names) {
            (Some(before), _) => before.keys().cloned().collect(),
            (None, Some(names)) => names.clone(),
            (None, None) => {
                let all = self.cluster(world)?.deployments.keys();
                all.filter(|(namespace, _)| *namespace == self.namespace).map(|(_, name)| name.clone()).collect()
            }
        };
        names.iter().map(|name| self.preview_of(world, name)).collect()
    }

    fn requests(&self, world: &World, parts: &[PartPreview]) -> Vec<Request> {
        let to = world.lines.get(&self.via).map_or_else(String::new, |line| format!("{}, {} as act", self.via, line.address));
        let text = |part: &PartPreview| {
            let (tail, body) = self.body(world, &part.name)?;
            let path = format!("/apis/apps/v1/namespaces/{}/deployments/{}{tail}", self.namespace, part.name);
            Some(Request { to: to.clone(), text: format!("PATCH {path} {body}") })
        };
        parts.iter().filter_map(text).collect()
    }

    fn effects(&self, _: &World, _: &[PartPreview]) -> (Vec<Effect>, Vec<String>) {
        let said = match self.what {
            What::Scale(_) => vec![],
            What::SetEnv(_) => vec![effect("the pods of each deployment roll once")],
            What::Restart => vec![effect("the pods of each deployment roll; the old ones serve until the new ones are ready")],
            What::Wait => vec![effect("changes nothing")],
        };
        (said, vec![])
    }

    fn send(&self, world: &mut World, part: &str) -> Result<(), String> {
        let (key, now) = (self.key(part), world.now());
        self.deployment(world, part)?;
        let count = matches!(self.what, What::Scale(_)).then(|| self.count(world, part)).transpose()?;
        let Some(cluster) = world.clusters.get_mut(&self.via) else { return Ok(()) };
        match (&self.what, count) {
            (What::Scale(_), Some(count)) => cluster.scale(&key, count, now),
            (What::SetEnv(_), _) => cluster.set_env(&key, &self.env(part), now),
            (What::Restart, _) => cluster.restart(&key, now),
            _ => {}
        }
        Ok(())
    }

    fn watch(&self, world: &World, part: &str, since: Time) -> Watch {
        let now = world.now();
        let deployment = match self.deployment(world, part) {
            Ok(deployment) => deployment,
            Err(reason) => return Watch::ended(part, Outcome::failed(reason)),
        };
        let so_far = format!("{} of {} ready", deployment.ready(now), deployment.wanted);
        let done = deployment.is_complete(now);
        match &self.what {
            What::Scale(_) if done || Duration::between(since, now) >= WATCHED => {
                let waiting = deployment.waiting();
                let rest = if waiting > 0 { format!(", {waiting} waiting for cards") } else { String::new() };
                Watch::ended(part, Outcome::succeeded(format!("set to {}, {so_far}{rest}", replicas(deployment.wanted))))
            }
            What::Wait if done => Watch::ended(part, Outcome::succeeded(format!("complete, {so_far}"))),
            What::Scale(_) | What::Wait => Watch::Going(so_far),
            What::SetEnv(_) => {
                let names: Vec<_> = self.env(part).into_keys().collect();
                Watch::ended(part, Outcome::succeeded(format!("{} set, the pods roll", names.join(", "))))
            }
            What::Restart => Watch::ended(part, Outcome::succeeded("the pods roll")),
        }
    }

    fn read_back(&self, world: &World, part: &str, since: Time) -> PartReport {
        let deployment = match self.deployment(world, part) {
            Ok(deployment) => deployment,
            Err(reason) => return PartReport::new(part, Outcome::unknown(reason)),
        };
        let outcome = match &self.what {
            What::Scale(_) => match self.count(world, part) {
                Ok(wanted) if deployment.wanted == wanted => Outcome::succeeded(format!("{} as asked", replicas(wanted))),
                Ok(wanted) => Outcome::failed(format!("{}, not {wanted}: it did not take effect", replicas(deployment.wanted))),
                Err(reason) => Outcome::unknown(reason),
            },
            What::SetEnv(_) => {
                let differs: Vec<_> =
                    self.env(part).into_iter().filter(|(name, value)| deployment.env.get(name) != value.as_ref()).collect();
                match differs.first() {
                    None => Outcome::succeeded("the variables are as asked"),
                    Some((name, _)) => Outcome::failed(format!("{name} is not as asked: it did not take effect")),
                }
            }
            What::Restart if deployment.restarted.is_some_and(|at| at >= since) => Outcome::succeeded("the pods were rolled"),
            What::Restart => Outcome::failed("the pods were not rolled since"),
            What::Wait if deployment.is_complete(world.now()) => Outcome::succeeded("complete"),
            What::Wait => Outcome::failed("not complete"),
        };
        PartReport::new(part, outcome)
    }
}

fn replicas(count: u32) -> String {
    if count == 1 { "1 replica".into() } else { format!("{count} replicas") }
}
