//! Whether actions could be done now: everything that they need is asked for, connection beside connection, and nothing
//! is changed. A new system adds a line to `sort` and to `work`.

use std::{collections::BTreeMap, path::Path, pin::Pin, sync::Arc};

use async_trait::async_trait;
use futures_util::future::join_all;

use super::{
    action::ActionFault,
    found::{Found, Steps},
    http, kubernetes,
    need::Need,
    postgres, process, redis, transport,
};
use crate::{
    model::{Aspect, Check, Clock, Duration, Readiness, Ready, Spot},
    plan::{Connections, Link},
};

/// Where programs run.
const HERE: &str = "this machine";

/// Asks whether actions could be done. Some of it only the `act` login can ask, so only a console that may act has one
/// (RULES R18).
#[async_trait]
pub trait Doctor: Send + Sync {
    /// Asks all that `needs` need, each connection for at most `wait`. Changes nothing.
    async fn ask(&self, needs: &[Need], wait: Duration, clock: &Arc<dyn Clock>) -> Readiness;
}

/// What is wanted of each connection, equal wants once.
#[derive(Default)]
struct Wanted {
    postgres: BTreeMap<String, postgres::ready::Wants>,
    kubernetes: BTreeMap<String, kubernetes::ready::Wants>,
    redis: BTreeMap<String, redis::ready::Wants>,
    http: BTreeMap<String, http::ready::Wants>,
    programs: process::ready::Wants,
    /// By spot and its system: what could not even be understood.
    faults: BTreeMap<(String, String), Found>,
}

impl Wanted {
    fn of(needs: &[Need], connections: &Connections, plan_dir: &Path) -> Self {
        let mut wanted = Self::default();
        for need in needs {
            if let Err(fault) = wanted.sort(need, connections, plan_dir) {
                wanted.not_understood(need, &fault);
            }
        }
        wanted
    }

    fn sort(&mut self, need: &Need, connections: &Connections, plan_dir: &Path) -> Result<(), ActionFault> {
        fn put<W: Ord>(into: &mut BTreeMap<String, BTreeMap<W, Steps>>, wants: Vec<(String, W)>, need: &Need) {
            for (connection, want) in wants {
                into.entry(connection).or_default().entry(want).or_default().insert(need.step.clone());
            }
        }
        let call = &need.call;
        match call.action.split('.').next().unwrap_or_default() {
            "postgres" => put(&mut self.postgres, postgres::ready::wants(call, connections)?, need),
            "redis" => put(&mut self.redis, redis::ready::wants(call, connections)?, need),
            "http" => put(&mut self.http, http::ready::wants(call, connections)?, need),
            "kubernetes" => {
                for (connection, want) in kubernetes::ready::wants(call, connections)? {
                    kubernetes::ready::put(self.kubernetes.entry(connection).or_default(), want, &need.step);
                }
            }
            "command" => {
                let (name, command) = process::ready::wants(call, plan_dir)?;
                self.programs.entry(name).or_insert_with(|| (command, Steps::new())).1.insert(need.step.clone());
            }
            _ => return Err(ActionFault::new(format!("there is no action `{}` in this console", call.action))),
        }
        Ok(())
    }

    fn not_understood(&mut self, need: &Need, fault: &ActionFault) {
        let action = need.call.action.as_str();
        let system = action.split('.').next().unwrap_or_default().to_owned();
        let spot = need.call.via.clone().unwrap_or_else(|| HERE.to_owned());
        let check = if need.open.is_empty() {
            Check::new(Aspect::Step, action, Ready::No, &fault.reason).mend("correct the plan")
        } else {
            let open = need.open.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
            Check::new(Aspect::Step, action, Ready::CannotTell, format!("its {open} is known only in an incident"))
        };
        self.faults.entry((spot, system)).or_default().add(&Steps::from([need.step.clone()]), check);
    }
}

type Work<'a> = Pin<Box<dyn Future<Output = Spot> + Send + 'a>>;

/// Asks `connections` and this machine, all at once, each for at most `wait`.
pub async fn ask(
    connections: &Connections,
    plan_dir: &Path,
    needs: &[Need],
    wait: Duration,
    clock: &Arc<dyn Clock>,
) -> Readiness {
    let (asked, began) = (clock.now(), clock.passed());
    let wanted = Wanted::of(needs, connections, plan_dir);
    let mut spots = join_all(work(&wanted, connections, wait, clock)).await;
    for ((name, system), fault) in &wanted.faults {
        match spots.iter_mut().find(|spot| spot.name == *name) {
            Some(spot) => drop(spot.checks.splice(0..0, fault.checks())),
            None => spots.push(Spot { name: name.clone(), system: system.clone(), checks: fault.checks() }),
        }
    }
    any_sentinel_will_do(&mut spots, connections);
    in_order(&mut spots, needs);
    spots.sort_by(|a, b| b.ready().cmp(&a.ready()).then_with(|| a.name.cmp(&b.name)));
    Readiness { asked, took: clock.passed().saturating_sub(began), spots }
}

fn work<'a>(wanted: &'a Wanted, connections: &'a Connections, wait: Duration, clock: &'a Arc<dyn Clock>) -> Vec<Work<'a>> {
    let link = |name: &String| connections.get(name).map(|connection| &connection.link);
    let mut all: Vec<Work<'a>> = Vec::new();
    for (name, wants) in &wanted.postgres {
        if let Some(Link::Postgres(link)) = link(name) {
            let steps = wants.values().flatten().cloned().collect();
            all.push(Box::pin(spot(name, "postgres", steps, wait, clock, async move |found: &Found| {
                postgres::ready::ask(&postgres::Server::new(name, link), wants, found, clock).await;
            })));
        }
    }
    for (name, wants) in &wanted.kubernetes {
        if let Some(Link::Kubernetes(link)) = link(name) {
            let steps = wants.iter().flat_map(|(_, steps)| steps.clone()).collect();
            all.push(Box::pin(spot(name, "kubernetes", steps, wait, clock, async move |found: &Found| {
                kubernetes::ready::ask(name, link, wants, found, clock).await;
            })));
        }
    }
    for (name, wants) in &wanted.redis {
        let (server, system) = match link(name) {
            Some(Link::Redis(link)) => (redis::Server::redis(name, link), "redis"),
            Some(Link::Sentinel(link)) => (redis::Server::sentinel(name, link), "sentinel"),
            _ => continue,
        };
        let steps = wants.values().flatten().cloned().collect();
        all.push(Box::pin(spot(name, system, steps, wait, clock, async move |found: &Found| {
            redis::ready::ask(&server, wants, found, clock).await;
        })));
    }
    for (name, wants) in &wanted.http {
        if let Some(Link::Http(link)) = link(name) {
            let steps = wants.values().flatten().cloned().collect();
            all.push(Box::pin(spot(name, "http", steps, wait, clock, async move |found: &Found| {
                http::ready::ask(name, link, wants, found, clock).await;
            })));
        }
    }
    if !wanted.programs.is_empty() {
        let steps = wanted.programs.values().flat_map(|(_, steps)| steps.clone()).collect();
        all.push(Box::pin(spot(HERE, "command", steps, wait, clock, async move |found: &Found| {
            process::ready::ask(&wanted.programs, found);
        })));
    }
    all
}

/// What was found within `wait` stands, also when the rest did not come.
async fn spot(
    name: &str,
    system: &str,
    steps: Steps,
    wait: Duration,
    clock: &Arc<dyn Clock>,
    ask: impl AsyncFnOnce(&Found),
) -> Spot {
    let found = Found::default();
    if transport::within(clock.as_ref(), wait, ask(&found)).await.is_none() {
        let why = format!("not all was answered within {wait}");
        found.unknown(&steps, Aspect::Reachable, "an answer to everything", &why);
    }
    Spot { name: name.to_owned(), system: system.to_owned(), checks: found.checks() }
}

/// Steps as the runbooks have them.
fn in_order(spots: &mut [Spot], needs: &[Need]) {
    let mut places = BTreeMap::new();
    for (place, need) in needs.iter().enumerate() {
        places.entry(&need.step).or_insert(place);
    }
    for check in spots.iter_mut().flat_map(|spot| &mut spot.checks) {
        check.steps.sort_by_key(|step| places.get(step).copied());
    }
}

/// The first Sentinel that answers is asked: one that does not answer, beside one that does, keeps nothing from being done.
fn any_sentinel_will_do(spots: &mut [Spot], connections: &Connections) {
    let good: Vec<String> = spots
        .iter()
        .filter(|spot| spot.system == "sentinel" && spot.ready() <= Ready::Warned)
        .map(|spot| spot.name.clone())
        .collect();
    let groups = connections.values().filter_map(|connection| match &connection.link {
        Link::Redis(link) => Some(&link.sentinels),
        _ => None,
    });
    for group in groups.filter(|group| group.iter().any(|name| good.contains(name))) {
        for spot in spots.iter_mut().filter(|spot| spot.system == "sentinel" && group.contains(&spot.name)) {
            for check in spot.checks.iter_mut().filter(|check| check.ready == Ready::CannotTell) {
                check.ready = Ready::Warned;
                check.mend = Some("another Sentinel can be asked; bring this one back".to_owned());
            }
        }
    }
}
