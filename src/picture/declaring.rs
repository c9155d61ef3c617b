//! What an alert itself says of the incident that would be declared from it, and where each of that comes from.

use std::collections::BTreeSet;

use super::scene::{AlertRow, AlertState, Member, Picture, ServiceRow};
use crate::model::{Severity, Time, text::clean};

/// Labels that may hold the name of a service.
const SERVICE: [&str; 5] = ["service", "job", "app", "component", "deployment"];

/// A value, and by what it is said: `label region`.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled<T> {
    pub value: T,
    pub from: String,
}

fn filled<T>(value: T, from: impl Into<String>) -> Option<Filled<T>> {
    Some(Filled { value, from: from.into() })
}

/// A declaration as far as an alert fills it in.
#[derive(Clone, Debug, PartialEq)]
pub struct FromAlert {
    pub alert: String,
    /// Whether it is a drill; `None` leaves it to a person.
    pub drill: Option<Filled<bool>>,
    pub scenario: Option<Filled<String>>,
    pub title: Filled<String>,
    pub severity: Option<Filled<Severity>>,
    pub regions: Option<Filled<Vec<String>>>,
    pub services: Option<Filled<Vec<String>>>,
    pub began: Option<Filled<Time>>,
}

/// What `row` says, or that one of its alerts. `None` of a row that is no alert, and while nobody can tell.
pub fn from_alert(picture: &Picture, row: &AlertRow, member: Option<Member<'_>>) -> Option<FromAlert> {
    let state = member.map_or(row.state, |member| member.state());
    if matches!(state, AlertState::Quiet | AlertState::CannotTell) {
        return None;
    }
    // Of a whole row those speak that are in its state: what is silenced says nothing for what fires.
    let all: Vec<Member> = match member {
        Some(member) => vec![member],
        None => row.members.iter().filter(|member| member.state() == state).collect(),
    };
    let name = member.and_then(|member| member.label("alertname")).map_or(row.name.clone(), clean);
    let services = services(&all, picture);
    let regions = regions(&all, services.as_ref(), picture);
    let affected = affected(services.as_ref(), regions.as_ref(), picture);
    let since = match member.and_then(|member| member.since()) {
        None => row.since,
        own => own,
    };
    let scenario = row.scenario.clone();
    let known = picture.scenarios.iter().find(|known| Some(&known.name) == scenario.as_ref());
    let summary = all.iter().find_map(|member| member.summary()).map(clean);
    let title = match known.and_then(|known| known.title.clone().or_else(|| Some(known.name.clone()))) {
        Some(title) => Filled { value: title, from: "the scenario".into() },
        None => match summary {
            Some(summary) => Filled { value: summary, from: format!("{name} says so") },
            None => Filled { value: name.clone(), from: "its name".into() },
        },
    };
    Some(FromAlert {
        drill: drill(&all, state, &name),
        scenario: scenario.and_then(|name| filled(name, row.points_by.clone().unwrap_or_default())),
        severity: severity(&all, row, picture).or_else(|| filled(known?.severity?, "the scenario's")),
        began: since.and_then(|since| began(since, &affected)),
        alert: name,
        title,
        regions,
        services,
    })
}

/// One that fires is no exercise, unless its labels say so.
fn drill(all: &[Member], state: AlertState, name: &str) -> Option<Filled<bool>> {
    let says = |member: &Member| member.label("drill").is_some_and(|word| word.eq_ignore_ascii_case("true"));
    if !all.is_empty() && all.iter().all(says) {
        return filled(true, format!("{name} has the label drill"));
    }
    (state == AlertState::Firing).then(|| filled(false, format!("{name} fires, and one that fires is no exercise"))).flatten()
}

/// The worst by their own labels, in the plan's words.
fn severity(all: &[Member], row: &AlertRow, picture: &Picture) -> Option<Filled<Severity>> {
    let place = |member: &Member| picture.severities.iter().position(|word| Some(word.as_str()) == member.label("severity"));
    if let Some(worst) = all.iter().filter_map(place).min() {
        let word = &picture.severities[worst];
        return filled(Severity::new((worst + 1).min(4) as u8), format!("label severity: {}", clean(word)));
    }
    filled(row.severity.filter(|_| row.via.is_none())?, "the plan's alert rule")
}

/// Values that `of` finds in them, each once.
fn named<'p>(all: &[Member<'p>], of: impl Fn(&Member<'p>) -> Option<&'p str>) -> Vec<String> {
    all.iter().filter_map(of).collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}

fn services(all: &[Member], picture: &Picture) -> Option<Filled<Vec<String>>> {
    let known = |name: &str| rows(picture).any(|service| service.name == name);
    let found = SERVICE.iter().map(|label| (label, named(all, |member| member.label(label).filter(|name| known(name)))));
    let (label, names) = found.into_iter().find(|(_, names)| !names.is_empty())?;
    filled(names, format!("label {label}"))
}

/// By the label, else where the services stand, else where the connections stand that the labels name.
fn regions(all: &[Member], services: Option<&Filled<Vec<String>>>, picture: &Picture) -> Option<Filled<Vec<String>>> {
    let known = |name: &str| picture.regions.iter().any(|region| region.name == name);
    let labelled = named(all, |member| member.label("region").filter(|name| known(name)));
    if !labelled.is_empty() {
        return filled(labelled, "label region");
    }
    if let Some(services) = services {
        let rows = rows(picture).filter(|row| services.value.contains(&row.name));
        let regions: BTreeSet<&String> = rows.filter_map(|row| row.region.as_ref()).collect();
        if !regions.is_empty() {
            return filled(regions.into_iter().cloned().collect(), format!("where {} stands", services.value.join(", ")));
        }
    }
    let link = |member: &Member| {
        let mut values = member.labels().map(|(_, value)| value);
        values.find_map(|value| picture.links.iter().find(|link| link.name == value && link.region.is_some()))
    };
    let links: Vec<_> = all.iter().filter_map(link).collect();
    let regions: BTreeSet<&String> = links.iter().filter_map(|link| link.region.as_ref()).collect();
    let first = links.first()?;
    filled(regions.into_iter().cloned().collect(), format!("where {} stands", first.name))
}

/// The services it names; else those that fail where it says.
fn affected<'p>(
    services: Option<&Filled<Vec<String>>>,
    regions: Option<&Filled<Vec<String>>>,
    picture: &'p Picture,
) -> Vec<&'p ServiceRow> {
    let is_meant = |row: &&ServiceRow| match (services, regions, &row.region) {
        (Some(services), ..) => services.value.contains(&row.name),
        (None, Some(regions), Some(region)) => regions.value.contains(region),
        _ => false,
    };
    rows(picture).filter(is_meant).collect()
}

/// The earlier of the alert's start and the first bad sample, as far as it was bad without a gap from there on.
fn began(starts: Time, affected: &[&ServiceRow]) -> Option<Filled<Time>> {
    let failing = affected.iter().filter_map(|row| Some((row.failing_since?, *row)));
    let Some((first, row)) = failing.min_by_key(|(first, _)| *first) else { return filled(starts, "startsAt") };
    if first < starts {
        return filled(first, format!("first bad sample of {}, before startsAt", row.name));
    }
    // It fires since before the first bad sample: unless the service was well in between, it was bad all the time.
    match row.well_at.filter(|well| *well >= starts) {
        Some(_) => filled(first, format!("first bad sample of {}, well until then", row.name)),
        None => filled(starts, "startsAt"),
    }
}

fn rows(picture: &Picture) -> impl Iterator<Item = &ServiceRow> {
    picture.tiers.iter().flat_map(|tier| &tier.services)
}
