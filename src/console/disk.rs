//! The plan as it is on disk now, beside the one that is in use (RULES R6).

use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
};

use tokio::runtime::Handle;

use crate::{
    incident::{Book, ways::as_planned},
    model::{Catalogue, Digest},
    plan::{
        Level, Loaded, Plan, Runbook,
        differences::{differences, in_brief},
        load,
    },
};

/// Watches a plan's directory for changes. The disk may hang: it is read elsewhere, and what came is taken in later.
pub struct PlanOnDisk {
    dir: PathBuf,
    in_use: Arc<Plan>,
    coming: Option<mpsc::Receiver<Loaded>>,
    seen: Vec<(PathBuf, Digest)>,
    /// The newest whole plan; `Err` says why there is none.
    newest: Option<Result<Plan, String>>,
    trouble: Option<String>,
}

impl PlanOnDisk {
    /// `in_use` is the plan as it was when the console started.
    pub fn new(dir: PathBuf, in_use: Arc<Plan>) -> Self {
        Self { dir, in_use, coming: None, seen: Vec::new(), newest: None, trouble: None }
    }

    /// Takes in what was read since, or has it read by a thread of `outside`. Whether something is new.
    pub fn look(&mut self, catalogue: &Catalogue, outside: &Handle) -> bool {
        match self.coming.as_ref().map(mpsc::Receiver::try_recv) {
            Some(Err(mpsc::TryRecvError::Empty)) => false,
            Some(Ok(loaded)) => {
                self.coming = None;
                self.take(loaded)
            }
            Some(Err(mpsc::TryRecvError::Disconnected)) | None => {
                let (tell, coming) = mpsc::channel();
                let (dir, catalogue) = (self.dir.clone(), catalogue.clone());
                self.coming = Some(coming);
                outside.spawn_blocking(move || drop(tell.send(load(&dir, &catalogue))));
                false
            }
        }
    }

    fn take(&mut self, loaded: Loaded) -> bool {
        if loaded.files == self.seen && self.newest.is_some() {
            return false;
        }
        let errors = loaded.findings.iter().filter(|f| f.severity == Level::Error).count();
        let newest = loaded.plan.ok_or_else(|| {
            let s = if errors == 1 { "" } else { "s" };
            format!("the plan on disk has {errors} error{s}: run `lifeboat plan check {}`", self.dir.display())
        });
        self.trouble = match &newest {
            Err(why) => Some(why.clone()),
            Ok(plan) => {
                let found = differences(&beside_runbooks(&self.in_use), &beside_runbooks(plan));
                (!found.is_empty()).then(|| {
                    let found = in_brief(&found);
                    format!(
                        "plan.yaml changed on disk ({found}); this console goes on with the one from its start: start it \
                         again to use the new one"
                    )
                })
            }
        };
        self.newest = Some(newest);
        self.seen = loaded.files;
        true
    }

    /// What a person should know of the file as it is now.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// The runbook of that name as it is on disk.
    pub fn runbook(&self, name: &str) -> Option<&Runbook> {
        self.newest.as_ref()?.as_ref().ok()?.runbook(name)
    }

    /// How the open runbook differs from the file, in words; `None` while it does not.
    pub fn difference(&self, book: &Book) -> Option<String> {
        let plan = match self.newest.as_ref()? {
            Ok(plan) => plan,
            Err(why) => return Some(why.clone()),
        };
        let Some(on_disk) = plan.runbook(&book.runbook.name) else {
            return Some(format!("the plan no longer has the runbook {}", book.runbook.name));
        };
        if Digest::of_json(on_disk) == book.digest {
            return None;
        }
        let opened = as_planned(book);
        let inserted = |id| book.inserted.iter().any(|(_, step)| step == id);
        let changed: Vec<String> = on_disk
            .steps()
            .filter_map(|step| match opened.step(&step.id) {
                None => Some(format!("{} is new", step.id)),
                Some(as_opened) if as_opened != step => Some(format!("{}: {}", step.id, in_brief(&differences(as_opened, step)))),
                Some(_) => None,
            })
            .chain(
                opened
                    .steps()
                    .filter(|step| on_disk.step(&step.id).is_none() && !inserted(&step.id))
                    .map(|step| format!("{} is gone", step.id)),
            )
            .collect();
        Some(if changed.is_empty() { "its order or phases differ".to_owned() } else { changed.join(", ") })
    }
}

/// A runbook is opened and adopted by name; the rest of a plan is what a console starts with.
fn beside_runbooks(plan: &Plan) -> Plan {
    Plan { runbooks: Vec::new(), ..plan.clone() }
}
