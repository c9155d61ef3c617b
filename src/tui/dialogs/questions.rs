//! The form that each verb asks its questions with. `answers` turns it into a request.

use super::form::{Choice, Form};
use crate::{
    incident::{Resolution, Scope, StepAct},
    model::{Duration, Severity, time},
    picture::{AutomaticRow, OwnStep, Picture, StepPicture},
    plan::{DecisionValue, StepKind},
    tui::{theme::Role, verbs::Verb},
};

/// What is supposed to be lost.
pub const LOST: &str = "lost";
pub const WHY: &str = "why";
const WHY_HINT: &str = "The reason is journaled under your name.";
/// Nobody takes practice for the real thing (RULES R31).
const DRILL_NOTICE: &str = "This is a drill: the notice goes to drill channels, and its first word is DRILL.";
pub const WHEN_HINT: &str = "02:31Z, 2026-11-20 02:31Z or 12m ago; empty means now.";

fn choice(name: impl Into<String>, note: impl Into<String>) -> Choice {
    Choice { name: name.into(), note: note.into() }
}

pub fn severities() -> Vec<Choice> {
    let notes = ["critical: the plan's worst", "high", "medium", "low"];
    (1..=4).zip(notes).map(|(level, note)| choice(Severity::new(level).to_string(), note)).collect()
}

pub const RESOLUTIONS: [Resolution; 3] = [Resolution::Resolved, Resolution::FalseAlarm, Resolution::Duplicate];

/// The form of a verb about the incident; `None` for verbs that ask nothing, and for declaring, which has a
/// form of its own.
pub fn about_incident(verb: Verb, picture: &Picture) -> Option<Form> {
    let form = |title: &str| Form::new(verb, title);
    Some(match verb {
        Verb::WhatIf => {
            let choices = picture.losable.iter().map(|lost| choice(lost.loss.to_string(), lost.words.clone())).collect();
            form("What if this were lost")
                .say(Role::Text, "Everything is reckoned anew without it. Nothing is done, and nothing is written.")
                .choice(LOST, choices, Some(0))
        }
        Verb::Note => form("Note").text("note", "What happened, in a line.").optional("happened", WHEN_HINT),
        Verb::Hold => form("Hold").text(WHY, WHY_HINT),
        Verb::Told => {
            let drill = picture.incident.as_ref().is_some_and(|incident| incident.drill);
            let form = form("A notice that was sent by hand");
            let form = if drill { form.say(Role::Warn, DRILL_NOTICE) } else { form };
            form.text("to", "Who was told: the on-call, all customers, Mr Ito.")
                .text("how", "By what means: by phone, on the status page.")
                .optional("said", "In which words, if they are worth keeping.")
                .optional("happened", WHEN_HINT)
        }
        Verb::Scope => scope(picture),
        Verb::SuspendDrill => form("Suspend the drill").text(WHY, WHY_HINT),
        Verb::Open => {
            let choices = picture.runbooks.iter().map(|book| {
                let suggested = if book.suggested { ", answers the declared scenario" } else { "" };
                choice(&book.name, format!("{} steps{suggested}", book.steps))
            });
            let title = if picture.book.is_some() { "Switch to another runbook" } else { "Open a runbook" };
            let mut form = form(title);
            if let Some(book) = &picture.book {
                form = form.say(Role::Warn, format!("{} is open: {} of {} steps done.", book.name, book.done, book.total));
            }
            for book in picture.runbooks.iter().filter(|book| !book.by_itself.is_empty()) {
                form = form.say(Role::Text, format!("By itself in {}: {}.", book.name, listed(&book.by_itself)));
            }
            let form = form.choice("runbook", choices.collect(), picture.runbooks.iter().position(|book| book.suggested));
            let commands = picture.incident.as_ref().is_some_and(|i| i.commander.as_ref() == Some(&picture.place.you));
            if picture.runbooks.iter().all(|book| book.by_itself.is_empty()) || !commands {
                return Some(form);
            }
            let by_hand = choice(BY_HAND, "a person starts every step that changes something");
            let consent = choice("yes", "as the commander I consent to the list; it stops at the first that does not succeed");
            form.choice(BY_ITSELF, vec![by_hand, consent], Some(0))
        }
        Verb::Arm => {
            let free = |row: &&AutomaticRow| row.armed.as_ref().is_none_or(|armed| armed.triggered.is_some());
            let mut form = form("Arm an automatic failover").loud();
            for row in picture.automatics.iter().filter(free) {
                let (scenario, runbook, wanted) = (&row.scenario, &row.runbook, &row.wanted);
                let own = if row.steps.is_empty() { "nothing, it is only opened".to_owned() } else { listed(&row.steps) };
                form = form
                    .say(Role::Text, format!("{scenario}: once {wanted}, {runbook} is opened. By itself: {own}."))
                    .say(Role::Warn, "What cannot be taken back waits for another person's approval. A console must run.");
            }
            let choices = picture.automatics.iter().filter(free).map(|row| choice(&row.scenario, row.runbook.clone())).collect();
            form.choice("failover", choices, None)
        }
        Verb::Disarm => {
            let armed = picture.automatics.iter().filter_map(|row| {
                let armed = row.armed.as_ref()?;
                Some(choice(&row.scenario, format!("armed by {} at {}", armed.by, time::clock(armed.since, picture.now))))
            });
            let armed: Vec<_> = armed.collect();
            let only = (armed.len() == 1).then_some(0);
            form("Disarm an automatic failover").choice("failover", armed, only).text(WHY, WHY_HINT)
        }
        Verb::ByHand => form("Let nothing run by itself any more").text(WHY, WHY_HINT),
        Verb::Insert => {
            let steps = picture.book.as_ref().map(|book| book.steps.as_slice()).unwrap_or_default();
            let mut places = vec![choice("at the start", "")];
            places.extend(
                steps.iter().map(|step| choice(format!("after {}", step.id), format!("{}. {}", step.number, step.title))),
            );
            form("Insert a step to be done by hand")
                // By default right before what is next.
                .choice("place", places, picture.book.as_ref().and_then(|book| book.next))
                .text("title", "What is to be done, as a title.")
                .optional("how", "In sentences, for whoever does it.")
                .text(WHY, WHY_HINT)
        }
        Verb::Join => form("Join as").choice("role", picture.roles.iter().map(|role| choice(role, "")).collect(), None),
        Verb::HandOver => {
            let others = if picture.place.others.is_empty() { "nobody else".to_owned() } else { picture.place.others.join(", ") };
            form("Hand command over").text("to", &format!("A name; your own takes command. At a console now: {others}."))
        }
        Verb::Severity => {
            let now = picture.incident.as_ref().map_or(0, |i| usize::from(i.severity.level()) - 1);
            form("Change the severity").choice("severity", severities(), Some(now)).text(WHY, WHY_HINT)
        }
        Verb::Began => form("Correct when the outage began")
            .say(Role::Text, began_now(picture))
            .text("began", "02:06Z, 2026-11-20 02:06Z or 41m ago")
            .text(WHY, WHY_HINT),
        Verb::CleanBefore => form("Until when the data was surely good")
            .say(
                Role::Text,
                "Recovery points after this moment count as unusable, and no replica is recommended. It can be corrected.",
            )
            .text("before", "01:15Z, 2026-11-20 01:15Z or 2h ago")
            .text(WHY, WHY_HINT),
        Verb::Restored => {
            let down = picture.tiers.iter().flat_map(|tier| &tier.services).filter(|service| service.down);
            form("A service is back")
                .say(Role::Text, "For services without a health proof; the others are watched.")
                .choice("service", down.map(|service| choice(&service.name, service.words.clone())).collect(), None)
                .optional("since", WHEN_HINT)
        }
        Verb::Close => {
            form("Close the incident").choice("as", RESOLUTIONS.map(|r| choice(r.words(), "")).to_vec(), None).text(WHY, WHY_HINT)
        }
        Verb::Reopen => form("Open the incident again").text(WHY, WHY_HINT),
        Verb::Incident => {
            let choices = picture.incidents.iter().map(|i| {
                let kind = if i.drill { "drill, " } else { "" };
                let state = if i.open { "open" } else { "closed" };
                let at = time::clock_minutes(i.declared, picture.now);
                choice(i.id.to_string(), format!("{kind}{state}, {}, {}, declared {at}", i.severity, i.title))
            });
            let shown = picture.incident.as_ref().and_then(|shown| picture.incidents.iter().position(|i| i.id == shown.id));
            form("Look at an incident").choice("incident", choices.collect(), shown)
        }
        _ => return None,
    })
}

/// Whether the listed steps of a runbook run by themselves.
pub const BY_ITSELF: &str = "by itself";
pub const BY_HAND: &str = "no";

/// `3. Promote the replica; 5. Scale`.
fn listed(steps: &[OwnStep]) -> String {
    steps.iter().map(|step| step.words.as_str()).collect::<Vec<_>>().join("; ")
}

/// The way a step is done unless somebody chooses another.
pub const AS_PLANNED: &str = "as planned first";

/// What is affected by now stands in it.
fn scope(picture: &Picture) -> Form {
    let said = picture.incident.as_ref().and_then(|incident| incident.scope.clone());
    let down = || picture.tiers.iter().flat_map(|tier| &tier.services).filter(|s| s.down).map(|s| s.name.clone()).collect();
    let scope = said.unwrap_or_else(|| Scope { services: down(), ..Scope::default() });
    let mut form = Form::new(Verb::Scope, "What is affected")
        .say(Role::Text, "Names of the plan with commas between. What is seen failing is down, named here or not.")
        .optional("services", "training-api, eval-api")
        .optional("regions", "us-east-1")
        .optional("data", "production-db")
        .optional("since", "For what was not affected before. 02:31Z, 2026-11-20 02:31Z or 12m ago; empty means now.")
        .text(WHY, WHY_HINT);
    form.offer_text("services", &scope.services.join(", "));
    form.offer_text("regions", &scope.regions.join(", "));
    form.offer_text("data", &scope.datasets.join(", "));
    form
}

fn began_now(picture: &Picture) -> String {
    picture
        .incident
        .as_ref()
        .map_or_else(String::new, |i| format!("Now {}: the outage lasts {}.", time::clock(i.began, picture.now), i.outage))
}

/// The form of a verb about a step; `None` for verbs that ask nothing.
pub fn about_step(verb: Verb, step: &StepPicture, picture: &Picture) -> Option<Form> {
    let name = format!("{}. {}", step.number, step.title);
    let form = |title: &str| Form::new(verb, format!("{title} {name}")).about(&step.id);
    let reason = |title: &str| form(title).text(WHY, WHY_HINT);
    Some(match verb {
        Verb::Skip => reason("Skip").say(Role::Text, "A skipped step does not meet the needs of later ones: they must be waived by name."),
        Verb::Fail => reason("Mark as failed:"),
        Verb::Decline => reason("Decline").say(Role::Text, asked_for(step, picture)),
        Verb::Stop => reason("Stop").say(Role::Text, "What already happened stays; parts that are cut off may be unknown."),
        Verb::Instead => {
            let ways = [AS_PLANNED.to_owned()].into_iter().chain(step.ways.iter().cloned());
            let ways: Vec<_> = ways.filter(|way| way != step.way.as_deref().unwrap_or(AS_PLANNED)).map(|way| choice(way, "")).collect();
            let only = (ways.len() == 1).then_some(0);
            form("Another way for")
                .say(Role::Text, "Nothing is sent by choosing: the step waits to be looked at and started, its new way.")
                .choice("way", ways, only)
                .text(WHY, WHY_HINT)
        }
        Verb::Override => {
            let mut form = reason("Override the gate of").loud();
            for gate in &step.gates {
                form = form.say(Role::Text, format!("wanted {}: {}", gate.wanted, gate.words));
            }
            form.say(Role::Warn, "It passes without proof, and is shown as overridden everywhere.")
        }
        Verb::BreakGlass => reason("BREAK GLASS for").loud().say(
            Role::Bad,
            "It goes on without another person's approval. This is shown on every screen and in the report, with your name and reason.",
        ),
        Verb::Waive => {
            let needs = step.offers.iter().filter_map(|offer| match &offer.act {
                StepAct::Waive(need) if offer.refusal.is_none() => Some(choice(need.as_str(), need_words(need.as_str(), picture))),
                _ => None,
            });
            let needs: Vec<_> = needs.collect();
            let only = (needs.len() == 1).then_some(0);
            form("Waive a need of").loud().choice("need", needs, only).text(
                WHY,
                "For a fence that did not answer, write: the old primary may still take writes. The reason is journaled under your name.",
            )
        }
        Verb::Confirm => {
            let form = match &step.how {
                Some(how) => form("Confirm").say(Role::Text, how.clone()),
                None => form("Confirm"),
            };
            let drill = picture.incident.as_ref().is_some_and(|incident| incident.drill) && step.kind == StepKind::Notice;
            let form = if drill { form.say(Role::Warn, DRILL_NOTICE) } else { form };
            match &step.see {
                Some(see) => form.text("seen", &format!("Write down: {see}")),
                None => form.optional("seen", "What you saw, if it is worth keeping."),
            }
            .optional("happened", WHEN_HINT)
        }
        Verb::Decide => {
            let decision = step.decision.as_ref()?;
            let form = form("Decide").say(Role::Strong, decision.ask.clone());
            if decision.options.is_empty() {
                let hint = match decision.value {
                    Some(DecisionValue::Time) => "A moment with its day: 2026-11-21 06:00Z; or 12m ago.",
                    Some(DecisionValue::Number) => "A number",
                    Some(DecisionValue::Text) | None => "In your words",
                };
                form.text("answer", hint)
            } else {
                form.choice("answer", decision.options.iter().map(|option| choice(option, "")).collect(), None)
            }
        }
        Verb::NotNeeded => form("Is it needed?")
            .say(Role::Strong, step.condition.clone().unwrap_or_default())
            .choice("answer", vec![choice("yes", "the step is to be done"), choice("no", "the step is not needed")], None)
            .text(WHY, WHY_HINT),
        Verb::TakeOver => form("Done outside Lifeboat:").text("how", "What was done, by whom, with what.").optional("happened", WHEN_HINT),
        Verb::TalkThrough => form("Talk through").optional("note", "What was said, if it is worth keeping."),
        Verb::Resolve => {
            let unknown = step.parts.iter().filter(|part| part.status == "unknown");
            let unknown: Vec<_> = unknown.map(|part| choice(&part.name, part.words.clone())).collect();
            let only = (unknown.len() == 1).then_some(0);
            form("Settle what is unknown of")
                .loud()
                .say(Role::Text, "Reading back (:read-back) is better: this is for what no server can answer any more.")
                .choice("part", unknown, only)
                .choice("it", vec![choice("happened", ""), choice("did not happen", "")], None)
                .text(WHY, "How you know it.")
        }
        Verb::OutsideFence => form("Sign an outside fence for")
            .loud()
            .say(Role::Text, "Power, network or storage was cut, so that the old primary cannot take writes any more.")
            .text("how", "What was cut, by whom: the rack's power, by Ben")
            .text("since", "When it took effect: 02:24Z or 12m ago"),
        _ => return None,
    })
}

fn asked_for(step: &StepPicture, picture: &Picture) -> String {
    step.approval_asked.as_ref().map_or_else(String::new, |asked| {
        let age = Duration::between(asked.at, picture.now);
        format!("{} asked {age} ago to run {} on {}.", asked.who, asked.preview.action, asked.preview.target)
    })
}

fn need_words(need: &str, picture: &Picture) -> String {
    let step = picture.book.as_ref().and_then(|book| book.steps.iter().find(|step| step.id.as_str() == need));
    step.map_or_else(String::new, |step| format!("{}. {}: {}", step.number, step.title, step.status.words()))
}
