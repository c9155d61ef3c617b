//! What can and cannot be seen: silent regions, cards, connections, alerts, and what the plan leaves unobserved.

use std::collections::BTreeMap;

use super::{
    data,
    rank::{self, Said, brief, names, said},
    services,
};
use crate::{
    model::{Freshness, Verdict},
    picture::{
        clusters::{UNSEEN, lacks},
        inputs::Ground,
        scene::{AlertRow, AlertState, ClusterRow, Picture, RegionRow},
    },
};

pub fn sentences(picture: &Picture, ground: &Ground, all: &mut Vec<Said>) {
    all.extend(picture.regions.iter().filter_map(|region| of_region(region, picture)));
    all.extend(picture.clusters.iter().filter_map(|cluster| of_cluster(cluster, picture)));
    if ground.open().is_none() {
        all.extend(of_lack(picture, ground));
        of_links(picture, all);
        of_firing(picture, all);
        all.extend(of_untold_alerts(picture, ground));
    }
    all.extend(of_unseen(picture));
}

/// RULES R28.
fn of_region(region: &RegionRow, picture: &Picture) -> Option<Said> {
    let told = services::silent_beside(picture).any(|told| told == region.name);
    let text = || format!("Monitoring of {} is silent: cannot tell.", region.name);
    (region.silent_since.is_some() && !told).then(|| said(rank::SILENCE, Verdict::CannotTell, text()))
}

fn is_silent(picture: &Picture, region: Option<&str>) -> bool {
    picture.regions.iter().any(|r| Some(r.name.as_str()) == region && r.silent_since.is_some())
}

/// Cards that are missing, or cannot be told while their region still speaks.
fn of_cluster(cluster: &ClusterRow, picture: &Picture) -> Option<Said> {
    let short = cluster.fits.as_ref().is_some_and(|fits| fits.contains("short"));
    match cluster.verdict {
        Verdict::AtRisk if !short => Some(said(rank::BESIDE, Verdict::AtRisk, format!("{}: {}.", cluster.name, cluster.words))),
        Verdict::CannotTell if cluster.words != UNSEEN && !is_silent(picture, cluster.region.as_deref()) => {
            let text = format!("Cards of {}: cannot tell, {}.", cluster.name, brief(&cluster.words));
            Some(said(rank::UNTOLD, Verdict::CannotTell, text))
        }
        _ => None,
    }
}

/// In peace: a loss that the standby's cards would not carry. In an incident the tiers say it.
fn of_lack(picture: &Picture, ground: &Ground) -> Option<Said> {
    let lack = lacks(ground).into_iter().next()?;
    let lost = ground.lost_regions().join(" and ");
    let (verdict, how) = match lack.grows {
        true => (Verdict::AtRisk, format!("until {} has grown", lack.cluster)),
        false => (Verdict::WillMiss, format!("in {}", lack.cluster)),
    };
    let text = format!("Losing {lost} would leave {} {} cards short {how}.", lack.tier, lack.short);
    // It can wait while something fails.
    let place = if services::failing(picture).next().is_some() { rank::BESIDE } else { rank::DATA };
    Some(said(place, verdict, text))
}

/// A connection that fails is news, unless its whole region is silent. What it says stands with it.
fn of_links(picture: &Picture, all: &mut Vec<Said>) {
    let (mut none, mut some, mut late) = (Vec::new(), Vec::new(), Vec::new());
    for link in picture.links.iter().filter(|link| !is_silent(picture, link.region.as_deref())) {
        match &link.known {
            Freshness::Failing { .. } if link.words.starts_with("answers ") => some.push(link.name.as_str()),
            Freshness::Failing { .. } => none.push(link.name.as_str()),
            Freshness::Stale { .. } | Freshness::Ahead { .. } => late.push(link.name.as_str()),
            Freshness::Fresh | Freshness::Absent => {}
        }
    }
    let mut say = |links: Vec<&str>, one: &str, many: &str| {
        if let Some(verb) = match links.len() {
            0 => None,
            1 => Some(one),
            _ => Some(many),
        } {
            all.push(said(rank::UNTOLD, Verdict::CannotTell, format!("{} {verb}.", names(&links))));
        }
    };
    say(none, "does not answer", "do not answer");
    say(some, "answers only in part", "answer only in part");
    say(late, "has given no fresh answer", "have given no fresh answer");
}

/// By what they point to, the worst first. In an incident alerts stand in their own list.
fn of_firing(picture: &Picture, all: &mut Vec<Said>) {
    let mut by_scenario: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
    // What the plan does not name says nothing of its objectives; it stands in the list of alerts.
    for alert in picture
        .alerts
        .iter()
        .filter(|alert| alert.state == AlertState::Firing && (alert.via.is_none() || alert.scenario.is_some()))
    {
        by_scenario.entry(alert.scenario.as_deref()).or_default().push(&alert.name);
    }
    let place = |scenario: &Option<&str>| picture.scenarios.iter().position(|choice| Some(choice.name.as_str()) == *scenario);
    let mut pointed: Vec<_> = by_scenario.into_iter().collect();
    pointed.sort_by_key(|(scenario, _)| place(scenario).unwrap_or(usize::MAX));
    for (scenario, alerts) in pointed {
        let (fire, they) = if alerts.len() == 1 { ("fires", "it points") } else { ("fire", "they point") };
        let points = scenario.map(|scenario| format!(": {they} to {scenario}")).unwrap_or_default();
        // One that points to nothing that could be declared waits.
        let place = if scenario.is_some() { rank::ALERT } else { rank::BESIDE };
        all.push(said(place, Verdict::AtRisk, format!("{} {fire}{points}.", names(&alerts))));
    }
    for (state, word) in [(AlertState::Silenced, "silenced"), (AlertState::Inhibited, "inhibited")] {
        let quieted = picture.alerts.iter().filter(|alert| alert.state == state && alert.via.is_none());
        let quieted: Vec<&str> = quieted.map(|alert| alert.name.as_str()).collect();
        let (fires, is) = if quieted.len() == 1 { ("fires", "is") } else { ("fire", "are") };
        if !quieted.is_empty() {
            all.push(said(rank::BESIDE, Verdict::AtRisk, format!("{} {fires} and {is} {word}.", names(&quieted))));
        }
    }
}

/// An alert that nothing here sees is not this console's to watch.
fn of_untold_alerts(picture: &Picture, ground: &Ground) -> Option<Said> {
    let own = |alert: &&AlertRow| {
        let mut rules = ground.inputs.plan.alerts.iter();
        rules.any(|rule| rule.name == alert.name && alert.via.is_none() && rule.via.is_some())
    };
    let untold = picture.alerts.iter().filter(|alert| alert.state == AlertState::CannotTell).filter(own);
    let untold: Vec<&str> = untold.map(|alert| alert.name.as_str()).collect();
    let fire = if untold.len() == 1 { "it fires" } else { "they fire" };
    (!untold.is_empty())
        .then(|| said(rank::UNTOLD, Verdict::CannotTell, format!("{}: cannot tell whether {fire}.", names(&untold))))
}

/// What nobody can observe by the plan's own choice, once.
fn of_unseen(picture: &Picture) -> Option<Said> {
    let services = picture.tiers.iter().flat_map(|tier| &tier.services);
    let services = services.filter(|s| services::is_unseen(s) && s.elapsed.is_none()).map(|s| s.name.as_str());
    let datasets = picture.datasets.iter().filter(|d| data::is_unseen(d)).map(|d| d.name.as_str());
    let cards = picture.clusters.iter().filter(|c| c.words == UNSEEN).map(|c| c.name.as_str());
    let unseen: Vec<&str> = services.chain(datasets).chain(cards).collect();
    let text = format!("Cannot tell by plan, nothing observes them: {}.", names(&unseen));
    let one = format!("Cannot tell by plan, nothing observes {}.", names(&unseen));
    (!unseen.is_empty()).then(|| said(rank::UNSEEN, Verdict::CannotTell, if unseen.len() == 1 { one } else { text }))
}
