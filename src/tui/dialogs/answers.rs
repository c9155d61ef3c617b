//! What a filled form asks of the console.

use super::{
    declaring::{KIND, REGIONS, SCENARIO, SERVICES},
    form::Form,
    questions::{self, WHY},
};
use crate::{
    console::{DeclareForm, Request},
    incident::{Command, ConditionAnswer, Scope},
    model::{Severity, StepId, Time, Value, time},
    picture::Picture,
    plan::{DecisionValue, Step},
    tui::verbs::Verb,
};

/// A field that cannot be taken, and why.
type Mistake = (&'static str, String);

/// The request that the form stands for.
pub fn request(form: &Form, picture: &Picture) -> Result<Request, Mistake> {
    if let Some(step) = &form.step {
        return about_step(form, step.clone(), picture).map(Request::Do);
    }
    let why = form.written(WHY);
    let gone = |label: &'static str| (label, "it is gone meanwhile: choose again".to_owned());
    let command = match form.verb {
        Verb::Declare => return declare(form, picture).map(Request::Declare),
        Verb::Open => {
            let name = form.chosen_name("runbook").ok_or_else(|| gone("runbook"))?;
            let consents = form.chosen_name(questions::BY_ITSELF).is_some_and(|said| said != questions::BY_HAND);
            let own = picture.runbooks.iter().filter(|book| consents && book.name == name).flat_map(|book| &book.by_itself);
            let steps: Vec<StepId> = own.map(|step| step.id.clone()).collect();
            let plain = steps.is_empty();
            return Ok(if plain { Request::OpenRunbook { name } } else { Request::OpenConsented { name, steps } });
        }
        Verb::Arm => {
            let scenario = form.chosen_name("failover").ok_or_else(|| gone("failover"))?;
            let row = picture.automatics.iter().find(|row| row.scenario == scenario).ok_or_else(|| gone("failover"))?;
            return Ok(Request::Arm { scenario, steps: row.steps.iter().map(|step| step.id.clone()).collect() });
        }
        Verb::Disarm => {
            let scenario = form.chosen_name("failover").ok_or_else(|| gone("failover"))?;
            return Ok(Request::Disarm { scenario, why });
        }
        Verb::WhatIf => {
            let lost =
                form.chosen(questions::LOST).and_then(|at| picture.losable.get(at)).ok_or_else(|| gone(questions::LOST))?;
            return Ok(Request::Suppose(Some(lost.loss.clone())));
        }
        Verb::Incident => {
            return Ok(Request::Show(form.chosen_name("incident").ok_or_else(|| gone("incident"))?.into()));
        }
        Verb::Note => Command::Note { text: form.written("note"), happened: optional_time(form, "happened", picture.now)? },
        Verb::Told => Command::RecordNotice {
            to: form.written("to"),
            how: form.written("how"),
            said: Some(form.written("said")).filter(|said| !said.is_empty()),
            happened: optional_time(form, "happened", picture.now)?,
        },
        Verb::Scope => {
            let scope =
                Scope { services: names(form, "services"), regions: names(form, "regions"), datasets: names(form, "data") };
            Command::ChangeScope { scope, since: optional_time(form, "since", picture.now)?.unwrap_or(picture.now), why }
        }
        Verb::SuspendDrill => Command::SuspendDrill { real: None, why },
        Verb::Hold => Command::Hold { why },
        Verb::ByHand => Command::StopAutomation { why },
        Verb::Insert => insert(form, picture, why),
        Verb::Join => Command::Join { role: form.chosen_name("role").ok_or_else(|| gone("role"))? },
        Verb::HandOver => Command::HandOver { to: form.written("to") },
        Verb::Severity => Command::ChangeSeverity { to: severity(form), why },
        Verb::Began => Command::CorrectOutageStart { began: past(form, "began", picture.now)?, why },
        Verb::CleanBefore => Command::SetCleanBefore { before: past(form, "before", picture.now)?, why },
        Verb::Restored => Command::MarkServiceRestored {
            service: form.chosen_name("service").ok_or_else(|| gone("service"))?,
            at: optional_time(form, "since", picture.now)?.unwrap_or(picture.now),
        },
        Verb::Close => {
            let at = form.chosen("as").ok_or_else(|| gone("as"))?;
            Command::Close { resolution: questions::RESOLUTIONS[at.min(2)], why }
        }
        Verb::Reopen => Command::Reopen { why },
        other => return Err((WHY, format!("`{}` asks nothing here", other.name()))),
    };
    Ok(Request::Do(command))
}

/// `training-api, eval-api`, each once.
fn names(form: &Form, label: &'static str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in form.written(label).split([',', ' ']).filter(|name| !name.is_empty()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn severity(form: &Form) -> Severity {
    Severity::new(form.chosen("severity").unwrap_or(0) as u8 + 1)
}

fn declare(form: &Form, picture: &Picture) -> Result<DeclareForm, Mistake> {
    let scenario = form.chosen(SCENARIO).and_then(|at| picture.scenarios.get(at));
    // The list may have changed under the form: only the name that was read counts.
    let scenario = scenario.filter(|s| Some(&s.name) == form.chosen_name(SCENARIO).as_ref()).map(|s| s.name.clone());
    if scenario.is_none() && form.chosen_name(SCENARIO).is_some_and(|name| name != "none of these") {
        return Err((SCENARIO, "the plan's scenarios have changed meanwhile: choose again".into()));
    }
    let chosen = picture.scenarios.iter().find(|known| Some(&known.name) == scenario.as_ref());
    let first_alert = chosen.and_then(|chosen| chosen.suggested_since);
    let began = optional_time(form, "began", picture.now)?.or(first_alert).unwrap_or(picture.now);
    let services = picture.tiers.iter().flat_map(|tier| &tier.services).map(|service| service.name.as_str());
    let scope = Scope {
        services: known(form, SERVICES, services.collect())?,
        regions: known(form, REGIONS, picture.regions.iter().map(|region| region.name.as_str()).collect())?,
        datasets: vec![],
    };
    Ok(DeclareForm {
        title: form.written("title"),
        drill: form.chosen(KIND) == Some(1),
        scenario,
        severity: severity(form),
        began,
        scope,
        alert: form.alert.as_ref().map(|alert| alert.alert.clone()),
    })
}

/// Names written in a field, each one of `all`.
fn known(form: &Form, label: &'static str, all: Vec<&str>) -> Result<Vec<String>, Mistake> {
    let said = names(form, label);
    match said.iter().find(|name| !all.contains(&name.as_str())) {
        Some(stranger) => Err((label, format!("the plan has no {stranger} here: choose among {}", all.join(", ")))),
        None => Ok(said),
    }
}

/// A check by hand, with an id that no other step has.
fn insert(form: &Form, picture: &Picture, why: String) -> Command {
    let steps = picture.book.as_ref().map(|book| book.steps.as_slice()).unwrap_or_default();
    let taken = |id: &str| steps.iter().any(|step| step.id.as_str() == id);
    let id = (1..).map(|n| format!("by-hand-{n}")).find(|id| !taken(id)).unwrap_or_default();
    let after = form.chosen_name("place").and_then(|place| place.strip_prefix("after ").map(StepId::from));
    let how = Some(form.written("how")).filter(|how| !how.is_empty());
    let step = Step {
        id: StepId::from(id),
        title: form.written("title"),
        how,
        links: vec![],
        check: Some(Default::default()),
        action: None,
        with: Default::default(),
        undo: None,
        irreversible: false,
        approvals: 0,
        drill: None,
        instead: vec![],
        gate: vec![],
        decision: None,
        notice: None,
        runbook: None,
        owner: None,
        needs: Some(vec![]),
        condition: None,
        always: false,
        takes: None,
        timeout: None,
        due: None,
        freezes: Default::default(),
        recovers: Default::default(),
        restores: Default::default(),
        origin: None,
    };
    Command::InsertStep { after, step: Box::new(step), why }
}

fn about_step(form: &Form, step: StepId, picture: &Picture) -> Result<Command, Mistake> {
    let why = form.written(WHY);
    let now = picture.now;
    Ok(match form.verb {
        Verb::Skip => Command::Skip { step, why },
        Verb::Fail => Command::MarkFailed { step, why },
        Verb::Decline => Command::Decline { step, why },
        Verb::Stop => Command::AskStop { step, why },
        Verb::Instead => {
            let way = form.chosen_name("way").ok_or(("way", "choose the way".to_owned()))?;
            Command::ChooseWay { step, way: Some(way).filter(|way| way != questions::AS_PLANNED), why }
        }
        Verb::Override => Command::OverrideGate { step, why },
        Verb::BreakGlass => Command::BreakGlass { step, why },
        Verb::Waive => {
            let need = form.chosen_name("need").ok_or(("need", "choose the need".to_owned()))?;
            Command::Waive { step, need: need.into(), why }
        }
        Verb::Confirm => {
            let seen = Some(form.written("seen")).filter(|seen| !seen.is_empty());
            Command::Confirm { step, seen, happened: optional_time(form, "happened", now)? }
        }
        Verb::Decide => {
            let answer = decided(form, &step, picture)?;
            Command::Decide { step, answer }
        }
        Verb::NotNeeded => {
            let needed = form.chosen("answer") == Some(0);
            Command::AnswerCondition { step, answer: ConditionAnswer { needed, why } }
        }
        Verb::TakeOver => Command::TakeOver { step, how: form.written("how"), happened: optional_time(form, "happened", now)? },
        Verb::TalkThrough => Command::TalkThrough { step, note: Some(form.written("note")).filter(|note| !note.is_empty()) },
        Verb::Resolve => {
            let part = form.chosen_name("part").ok_or(("part", "choose the part".to_owned()))?;
            Command::ResolveUnknown { step, part, happened: form.chosen("it") == Some(0), why }
        }
        Verb::OutsideFence => Command::SignOutsideFence { step, how: form.written("how"), effective: past(form, "since", now)? },
        other => return Err((WHY, format!("`{}` asks nothing here", other.name()))),
    })
}

fn decided(form: &Form, step: &StepId, picture: &Picture) -> Result<Value, Mistake> {
    if let Some(option) = form.chosen_name("answer") {
        return Ok(Value::Text(option));
    }
    let text = form.written("answer");
    let decision = picture.book.as_ref().and_then(|book| book.steps.iter().find(|s| s.id == *step)?.decision.as_ref());
    Ok(match decision.and_then(|decision| decision.value) {
        Some(DecisionValue::Number) => {
            let number = text.parse::<f64>().ok().filter(|n| n.is_finite());
            Value::Number(number.ok_or(("answer", format!("`{text}` is no number: write one such as 3 or 0.5")))?)
        }
        Some(DecisionValue::Time) => {
            Value::Text(time::full(time::parse_any_day(&text, picture.now).map_err(|error| ("answer", error))?))
        }
        Some(DecisionValue::Text) | None => Value::Text(text),
    })
}

fn optional_time(form: &Form, label: &'static str, now: Time) -> Result<Option<Time>, Mistake> {
    if form.written(label).is_empty() { Ok(None) } else { past(form, label, now).map(Some) }
}

/// A moment that has been.
fn past(form: &Form, label: &'static str, now: Time) -> Result<Time, Mistake> {
    let at = time::parse(&form.written(label), now).map_err(|error| (label, error))?;
    if at > now {
        return Err((label, format!("{} is still to come: write a moment that has been", time::clock(at, now))));
    }
    Ok(at)
}
