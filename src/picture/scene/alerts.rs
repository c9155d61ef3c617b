//! Alerts: a row a name, and behind it all alerts of that name, shared with what was read.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::Serialize;

use crate::{
    gates::Suppression,
    model::{Reading, Sample, Severity, Time, Value, text::clean, time},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    Firing,
    /// Its expression is true, not yet for its `for`.
    Pending,
    /// It fires, and its Alertmanager tells nobody.
    Silenced,
    /// It fires, and its Alertmanager tells nobody because of another alert.
    Inhibited,
    Quiet,
    CannotTell,
}

impl AlertState {
    /// As an Alertmanager says it of one alert.
    pub fn of(alert: &Sample) -> Self {
        match &alert.value {
            Value::Text(word) if word == "silenced" => AlertState::Silenced,
            Value::Text(word) if word == "inhibited" => AlertState::Inhibited,
            _ => AlertState::Firing,
        }
    }

    /// Rows with the least come first.
    pub fn rank(self) -> u8 {
        match self {
            AlertState::Firing => 0,
            AlertState::Pending => 1,
            AlertState::CannotTell => 2,
            AlertState::Silenced | AlertState::Inhibited => 3,
            AlertState::Quiet => 4,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            AlertState::Firing => "firing",
            AlertState::Pending => "pending",
            AlertState::Silenced => "silenced",
            AlertState::Inhibited => "inhibited",
            AlertState::Quiet => "quiet",
            AlertState::CannotTell => "cannot tell",
        }
    }
}

impl From<Suppression> for AlertState {
    fn from(how: Suppression) -> Self {
        match how {
            Suppression::Silenced => AlertState::Silenced,
            Suppression::Inhibited => AlertState::Inhibited,
        }
    }
}

/// All alerts of one name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertRow {
    pub name: String,
    /// The Alertmanager that says so, of an alert that the plan does not name.
    pub via: Option<String>,
    pub state: AlertState,
    pub since: Option<Time>,
    /// What it points to in the plan, and by what: `its label names the scenario`.
    pub scenario: Option<String>,
    pub runbook: Option<String>,
    pub points_by: Option<String>,
    pub severity: Option<Severity>,
    /// How many alerts of this name are in this state.
    pub count: usize,
    /// How many of this name fire, and nobody is told.
    pub silenced: usize,
    pub inhibited: usize,
    /// How many there are besides, of which nothing is kept.
    pub left_out: usize,
    #[serde(skip)]
    pub members: Members,
    pub words: String,
}

impl AlertRow {
    /// A row of that name without anything behind it.
    pub fn bare(name: &str, state: AlertState, words: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            via: None,
            state,
            since: None,
            scenario: None,
            runbook: None,
            points_by: None,
            severity: None,
            count: 0,
            silenced: 0,
            inhibited: 0,
            left_out: 0,
            members: Members::default(),
            words: words.into(),
        }
    }

    /// What it says, and by what one that the plan does not name points to something.
    pub fn in_full(&self) -> String {
        match self.points_by.as_ref().filter(|_| self.via.is_some()) {
            Some(by) => format!("{}; {by}", self.words),
            None => self.words.clone(),
        }
    }
}

/// The alerts of one name in their order. They are not copied: a storm has thousands.
#[derive(Clone, Debug, Default)]
pub struct Members {
    reading: Option<Arc<Reading>>,
    at: Vec<usize>,
    /// Of those that do not say it themselves: samples of a rule that is evaluated here.
    state: Option<AlertState>,
}

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.reading, &other.reading) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two) || one == two,
            (one, two) => one.is_none() && two.is_none(),
        };
        same && self.at == other.at && self.state == other.state
    }
}

impl Members {
    /// Those of `reading` at these places. `state`: of samples that do not say it.
    pub fn new(reading: Arc<Reading>, at: Vec<usize>, state: Option<AlertState>) -> Self {
        Self { reading: Some(reading), at, state }
    }

    pub fn len(&self) -> usize {
        self.at.len()
    }

    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = Member<'_>> {
        let samples = self.reading.as_ref().map(|reading| reading.samples.as_slice()).unwrap_or_default();
        self.at.iter().filter_map(|at| samples.get(*at)).map(|sample| Member { sample, state: self.state })
    }

    /// Names of the labels that tell them apart, the one with the most values first.
    pub fn differing(&self) -> Vec<&str> {
        let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut told: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.iter() {
            for (name, value) in member.labels() {
                values.entry(name).or_default().insert(value);
                *told.entry(name).or_default() += 1;
            }
        }
        // One that only some of them have tells them apart, too.
        let differ = |name: &&str| values[name].len() > 1 || told[name] < self.len();
        let mut names: Vec<&str> = told.keys().copied().filter(differ).collect();
        names.sort_by_key(|name| Reverse(values[name].len()));
        names
    }

    /// Labels that all of them have alike, where `differing` are those that they have not.
    pub fn common(&self, differing: &[&str]) -> Vec<(&str, &str)> {
        let first = self.iter().next();
        first.iter().flat_map(Member::labels).filter(|(name, _)| !differing.contains(name)).collect()
    }
}

/// One alert.
#[derive(Clone, Copy, Debug)]
pub struct Member<'p> {
    sample: &'p Sample,
    state: Option<AlertState>,
}

impl<'p> Member<'p> {
    pub fn state(&self) -> AlertState {
        self.state.unwrap_or_else(|| AlertState::of(self.sample))
    }

    /// By its own word.
    pub fn since(&self) -> Option<Time> {
        time::parse(self.label("@since")?, self.sample.measured).ok()
    }

    /// What silences or inhibits it.
    pub fn by(&self) -> Option<&'p str> {
        self.label("@by")
    }

    pub fn summary(&self) -> Option<&'p str> {
        self.label("@summary")
    }

    /// Where somebody wrote what to do; only shown, never opened.
    pub fn runbook_url(&self) -> Option<&'p str> {
        self.label("@runbook_url")
    }

    pub fn label(&self, name: &str) -> Option<&'p str> {
        self.sample.labels.get(name).map(String::as_str)
    }

    /// Its own labels, without its name.
    pub fn labels(&self) -> impl Iterator<Item = (&'p str, &'p str)> + Clone + use<'p> {
        let own = self.sample.labels.iter().filter(|(name, _)| !name.starts_with('@') && *name != "alertname");
        own.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What it is known by among others of its name.
    pub fn key(&self) -> String {
        match self.label("@fingerprint") {
            Some(print) => print.to_owned(),
            None => self.labels().map(|(name, value)| format!("{name}={value},")).collect(),
        }
    }

    /// `pod p2, severity critical`: the labels of these names; without any, its fingerprint or all that it has.
    pub fn told_apart(&self, names: &[&str]) -> String {
        let said = |name: &&str| match self.label(name) {
            Some(value) => format!("{name} {value}"),
            None => format!("no {name}"),
        };
        let words: Vec<String> = match names {
            [] => self.labels().map(|(name, value)| format!("{name} {value}")).collect(),
            names => names.iter().map(said).collect(),
        };
        match words.as_slice() {
            [] => self.label("@fingerprint").map_or_else(|| "no labels".to_owned(), |print| format!("fingerprint {print}")),
            words => clean(&words.join(", ")),
        }
    }
}
