//! Looks at a request: the way to its server is opened, so that the preview says who answers there; nothing is asked.

use std::sync::Arc;

use async_trait::async_trait;

use super::{exchange::send, login::Login, task::Task, verdict};
use crate::{
    model::{Call, Clock, Effect, Identity, Outcome, PartPreview, PartReport, Preview, Request, Time},
    plan::Connections,
    systems::action::{ActionFault, Inspect},
};

/// Looks at `call`.
pub fn inspect(call: &Call, connections: &Connections) -> Result<Box<dyn Inspect>, ActionFault> {
    Ok(Box::new(Look(Task::of(call, connections)?)))
}

/// There is no undo to look at: what takes a request back, only a plan can say.
pub fn inspect_undo(call: &Call) -> Result<Box<dyn Inspect>, ActionFault> {
    Err(ActionFault::new(format!("{} cannot be taken back; give the step an `undo` action of its own", call.action)))
}

struct Look(Task);

#[async_trait]
impl Inspect for Look {
    async fn preview(&self, clock: &Arc<dyn Clock>) -> Result<Preview, ActionFault> {
        let task = &self.0;
        let way = task.way().await.map_err(ActionFault::new)?;
        let url = way.url(&task.path).map_err(ActionFault::new)?;
        let line = way.open(task.limits().connect, clock.as_ref()).await.map_err(ActionFault::new)?;
        let change = format!("{} {}", task.method, crate::model::text::clean(&task.path));
        let mut effects = vec![Effect { text: format!("success is {}", task.wanted()), measure: None }];
        let mut warnings = Vec::new();
        if task.mutates() {
            let text = "what it changes only the server knows, and it cannot be read back";
            effects.push(Effect { text: text.into(), measure: None });
        }
        if !way.is_secret() {
            warnings.push("it is sent in the clear, and nothing proves who answers there".into());
        }
        Ok(Preview {
            action: task.action.clone(),
            target: task.connection.clone(),
            identity: line.identity,
            requests: vec![Request { to: way.place().to_owned(), text: task.text(&url) }],
            parts: vec![PartPreview { name: task.connection.clone(), change, before: None }],
            effects,
            warnings,
            made: clock.now(),
        })
    }

    async fn read_back(&self, parts: &[String], identity: &Identity, _since: Time, clock: &Arc<dyn Clock>) -> Vec<PartReport> {
        let task = &self.0;
        if task.mutates() {
            let words = format!(
                "a request cannot be read back: look on {} at what it was to do, then resolve it by hand",
                task.connection
            );
            return parts.iter().map(|part| PartReport::new(part, Outcome::unknown(words.clone()))).collect();
        }
        let outcome =
            self.again(identity, clock).await.unwrap_or_else(|why| Outcome::unknown(format!("cannot be read back: {why}")));
        parts.iter().map(|part| PartReport::new(part, outcome.clone())).collect()
    }
}

impl Look {
    /// What only reads is read anew.
    async fn again(&self, identity: &Identity, clock: &Arc<dyn Clock>) -> Result<Outcome, String> {
        let task = &self.0;
        let way = task.way().await?;
        let login = Login::read(&task.login, clock.as_ref()).await?;
        let question = task.question(way.url(&task.path)?, &login)?;
        let line = way.open(task.limits().connect, clock.as_ref()).await?;
        let moved = line.identity.differences(identity, &[]);
        if !moved.is_empty() {
            return Err(format!("it is not the server of that run any more: {}", moved.join("; ")));
        }
        let came = send(line, question, true, task.limits(), clock.as_ref()).await;
        Ok(verdict::of(task, &came, &login, way.place()).outcome)
    }
}
