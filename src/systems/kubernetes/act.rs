//! Does an action by the `act` login: each part one request, sent once.

use std::{pin::Pin, sync::Arc};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::{
    change,
    exchange::{Patch, identity},
    link::{Link, Login},
    restart, scale, set_env,
    task::{Deed, Task, name_ok},
    wait,
    workload::Workload,
};
use crate::{
    model::{Call, Clock, Duration, Outcome, PartReport, text::clean, time},
    plan::Connections,
    systems::action::{ActionFault, Order, Perform, Progress},
};

/// Parts under way at once: a hanging one must not cost the others their time.
const AT_ONCE: usize = 8;

struct Act {
    task: Task,
}

/// Does `call`.
pub fn perform(call: &Call, connections: &Connections) -> Result<Box<dyn Perform>, ActionFault> {
    Ok(Box::new(Act { task: Task::of(call, connections)? }))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Forward,
    Back,
}

/// Building a client, a credential program's run included, may take this long; a step's `timeout` is a request's.
const SETUP: Duration = Duration::from_secs(15);

/// What all parts of one run share.
struct Run<'a> {
    way: Way,
    link: &'a Link,
    order: &'a Order,
    progress: &'a dyn Progress,
    clock: &'a Arc<dyn Clock>,
    stop: &'a CancellationToken,
}

impl Act {
    /// A client, once the server is proven to be the one that was agreed to (RULES R14).
    async fn reach(&self, order: &Order, clock: &Arc<dyn Clock>) -> Result<Link, String> {
        let login = if self.task.deed == Deed::Wait { Login::Observe } else { Login::Act };
        let link = Link::open_within(&self.task.connection, &self.task.link, login, SETUP, clock).await?;
        let cluster = link.cluster(self.task.timeout, clock).await.map_err(|miss| {
            format!(
                "{} could not prove which cluster this is, by reading namespace kube-system: {}",
                link.place.login,
                miss.why()
            )
        })?;
        let moved = identity(&cluster, &link.place.address).differences(&order.identity, &[]);
        if moved.is_empty() { Ok(link) } else { Err(format!("another server than agreed to: {}", moved.join("; "))) }
    }

    async fn go(
        &self,
        way: Way,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        let reached = tokio::select! {
            biased;
            () = stop.cancelled() => Err("stopped before anything was sent".to_owned()),
            reached = self.reach(order, clock) => reached,
        };
        let link = match reached {
            Ok(link) => link,
            Err(why) => {
                let failed = Outcome::failed(clean(&format!("nothing was sent: {why}")));
                let reports: Vec<_> = order.parts.iter().map(|part| PartReport::new(part, failed.clone())).collect();
                reports.iter().for_each(|report| progress.ended(report.clone()));
                return reports;
            }
        };
        let run = Run { way, link: &link, order, progress, clock, stop };
        // Boxed: the compiler cannot see through a stream of borrowing futures.
        let parts: Vec<Pin<Box<dyn Future<Output = PartReport> + Send + '_>>> =
            order.parts.iter().map(|part| Box::pin(self.part(&run, part)) as _).collect();
        // `buffered` keeps the order of the parts; each is told as it ends.
        stream::iter(parts).buffered(AT_ONCE).collect().await
    }

    async fn part(&self, run: &Run<'_>, part: &str) -> PartReport {
        let outcome = if run.stop.is_cancelled() {
            Outcome::failed("stopped before it was sent")
        } else if self.task.deed == Deed::Wait {
            wait::until_complete(run.link, &self.task, part, run.progress, run.clock, run.stop).await
        } else {
            match self.patch(run, part).await {
                Ok((patch, done)) => self.send(run, part, &patch, done).await,
                Err(why) => Outcome::failed(clean(&format!("nothing was sent: {why}"))),
            }
        };
        let report = PartReport::new(part, outcome);
        run.progress.ended(report.clone());
        report
    }

    async fn send(&self, run: &Run<'_>, part: &str, patch: &Patch, done: String) -> Outcome {
        run.progress.say(part, "sent, waiting for the answer");
        tokio::select! {
            biased;
            answer = run.link.patch(patch, self.task.timeout, run.clock) => match answer {
                Ok(()) => Outcome::succeeded(done),
                Err(miss) => miss.outcome(),
            },
            () = run.stop.cancelled() => Outcome::unknown("it may have taken effect: stopped while waiting for the answer"),
        }
    }

    /// What to send for a part, and how its success reads.
    async fn patch(&self, run: &Run<'_>, part: &str) -> Result<(Patch, String), String> {
        name_ok(part)?;
        let (task, namespace) = (&self.task, &self.task.namespace);
        let remembered = run.order.remembered.get(part);
        if run.way == Way::Back {
            let value = remembered.ok_or_else(|| format!("nothing is remembered of {part}, so nothing can be put back"))?;
            let patch = change::undo_patch(task, part, value).map_err(|fault| fault.reason)?;
            let done = match value.as_i64() {
                Some(n) => format!("{} accepted, as before", scale::counted(n)),
                None => "the values from before accepted; its pods roll".into(),
            };
            return Ok((patch, done));
        }
        match &task.deed {
            Deed::Scale(_) => {
                let wanted = task.count(part).ok_or_else(|| format!("no count is known for {part}"))?;
                let from = remembered.and_then(serde_json::Value::as_i64);
                let change = from.map_or_else(|| scale::counted(wanted), |from| scale::change(from, wanted));
                Ok((scale::patch(task.kind, namespace, part, wanted), format!("{change} accepted")))
            }
            Deed::SetEnv(env) => {
                let before = match remembered.and_then(set_env::remembered) {
                    Some(before) => before,
                    None => {
                        let path = format!("{}/{part}", task.kind.collection(namespace));
                        let found = run.link.get::<Workload>(&path, task.timeout, run.clock).await;
                        set_env::now(&found.map_err(|miss| miss.why().to_owned())?.body, &env.keys().collect())
                    }
                };
                let to = set_env::wanted(before.keys(), env);
                let patch = set_env::patch(namespace, part, &to, Some(&before));
                Ok((patch, format!("{} accepted; its pods roll", set_env::change(&before, &to))))
            }
            Deed::Restart => {
                let now = run.clock.now();
                let said = format!("restart of {} accepted; its pods roll", time::full(now));
                Ok((restart::patch(namespace, part, &restart::stamp(now)), said))
            }
            Deed::Wait => Err("waiting sends nothing".into()),
        }
    }
}

#[async_trait]
impl Perform for Act {
    async fn run(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        self.go(Way::Forward, order, progress, clock, stop).await
    }

    async fn undo(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        self.go(Way::Back, order, progress, clock, stop).await
    }
}
