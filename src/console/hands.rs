//! Carrying actions out: previews, runs and read-backs on their own tasks, so that none of them delays the console.

use std::{collections::BTreeMap, sync::Arc};

use tokio::{runtime::Handle, sync::mpsc::UnboundedSender};
use tokio_util::sync::CancellationToken;

use crate::{
    incident::{RunKind, UndoCall},
    model::{Call, Clock, Duration, Identity, IncidentId, Outcome, PartReport, Preview, Readiness, RunId, StepId, Time},
    systems::{ActionFault, Inspectors, Order, Performers, Progress},
};

/// Longest a preview or a read-back may take.
const LOOK: Duration = Duration::from_secs(20);

/// Which run of which step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunOf {
    pub incident: IncidentId,
    pub step: StepId,
    pub run: RunId,
}

/// Why a preview was made.
#[derive(Clone, Debug)]
pub enum Purpose {
    Show,
    Agree {
        seen: Box<Preview>,
        typed: Option<String>,
    },
    Approval,
    /// To start it by itself (RULES R4).
    ByItself,
    /// To ask a person, before it starts by itself.
    ApprovalByItself,
}

/// How much of a call is looked at.
#[derive(Clone, Debug)]
pub enum Looked {
    Whole,
    /// A retry: what failed, and nothing beside it (RULES R3).
    Parts(Vec<String>),
    Undo(UndoCall),
}

#[derive(Clone, Debug)]
pub struct Ticket {
    pub incident: IncidentId,
    pub step: StepId,
    pub kind: RunKind,
    pub purpose: Purpose,
    /// The newest record when it was asked for.
    pub since: u64,
}

/// What comes back from the tasks.
#[derive(Clone, Debug)]
pub enum News {
    Previewed {
        ticket: Ticket,
        result: Result<Preview, ActionFault>,
    },
    Progressed {
        of: RunOf,
        part: String,
        text: String,
    },
    PartEnded {
        of: RunOf,
        report: PartReport,
    },
    /// The run is over; parts without a report of their own stand in `reports` or are unknown.
    Over {
        of: RunOf,
        reports: Vec<PartReport>,
    },
    ReadBack {
        of: RunOf,
        reports: Vec<PartReport>,
    },
    /// A round about these runbooks is over: whether what they do could be done.
    Readiness {
        about: Vec<String>,
        result: Result<Readiness, String>,
    },
}

/// What is run, as journaled by `ActionStarted`.
pub struct Job {
    pub of: RunOf,
    pub call: Call,
    /// An undo by the action itself, not by another action.
    pub own_undo: bool,
    pub order: Order,
}

pub struct Hands {
    pub inspectors: Arc<dyn Inspectors>,
    pub performers: Arc<dyn Performers>,
    pub clock: Arc<dyn Clock>,
    pub runtime: Handle,
    pub news: UnboundedSender<News>,
    stops: BTreeMap<RunOf, CancellationToken>,
}

impl Hands {
    pub fn new(
        inspectors: Arc<dyn Inspectors>,
        performers: Arc<dyn Performers>,
        clock: Arc<dyn Clock>,
        runtime: Handle,
        news: UnboundedSender<News>,
    ) -> Self {
        Self { inspectors, performers, clock, runtime, news, stops: BTreeMap::new() }
    }

    pub fn running(&self) -> usize {
        self.stops.len()
    }

    /// Looks at a call or a part of it, or at the undo of one.
    pub fn preview(&self, ticket: Ticket, call: Call, what: Looked) {
        let (inspectors, clock) = (self.inspectors.clone(), self.clock.clone());
        let broke = News::Previewed { ticket: ticket.clone(), result: Err(ActionFault::new(broke_off("looking at", &call))) };
        let look = async move {
            let look = async {
                let inspect = match &what {
                    Looked::Undo(UndoCall::Remembered { call, remembered }) => inspectors.inspect_undo(call, remembered)?,
                    Looked::Undo(UndoCall::Other { call }) => inspectors.inspect(call)?,
                    Looked::Parts(parts) => inspectors.inspect_parts(&call, parts)?,
                    Looked::Whole => inspectors.inspect(&call)?,
                };
                inspect.preview(&clock).await
            };
            let result = tokio::time::timeout(LOOK.std(), look).await.unwrap_or_else(|_| {
                Err(ActionFault::unreachable(format!("{} did not answer within {LOOK}", target_words(&call))))
            });
            News::Previewed { ticket, result }
        };
        self.look(look, broke);
    }

    /// What a person waits for is answered in any case: by `broke` when the task dies.
    fn look(&self, task: impl Future<Output = News> + Send + 'static, broke: News) {
        let (task, news) = (self.runtime.spawn(task), self.news.clone());
        self.runtime.spawn(async move {
            let _ = news.send(task.await.unwrap_or(broke));
        });
    }

    /// Asks whether `parts` happened, by the `observe` login.
    pub fn read_back(&self, of: RunOf, call: Call, undo: Option<UndoCall>, parts: Vec<String>, identity: Identity, since: Time) {
        let (inspectors, clock) = (self.inspectors.clone(), self.clock.clone());
        let unknown = |parts: &[String], why: String| {
            parts.iter().map(|p| PartReport::new(p, Outcome::unknown(why.clone()))).collect::<Vec<_>>()
        };
        let broke = News::ReadBack { of: of.clone(), reports: unknown(&parts, broke_off("reading back", &call)) };
        let look = async move {
            let inspect = match &undo {
                Some(UndoCall::Remembered { call, remembered }) => inspectors.inspect_undo(call, remembered),
                Some(UndoCall::Other { call }) => inspectors.inspect(call),
                None => inspectors.inspect(&call),
            };
            let reports = match inspect {
                Err(fault) => unknown(&parts, fault.reason),
                Ok(inspect) => tokio::time::timeout(LOOK.std(), inspect.read_back(&parts, &identity, since, &clock))
                    .await
                    .unwrap_or_else(|_| unknown(&parts, format!("{} did not answer within {LOOK}", target_words(&call)))),
            };
            News::ReadBack { of, reports }
        };
        self.look(look, broke);
    }

    /// Starts a job. Its `ActionStarted` is durable by now (RULES R7).
    pub fn run(&mut self, job: Job) {
        let stop = CancellationToken::new();
        self.stops.insert(job.of.clone(), stop.clone());
        let (performers, clock, news) = (self.performers.clone(), self.clock.clone(), self.news.clone());
        let (of, parts) = (job.of.clone(), job.order.parts.clone());
        let task = self.runtime.spawn(carry_out(job, performers, clock, news.clone(), stop));
        // A task that dies must not leave its step running for ever.
        self.runtime.spawn(async move {
            let reports = task.await.unwrap_or_else(|_| {
                let why = "the action broke off inside Lifeboat; what it sent may have taken effect";
                parts.iter().map(|part| PartReport::new(part, Outcome::unknown(why))).collect()
            });
            let _ = news.send(News::Over { of, reports });
        });
    }

    /// Asks a run of ours to end.
    pub fn stop(&self, of: &RunOf) {
        if let Some(stop) = self.stops.get(of) {
            stop.cancel();
        }
    }

    pub fn over(&mut self, of: &RunOf) {
        self.stops.remove(of);
    }
}

async fn carry_out(
    job: Job,
    performers: Arc<dyn Performers>,
    clock: Arc<dyn Clock>,
    news: UnboundedSender<News>,
    stop: CancellationToken,
) -> Vec<PartReport> {
    let perform = match performers.perform(&job.call) {
        Ok(perform) => perform,
        // Nothing was sent.
        Err(fault) => {
            let failed = |part: &String| PartReport::new(part, Outcome::failed(fault.reason.clone()));
            return job.order.parts.iter().map(failed).collect();
        }
    };
    let reporter = Reporter { of: job.of, news };
    if job.own_undo {
        perform.undo(&job.order, &reporter, &clock, &stop).await
    } else {
        perform.run(&job.order, &reporter, &clock, &stop).await
    }
}

struct Reporter {
    of: RunOf,
    news: UnboundedSender<News>,
}

impl Progress for Reporter {
    fn say(&self, part: &str, text: &str) {
        let _ = self.news.send(News::Progressed { of: self.of.clone(), part: part.to_owned(), text: text.to_owned() });
    }
    fn ended(&self, report: PartReport) {
        let _ = self.news.send(News::PartEnded { of: self.of.clone(), report });
    }
}

fn broke_off(what: &str, call: &Call) -> String {
    format!("{what} {} broke off inside Lifeboat; nothing was changed by it", target_words(call))
}

fn target_words(call: &Call) -> String {
    match &call.via {
        Some(via) => format!("{} on {via}", call.action),
        None => call.action.clone(),
    }
}
