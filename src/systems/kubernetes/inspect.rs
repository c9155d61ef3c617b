//! Looks at an action by the `observe` login: what it would send, and afterwards whether it happened.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use serde_json::Value;

use super::{
    change::{self, Change},
    exchange::identity,
    link::{Link, Login, Place},
    restart, scale, set_env,
    task::{self, Deed, Task},
    warnings,
    words::Miss,
    workload::Workload,
};
use crate::{
    model::{Call, Clock, Duration, Effect, Identity, Outcome, PartPreview, PartReport, Preview, Request, Time, text::clean},
    plan::Connections,
    systems::action::{ActionFault, Inspect},
};

/// For one read while somebody waits for a dialog.
const LOOK: Duration = Duration::from_secs(10);
/// The server keeps history in whole seconds, and its clock's second may have begun before ours.
const SLACK: Duration = Duration::from_secs(2);

struct Look {
    task: Task,
    /// Looks at these alone.
    only: Option<Vec<String>>,
    /// Looks at the undo: what would be put back, by part.
    remembered: Option<BTreeMap<String, Value>>,
}

/// Looks at `call`.
pub fn inspect(call: &Call, connections: &Connections) -> Result<Box<dyn Inspect>, ActionFault> {
    Ok(Box::new(Look { task: Task::of(call, connections)?, only: None, remembered: None }))
}

/// Looks at `call` for `parts` of it alone.
pub fn inspect_parts(call: &Call, connections: &Connections, parts: &[String]) -> Result<Box<dyn Inspect>, ActionFault> {
    Ok(Box::new(Look { task: Task::of(call, connections)?, only: Some(parts.to_vec()), remembered: None }))
}

/// Looks at the undo of `call`, which would put `remembered` back.
pub fn inspect_undo(
    call: &Call,
    connections: &Connections,
    remembered: &BTreeMap<String, Value>,
) -> Result<Box<dyn Inspect>, ActionFault> {
    Ok(Box::new(Look { task: Task::of(call, connections)?, only: None, remembered: Some(remembered.clone()) }))
}

impl Look {
    fn fault(&self, why: &str) -> ActionFault {
        ActionFault::new(format!("{} on connection {}: {why}", self.task.action, self.task.connection))
    }

    /// Where requests would go: by the acting login, whose kubeconfig is read for it and no more.
    async fn target(&self) -> Result<Place, ActionFault> {
        let login = if self.task.deed == Deed::Wait { Login::Observe } else { Login::Act };
        Place::find(&self.task.connection, &self.task.link, login).await.map_err(ActionFault::new)
    }

    async fn open(&self, clock: &Arc<dyn Clock>) -> Result<Link, ActionFault> {
        let opened = Link::open_within(&self.task.connection, &self.task.link, Login::Observe, LOOK, clock).await;
        opened.map_err(ActionFault::new)
    }

    fn changes(&self, there: &[Workload]) -> Result<Vec<(Change, Workload)>, ActionFault> {
        let Some(remembered) = &self.remembered else {
            let mut chosen = self.task.choose(there)?;
            chosen.retain(|w| self.only.as_ref().is_none_or(|only| only.contains(&w.metadata.name)));
            return chosen.into_iter().map(|w| Ok((change::forward(&self.task, w)?, w.clone()))).collect();
        };
        let find = |name: &String| there.iter().find(|w| w.metadata.name == *name);
        let undo = |(name, value): (&String, &Value)| {
            let found = find(name).ok_or_else(|| {
                let place = format!("namespace {} has no {} {name} any more", self.task.namespace, self.task.kind.plural());
                self.fault(&format!("{place}; nothing can be put back into it"))
            })?;
            Ok((change::back(&self.task, found, value)?, found.clone()))
        };
        remembered.iter().map(undo).collect()
    }

    /// What the newest state says about one part.
    fn settle(&self, workload: &Workload, since: Time, server_since: Time) -> Outcome {
        let name = &workload.metadata.name;
        let remembered = self.remembered.as_ref().map(|r| r.get(name));
        match (&self.task.deed, remembered) {
            (_, Some(None)) => Outcome::unknown("nothing was remembered of it; look, then resolve it by hand"),
            (Deed::Scale(_), said) => {
                let wanted = match said.flatten() {
                    Some(value) => task::count(value).ok(),
                    None => self.task.count(name),
                };
                match wanted {
                    Some(wanted) => scale::read_back(workload, wanted, server_since),
                    None => Outcome::unknown("no count is known for it; look, then resolve it by hand"),
                }
            }
            (Deed::SetEnv(env), said) => {
                let containers: Vec<String> = workload.spec.template.spec.containers.iter().map(|c| c.name.clone()).collect();
                match said.flatten() {
                    None => set_env::read_back(workload, &set_env::wanted(containers.iter(), env), server_since),
                    Some(value) => match set_env::remembered(value) {
                        Some(to) => set_env::read_back(workload, &to, server_since),
                        None => Outcome::unknown("what was remembered of its environment cannot be read"),
                    },
                }
            }
            (Deed::Restart, _) => restart::read_back(workload, since),
            (Deed::Wait, _) if workload.complete() => Outcome::succeeded(super::wait::so_far(workload)),
            (Deed::Wait, _) => Outcome::failed(super::wait::so_far(workload)),
        }
    }

    async fn read(
        &self,
        identity_wanted: &Identity,
        since: Time,
        clock: &Arc<dyn Clock>,
    ) -> Result<Vec<(String, Outcome)>, String> {
        let target = self.target().await.map_err(|e| e.reason)?;
        let link = self.open(clock).await.map_err(|e| e.reason)?;
        let why = |miss: Miss| miss.why().to_owned();
        let cluster = link.cluster(LOOK, clock).await.map_err(why)?;
        let moved = identity(&cluster, &target.address).differences(identity_wanted, &[]);
        if !moved.is_empty() {
            return Err(format!("it is not the server of that run any more: {}", moved.join("; ")));
        }
        let answer = link.list::<Workload>(&self.task.kind.collection(&self.task.namespace), LOOK, clock).await.map_err(why)?;
        let ahead = answer.server_time.map_or(chrono::TimeDelta::zero(), |server| server - clock.now());
        let server_since = since + ahead - SLACK.delta();
        let items = answer.body.items.iter();
        Ok(items.map(|w| (w.metadata.name.clone(), self.settle(w, since, server_since))).collect())
    }
}

#[async_trait]
impl Inspect for Look {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let task = &self.task;
        let target = self.target().await?;
        let link = self.open(clock).await?;
        let failed = |miss: Miss| self.fault(miss.why());
        let cluster = link.cluster(LOOK, clock).await.map_err(failed)?;
        let there = link.list::<Workload>(&task.kind.collection(&task.namespace), LOOK, clock).await.map_err(failed)?.body.items;
        let changes = self.changes(&there)?;
        let mut warned = Vec::new();
        let mut scalers = Vec::new();
        if matches!(task.deed, Deed::Scale(_)) {
            match link.list(&warnings::autoscalers(&task.namespace), LOOK, clock).await {
                Ok(found) => scalers = found.body.items,
                Err(miss) if miss.is(404) => {}
                Err(miss) => warned.push(warnings::blind(&miss)),
            }
        }
        for (change, workload) in &changes {
            warned.extend(warnings::of(task, workload, &scalers, change.wanted));
            if let (Deed::SetEnv(env), None) = (&task.deed, &self.remembered) {
                let left = set_env::left_alone(workload, env);
                warned.extend(left.iter().map(|c| format!("{}: init container {c} has it too and keeps its own", change.name)));
            }
        }
        let to = format!("{} as {}", target.address, target.login);
        let named = |(change, _): &(Change, Workload)| change.patch.as_ref().map(|p| Request { to: to.clone(), text: p.text() });
        Ok(Preview {
            action: task.action.clone(),
            target: task.connection.clone(),
            identity: identity(&cluster, &target.address),
            requests: changes.iter().filter_map(named).collect(),
            effects: changes.iter().map(|(c, _)| Effect { text: format!("{} {}", c.name, c.text), measure: None }).collect(),
            parts: changes.into_iter().map(|(c, _)| PartPreview { name: c.name, change: c.text, before: c.before }).collect(),
            warnings: warned.iter().map(|w| clean(w)).collect(),
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], identity: &Identity, since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        let read = self.read(identity, since, clock).await;
        let outcome = |part: &String| match &read {
            Err(why) => Outcome::unknown(format!("cannot be read back: {}", clean(why))),
            Ok(found) => found.iter().find(|(name, _)| name == part).map_or_else(
                || {
                    Outcome::unknown(format!(
                        "namespace {} has no {} {part} any more",
                        self.task.namespace,
                        self.task.kind.plural()
                    ))
                },
                |(_, outcome)| outcome.clone(),
            ),
        };
        parts.iter().map(|part| PartReport::new(part, outcome(part))).collect()
    }
}
