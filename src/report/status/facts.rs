//! What `lifeboat status --json` prints: the Picture in words and numbers that stay the same from version to version.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    backups::{Backups, backups},
    cards::{Cluster, clusters},
    copies::{Copy, copies},
    losses::{Loss, losses},
};
use crate::{
    model::{Duration, Freshness, Time, Verdict},
    picture::{AlertState, Picture, ServiceHealth, World},
};

/// The form of [`Status`]; another number means that a program has to be adapted.
pub const FORM: &str = "lifeboat/status/v1";

/// Everything that a script may want to know at one moment. Times are UTC, spans whole seconds.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Status {
    /// `lifeboat/status/v1`.
    pub form: String,
    pub now: Time,
    pub plan: String,
    pub world: Worlds,
    /// The worst of all sentences; decides the exit code.
    pub verdict: Verdict,
    /// The worst first; never empty.
    pub sentences: Vec<Told>,
    /// What keeps Lifeboat itself from seeing or writing as it should.
    pub trouble: Vec<String>,
    /// The foremost open incident.
    pub incident: Option<Incident>,
    /// All open incidents, drills too.
    pub open: Vec<String>,
    pub runbook: Option<Runbook>,
    pub tiers: Vec<Tier>,
    pub datasets: Vec<Dataset>,
    /// Copies that follow, the worst first.
    pub copies: Vec<Copy>,
    pub backups: Backups,
    /// In peace: what it would cost to lose each region, and any node.
    pub losses: Vec<Loss>,
    pub clusters: Vec<Cluster>,
    pub regions: Vec<Region>,
    pub connections: Vec<Connection>,
    /// All but the quiet ones.
    pub alerts: Vec<Alert>,
    /// `SEQ:HASH` of the journal's newest record.
    pub journal_head: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Worlds {
    Production,
    Drill,
    Simulated,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Told {
    pub verdict: Verdict,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Incident {
    pub id: String,
    pub title: String,
    /// 1 is the worst, 4 the least.
    pub severity: u8,
    pub drill: bool,
    pub scenario: Option<String>,
    pub began: Time,
    pub declared: Time,
    pub commander: Option<String>,
    pub outage_seconds: u64,
    pub since_declared_seconds: u64,
    /// Who holds everything, and why.
    pub held: Option<String>,
}

/// The open runbook and its next step.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Runbook {
    pub name: String,
    pub done: usize,
    pub steps: usize,
    pub next: Option<Next>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Next {
    /// From 1.
    pub number: usize,
    pub id: String,
    pub title: String,
    pub owner: Option<String>,
    pub words: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Tier {
    pub name: String,
    pub verdict: Verdict,
    pub words: String,
    pub rto_seconds: Option<u64>,
    pub left_seconds: Option<u64>,
    pub over_seconds: Option<u64>,
    pub deadline: Option<Time>,
    /// An estimate.
    pub projected: Option<Time>,
    pub services: Vec<Service>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Service {
    pub name: String,
    pub region: Option<String>,
    pub health: Health,
    /// Down in the open incident.
    pub down: bool,
    pub verdict: Verdict,
    pub words: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    Healthy,
    Failing,
    CannotTell,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Dataset {
    pub name: String,
    pub verdict: Verdict,
    pub words: String,
    pub rpo_seconds: Option<u64>,
    /// The recovery source to take.
    pub best: Option<String>,
    /// What would be lost, or was: at the least and at the most.
    pub loses_seconds: Option<[u64; 2]>,
    pub restore_seconds: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Region {
    pub name: String,
    pub verdict: Verdict,
    pub words: String,
    /// Every observer inside it is silent since then.
    pub silent_since: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Connection {
    pub name: String,
    pub system: String,
    pub known: Known,
    pub words: String,
    /// Its own clock, where that is off.
    pub clock: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    Fresh,
    Stale,
    Failing,
    Absent,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Alert {
    pub name: String,
    /// False: it cannot be told, or it is not yet certain.
    pub firing: bool,
    pub since: Option<Time>,
    pub scenario: Option<String>,
    pub words: String,
}

/// The JSON Schema (draft 2020-12) of [`Status`].
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Status).to_value();
    schema["title"] = "What `lifeboat status --json` prints".into();
    schema["properties"]["form"]["const"] = FORM.into();
    schema
}

fn seconds(span: Option<Duration>) -> Option<u64> {
    span.map(|span| span.as_millis() / 1000)
}

/// `picture` as facts.
pub fn status(picture: &Picture) -> Status {
    Status {
        form: FORM.to_owned(),
        now: picture.now,
        plan: picture.place.plan.clone(),
        world: match picture.place.world {
            World::Production => Worlds::Production,
            World::Drill => Worlds::Drill,
            World::Simulated => Worlds::Simulated,
        },
        verdict: picture.sentences.iter().map(|sentence| sentence.verdict).max().unwrap_or(Verdict::CannotTell),
        sentences: picture.sentences.iter().map(|s| Told { verdict: s.verdict, text: s.text.clone() }).collect(),
        trouble: picture.trouble.clone(),
        incident: incident(picture),
        open: picture.incidents.iter().filter(|choice| choice.open).map(|choice| choice.id.to_string()).collect(),
        runbook: runbook(picture),
        tiers: tiers(picture),
        datasets: datasets(picture),
        backups: backups(picture),
        losses: losses(picture),
        copies: copies(picture),
        clusters: clusters(picture),
        regions: regions(picture),
        connections: connections(picture),
        alerts: alerts(picture),
        journal_head: picture.journal_head.as_ref().map(|(seq, hash)| format!("{seq}:{hash}")),
    }
}

fn incident(picture: &Picture) -> Option<Incident> {
    let incident = picture.incident.as_ref().filter(|incident| incident.closed.is_none())?;
    Some(Incident {
        id: incident.id.to_string(),
        title: incident.title.clone(),
        severity: incident.severity.level(),
        drill: incident.drill,
        scenario: incident.scenario.clone(),
        began: incident.began,
        declared: incident.declared,
        commander: incident.commander.clone(),
        outage_seconds: incident.outage.as_millis() / 1000,
        since_declared_seconds: incident.since_declared.as_millis() / 1000,
        held: incident.hold.as_ref().map(|(who, why, _)| format!("{who}: {why}")),
    })
}

fn runbook(picture: &Picture) -> Option<Runbook> {
    let book = picture.book.as_ref()?;
    let next = book.next.and_then(|next| book.steps.get(next)).map(|step| Next {
        number: step.number,
        id: step.id.to_string(),
        title: step.title.clone(),
        owner: step.owner.clone(),
        words: step.words.clone(),
    });
    Some(Runbook { name: book.name.clone(), done: book.done, steps: book.total, next })
}

fn tiers(picture: &Picture) -> Vec<Tier> {
    let service = |row: &crate::picture::ServiceRow| Service {
        name: row.name.clone(),
        region: row.region.clone(),
        health: match row.health {
            ServiceHealth::Healthy => Health::Healthy,
            ServiceHealth::Failing => Health::Failing,
            ServiceHealth::CannotTell => Health::CannotTell,
        },
        down: row.down,
        verdict: row.verdict,
        words: row.words.clone(),
    };
    let tier = |row: &crate::picture::TierRow| Tier {
        name: row.name.clone(),
        verdict: row.verdict,
        words: row.words.clone(),
        rto_seconds: seconds(row.rto),
        left_seconds: seconds(row.left),
        over_seconds: seconds(row.over),
        deadline: row.deadline,
        projected: row.projected,
        services: row.services.iter().map(service).collect(),
    };
    picture.tiers.iter().map(tier).collect()
}

fn datasets(picture: &Picture) -> Vec<Dataset> {
    let dataset = |row: &crate::picture::DatasetRow| Dataset {
        name: row.name.clone(),
        verdict: row.verdict,
        words: row.words.clone(),
        rpo_seconds: seconds(row.rpo),
        best: row.best.clone(),
        loses_seconds: row.loses.map(|loss| [loss.least, loss.most].map(|span| span.as_millis() / 1000)),
        restore_seconds: seconds(row.restore),
    };
    picture.datasets.iter().map(dataset).collect()
}

fn regions(picture: &Picture) -> Vec<Region> {
    let region = |row: &crate::picture::RegionRow| Region {
        name: row.name.clone(),
        verdict: row.verdict,
        words: row.words.clone(),
        silent_since: row.silent_since,
    };
    picture.regions.iter().map(region).collect()
}

fn connections(picture: &Picture) -> Vec<Connection> {
    let connection = |row: &crate::picture::LinkRow| Connection {
        name: row.name.clone(),
        system: row.system.clone(),
        known: match row.known {
            Freshness::Fresh => Known::Fresh,
            Freshness::Stale { .. } | Freshness::Ahead { .. } => Known::Stale,
            Freshness::Failing { .. } => Known::Failing,
            Freshness::Absent => Known::Absent,
        },
        words: row.words.clone(),
        clock: row.skew.clone(),
    };
    picture.links.iter().map(connection).collect()
}

fn alerts(picture: &Picture) -> Vec<Alert> {
    let loud = picture.alerts.iter().filter(|alert| alert.state != AlertState::Quiet);
    let alert = |row: &crate::picture::AlertRow| Alert {
        name: row.name.clone(),
        firing: row.state == AlertState::Firing,
        since: row.since,
        scenario: row.scenario.clone(),
        words: row.in_full(),
    };
    loud.map(alert).collect()
}
