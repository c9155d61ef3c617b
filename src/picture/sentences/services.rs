//! What is down and what fails.

use std::collections::BTreeMap;

use super::rank::{self, Said, brief, names, said};
use crate::{
    model::{Verdict, time},
    picture::{
        inputs::Ground,
        scene::{Picture, ServiceHealth, ServiceRow, TierRow},
    },
};

pub fn sentences(picture: &Picture, ground: &Ground, all: &mut Vec<Said>) {
    let mut worst = true;
    for tier in &picture.tiers {
        let hurt = tier.services.iter().any(|service| service.elapsed.is_some());
        if let Some(sentence) = hurt.then(|| of_tier(tier, picture, worst)).flatten() {
            all.push(sentence);
            worst = false;
        }
    }
    all.extend(of_failing(picture, ground));
    of_untold(picture, all);
}

/// Seen failing, and not part of the incident on screen.
pub fn failing(picture: &Picture) -> impl Iterator<Item = &ServiceRow> {
    let services = picture.tiers.iter().flat_map(|tier| &tier.services);
    services.filter(|service| service.health == ServiceHealth::Failing && service.elapsed.is_none())
}

/// A tier that is or was down in this incident.
fn of_tier(tier: &TierRow, picture: &Picture, worst: bool) -> Option<Said> {
    let (name, now) = (&tier.name, picture.now);
    let rto = tier.rto.map(|rto| format!(" {rto}")).unwrap_or_default();
    let place = if worst { rank::WORST_TIER } else { rank::OTHER_TIER };
    let left = tier.left.zip(tier.rto).map(|(left, rto)| format!("{} left of {rto}", left.whole())).unwrap_or_default();
    let projected = tier.projected.map(|at| format!(", projected {}", time::clock_minutes(at, now))).unwrap_or_default();
    let (rank, text) = match tier.verdict {
        Verdict::Missed => {
            let over = tier.over.map(|over| format!(" by {}", over.whole())).unwrap_or_default();
            (rank::LOST, format!("{name} MISSED{rto}{over}."))
        }
        Verdict::WillMiss => match tier.words.split_once(": ") {
            Some((_, why)) => (rank::LOST, format!("{name} will miss{rto}: {why}.")),
            None => (rank::LOST, format!("{name} will miss{rto} {}.", tier.words.trim_start_matches("will miss ").trim())),
        },
        Verdict::AtRisk | Verdict::OnTrack => {
            let risk = if tier.verdict == Verdict::AtRisk { " is at risk:" } else { "" };
            let rest = tier.words.split_once(", ").map(|(_, rest)| rest).unwrap_or(&tier.words);
            match (projected.is_empty(), left.is_empty()) {
                (false, false) => (place, format!("{name}{risk} {left}{projected}, {rest}.")),
                _ => (place, format!("{name} is {}.", tier.words)),
            }
        }
        Verdict::CannotTell => {
            let why = tier.words.trim_start_matches("cannot tell: ");
            match (picture.book.is_some() || left.is_empty(), worst) {
                (true, _) => (place, format!("{name}: cannot tell, {why}.")),
                // Once is enough.
                (false, true) => (place, format!("{name} {left}: cannot tell, {why}.")),
                (false, false) => (place, format!("{name} {left}.")),
            }
        }
        Verdict::Met => (rank::WELL, format!("{name} {}.", tier.words.replacen("met", &format!("met{rto}"), 1))),
    };
    Some(said(rank, tier.verdict, text))
}

/// `training-api, eval-api and 2 more are failing since 10:41:43Z; us-east-1 is silent.`
fn of_failing(picture: &Picture, ground: &Ground) -> Option<Said> {
    let all: Vec<&ServiceRow> = failing(picture).collect();
    let first = all.first()?;
    let verb = if all.len() == 1 { "is" } else { "are" };
    let since = all.iter().filter_map(|service| ground.inputs.alarms.failing_since(&service.name)).min();
    let since = since.map(|since| format!(" since {}", time::clock(since, picture.now))).unwrap_or_default();
    // Silence where it fails is told with it; elsewhere it is told by itself.
    let silent = silent_beside(picture).map(|region| format!("; {region} is silent")).collect::<String>();
    let named: Vec<&str> = all.iter().map(|service| service.name.as_str()).collect();
    let text = format!("{} {verb} failing{since}{silent}.", names(&named));
    let place = if ground.open().is_some() { rank::STEP } else { rank::FAILING };
    Some(said(place, first.verdict.max(Verdict::AtRisk), text))
}

/// Regions whose silence is told with their failing services.
pub fn silent_beside(picture: &Picture) -> impl Iterator<Item = &str> {
    let fails = |region: &str| failing(picture).any(|service| service.region.as_deref() == Some(region));
    let peace = picture.incident.as_ref().is_none_or(|incident| incident.closed.is_some());
    let silent = picture.regions.iter().filter(move |region| peace && region.silent_since.is_some() && fails(&region.name));
    silent.map(|region| region.name.as_str())
}

/// Services whose health cannot be told, by why; those that the plan lets nobody observe are told elsewhere.
fn of_untold(picture: &Picture, all: &mut Vec<Said>) {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let services = picture.tiers.iter().flat_map(|tier| &tier.services);
    for service in services.filter(|s| s.health == ServiceHealth::CannotTell && s.elapsed.is_none() && !is_unseen(s)) {
        by_reason.entry(brief(&service.words)).or_default().push(&service.name);
    }
    for (reason, untold) in by_reason {
        all.push(said(rank::UNTOLD, Verdict::CannotTell, format!("{}: cannot tell, {reason}.", names(&untold))));
    }
}

/// Nobody observes it, by the plan's own choice.
pub fn is_unseen(service: &ServiceRow) -> bool {
    service.health == ServiceHealth::CannotTell && service.words == crate::picture::services::UNSEEN
}
