//! All sentences of a Picture, in order.

use super::{
    automatic, data, incident,
    rank::{self, Said, said},
    ready, services, sight,
};
use crate::{
    model::Verdict,
    picture::{
        inputs::Ground,
        scene::{AlertState, Picture, Sentence},
    },
};

/// Said while services fail or an alert points to a scenario, and nobody has declared anything.
pub const UNDECLARED: &str = "Nothing is declared.";

/// Never empty.
pub fn sentences(picture: &Picture, ground: &Ground) -> Vec<Sentence> {
    let mut all: Vec<Said> = Vec::new();
    all.extend(picture.trouble.iter().map(|trouble| said(rank::FIRST, Verdict::AtRisk, format!("{trouble}."))));
    incident::sentences(picture, ground, &mut all);
    automatic::sentences(picture, ground, &mut all);
    services::sentences(picture, ground, &mut all);
    data::sentences(picture, ground, &mut all);
    all.extend(ready::sentence(picture, ground));
    sight::sentences(picture, ground, &mut all);
    if is_undeclared(picture, ground) {
        all.push(said(rank::UNDECLARED, Verdict::AtRisk, UNDECLARED));
    }
    all.sort_by_key(rank::order);
    if all.is_empty() {
        all.push(at_rest(picture, ground));
    }
    all.extend(automatic::armed_quietly(picture));
    all.into_iter().map(|said| said.sentence).collect()
}

fn is_undeclared(picture: &Picture, ground: &Ground) -> bool {
    let points = |state: AlertState, scenario: &Option<String>| state == AlertState::Firing && scenario.is_some();
    ground.open().is_none()
        && !picture.incidents.iter().any(|incident| incident.open)
        && (services::failing(picture).next().is_some()
            // What still fires after an incident was closed was known when it was.
            || picture.incident.is_none() && picture.alerts.iter().any(|a| points(a.state, &a.scenario)))
}

/// Nothing is wrong and nothing is unknown.
fn at_rest(picture: &Picture, ground: &Ground) -> Said {
    if ground.open().is_some() {
        return said(rank::WELL, Verdict::OnTrack, "Nothing is at risk by what is observed.");
    }
    if picture.tiers.is_empty() && picture.datasets.is_empty() {
        return said(rank::WELL, Verdict::CannotTell, "Cannot tell: the plan has no objectives to watch.");
    }
    said(rank::WELL, Verdict::Met, "All objectives hold.")
}
