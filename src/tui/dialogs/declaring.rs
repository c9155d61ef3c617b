//! The form to declare with, and what an alert fills in of it.

use super::{
    form::{Choice, Form},
    questions::{WHEN_HINT, severities},
};
use crate::{
    model::time,
    picture::{FromAlert, Picture, World},
    tui::{theme::Role, verbs::Verb},
};

/// The labels of its fields.
pub const SCENARIO: &str = "scenario";
pub const KIND: &str = "real or drill";
pub const REGIONS: &str = "regions";
pub const SERVICES: &str = "services";

fn choice(name: impl Into<String>, note: impl Into<String>) -> Choice {
    Choice { name: name.into(), note: note.into() }
}

/// `alert`: the one under the cursor, which fills it in.
pub fn declare(picture: &Picture, alert: Option<FromAlert>) -> Form {
    let mut form = Form::new(Verb::Declare, "Declare an incident");
    if alert.is_some() {
        // What is at stake is said first: `follow` writes it.
        form = form.say(Role::Strong, "");
    }
    if let Some(incident) = &picture.incident
        && incident.closed.is_none()
    {
        form = form.say(Role::Warn, format!("{} is open: {}. This declares another one.", incident.id, incident.title));
    }
    let mut scenarios: Vec<_> = picture
        .scenarios
        .iter()
        .map(|scenario| {
            let mut notes = Vec::new();
            if let Some(since) = scenario.suggested_since {
                notes.push(format!("SUGGESTED: an alert fires since {}", time::clock(since, picture.now)));
            }
            notes.extend(scenario.title.clone());
            notes.extend(scenario.severity.map(|s| s.to_string()));
            notes.extend(scenario.rto.map(|rto| format!("RTO {rto}")));
            choice(&scenario.name, notes.join(", "))
        })
        .collect();
    scenarios.push(choice("none of these", "the tiers' own objectives hold"));
    let real = choice("real", "production is affected");
    let drill = choice("drill", "nothing in production is touched");
    // What is at stake is said by a person, except where nothing real can be, or an alert says it.
    let world = (picture.place.world == World::Simulated).then_some(0);
    let chosen = match &alert {
        Some(alert) => {
            let named = alert.scenario.as_ref().map(|scenario| &scenario.value);
            picture.scenarios.iter().position(|scenario| Some(&scenario.name) == named)
        }
        None => suggested(picture),
    };
    let kind = alert.as_ref().and_then(|alert| alert.drill.as_ref()).map(|drill| usize::from(drill.value)).or(world);
    form = form
        .choice(SCENARIO, scenarios, chosen)
        .choice(KIND, vec![real, drill], kind)
        .text("title", "What is wrong, in a few words: us-east-1 lost")
        .choice("severity", severities(), None);
    if alert.is_some() {
        form = form
            .optional(REGIONS, "Names of the plan with commas between.")
            .optional(SERVICES, "Names of the plan with commas between.");
    }
    form = form.optional("began", "");
    if let Some(alert) = alert {
        fill(&mut form, &alert, picture);
        form.alert = Some(Box::new(alert));
    }
    follow(&mut form, picture);
    form
}

/// What the alert says and no choice changes.
fn fill(form: &mut Form, alert: &FromAlert, picture: &Picture) {
    let from = |form: &mut Form, label: &str, from: &str| form.filled(label, format!("from {}: {from}", alert.alert));
    if let Some(scenario) = &alert.scenario {
        from(form, SCENARIO, &scenario.from);
    }
    if let Some(drill) = &alert.drill {
        form.filled(KIND, drill.from.clone());
    }
    for (label, names) in [(REGIONS, &alert.regions), (SERVICES, &alert.services)] {
        if let Some(names) = names {
            form.offer_text(label, &names.value.join(", "));
            from(form, label, &names.from);
        }
    }
    if let Some(began) = &alert.began {
        form.offer_text("began", &time::clock(began.value, picture.now));
        from(form, "began", &began.from);
    }
}

/// What follows from the chosen scenario is proposed, as long as nobody has said otherwise: title, severity, beginning.
pub fn follow(form: &mut Form, picture: &Picture) {
    if form.verb != Verb::Declare {
        return;
    }
    let name = form.chosen_name(SCENARIO);
    let scenario = picture.scenarios.iter().find(|scenario| Some(&scenario.name) == name.as_ref());
    let title = scenario.map(|scenario| scenario.title.clone().unwrap_or_else(|| scenario.name.clone()));
    let severity = scenario.and_then(|scenario| scenario.severity);
    let alert = form.alert.clone();
    match &alert {
        None => {
            form.offer_text("title", title.as_deref().unwrap_or_default());
            form.offer_choice("severity", severity.map(|s| usize::from(s.level()) - 1));
        }
        Some(alert) => {
            form.intro[0] = (Role::Strong, at_stake(form, alert));
            let as_pointed = alert.scenario.as_ref().map(|scenario| &scenario.value) == name.as_ref();
            // Another scenario, chosen by hand, brings its own words along.
            let title = title.filter(|_| !as_pointed).map(|title| (title, "the scenario".to_owned()));
            let (title, from) = title.unwrap_or_else(|| (alert.title.value.clone(), alert.title.from.clone()));
            form.offer_text("title", &title);
            form.filled("title", from);
            let own = alert.severity.as_ref().filter(|severity| as_pointed || severity.from != "the scenario's");
            let own = own.map(|severity| (severity.value, format!("from {}: {}", alert.alert, severity.from)));
            let severity = own.or_else(|| Some((severity?, "the scenario's".to_owned())));
            form.offer_choice("severity", severity.as_ref().map(|(s, _)| usize::from(s.level()) - 1));
            if let Some((_, from)) = severity {
                form.filled("severity", from);
            }
        }
    }
    let hint = match scenario.and_then(|scenario| scenario.suggested_since) {
        Some(since) => format!("When impact began. Empty means {}, the first alert.", time::clock(since, picture.now)),
        None => format!("When impact began. {WHEN_HINT}"),
    };
    form.hint("began", hint);
}

/// Whether this is real, as it is chosen now, and by what.
fn at_stake(form: &Form, alert: &FromAlert) -> String {
    let says = alert.drill.as_ref().map(|drill| (usize::from(drill.value), drill.from.as_str()));
    match (form.chosen(KIND), says) {
        (Some(chosen), Some((said, from))) if chosen == said => format!("{}: {from}.", ["REAL", "DRILL"][said.min(1)]),
        (Some(0), _) => "REAL: you say so.".to_owned(),
        (Some(_), _) => format!("DRILL: you say so, and {} is no part of it.", alert.alert),
        (None, _) => format!("Real or drill? {} does not say.", alert.alert),
    }
}

/// The scenario that an alert points to: of several the worst, then the one whose alert fires the longest.
pub fn suggested(picture: &Picture) -> Option<usize> {
    let fires = picture.scenarios.iter().enumerate().filter_map(|(at, scenario)| Some((scenario.urgency()?, at)));
    fires.min().map(|(_, at)| at)
}
