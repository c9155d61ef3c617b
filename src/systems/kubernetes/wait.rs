//! `kubernetes.wait`: until rollouts are complete. Reads only.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{
    link::Link,
    task::Task,
    workload::{Kind, Workload},
};
use crate::{
    model::{Clock, Duration, Outcome},
    systems::action::Progress,
};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// For one look; a wait outlives lost ones.
const LOOK: Duration = Duration::from_secs(5);

pub fn pods(n: i64) -> String {
    if n == 1 { "1 pod".into() } else { format!("{n} pods") }
}

/// `2 of 3 ready`.
pub fn so_far(workload: &Workload) -> String {
    let (wanted, status) = (workload.wanted(), &workload.status);
    if workload.complete() {
        return format!("complete: {} of {wanted} available", status.available_replicas);
    }
    if status.observed_generation < workload.metadata.generation {
        return "the change is not taken up yet".into();
    }
    // With an update under way, ready pods may be old ones.
    let ready = status.ready_replicas.min(status.updated_replicas);
    let surplus = status.replicas - status.updated_replicas.max(wanted.min(status.replicas));
    if surplus > 0 { format!("{ready} of {wanted} ready, {} to go", pods(surplus)) } else { format!("{ready} of {wanted} ready") }
}

/// Why it will not complete by itself.
fn stuck(workload: &Workload) -> Option<String> {
    let conditions = workload.status.conditions.iter().flatten();
    let failed =
        conditions.into_iter().find(|c| c.kind == "Progressing" && c.reason.as_deref() == Some("ProgressDeadlineExceeded"))?;
    Some(failed.message.clone().unwrap_or_else(|| "its progress deadline is exceeded".into()))
}

/// Waits for one workload, at most the task's timeout.
pub async fn until_complete(
    link: &Link,
    task: &Task,
    name: &str,
    progress: &dyn Progress,
    clock: &Arc<dyn Clock>,
    stop: &CancellationToken,
) -> Outcome {
    let path = format!("{}/{name}", Kind::Deployment.collection(&task.namespace));
    let began = clock.passed();
    loop {
        let last = match link.get::<Workload>(&path, LOOK, clock).await {
            Ok(answer) if answer.body.complete() => return Outcome::succeeded(so_far(&answer.body)),
            Ok(answer) => {
                let current = answer.body.status.observed_generation >= answer.body.metadata.generation;
                if let (true, Some(why)) = (current, stuck(&answer.body)) {
                    return Outcome::failed(format!("{}: {}", so_far(&answer.body), crate::model::text::clean(&why)));
                }
                so_far(&answer.body)
            }
            Err(miss) if miss.is(404) || miss.is(403) || miss.is(401) => return Outcome::failed(miss.why()),
            // An API server that comes back may still say yes.
            Err(miss) => format!("cannot look: {}", miss.why()),
        };
        progress.say(name, &last);
        if clock.passed().saturating_sub(began) + EVERY > task.timeout {
            return Outcome::failed(format!("not complete within {}: {last}", task.timeout));
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return Outcome::failed(format!("waiting was stopped: {last}")),
            () = clock.sleep(EVERY) => {}
        }
    }
}
