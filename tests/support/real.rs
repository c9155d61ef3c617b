//! A plan on disk on real systems: its incident declared, its runbook open, and consoles on it inside the test's own process.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use lifeboat::{
    console::{Colleague, Handle, Means, Setup, act, commit::Commit},
    incident::{Actor, Command, Declaration, PlanFacts, Record, State, replay, traits_of},
    journal::{Read, Reader, Writer, verify},
    model::{Clock, ConsoleId, IncidentId, Severity},
    picture::World,
    plan::{Plan, load},
    systems::{Performers, RealActors, RealPlatform, SystemClock, catalogue},
};

/// A plan and its journal, in one folder.
#[derive(Clone)]
pub struct Night {
    pub folder: PathBuf,
}

impl Night {
    pub fn incident() -> IncidentId {
        IncidentId::numbered(1)
    }

    /// Writes the plan. A console that is gone by now declares the incident and opens the first runbook.
    pub fn begin(folder: &Path, plan: &str) -> Self {
        let night = Self { folder: folder.to_owned() };
        std::fs::create_dir_all(night.plan_dir()).unwrap();
        std::fs::write(night.plan_dir().join("plan.yaml"), plan).unwrap();
        let (plan, clock) = (night.plan(), Arc::new(SystemClock));
        let actor = Actor::new("Cy", ConsoleId::from("first"));
        let writer = Writer::open(&night.journal(), &plan.name, &actor.console, &actor.name, clock.now()).unwrap();
        let mut commit = Commit::new(writer, clock.clone()).unwrap();
        let facts = PlanFacts::of(&plan);
        let (title, severity, began) = ("the work is not done".into(), Severity::new(2), clock.now());
        let declaration = Declaration { title, drill: false, scenario: None, severity, began, impacts: vec![], facts };
        commit.declare(&declaration, &[], &actor).unwrap();
        let runbook = plan.runbooks[0].clone();
        let (traits, drill_traits) = traits_of(&runbook, &catalogue());
        let open = Command::OpenRunbook { runbook: Box::new(runbook), traits, drill_traits };
        commit.submit(&Self::incident(), &open, &actor).unwrap();
        night
    }

    pub fn plan_dir(&self) -> PathBuf {
        self.folder.join("plan")
    }
    pub fn journal(&self) -> PathBuf {
        self.folder.join("journal.db")
    }
    pub fn plan(&self) -> Plan {
        let loaded = load(&self.plan_dir(), &catalogue());
        loaded.plan.unwrap_or_else(|| panic!("the plan has errors: {:?}", loaded.findings))
    }

    pub fn console(&self, name: &str) -> Handle {
        self.console_with(name, None, |actors| actors)
    }

    /// `actors` puts itself between the console and what acts.
    pub fn console_with(
        &self,
        name: &str,
        colleague: Option<Colleague>,
        actors: impl FnOnce(Arc<dyn Performers>) -> Arc<dyn Performers>,
    ) -> Handle {
        let (plan, clock): (_, Arc<dyn Clock>) = (Arc::new(self.plan()), Arc::new(SystemClock));
        let actor = Actor::new(name, ConsoleId::from(uuid::Uuid::now_v7().to_string()));
        let writer = Writer::open(&self.journal(), &plan.name, &actor.console, &actor.name, clock.now()).unwrap();
        let platform = Arc::new(RealPlatform::new(plan.connections.clone(), self.plan_dir()));
        let doctor = Arc::new(RealActors::new(plan.connections.clone(), self.plan_dir()));
        let performers = actors(doctor.clone());
        let means = Means { writer, inspectors: platform.clone(), performers, doctor, colleague };
        let (plan_dir, world, sources) = (Some(self.plan_dir()), World::Production, platform);
        act(Setup { plan, plan_dir, catalogue: catalogue(), actor, world, clock, sources }, means).unwrap()
    }

    pub fn records(&self) -> Vec<Record> {
        Reader::open(&self.journal()).unwrap().incident(&Self::incident()).unwrap()
    }
    pub fn state(&self) -> State {
        replay(&self.records())
    }
    pub fn count(&self, kind: &str) -> usize {
        self.records().iter().filter(|record| record.event.kind() == kind).count()
    }
    #[track_caller]
    pub fn the_journal_is_whole(&self) {
        assert_eq!(verify(&self.journal(), None).unwrap().findings, []);
    }
}
