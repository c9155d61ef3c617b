//! Recover to what: a row a dataset, in it a row a source.

use std::cmp::Reverse;

use super::{
    inputs::Ground,
    scene::{DatasetRow, LossRange, SourceRow},
};
use crate::{
    model::{Duration, loss::LossKind},
    objectives::{Sight, SourceExposure, Span, clean_before, dataset_exposure, frontier::why_best, reach::outlives, rpo_of},
    plan::Dataset,
};

/// Worst first; what is excluded on purpose has no row.
pub fn rows(ground: &Ground) -> Vec<DatasetRow> {
    let mut rows: Vec<DatasetRow> =
        ground.facts.datasets.iter().filter(|d| d.excluded.is_none()).map(|dataset| row(ground, dataset)).collect();
    rows.sort_by_key(|row| (Reverse(row.verdict), row.rpo.unwrap_or(Duration::from_millis(u64::MAX))));
    rows
}

/// One dataset.
pub fn row(ground: &Ground, dataset: &Dataset) -> DatasetRow {
    let runbook = ground.counted().and_then(|state| state.book.as_ref()).map(|book| &book.runbook);
    let target = rpo_of(ground.facts, ground.scenario, runbook, dataset);
    let sight = sight(ground);
    let exposure = dataset_exposure(dataset, target.limit, &sight);
    let from = exposure.from();
    let spoiled = clean_before(&sight).is_some();
    DatasetRow {
        name: dataset.name.clone(),
        rpo: target.limit,
        rpo_note: target.note,
        best: from.map(|s| s.name.clone()),
        restore: from.and_then(|s| s.restore),
        loses: exposure.loses.map(range),
        verdict: exposure.verdict,
        words: exposure.words.clone(),
        why_best: why_best(&exposure.sources, ground.now()),
        frozen: exposure.frozen,
        sources: exposure.sources.into_iter().map(|exposed| source(exposed, dataset, spoiled, ground)).collect(),
    }
}

/// What the exposure of all data depends on.
pub fn sight<'a>(ground: &Ground<'a>) -> Sight<'a> {
    Sight {
        facts: ground.facts,
        signals: ground.inputs.signals,
        state: ground.counted(),
        loses: ground.loses.filter(|_| ground.open().is_some()),
        supposed: ground.supposed_loss(),
        now: ground.now(),
    }
}

/// Whether the open incident is about this data: its runbook stops or recovers it, its scenario spoils it, or it would
/// lose more by the scenario than without. What was late before has nothing to do with the outage.
pub fn is_touched(ground: &Ground, name: &str) -> bool {
    let Some(state) = ground.open() else { return false };
    let said =
        state.head.as_ref().and_then(|head| head.scope.as_ref()).is_some_and(|scope| scope.datasets.iter().any(|d| d == name));
    if said {
        return true;
    }
    let Some(loses) = ground.loses else { return true };
    if matches!(loses.kind(), LossKind::Data | LossKind::Corruption | LossKind::Compromise) {
        return loses.name().is_none_or(|lost| lost == name);
    }
    let steps = || state.book.iter().flat_map(|book| book.runbook.steps());
    if steps().any(|step| step.freezes.has(name) || step.recovers.has(name)) {
        return true;
    }
    let Some(dataset) = ground.facts.datasets.iter().find(|dataset| dataset.name == name) else { return false };
    let runbook = state.book.as_ref().map(|book| &book.runbook);
    let target = rpo_of(ground.facts, ground.scenario, runbook, dataset);
    let judged = |loses| {
        let sight = Sight { state: Some(state), loses, supposed: None, ..sight(ground) };
        dataset_exposure(dataset, target.limit, &sight).verdict
    };
    judged(Some(loses)) > judged(None)
}

fn source(source: SourceExposure, dataset: &Dataset, spoiled: bool, ground: &Ground) -> SourceRow {
    SourceRow {
        outlives: outlives(dataset, &source.name, ground.facts),
        name: source.name,
        kind: source.kind.word().to_owned(),
        region: source.region,
        point: source.point,
        known: source.known,
        loses: source.loses.map(range),
        restore: source.restore,
        verdict: source.verdict,
        usable: source.usable,
        best: source.best,
        faster: source.faster,
        // What cannot be restored from is worst found out when nothing else is left (RULES R22).
        unverified: spoiled && source.unverified,
        proof: source.proof.words(ground.now()),
        words: source.words,
    }
}

pub fn range(span: Span) -> LossRange {
    LossRange { least: span.least, most: span.most }
}
