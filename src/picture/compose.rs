//! The whole Picture, part by part.

use std::sync::Arc;

use super::{
    alerts, automatic, backups, book, cards, choices, clusters, datasets, incident,
    inputs::{Ground, Inputs},
    journal, links, losable, losses, origins, place, ready, regions, replication,
    scene::{Picture, ReadyPicture, SupposedPicture},
    sentences::{sentences, what_if},
    tiers, timing,
};
use crate::{incident::PlanFacts, model::Loss};

/// Computes everything that can be shown. Pure: the same inputs give the same Picture.
pub fn compose(inputs: &Inputs) -> Picture {
    let of_plan;
    let facts = match inputs.state.and_then(|state| state.head.as_ref()) {
        Some(head) => &head.facts,
        None => {
            of_plan = PlanFacts::of(inputs.plan);
            &of_plan
        }
    };
    let ground = Ground::new(inputs, facts);
    let mut picture = compose_on(&ground);
    // Before anything has answered there is nothing to reckon with, and the first Picture is waited for.
    if inputs.signals.0.values().any(|signal| signal.reading.is_some()) {
        picture.losses = losses::rows(&ground);
    }
    picture.losable = losable::choices(&ground);
    if inputs.explain {
        picture.origins = origins::origins(&picture, &ground);
    }
    picture.supposed = inputs.supposed.map(|loss| Arc::new(suppose(&ground.supposing(loss), loss)));
    picture
}

/// The same moment as it would be without what is supposed to be lost.
fn suppose(ground: &Ground, loss: &Loss) -> SupposedPicture {
    let row = losses::row(ground);
    let mut picture = compose_on(ground);
    picture.sentences = what_if(&row, &picture, ground);
    picture.timing = None;
    SupposedPicture { loss: loss.clone(), row, picture }
}

fn compose_on(ground: &Ground) -> Picture {
    let inputs = ground.inputs;
    let alerts = alerts::rows(ground);
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
        losable: Vec::new(),
        supposed: None,
        origins: Vec::new(),
        journal: journal::lines(ground),
        journal_head: inputs.head.clone(),
        trouble: inputs.trouble.clone(),
    };
    picture.ready = ready::ready(&picture, ground);
    picture.calls = automatic::calls(&picture, ground);
    picture.sentences = sentences(&picture, ground);
    picture
}
