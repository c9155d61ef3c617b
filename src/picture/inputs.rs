//! All that a Picture is computed from.

use std::{
    cell::{OnceCell, Ref},
    collections::BTreeMap,
};

use super::{
    journal::{Telling, Told},
    kept::Kept,
    scene::{IncidentChoice, World},
    skew::{Skew, skews},
    supposed::Supposed,
};
use crate::{
    gates::{Alarms, WatchState},
    incident::{Actor, PlanFacts, Record, State},
    model::{
        Asked, ConsoleId, Loss, Signals, StepId, Time,
        loss::{LossKind, LossOf},
    },
    objectives::{Course, Fit, Known, Past, reach::is_cluster},
    plan::{Plan, RegionRole, Scenario},
};

/// Everything at one moment.
pub struct Inputs<'a> {
    pub plan: &'a Plan,
    /// The incident on screen.
    pub state: Option<&'a State>,
    /// What the journal keeps outside of incidents: armed failovers.
    pub standing: Option<&'a State>,
    /// How far the triggers of armed failovers have come.
    pub triggers: &'a BTreeMap<String, WatchState>,
    /// By runbook of the plan, the steps that change something and may run by themselves.
    pub by_itself: &'a BTreeMap<String, Vec<StepId>>,
    /// Its records, in order.
    pub records: &'a [Record],
    pub incidents: Vec<IncidentChoice>,
    pub signals: &'a Signals,
    /// How long the plan's alerts have been firing.
    pub alarms: &'a Alarms,
    /// How long steps took before.
    pub past: &'a Past,
    /// How far the gates have come that this console watches.
    pub watching: &'a BTreeMap<StepId, WatchState>,
    pub telling: Telling,
    pub actor: &'a Actor,
    pub world: World,
    pub read_only: bool,
    /// Other people at live consoles.
    pub others: Vec<String>,
    pub changed_on_disk: Option<String>,
    pub trouble: Vec<String>,
    /// Whether actions could be done, as far as it was asked.
    pub asked: &'a Asked,
    pub head: Option<(u64, String)>,
    /// What somebody at this console supposes to be lost.
    pub supposed: Option<&'a Loss>,
    /// Somebody asks where values come from.
    pub explain: bool,
    pub now: Time,
}

/// What holds at this moment, derived once: the incident's journaled facts, else the plan's (RULES R6).
pub struct Ground<'a> {
    pub inputs: &'a Inputs<'a>,
    pub facts: &'a PlanFacts,
    pub scenario: Option<&'a Scenario>,
    pub loses: Option<&'a Loss>,
    /// The moment at which clocks are read: now, or the close of a closed incident.
    pub clock_at: Time,
    /// Other consoles whose clocks differ from this one's.
    pub skews: BTreeMap<ConsoleId, Skew>,
    /// A loss that has not happened, and is reckoned with here.
    pub supposed: Option<Supposed<'a>>,
    /// What earlier Pictures left that may still hold.
    pub kept: &'a Kept,
    /// What several parts ask for is worked out once: how the open runbook lies in time, and what each cluster of cards has to carry.
    course: OnceCell<Option<Course<'a>>>,
    pub(super) carried: OnceCell<Vec<Carried>>,
}

/// What is known of a cluster's cards, and what each tier would need of them; none where nothing has to come to it.
pub struct Carried {
    pub known: Known,
    pub fits: Option<Vec<Fit>>,
}

impl<'a> Ground<'a> {
    pub fn new(inputs: &'a Inputs<'a>, facts: &'a PlanFacts, kept: &'a Kept) -> Self {
        let scenario = inputs.state.and_then(State::scenario);
        let head = inputs.state.and_then(|state| state.head.as_ref());
        let closed = head.and_then(|head| head.closed.as_ref()).map(|(_, exception)| exception.at);
        let loses = scenario.and_then(|s| s.loses.as_ref());
        let clock_at = closed.unwrap_or(inputs.now);
        let skews = skews(inputs.records, &inputs.actor.console, inputs.now);
        kept.told.borrow_mut().hear(inputs.records, inputs.state, &skews, inputs.telling);
        let (course, carried) = (OnceCell::new(), OnceCell::new());
        Self { inputs, facts, scenario, loses, clock_at, skews, supposed: None, kept, course, carried }
    }

    /// The same moment, if `loss` had just happened besides. In peace the scenario that answers it holds.
    pub fn supposing<'b>(&'b self, loss: &'b Loss) -> Ground<'b> {
        let supposed = Supposed::new(loss, self.inputs.plan);
        let scenario = match self.open() {
            Some(_) => self.scenario,
            None => supposed.scenario.map(|(_, scenario)| scenario),
        };
        Ground {
            inputs: self.inputs,
            facts: self.facts,
            scenario,
            loses: self.loses,
            clock_at: self.clock_at,
            skews: self.skews.clone(),
            supposed: Some(supposed),
            kept: self.kept,
            course: OnceCell::new(),
            carried: OnceCell::new(),
        }
    }

    /// The records of the incident in words.
    pub fn told(&self) -> Ref<'_, Told> {
        self.kept.told.borrow()
    }

    /// How the rest of the open runbook lies in time.
    pub fn course(&self) -> Option<&Course<'a>> {
        let state = self.inputs.state;
        self.course.get_or_init(|| Course::of(state?, self.inputs.past, self.clock_at)).as_ref()
    }

    /// The incident that counts for what is shown: what is over does not count for what could come.
    pub fn counted(&self) -> Option<&'a State> {
        self.inputs.state.filter(|state| self.supposed.is_none() || state.is_open())
    }

    /// What is only supposed to be lost.
    pub fn supposed_loss(&self) -> Option<&'a Loss> {
        self.supposed.as_ref().map(|supposed| supposed.loss)
    }

    pub fn now(&self) -> Time {
        self.inputs.now
    }

    /// The incident on screen, while it is open.
    pub fn open(&self) -> Option<&'a State> {
        self.inputs.state.filter(|state| state.is_open())
    }

    pub fn role_of(&self, region: Option<&str>) -> Option<RegionRole> {
        self.facts.regions.iter().find(|r| Some(r.name.as_str()) == region)?.role
    }

    /// Regions that the declared scenario loses; in peace those whose loss the plan is made for.
    pub fn lost_regions(&self) -> Vec<&'a str> {
        let Some(supposed) = self.supposed_loss() else { return self.declared_regions() };
        let also = match self.open() {
            Some(_) => self.declared_regions(),
            None => vec![],
        };
        let lost = match supposed {
            Loss::Of(LossOf::Region(name)) => Some(name.as_str()),
            // What runs on a cluster's cards has to find others.
            Loss::Of(LossOf::Cluster(name)) => {
                let cluster = self.inputs.plan.accelerators.iter().find(|cluster| is_cluster(cluster, name));
                cluster.and_then(|cluster| cluster.region.as_deref())
            }
            _ => None,
        };
        also.into_iter().chain(lost).collect()
    }

    fn declared_regions(&self) -> Vec<&'a str> {
        let said = self.inputs.state.and_then(|state| state.head.as_ref()?.scope.as_ref());
        if let Some(scope) = said.filter(|scope| !scope.regions.is_empty() && self.open().is_some()) {
            return scope.regions.iter().map(String::as_str).collect();
        }
        let primaries = || self.facts.regions.iter().filter(|r| r.role == Some(RegionRole::Primary)).map(|r| r.name.as_str());
        match (self.loses, self.open()) {
            (Some(loss), Some(_)) if loss.kind() == LossKind::Region => match loss.name() {
                Some(name) => vec![name],
                None => primaries().collect(),
            },
            (_, Some(_)) => vec![],
            (_, None) => primaries().collect(),
        }
    }
}
