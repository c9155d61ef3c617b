//! Replication: a row a copy that follows, with proof of its connection beside how far it is behind.

use std::cmp::Reverse;

use super::{
    datasets::range,
    inputs::Ground,
    scene::{DatasetRow, ReplicationRow},
};
use crate::{
    model::Verdict,
    objectives::{Following, Follows, following},
    plan::{Dataset, RecoverySource},
};

/// Worst first; among those in good order the furthest behind.
pub fn rows(ground: &Ground) -> Vec<ReplicationRow> {
    let datasets = ground.facts.datasets.iter().filter(|dataset| dataset.excluded.is_none());
    let copies = datasets.flat_map(|dataset| dataset.sources.iter().map(move |source| (dataset, source)));
    let mut rows: Vec<ReplicationRow> = copies.filter_map(|(dataset, source)| row(ground, dataset, source)).collect();
    rows.sort_by_key(|row| (Reverse(row.verdict), Reverse(row.behind.map(|behind| behind.most))));
    rows
}

fn row(ground: &Ground, dataset: &Dataset, source: &RecoverySource) -> Option<ReplicationRow> {
    let Following { follows, behind, known, within, words } = following(source, ground.inputs.signals, ground.now())?;
    Some(ReplicationRow {
        dataset: dataset.name.clone(),
        source: source.name.clone(),
        how: source.how.clone(),
        region: source.region.clone(),
        follows,
        behind: behind.map(range),
        limit: source.limit.as_ref().map(ToString::to_string),
        verdict: match (follows, within) {
            (Follows::CutOff, _) | (_, Some(false)) => Verdict::AtRisk,
            (Follows::CannotTell, _) => Verdict::CannotTell,
            (Follows::CaughtUp | Follows::Behind, _) => Verdict::Met,
        },
        over: within == Some(false),
        known,
        words,
    })
}

/// `The us-west-2 replica of production-db is cut off: …`, where no figure of what would be lost says it already.
pub fn sentence(row: &ReplicationRow, datasets: &[DatasetRow]) -> Option<String> {
    let said = datasets.iter().any(|dataset| dataset.name == row.dataset && dataset.verdict > Verdict::CannotTell);
    let name = format!("{} of {}", row.source, row.dataset);
    match row.follows {
        _ if said => None,
        Follows::CutOff => Some(format!("{name} is cut off: {}.", row.words)),
        _ if row.over => {
            let behind = row.behind.map(|behind| behind.most.up_to_secs().to_string()).unwrap_or_default();
            let limit = row.limit.as_deref().unwrap_or_default();
            Some(format!("{name} is {behind} behind, and the plan's limit is {limit}."))
        }
        _ => None,
    }
}
