//! What would be sent for one workload, forward or back.

use serde_json::{Value, json};

use super::{
    exchange::Patch,
    restart, scale, set_env,
    task::{self, Deed, Task},
    wait,
    workload::Workload,
};
use crate::systems::action::ActionFault;

/// One part of an action, looked at.
pub struct Change {
    pub name: String,
    /// `3 replicas to 0`.
    pub text: String,
    /// What is there now, to be put back.
    pub before: Option<Value>,
    /// `None`: nothing is sent.
    pub patch: Option<Patch>,
    /// The count it shall have, for warnings.
    pub wanted: Option<i64>,
}

/// In place of the moment of sending.
const THEN: &str = "(the moment it is sent)";

pub fn forward(task: &Task, workload: &Workload) -> Result<Change, ActionFault> {
    let name = workload.metadata.name.clone();
    Ok(match &task.deed {
        Deed::Scale(_) => {
            let wanted =
                task.count(&name).ok_or_else(|| ActionFault::new(format!("{}: no count is known for {name}", task.action)))?;
            let now = workload.wanted();
            Change {
                text: scale::change(now, wanted),
                before: Some(json!(now)),
                patch: Some(scale::patch(task.kind, &task.namespace, &name, wanted)),
                wanted: Some(wanted),
                name,
            }
        }
        Deed::SetEnv(env) => {
            let before = set_env::now(workload, &env.keys().collect());
            let to = set_env::wanted(before.keys(), env);
            Change {
                text: set_env::change(&before, &to),
                patch: Some(set_env::patch(&task.namespace, &name, &to, Some(&before))),
                before: Some(json!(before)),
                wanted: None,
                name,
            }
        }
        Deed::Restart => Change {
            text: format!("{} replaced, a few at a time", wait::pods(workload.wanted())),
            before: None,
            patch: Some(restart::patch(&task.namespace, &name, THEN)),
            wanted: None,
            name,
        },
        Deed::Wait => Change { text: wait::so_far(workload), before: None, patch: None, wanted: None, name },
    })
}

pub fn back(task: &Task, workload: &Workload, remembered: &Value) -> Result<Change, ActionFault> {
    let name = workload.metadata.name.clone();
    let patch = Some(undo_patch(task, &name, remembered)?);
    Ok(match &task.deed {
        Deed::Scale(_) => {
            let wanted = task::count(remembered).map_err(ActionFault::new)?;
            let now = workload.wanted();
            Change { text: scale::change(now, wanted), before: Some(json!(now)), patch, wanted: Some(wanted), name }
        }
        _ => {
            let to = set_env::remembered(remembered).unwrap_or_default();
            let now = set_env::now(workload, &set_env::variables(&to));
            Change { text: set_env::change(&now, &to), before: Some(json!(now)), patch, wanted: None, name }
        }
    })
}

/// What puts `remembered` back, whatever is there now.
pub fn undo_patch(task: &Task, name: &str, remembered: &Value) -> Result<Patch, ActionFault> {
    match &task.deed {
        Deed::Scale(_) => {
            let wanted = task::count(remembered).map_err(|why| ActionFault::new(format!("{name}: {why}")))?;
            Ok(scale::patch(task.kind, &task.namespace, name, wanted))
        }
        Deed::SetEnv(_) => {
            let to = set_env::remembered(remembered)
                .ok_or_else(|| ActionFault::new(format!("{name}: what was remembered of its environment cannot be read")))?;
            Ok(set_env::patch(&task.namespace, name, &to, None))
        }
        Deed::Restart | Deed::Wait => Err(ActionFault::new(format!("{} cannot be taken back", task.action))),
    }
}
