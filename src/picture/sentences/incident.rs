//! What holds the incident up: a hold, broken glass, steps that went wrong or wait, and the time to decide.

use std::collections::BTreeMap;

use super::rank::{self, Said, brief, names, said};
use crate::{
    incident::Status,
    model::Verdict,
    picture::{
        inputs::Ground,
        scene::{BookPicture, IncidentPicture, Picture, StepPicture, TimingPicture},
        step_words::{NO_LONGER_HOLDS, STILL_HOLDS, elsewhere},
    },
    plan::StepKind,
};

pub fn sentences(picture: &Picture, ground: &Ground, all: &mut Vec<Said>) {
    if let Some(incident) = &picture.incident {
        of_incident(incident, picture, all);
    }
    // Every time that comes from there is off by that much (RULES R11).
    for skew in ground.skews.values().filter(|_| ground.open().is_some()) {
        let text = format!("{}'s console has a clock about {}: its times differ by that.", skew.who, skew.words());
        all.push(said(rank::BESIDE, Verdict::AtRisk, text));
    }
    if let Some(book) = &picture.book
        && ground.open().is_some()
    {
        for step in &book.steps {
            all.extend(of_glass(step, ground));
            all.extend(of_step(step, ground));
        }
        of_untold_proofs(book, all);
        if let Some(what) = &book.changed_on_disk {
            all.push(said(rank::BESIDE, Verdict::AtRisk, format!("The plan changed on disk: {what}.")));
        }
        all.extend(picture.timing.as_ref().map(of_timing));
        let stands = !book.steps.iter().any(|step| step.status == Status::Succeeded && step.verdict > Verdict::OnTrack);
        let over = picture.incident.as_ref().is_some_and(|incident| incident.outage_over);
        if over && stands && book.total > 0 && book.done == book.total {
            all.push(said(rank::STEP, Verdict::OnTrack, "All steps are done and all services are back: it can be closed."));
        }
    }
}

fn of_incident(incident: &IncidentPicture, picture: &Picture, all: &mut Vec<Said>) {
    if let Some(closed) = &incident.closed {
        all.push(said(rank::FIRST, Verdict::Met, format!("{} is closed: {closed}.", incident.id)));
    }
    if let Some((why, _)) = incident.suspended.as_ref().filter(|_| incident.closed.is_none()) {
        // What it made room for may be over: then somebody has to say so.
        let real = picture.incidents.iter().any(|other| other.open && !other.drill);
        let on = if real { "" } else { " Nothing real is open: :resume-drill goes on." };
        let text = format!("This drill is suspended, nothing new starts: {why}.{on}");
        all.push(said(rank::FIRST + 1, Verdict::AtRisk, text));
    }
    if let Some((who, why, _)) = &incident.hold {
        all.push(said(rank::FIRST + 1, Verdict::AtRisk, format!("{who} holds, nothing new starts: {why}.")));
    }
}

/// RULES R25. What comes too late to decide about stands with what is lost.
fn of_timing(timing: &TimingPicture) -> Said {
    let late = timing.decide_by.is_some() && timing.verdict > Verdict::OnTrack;
    said(if late { rank::LOST } else { rank::DECIDE }, timing.verdict, format!("{}.", timing.words))
}

/// Done steps of which nobody can see now whether they still hold, by why.
fn of_untold_proofs(book: &BookPicture, all: &mut Vec<Said>) {
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for step in book.steps.iter().filter(|step| step.status == Status::Succeeded) {
        if let Some(why) = step.words.strip_prefix(STILL_HOLDS) {
            by_reason.entry(brief(why)).or_default().push(step.number.to_string());
        }
    }
    for (why, steps) in by_reason {
        let (step, holds) = if steps.len() == 1 { ("Step", "it still holds") } else { ("Steps", "they still hold") };
        let text = format!("{step} {}: cannot tell whether {holds}, {why}.", names(&steps));
        all.push(said(rank::UNTOLD, Verdict::CannotTell, text));
    }
}

/// First of all while its step is still to come; afterwards the header alone keeps it on every screen (RULES R16).
fn of_glass(step: &StepPicture, ground: &Ground) -> Option<Said> {
    let by = ground.inputs.state?.step(&step.id)?.broke_glass.as_ref()?;
    let place = if step.status.ended() { rank::BESIDE } else { rank::FIRST + 2 };
    Some(said(place, Verdict::AtRisk, format!("{} broke the glass for step {}.", by.who, step.number)))
}

fn of_step(step: &StepPicture, ground: &Ground) -> Option<Said> {
    let n = step.number;
    let of_step = |verdict: Verdict, text: String| Some(said(rank::STEP, verdict, text));
    // Nobody may have touched what is next.
    if step.late && matches!(step.status, Status::Open | Status::Undone) {
        return match step.kind {
            StepKind::Gate => of_step(step.verdict, format!("Step {n} is {}.", first_clause(&step.words))),
            _ => of_step(step.verdict, format!("Step {n} takes longer than planned.")),
        };
    }
    let at = ground.inputs.state.and_then(|state| state.step(&step.id))?;
    match step.status {
        Status::Unknown => Some(said(rank::UNKNOWN_STEP, Verdict::CannotTell, format!("Step {n} is unknown: read it back."))),
        Status::Failed => of_step(Verdict::AtRisk, format!("Step {n} {}.", first_clause(&step.words))),
        Status::Partial => of_step(Verdict::AtRisk, format!("Step {n} is partial: {}.", first_clause(&step.words))),
        // People build on it: whatever else is at risk, this comes first (RULES R13).
        Status::Succeeded if step.words.starts_with(NO_LONGER_HOLDS) => {
            Some(said(rank::UNDONE, step.verdict, format!("Step {n} {}.", step.words)))
        }
        Status::Running => match elsewhere(ground, at) {
            Some(run) => {
                let late = if step.late { ", longer than planned" } else { "" };
                of_step(step.verdict, format!("Step {n} is running at {}'s{late}.", run.who))
            }
            None if step.late => of_step(step.verdict, format!("Step {n} takes longer than planned.")),
            None => None,
        },
        Status::Verifying if step.late => of_step(step.verdict, format!("Step {n} waits for its proof longer than planned.")),
        Status::Open
            if at.approval_asked.is_some() && !step.glass_open && step.approvals.len() < step.approvals_wanted as usize =>
        {
            of_step(Verdict::OnTrack, format!("Step {n} waits for approval."))
        }
        _ => None,
    }
}

/// What went wrong, without the rest of a server's answer: that stands with the step.
fn first_clause(words: &str) -> String {
    const MOST: usize = 48;
    let whole = words.split("; ").next().unwrap_or(words);
    let mut clause = String::new();
    for part in whole.split(": ") {
        let longer = if clause.is_empty() { part.to_owned() } else { format!("{clause}: {part}") };
        if !clause.is_empty() && longer.chars().count() > MOST {
            break;
        }
        clause = longer;
    }
    clause
}
