//! The Picture: everything that can be shown, in words and numbers, worst first. Immutable once composed.

use std::sync::Arc;

use super::alerts::AlertRow;
use super::backups::Backups;
use super::book::{BookPicture, TimingPicture};
use super::cards::CardCluster;
use super::losses::{Losable, LossRow};
use super::objectives::{ClusterRow, DatasetRow, RegionRow, ReplicationRow, TierRow};
use super::origins::Origin;
use super::place::{IncidentChoice, IncidentPicture, JournalLine, Place, Sentence};
use super::ready::ReadyPicture;
use super::watch::{AutomaticRow, LinkRow, RunbookChoice, ScenarioChoice};
use crate::model::{Loss, Time};

/// Everything that can be shown at `now`.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub now: Time,
    pub place: Place,
    pub incident: Option<IncidentPicture>,
    /// Incidents of this journal, open ones first, newest first.
    pub incidents: Vec<IncidentChoice>,
    /// The worst first; never empty.
    pub sentences: Vec<Sentence>,
    pub tiers: Vec<TierRow>,
    pub regions: Vec<RegionRow>,
    pub datasets: Vec<DatasetRow>,
    /// Copies that follow, the worst first.
    pub replication: Vec<ReplicationRow>,
    pub backups: Backups,
    pub clusters: Vec<ClusterRow>,
    /// Cards of each cluster whose exporters are seen.
    pub cards: Vec<CardCluster>,
    pub links: Vec<LinkRow>,
    pub alerts: Vec<AlertRow>,
    pub scenarios: Vec<ScenarioChoice>,
    pub runbooks: Vec<RunbookChoice>,
    pub automatics: Vec<AutomaticRow>,
    /// A person must come, now: the reason. A screen rings for a new one.
    pub calls: Option<String>,
    /// Whether what counts now could be done.
    pub ready: ReadyPicture,
    /// Roles of the plan, to join as.
    pub roles: Vec<String>,
    /// The plan's own words for severities, the worst first.
    pub severities: Vec<String>,
    pub book: Option<BookPicture>,
    pub timing: Option<TimingPicture>,
    /// In peace: what each region, and any node, would cost if it were lost now.
    pub losses: Vec<LossRow>,
    /// What can be supposed to be lost.
    pub losable: Losable,
    /// The world without what somebody at this console supposes to be lost.
    pub supposed: Option<Arc<SupposedPicture>>,
    /// Where everything shown comes from, while somebody asks.
    pub origins: Vec<Origin>,
    /// The newest last.
    pub journal: Arc<Vec<JournalLine>>,
    /// Sequence number and hash of the newest record.
    pub journal_head: Option<(u64, String)>,
    /// What keeps the console itself from working as it should: `the journal cannot be written: disk full`.
    pub trouble: Vec<String>,
}

/// The world as it would be.
#[derive(Clone, Debug, PartialEq)]
pub struct SupposedPicture {
    pub loss: Loss,
    pub row: LossRow,
    /// Its sentences say what would be.
    pub picture: Picture,
}
