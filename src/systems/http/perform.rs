//! Sends a request, once, to the server that was agreed to.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{
    exchange::{Question, send},
    login::Login,
    task::Task,
    verdict::{self, Verdict},
    way::{Line, Way},
};
use crate::{
    model::{Call, Clock, Identity, Outcome, PartReport, text::clean},
    plan::Connections,
    systems::{
        action::{ActionFault, Order, Perform, Progress},
        one_shot::{Once, OneShot},
    },
};

/// Does `call`.
pub fn perform(call: &Call, connections: &Connections) -> Result<Box<dyn Perform>, ActionFault> {
    Ok(Box::new(Once(Act(Task::of(call, connections)?))))
}

struct Act(Task);

/// Everything up to the moment before the request leaves.
struct Ready {
    way: Way,
    login: Login,
    question: Question,
    line: Line,
}

impl Act {
    /// The server is proven on the very connection that the request then leaves by (RULES R14).
    async fn ready(&self, identity: &Identity, clock: &Arc<dyn Clock>) -> Result<Ready, String> {
        let task = &self.0;
        let way = task.way().await?;
        let login = Login::read(&task.login, clock.as_ref()).await.map_err(|why| format!("{}: {why}", way.place()))?;
        let question = task.question(way.url(&task.path)?, &login)?;
        let line = way.open(task.limits().connect, clock.as_ref()).await?;
        let moved = line.identity.differences(identity, &[]);
        if !moved.is_empty() {
            return Err(format!("this is not the server that was agreed to: {}", clean(&moved.join("; "))));
        }
        Ok(Ready { way, login, question, line })
    }
}

#[async_trait]
impl OneShot for Act {
    const WHAT: &'static str = "request";

    async fn go(
        &self,
        order: &Order,
        part: &str,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> PartReport {
        let task = &self.0;
        let stopped = || PartReport::new(part, Outcome::failed("stopped before anything was sent"));
        if stop.is_cancelled() {
            return stopped();
        }
        progress.say(part, "connecting");
        let ready = tokio::select! {
            biased;
            () = stop.cancelled() => return stopped(),
            ready = self.ready(&order.identity, clock) => ready,
        };
        let Ready { way, login, question, line } = match ready {
            Ok(ready) => ready,
            Err(why) => return PartReport::new(part, Outcome::failed(format!("nothing was sent: {why}"))),
        };
        if stop.is_cancelled() {
            return stopped();
        }
        progress.say(part, "waiting for the answer");
        let came = tokio::select! {
            biased;
            came = send(line, question, true, task.limits(), clock.as_ref()) => came,
            () = stop.cancelled() => {
                let outcome = match task.mutates() {
                    true => Outcome::unknown("it may have taken effect: stopped while its answer was waited for"),
                    false => Outcome::failed("stopped while its answer was waited for"),
                };
                return PartReport::new(part, outcome);
            }
        };
        let Verdict { outcome, result } = verdict::of(task, &came, &login, way.place());
        PartReport { result, ..PartReport::new(part, outcome) }
    }
}
