//! Starts a console: the one that acts, or the one that only looks. Each has a thread of its own for its loop,
//! beside one worker for everything that talks to the outside.

use std::{
    collections::BTreeSet,
    io,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use tokio::{
    runtime,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

use super::{
    acting::Acting,
    commit::Commit,
    core::Core,
    declared::DeclaredWith,
    disk::PlanOnDisk,
    hands::Hands,
    held::HeldClock,
    ledger::Ledger,
    owes::Owes,
    port::{Reply, Request},
    rounds::Rounds,
    slot::Slot,
    sources::Observing,
    watching::Watching,
};
use crate::{
    incident::{Actor, automation, traits_of},
    journal::{JournalError, Reader, Writer, check_log},
    model::{Asked, Catalogue, Clock},
    picture::{Composer, Picture, World},
    plan::{Plan, Runbook},
    systems::{Doctor, Inspectors, Performers, Sink, Sources},
};

/// What both kinds of console are made of.
pub struct Setup {
    pub plan: Arc<Plan>,
    /// Where the plan's files are, to see changes; none for a shipped plan.
    pub plan_dir: Option<PathBuf>,
    pub catalogue: Catalogue,
    pub actor: Actor,
    pub world: World,
    pub clock: Arc<dyn Clock>,
    pub sources: Arc<dyn Sources>,
}

/// What only a console that acts has.
pub struct Means {
    pub writer: Writer,
    pub inspectors: Arc<dyn Inspectors>,
    pub performers: Arc<dyn Performers>,
    /// Asks by both logins, so one that only looks has none.
    pub doctor: Arc<dyn Doctor>,
    pub colleague: Option<super::acting::Colleague>,
}

/// A running console's ends.
pub struct Handle {
    pub pictures: Arc<Slot<Picture>>,
    pub requests: mpsc::Sender<Request>,
    pub replies: mpsc::Receiver<Reply>,
    thread: JoinHandle<()>,
    /// Disconnects when the thread ends, however it ends.
    ended: mpsc::Receiver<()>,
    owes: Owes,
}

impl Handle {
    /// Asks it to end and waits until it has: running actions are finished first.
    pub fn end(self) {
        let Handle { requests, replies, pictures, thread, ended: _, owes: _ } = self;
        let _ = requests.send(Request::Quit);
        drop((replies, pictures));
        let _ = thread.join();
    }

    /// What a screen takes, and what waits for the console's end.
    pub fn split(self) -> (Ends, Waiting) {
        let Handle { pictures, requests, replies, thread, ended, owes } = self;
        (Ends { pictures, requests, replies }, Waiting { thread, ended, owes })
    }
}

/// The ends that a screen takes.
pub struct Ends {
    pub pictures: Arc<Slot<Picture>>,
    pub requests: mpsc::Sender<Request>,
    pub replies: mpsc::Receiver<Reply>,
}

/// A console that was asked to end, or will be when its requests' sender is dropped.
pub struct Waiting {
    thread: JoinHandle<()>,
    ended: mpsc::Receiver<()>,
    owes: Owes,
}

impl Waiting {
    /// Waits for at most `span` of real time. Whether its loop has ended.
    pub fn wait_for(&self, span: Duration) -> bool {
        self.ended.recv_timeout(span) != Err(mpsc::RecvTimeoutError::Timeout)
    }

    /// To ask what it waits for while it has not ended.
    pub fn owes(&self) -> Owes {
        self.owes.clone()
    }

    /// Waits until running actions have ended and the loop with them.
    pub fn wait(self) {
        let _ = self.thread.join();
    }
}

/// Why a console could not be started.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the console could not be started: {0}")]
    Machine(#[from] io::Error),
}

fn core(setup: Setup, clock: Arc<HeldClock>, read_only: bool, replies: mpsc::Sender<Reply>, outside: runtime::Handle) -> Core {
    let disk = setup.plan_dir.map(|dir| PlanOnDisk::new(dir, setup.plan.clone()));
    let list = |runbook: &Runbook| {
        let (traits, drill_traits) = traits_of(runbook, &setup.catalogue);
        (runbook.name.clone(), automation::list(runbook, &traits, &drill_traits, false))
    };
    let by_itself = setup.plan.runbooks.iter().map(list).collect();
    Core {
        by_itself,
        declared: DeclaredWith::new(setup.plan.clone()),
        plan: setup.plan,
        catalogue: setup.catalogue,
        disk,
        outside,
        sink: Sink::default(),
        clock,
        actor: setup.actor,
        world: setup.world,
        read_only,
        shown: None,
        chosen: false,
        supposed: None,
        explain: false,
        others: Vec::new(),
        alarms: Default::default(),
        proofs: Default::default(),
        standing: Default::default(),
        jumps: Default::default(),
        armed: Default::default(),
        trouble: Default::default(),
        counted: Vec::new(),
        dark: BTreeSet::new(),
        asked: Asked { asks: !read_only, ..Asked::default() },
        to_audit: None,
        audit: None,
        composer: Composer::default(),
        pictures: Arc::new(Slot::default()),
        replies,
    }
}

/// How long tasks may take to notice that they are not wanted any more.
const OUTSIDE_ENDS: Duration = Duration::from_millis(500);

/// Everything outside is talked to by one worker: more of them only delay the screen.
fn outside() -> io::Result<runtime::Runtime> {
    runtime::Builder::new_multi_thread().worker_threads(1).thread_name("outside").enable_all().build()
}

fn inside() -> io::Result<runtime::Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
}

/// A plain sender for the screen, which has no runtime, and a receiver that the console's loop can wait on.
fn requests() -> io::Result<(mpsc::Sender<Request>, UnboundedReceiver<Request>)> {
    let (requests, from) = mpsc::channel();
    let (to, asked) = unbounded_channel();
    let pass_on = move || {
        while let Ok(request) = from.recv() {
            if to.send(request).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("requests".into()).spawn(pass_on)?;
    Ok((requests, asked))
}

/// A console that acts.
pub fn act(setup: Setup, means: Means) -> Result<Handle, NotStarted> {
    let (requests, asked) = requests()?;
    let (news, heard) = unbounded_channel();
    let (said, replies) = mpsc::channel();
    let (outside, inside) = (outside()?, inside()?);
    let (clock, sources) = (Arc::new(HeldClock::new(setup.clock.clone())), setup.sources.clone());
    let mut core = core(setup, clock.clone(), false, said, outside.handle().clone());
    let journal = means.writer.path().to_owned();
    let pictures = core.pictures.clone();
    let commit = Commit::new(means.writer, clock.clone())?;
    core.audit_soon(journal);
    let hands = Hands::new(means.inspectors, means.performers, clock.clone(), outside.handle().clone(), news.clone());
    let rounds = Rounds::new(means.doctor, clock.clone(), outside.handle().clone(), news);
    let observing = Observing::new(sources, clock, outside.handle().clone());
    let owes = Owes::default();
    let acting = Acting::new(core, commit, hands, observing, rounds, means.colleague, owes.clone());
    let ended = mpsc::sync_channel::<()>(1);
    let thread = std::thread::Builder::new().name("console".into()).spawn(move || {
        let _ended = ended.0;
        let (mut acting, mut asked, mut heard) = (acting, asked, heard);
        let ran = panic::catch_unwind(AssertUnwindSafe(|| inside.block_on(acting.run(&mut asked, &mut heard))));
        // Whatever happened, actions end before the journal's lock is free: others would take them for lost while they go on.
        if ran.is_ok() {
            outside.shutdown_background();
        } else {
            // A screen that shows old news must not stand while what runs is finished.
            acting.core.reply(Reply::Ended);
            // Should that break too, others find what ran unknown.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| inside.block_on(acting.finish(&mut heard))));
            outside.shutdown_timeout(OUTSIDE_ENDS);
        }
        drop(acting);
    })?;
    Ok(Handle { pictures, requests, replies, thread, ended: ended.1, owes })
}

/// What is to be read of the journal at `path`; nothing while it is not there yet or cannot be read for the moment.
fn look_into(path: &Path, core: &mut Core) -> Result<(Option<Reader>, Ledger), JournalError> {
    // A path that cannot be looked at is no journal that is still to come.
    let there = path.try_exists().map_err(|error| JournalError::Io {
        path: path.to_owned(),
        doing: "looking at the journal",
        reason: error.to_string(),
    })?;
    // Before anything of it is open here.
    if let Err(lost) = check_log(path) {
        core.trouble.insert("log", lost.to_string());
    }
    if !there {
        return Ok((None, Ledger::default()));
    }
    let opened = Reader::open(path).and_then(|reader| Ledger::open(&reader).map(|ledger| (reader, ledger)));
    match opened {
        Ok((reader, ledger)) => {
            core.audit_soon(reader.path().to_owned());
            Ok((Some(reader), ledger))
        }
        Err(error) if !error.is_of_the_moment() => Err(error),
        Err(error) => {
            // The world is worth to be seen without it, and it is tried again.
            core.trouble.insert("reading", format!("the journal could not be read: {error}"));
            Ok((None, Ledger::default()))
        }
    }
}

/// A console that only looks: it is given nothing that could act. Where the journal's file is not there yet, or cannot be
/// read, it shows the world and waits; without a `journal` it shows the world alone.
pub fn watch(setup: Setup, journal: Option<PathBuf>) -> Result<Handle, NotStarted> {
    let (requests, asked) = requests()?;
    let (said, replies) = mpsc::channel();
    let (outside, inside) = (outside()?, inside()?);
    let (clock, sources) = (Arc::new(HeldClock::new(setup.clock.clone())), setup.sources.clone());
    let mut core = core(setup, clock.clone(), true, said, outside.handle().clone());
    let pictures = core.pictures.clone();
    let (reader, ledger) = match &journal {
        Some(path) => look_into(path, &mut core)?,
        None => (None, Ledger::default()),
    };
    let observing = Observing::new(sources, clock, outside.handle().clone());
    let watching = Watching { core, journal: reader, path: journal, ledger, behind: false, observing };
    let ended = mpsc::sync_channel::<()>(1);
    let thread = std::thread::Builder::new().name("console".into()).spawn(move || {
        let _ended = ended.0;
        inside.block_on(watching.run(asked));
        outside.shutdown_background();
    })?;
    // Nothing that it did could keep it.
    Ok(Handle { pictures, requests, replies, thread, ended: ended.1, owes: Owes::default() })
}
