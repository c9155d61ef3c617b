//! The walk on the simulated platform, by consoles that come and go: the platform outlives them. What was sent to it stands
//! in a file; each process makes the platform anew and lets all of that happen to it again.
#![allow(clippy::disallowed_methods, reason = "the platform's time goes on between processes, so it is made from the machine's")]

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
};

use async_trait::async_trait;
use lifeboat::{
    console::{Means, Reply, Request, Setup, act},
    incident::{Actor, Command, Record, RunKind, State, Status, StepAct, replay},
    journal::{Read, Reader, Writer, verify},
    model::{Call, Clock, ConsoleId, Duration, Identity, IncidentId, PartReport, Time},
    picture::World,
    plan::{Plan, load_embedded},
    sim::{self, Fault, ManualClock, SimPlatform, Story},
    systems::{ActionFault, Order, Perform, Performers, Progress, catalogue},
};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::driver::Driver;

/// From the declaration until users are served again, and the close.
pub const STEPS: [&str; 15] = [
    "declare",
    "open",
    "confirm",
    "stop-traffic",
    "fence",
    "standby",
    "scale",
    "caught-up",
    "isolate",
    "promote",
    "let-in",
    "write-test",
    "point",
    "users",
    "close",
];

/// Simulated seconds a second. Who waits for something skips ahead.
const SPEED: f64 = 4.0;
const SKIP: Duration = Duration::from_secs(10);

fn start() -> Time {
    "2026-11-20T02:00:00Z".parse().unwrap()
}

/// Runs from the moment that is written in the walk's folder; stands still until it is let go.
struct Platform {
    began: Time,
    goes: AtomicBool,
    /// Milliseconds, kept in a file for the processes to come.
    skipped: Arc<AtomicU64>,
    file: PathBuf,
}

impl Platform {
    fn at(folder: &Path) -> Self {
        let file = folder.join("skipped");
        let skipped = std::fs::read_to_string(&file).map_or(0, |text| text.parse().unwrap());
        let began = std::fs::read_to_string(folder.join("began")).unwrap().parse().unwrap();
        Self { began, goes: AtomicBool::new(false), skipped: Arc::new(skipped.into()), file }
    }
    fn skip(&self) {
        let skipped = self.skipped.fetch_add(SKIP.as_millis(), SeqCst) + SKIP.as_millis();
        // Whole or not at all: this process may die at any moment.
        let new = self.file.with_extension("new");
        std::fs::write(&new, skipped.to_string()).unwrap();
        std::fs::rename(new, &self.file).unwrap();
    }
}

fn now(began: Time, skipped: &AtomicU64) -> Time {
    let passed = (chrono::Utc::now() - began).num_milliseconds().max(0) as f64 * SPEED;
    start() + Duration::from_millis(passed as u64 + skipped.load(SeqCst)).delta()
}

impl Clock for Platform {
    fn now(&self) -> Time {
        if self.goes.load(SeqCst) { now(self.began, &self.skipped) } else { start() }
    }
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (began, skipped) = (self.began, self.skipped.clone());
        let due = self.now() + span.delta();
        Box::pin(async move {
            while now(began, &skipped) < due {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
    }
}

/// How far a step is brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// All that is sent for it has been sent, and is known.
    Done,
    /// Its gate holds too.
    Proven,
}

/// One request that left for one part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deed {
    at: Time,
    pub call: Call,
    pub part: String,
    identity: Identity,
    remembered: BTreeMap<String, serde_json::Value>,
}

pub struct Walk {
    folder: PathBuf,
    plan: Arc<Plan>,
    clock: Arc<Platform>,
    sim: SimPlatform,
}

impl Walk {
    /// A new platform, whose state is kept in `folder`.
    pub fn begin(folder: &Path) -> Self {
        std::fs::create_dir(folder).unwrap();
        std::fs::write(folder.join("began"), chrono::Utc::now().to_rfc3339()).unwrap();
        Self::open(folder)
    }

    /// The platform as it is by now.
    pub fn open(folder: &Path) -> Self {
        // Read once a process: it takes longer than all the rest.
        static PLAN: OnceLock<Arc<Plan>> = OnceLock::new();
        let shipped = || load_embedded(sim::demo::PLAN, sim::demo::GAUDI3_SCALE, &catalogue()).plan.expect("the shipped plan");
        let plan = PLAN.get_or_init(|| Arc::new(shipped())).clone();
        let clock = Arc::new(Platform::at(folder));
        let sim = SimPlatform::new(&plan, &Story::named("quiet").unwrap(), 42, clock.clone());
        // Nothing runs in us-west-2 yet, so that it can be told who has started it.
        for deployment in ["training-api", "eval-api"] {
            let (connection, namespace, deployment) = ("west".into(), "prod".into(), deployment.into());
            sim.inject(Fault::ReplicasDrift { connection, namespace, deployment, replicas: 0 });
        }
        let walk = Self { folder: folder.to_owned(), plan, clock: clock.clone(), sim };
        walk.let_it_happen_again();
        clock.goes.store(true, SeqCst);
        walk
    }

    fn let_it_happen_again(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for deed in self.deeds() {
            let manual = ManualClock::at(deed.at);
            let clock: Arc<dyn Clock> = Arc::new(manual.clone());
            let sent = Sent(CancellationToken::new());
            let order = Order { parts: vec![deed.part], identity: deed.identity, remembered: deed.remembered };
            let perform = self.sim.performers().perform(&deed.call).unwrap();
            runtime.block_on(manual.drive(perform.run(&order, &sent, &clock, &sent.0)));
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("deeds")
    }

    /// What was sent, by whichever console.
    pub fn deeds(&self) -> Vec<Deed> {
        let text = std::fs::read_to_string(self.file()).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn was_sent(&self, action: &str, part: &str) -> bool {
        self.deeds().iter().any(|deed| deed.call.action == action && deed.part == part)
    }

    /// Nothing that changes anything was sent twice.
    #[track_caller]
    pub fn nothing_was_done_twice(&self) {
        let mut sent: BTreeMap<String, usize> = BTreeMap::new();
        // Waiting for the standby only looks.
        for deed in self.deeds().iter().filter(|deed| deed.call.action != "postgres.wait_caught_up") {
            *sent.entry(format!("{} {:?} {}", deed.call.action, deed.call.via, deed.part)).or_default() += 1;
        }
        let twice: Vec<_> = sent.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "sent more than once: {twice:?}");
    }

    // --- the journal

    pub fn journal(&self) -> PathBuf {
        self.folder.join("journal.db")
    }

    pub fn records(&self) -> Vec<Record> {
        if !self.journal().exists() {
            return Vec::new();
        }
        Reader::open(&self.journal()).unwrap().incident(&IncidentId::numbered(1)).unwrap()
    }

    pub fn state(&self) -> State {
        replay(&self.records())
    }

    fn status(&self, step: &str) -> Status {
        self.state().step(&step.into()).map(|step| step.status).unwrap_or_default()
    }

    #[track_caller]
    pub fn the_journal_is_whole(&self) {
        if self.journal().exists() {
            assert_eq!(verify(&self.journal(), None).unwrap().findings, []);
        }
    }

    // --- people

    fn console(&self, name: &str) -> Driver {
        let actor = Actor::new(name, ConsoleId::from(uuid::Uuid::now_v7().to_string()));
        let writer = Writer::open(&self.journal(), &self.plan.name, &actor.console, name, self.clock.now()).unwrap();
        let performers = Arc::new(Noted { sim: self.sim.performers(), file: self.file() });
        let (inspectors, doctor) = (self.sim.inspectors(), self.sim.doctor());
        let means = Means { writer, inspectors, performers, doctor, colleague: None };
        let setup = Setup {
            plan: self.plan.clone(),
            plan_dir: None,
            catalogue: catalogue(),
            actor,
            world: World::Simulated,
            clock: self.clock.clone(),
            sources: self.sim.sources(),
        };
        Driver::new(name, act(setup, means).unwrap())
    }

    /// Ada brings a step to its end, whatever became of it so far. She only looks and asks: what she did before, she has forgotten.
    pub fn takes(&self, step: &str, how_far: Until) {
        let mut ada = self.console("Ada");
        match step {
            "declare" if self.records().is_empty() => drop(ada.declare("us-east-1 is to be left", false)),
            "open" if self.state().book.is_none() => ada.open("regional-outage"),
            "close" if self.state().is_open() => ada.closes("us-west-2 serves"),
            "declare" | "open" | "close" => {}
            step => self.brings(&mut ada, step, how_far),
        }
        ada.ends();
    }

    fn brings(&self, ada: &mut Driver, step: &str, how_far: Until) {
        for _ in 0..40 {
            match self.status(step) {
                Status::Succeeded => return,
                Status::Verifying if how_far == Until::Done => return,
                was @ (Status::Running | Status::Verifying) => self.waits(ada, step, was),
                Status::Unknown => self.learns(ada, step),
                Status::Failed | Status::Partial => {
                    if step == "promote" {
                        self.is_approved(ada, step);
                    }
                    going(ada, step, RunKind::Retry);
                }
                Status::Open => self.begins(ada, step),
                other => panic!("{step} is {other:?}"),
            }
        }
        panic!("{step} comes to no end: {:?}", self.status(step));
    }

    /// Time passes until the step is something else than it was.
    fn waits(&self, ada: &mut Driver, step: &str, was: Status) {
        for n in 1..200 {
            self.clock.skip();
            let then = self.clock.now();
            ada.until("time passes", |p| p.now >= then);
            if self.status(step) != was {
                return;
            }
            if n % 50 == 0 {
                // A gate that was missed while consoles died is watched again.
                ada.ask(Request::Do(Command::WatchGateAgain { step: step.into() }));
            }
        }
        panic!("{step} stays {was:?}");
    }

    /// What may have happened is read back; what cannot be told by that, people look at themselves.
    fn learns(&self, ada: &mut Driver, step: &str) {
        let unknown = ada.until_step(step, Status::Unknown);
        let offered = unknown.offers.iter().any(|offer| offer.act == StepAct::ReadBack && offer.refusal.is_none());
        assert!(offered, "the read-back of {step} is not offered: {:?}", unknown.offers);
        ada.ask(Request::ReadBack { step: step.into() });
        let (state, step) = (self.state(), step.into());
        let at = state.step(&step).unwrap();
        for part in at.unknown_parts() {
            let happened = self.was_sent(&at.last_run().unwrap().call.action, &part);
            let why = "looked at the server".to_owned();
            ada.says(Command::ResolveUnknown { step: step.clone(), part, happened, why });
        }
    }

    fn begins(&self, ada: &mut Driver, step: &str) {
        match step {
            "confirm" => drop(ada.says(Command::OverrideGate { step: step.into(), why: "seen on the phone".into() })),
            "standby" => self.waits(ada, step, Status::Open),
            "stop-traffic" | "isolate" | "users" => ada.confirms(step, "seen"),
            "caught-up" if self.state().step(&step.into()).is_none_or(|at| at.condition.is_none()) => ada.answers(step, true),
            "promote" => {
                self.is_approved(ada, step);
                going(ada, step, RunKind::First);
            }
            _ => going(ada, step, RunKind::First),
        }
    }

    fn is_approved(&self, ada: &mut Driver, step: &str) {
        let now = self.clock.now();
        if self.state().step(&step.into()).is_some_and(|at| at.approvals.iter().any(|approval| approval.until > now)) {
            return;
        }
        ada.ask(Request::AskApproval { step: step.into() });
        let mut cy = self.console("Cy");
        cy.approves(step);
        cy.ends();
        ada.until_approved(step);
    }
}

/// Looks and agrees, again where something moved meanwhile. What is refused is looked at anew by who calls.
fn going(ada: &Driver, step: &str, kind: RunKind) {
    let mut reply = ada.ask(Request::Preview { step: step.into(), kind });
    for _ in 0..5 {
        reply = match reply {
            Reply::Preview { preview, .. } | Reply::AskAgain { preview, .. } => ada.ask(Driver::agreement(step, kind, preview)),
            _ => return,
        };
    }
}

/// Ends a run as soon as its request has left.
struct Sent(CancellationToken);

impl Progress for Sent {
    fn say(&self, _part: &str, _text: &str) {
        self.0.cancel();
    }
    fn ended(&self, _report: PartReport) {}
}

/// Writes down what leaves, before it does.
struct Noted {
    sim: Arc<dyn Performers>,
    file: PathBuf,
}

struct NotedPerform {
    sim: Box<dyn Perform>,
    call: Call,
    file: PathBuf,
}

impl Performers for Noted {
    fn perform(&self, call: &Call) -> Result<Box<dyn Perform>, ActionFault> {
        Ok(Box::new(NotedPerform { sim: self.sim.perform(call)?, call: call.clone(), file: self.file.clone() }))
    }
}

#[async_trait]
impl Perform for NotedPerform {
    async fn run(
        &self,
        order: &Order,
        progress: &dyn Progress,
        clock: &Arc<dyn Clock>,
        stop: &CancellationToken,
    ) -> Vec<PartReport> {
        let mut reports = Vec::new();
        for part in &order.parts {
            let (identity, remembered) = (order.identity.clone(), order.remembered.clone());
            let deed = Deed { at: clock.now(), call: self.call.clone(), part: part.clone(), identity, remembered };
            let line = serde_json::to_string(&deed).unwrap() + "\n";
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&self.file).unwrap();
            file.write_all(line.as_bytes()).unwrap();
            reports.extend(self.sim.run(&Order { parts: vec![part.clone()], ..order.clone() }, progress, clock, stop).await);
        }
        reports
    }
    async fn undo(&self, _: &Order, _: &dyn Progress, _: &Arc<dyn Clock>, _: &CancellationToken) -> Vec<PartReport> {
        unreachable!("nothing is undone in the walk")
    }
}
