//! The whole Picture, part by part.

use std::sync::Arc;

use super::{
    alerts, automatic, backups, book, cards, choices, clusters, datasets, incident,
    inputs::{Ground, Inputs},
    kept::Kept,
    links, losable, losses, origins, place, ready, regions, replication,
    scene::{Losable, Picture, ReadyPicture, SupposedPicture},
    sentences::{sentences, what_if},
    tiers, timing,
};
use crate::{incident::PlanFacts, model::Loss};

/// Computes everything that can be shown, with what `kept` still holds of it.
pub(super) fn compose_with(inputs: &Inputs, facts: &PlanFacts, kept: &Kept) -> Picture {
    let ground = Ground::new(inputs, facts, kept);
    let mut picture = compose_on(&ground, None);
    picture.sentences = sentences(&picture, &ground);
    // Before anything has answered there is nothing to reckon with, and the first Picture is waited for.
    if inputs.signals.0.values().any(|signal| signal.reading.is_some()) {
        picture.losses = losses::rows(&ground);
    }
    picture.losable = losable::choices(&ground);
    if inputs.explain {
        picture.origins = origins::origins(&picture, &ground);
    }
    picture.supposed = inputs.supposed.map(|loss| Arc::new(suppose(&ground.supposing(loss), loss, &picture)));
    picture
}

/// The same moment as it would be without what is supposed to be lost.
fn suppose(ground: &Ground, loss: &Loss, actual: &Picture) -> SupposedPicture {
    let mut picture = compose_on(ground, Some(actual));
    let row = losses::row(ground, &picture.tiers, &picture.datasets);
    picture.sentences = what_if(&row, &picture, ground);
    picture.timing = None;
    SupposedPicture { loss: loss.clone(), row, picture }
}

/// All but its sentences and what is said of losses. `actual`: the world as it is, where `ground` only supposes a loss; who is
/// here, what fires and what was written is the same in both.
fn compose_on(ground: &Ground, actual: Option<&Picture>) -> Picture {
    let inputs = ground.inputs;
    let alerts = actual.map_or_else(|| alerts::rows(ground), |actual| actual.alerts.clone());
    let clusters = clusters::rows(ground);
    let (tiers, book) = (tiers::rows(ground), book::book(ground));
    let timing = timing::timing(ground, &tiers, book.as_ref());
    let mut picture = Picture {
        now: inputs.now,
        place: place::place(ground),
        incident: incident::incident(ground),
        incidents: choices::incidents(inputs.incidents.clone()),
        sentences: Vec::new(),
        tiers,
        regions: regions::rows(ground),
        datasets: datasets::rows(ground),
        replication: replication::rows(ground),
        backups: backups::backups(ground),
        clusters,
        cards: cards::clusters(ground),
        links: links::rows(ground),
        scenarios: choices::scenarios(ground, &alerts),
        alerts,
        runbooks: choices::runbooks(ground),
        automatics: automatic::rows(ground),
        calls: None,
        ready: ReadyPicture::default(),
        roles: ground.facts.roles.keys().cloned().collect(),
        severities: inputs.plan.severities.clone(),
        book,
        timing,
        losses: Vec::new(),
        losable: Losable::default(),
        supposed: None,
        origins: Vec::new(),
        journal: ground.told().lines(),
        journal_head: inputs.head.clone(),
        trouble: inputs.trouble.clone(),
    };
    picture.ready = ready::ready(&picture, ground);
    picture.calls = automatic::calls(&picture, ground);
    picture
}
