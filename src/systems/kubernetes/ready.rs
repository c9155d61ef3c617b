//! Whether the actions on a cluster could be done now: its logins, what is there, and what may be changed. Only asks.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;

use super::{
    credential::{Credential, credential},
    link::{Link, Login},
    review::{Right, may_patch},
    task::{Deed, Task},
    words::Miss,
    workload::Workload,
};
use crate::{
    model::{Aspect, Call, Check, Clock, Ready, StepRef},
    plan::{Connections, KubernetesLink},
    systems::{
        action::ActionFault,
        expiry,
        found::{Found, LIMIT, Steps},
        reach::Door,
        transport::{Written, within},
    },
};

/// Workloads of a namespace that an action is about.
#[derive(Clone, Debug)]
pub struct Want {
    task: Task,
}

/// Each with the steps that need it.
pub type Wants = Vec<(Want, Steps)>;

/// Adds `want`; an equal one is asked once.
pub fn put(wants: &mut Wants, want: Want, step: &StepRef) {
    let same = |a: &Task, b: &Task| (a.kind, &a.namespace, &a.names) == (b.kind, &b.namespace, &b.names);
    let known = wants.iter_mut().find(|(known, _)| same(&known.task, &want.task) && known.asks() == want.asks());
    match known {
        Some((_, steps)) => drop(steps.insert(step.clone())),
        None => wants.push((want, Steps::from([step.clone()]))),
    }
}

/// What `call` needs, by connection; or why it could not even be looked at.
pub fn wants(call: &Call, links: &Connections) -> Result<Vec<(String, Want)>, ActionFault> {
    let task = Task::of(call, links)?;
    Ok(vec![(task.connection.clone(), Want { task })])
}

/// Asks the cluster of `connection` for all of `wants`.
pub async fn ask(connection: &str, link: &KubernetesLink, wants: &Wants, found: &Found, clock: &Arc<dyn Clock>) {
    let all: Steps = wants.iter().flat_map(|(_, steps)| steps.clone()).collect();
    let acting: Steps = wants.iter().filter(|(want, _)| want.changes()).flat_map(|(_, steps)| steps.clone()).collect();
    one_login(link, &acting, found);
    let mut knocked = BTreeMap::new();
    for (who, steps) in [(Login::Observe, &all), (Login::Act, &acting)].into_iter().filter(|(_, steps)| !steps.is_empty()) {
        let what = format!("the login to {}", if who == Login::Observe { "look" } else { "act" });
        let read = match credential(connection, link, who).await {
            Ok(read) => read,
            Err(why) => {
                found.no(steps, Aspect::Login, &what, &why);
                continue;
            }
        };
        for lasts in &read.lasts {
            found.add(steps, expiry::judge(Aspect::Expiry, &lasts.what, lasts.until, lasts.soon, clock.now()));
        }
        let address = (read.host.clone(), read.port);
        let answers = match knocked.get(&address) {
            Some(answers) => *answers,
            None => {
                let answers = knock(read, steps, found, clock).await;
                *knocked.entry(address).or_insert(answers)
            }
        };
        if !answers {
            continue;
        }
        let Some(link) = let_in(connection, link, who, steps, found, clock).await else { continue };
        match who {
            Login::Observe => {
                // Each list once, however many steps are about it.
                let mut lists: BTreeMap<(&str, &str), Vec<&(Want, Steps)>> = BTreeMap::new();
                for want in wants {
                    lists.entry((&want.0.task.namespace, want.0.task.kind.plural())).or_default().push(want);
                }
                join_all(lists.values().map(|wants| look(&link, wants, found, clock))).await
            }
            Login::Act => {
                let changes = wants.iter().filter(|(want, _)| want.changes());
                join_all(changes.map(|(want, steps)| want.review(&link, steps, found, clock))).await
            }
        };
    }
}

/// RULES R18: who only looks should not be able to act.
fn one_login(link: &KubernetesLink, steps: &Steps, found: &Found) {
    if !steps.is_empty()
        && let (Some(observe), Some(act)) = (link.observing(), link.acting())
        && observe == act
    {
        let words = format!("context `{}` is both", act.context);
        let check = Check::new(Aspect::Login, "looking and acting by logins of their own", Ready::Warned, words);
        found.add(steps, check.mend("give the connection `observe: {context: ..}` that may only look"));
    }
}

async fn knock(read: Credential, steps: &Steps, found: &Found, clock: &Arc<dyn Clock>) -> bool {
    let door = Door { host: &read.host, port: read.port, name: read.name.as_deref(), written: Written::Kubeconfig };
    door.knock(read.speech, found, steps, clock.as_ref()).await
}

/// A client, once the server has let it in.
async fn let_in(
    connection: &str,
    link: &KubernetesLink,
    who: Login,
    steps: &Steps,
    found: &Found,
    clock: &Arc<dyn Clock>,
) -> Option<Link> {
    let word = if who == Login::Observe { "looks" } else { "acts" };
    let Some(opened) = within(clock.as_ref(), LIMIT * 2, Link::open(connection, link, who)).await else {
        found.unknown(steps, Aspect::Login, &format!("the login that {word}"), &super::link::hanging(connection, LIMIT * 2));
        return None;
    };
    let opened = match opened {
        Ok(opened) => opened,
        Err(why) => {
            found.no(steps, Aspect::Login, &format!("the login that {word}"), &why);
            return None;
        }
    };
    let what = format!("{} {word}", opened.place.login);
    match opened.cluster(LIMIT, clock).await {
        Ok(_) => found.add(steps, Check::new(Aspect::Login, what, Ready::Yes, "is let in")),
        Err(miss) if miss.is(403) => {
            found.add(steps, Check::new(Aspect::Login, what, Ready::Yes, "is let in"));
            // The cluster is told by it, before anything is sent to it.
            let check = Check::new(
                Aspect::Permission,
                format!("{} may read namespace kube-system", opened.place.login),
                Ready::No,
                miss.why(),
            );
            found.add(steps, check.mend("allow it: verb get on namespaces, resourceNames [kube-system]"));
        }
        Err(Miss::Unclear { why }) => {
            found.unknown(steps, Aspect::Login, &what, &why);
            return None;
        }
        Err(miss) => {
            found.no(steps, Aspect::Login, &what, miss.why());
            return None;
        }
    }
    Some(opened)
}

/// Whether the workloads of one kind in one namespace are there, as previews would see them.
async fn look(link: &Link, wants: &[&(Want, Steps)], found: &Found, clock: &Arc<dyn Clock>) {
    let Some((Want { task }, _)) = wants.first() else { return };
    let all: Steps = wants.iter().flat_map(|(_, steps)| steps.clone()).collect();
    let (kind, namespace) = (task.kind.plural(), &task.namespace);
    let what = format!("{} may list {kind} in {namespace}", link.place.login);
    let there = match link.list::<Workload>(&task.kind.collection(namespace), LIMIT, clock).await {
        Ok(answer) => answer.body.items,
        Err(miss) if miss.is(403) => {
            let check = Check::new(Aspect::Permission, what, Ready::No, miss.why());
            return found.add(&all, check.mend(format!("allow it: verbs get, list, watch on {kind} (apps) in {namespace}")));
        }
        Err(miss) => return found.unknown(&all, Aspect::Permission, &what, miss.why()),
    };
    found.add(&all, Check::new(Aspect::Permission, what, Ready::Yes, "it may"));
    for (Want { task }, steps) in wants {
        let target = match &task.names {
            Some(names) => format!("{kind} {} in {namespace}", names.join(", ")),
            None => format!("{kind} in {namespace}"),
        };
        match task.choose(&there) {
            Ok(chosen) => {
                let words = if chosen.len() == 1 { "it is there".to_owned() } else { format!("all {} are there", chosen.len()) };
                found.add(steps, Check::new(Aspect::Target, target, Ready::Yes, words));
            }
            Err(fault) => found.no(steps, Aspect::Target, &target, &fault.reason),
        }
    }
}

impl Want {
    fn changes(&self) -> bool {
        self.task.deed != Deed::Wait
    }
    /// What makes two of the same workloads different questions.
    fn asks(&self) -> (bool, bool) {
        (self.changes(), matches!(self.task.deed, Deed::Scale(_)))
    }

    /// Whether the login may change them, each.
    async fn review(&self, link: &Link, steps: &Steps, found: &Found, clock: &Arc<dyn Clock>) {
        let task = &self.task;
        let right = Right { kind: task.kind, scale: matches!(task.deed, Deed::Scale(_)), namespace: &task.namespace, name: None };
        let names: Vec<Option<&str>> = match &task.names {
            Some(names) => names.iter().map(|name| Some(name.as_str())).collect(),
            None => vec![None],
        };
        let asked = join_all(names.iter().map(|name| async move {
            let right = Right { name: *name, ..right };
            (*name, may_patch(link, &right, LIMIT, clock).await)
        }));
        let (mut refused, mut missed) = (Vec::new(), None);
        for (name, answer) in asked.await {
            let name = name.unwrap_or("all");
            match answer {
                Ok(Ok(())) => {}
                Ok(Err(reason)) if reason.is_empty() => refused.push(name.to_owned()),
                Ok(Err(reason)) => refused.push(format!("{name} ({reason})")),
                Err(miss) => missed = Some(miss),
            }
        }
        let (resource, namespace) = (right.resource(), &task.namespace);
        let which = task.names.as_ref().map_or_else(|| "all".to_owned(), |names| names.join(", "));
        let what = format!("{} may patch {resource} in {namespace}: {which}", link.place.login);
        match missed {
            _ if !refused.is_empty() => {
                let check = Check::new(Aspect::Permission, what, Ready::No, format!("it may not: {}", refused.join(", ")));
                found.add(steps, check.mend(format!("allow it: verb patch on {resource} (apps) in {namespace}")));
            }
            Some(miss) => found.unknown(steps, Aspect::Permission, &what, miss.why()),
            None => found.add(steps, Check::new(Aspect::Permission, what, Ready::Yes, allowed(names.len()))),
        }
    }
}

fn allowed(asked: usize) -> String {
    if asked == 1 { "it may".to_owned() } else { format!("{asked} of {asked} allowed") }
}
