//! A simulated platform with its journal, and the consoles that people open on it.

use std::{
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

use lifeboat::{
    console::{Colleague, Means, Setup, act, watch},
    incident::{Actor, Command, Record, State, replay},
    journal::{Read, Reader, Writer, verify},
    model::{Clock, ConsoleId, Duration, IncidentId, Time},
    picture::World,
    plan::{Plan, load_embedded},
    sim::{self, SimClock, SimPlatform, Story},
    systems::{Doctor, Inspectors, catalogue},
};

use super::driver::Driver;

/// Simulated seconds a second.
const SPEED: f64 = 60.0;

pub fn gaudi3() -> Plan {
    load_embedded(sim::demo::PLAN, sim::demo::GAUDI3_SCALE, &catalogue()).plan.expect("the shipped plan has no error")
}

pub struct Site {
    folder: PathBuf,
    _removed_at_the_end: Option<tempfile::TempDir>,
    pub plan: Arc<Plan>,
    pub plan_dir: Option<PathBuf>,
    pub clock: Arc<dyn Clock>,
    pub platform: SimPlatform,
}

impl Site {
    pub fn quiet() -> Self {
        Self::new("quiet", SPEED)
    }

    pub fn new(story: &str, speed: f64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::at(folder.path(), story, speed).keeping(folder)
    }

    fn keeping(self, folder: tempfile::TempDir) -> Self {
        Self { _removed_at_the_end: Some(folder), ..self }
    }

    /// A platform in good health for another plan of the same places.
    pub fn of(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::planned(folder.path(), "quiet", SPEED, plan).keeping(folder)
    }

    /// A platform of its own whose journal is in `folder`.
    pub fn at(folder: &Path, story: &str, speed: f64) -> Self {
        Self::planned(folder, story, speed, gaudi3())
    }

    fn planned(folder: &Path, story: &str, speed: f64, plan: Plan) -> Self {
        let plan = Arc::new(plan);
        let start = "2026-11-20T02:00:00Z".parse::<Time>().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SimClock::scaled(start, speed));
        let platform = SimPlatform::new(&plan, &Story::named(story).unwrap(), 42, clock.clone());
        Self { folder: folder.to_owned(), _removed_at_the_end: None, plan, plan_dir: None, clock, platform }
    }

    pub fn journal(&self) -> PathBuf {
        self.folder.join("state/gaudi3-scale.db")
    }

    /// Where this site keeps its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `name` opens a console that acts.
    pub fn console(&self, name: &str) -> Driver {
        self.console_with(name, self.platform.inspectors())
    }

    /// The same, with something else that is asked whether actions could be done.
    pub fn console_asking(&self, name: &str, doctor: Arc<dyn Doctor>) -> Driver {
        self.console_of(name, self.platform.inspectors(), doctor, self.clock.clone())
    }

    /// The same, with something else that looks.
    pub fn console_with(&self, name: &str, inspectors: Arc<dyn Inspectors>) -> Driver {
        self.console_of(name, inspectors, self.platform.doctor(), self.clock.clone())
    }

    /// The same on a machine with a clock of its own.
    pub fn console_by(&self, name: &str, clock: Arc<dyn Clock>) -> Driver {
        self.console_of(name, self.platform.inspectors(), self.platform.doctor(), clock)
    }

    fn console_of(&self, name: &str, inspectors: Arc<dyn Inspectors>, doctor: Arc<dyn Doctor>, clock: Arc<dyn Clock>) -> Driver {
        let actor = Actor::new(name, ConsoleId::from(uuid::Uuid::now_v7().to_string()));
        let writer = Writer::open(&self.journal(), &self.plan.name, &actor.console, name, clock.now()).unwrap();
        // Nobody speaks for a colleague here; people outside do what they confirmed.
        let world = self.platform.clone();
        let follow: Colleague = Box::new(move |state, _| {
            world.follow(state);
            Vec::new()
        });
        let performers = self.platform.performers();
        let means = Means { writer, inspectors, performers, doctor, colleague: Some(follow) };
        Driver::new(name, act(Setup { clock, ..self.setup(actor) }, means).unwrap())
    }

    /// `name` looks on.
    pub fn viewer(&self, name: &str) -> Driver {
        let actor = Actor::new(name, ConsoleId::from(uuid::Uuid::now_v7().to_string()));
        Driver::new(name, watch(self.setup(actor), Some(self.journal())).unwrap())
    }

    fn setup(&self, actor: Actor) -> Setup {
        Setup {
            plan: self.plan.clone(),
            plan_dir: self.plan_dir.clone(),
            catalogue: catalogue(),
            actor,
            world: World::Simulated,
            clock: self.clock.clone(),
            sources: self.platform.sources(),
        }
    }

    /// `Ada` declares on a platform in good health and goes on to where actions can be started.
    pub fn ada_at_the_actions(&self) -> Driver {
        self.at_the_actions(self.console("Ada"))
    }

    pub fn at_the_actions(&self, mut ada: Driver) -> Driver {
        ada.declare("practice on a healthy platform", false);
        ada.open("regional-outage");
        ada.says(Command::OverrideGate { step: "confirm".into(), why: "seen on the phone".into() });
        ada
    }

    /// `name` looks at the open incident from a console of their own.
    pub fn joined_by(&self, name: &str) -> Driver {
        let mut driver = self.console(name);
        driver.until("the incident is on screen", |p| p.book.is_some());
        driver
    }

    /// A second connection to the journal's file: what another program does to it.
    pub fn raw_journal(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.journal()).unwrap()
    }

    /// The newest incident's records, as anybody can read them.
    pub fn records(&self) -> Vec<Record> {
        let reader = Reader::open(&self.journal()).unwrap();
        let newest = reader.incidents().unwrap().last().cloned().unwrap_or_else(|| IncidentId::numbered(1));
        reader.incident(&newest).unwrap()
    }

    /// What the journal keeps outside of incidents.
    pub fn standing(&self) -> Vec<Record> {
        Reader::open(&self.journal()).unwrap().incident(&IncidentId::standing()).unwrap()
    }

    pub fn state(&self) -> State {
        replay(&self.records())
    }

    pub fn count(&self, kind: &str) -> usize {
        self.records().iter().filter(|record| record.event.kind() == kind).count()
    }

    pub fn assert_journal_good(&self) {
        assert_eq!(verify(&self.journal(), None).unwrap().findings, []);
    }
}

/// A clock that somebody sets: wall time moves, steady time does not.
pub struct Moved {
    under: Arc<dyn Clock>,
    began: Time,
    ahead: std::sync::atomic::AtomicU64,
}

impl Moved {
    pub fn new(under: Arc<dyn Clock>) -> Self {
        let began = under.now();
        Self { under, began, ahead: Default::default() }
    }
    pub fn set_ahead(&self, by: Duration) {
        self.ahead.store(by.as_millis(), std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for Moved {
    fn now(&self) -> Time {
        self.under.now() + Duration::from_millis(self.ahead.load(std::sync::atomic::Ordering::SeqCst)).delta()
    }
    fn sleep(&self, span: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.under.sleep(span)
    }
    fn steady(&self) -> Option<Duration> {
        Some(Duration::between(self.began, self.under.now()))
    }
}
