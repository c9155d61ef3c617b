//! The journal's lines, the newest last.

use super::{inputs::Ground, scene::JournalLine};
use crate::{
    incident::{Event, Record, RestoredBy, UNVERIFIED, event::rests_on_a_name},
    model::{StepId, text::clean},
};

pub fn lines(ground: &Ground) -> Vec<JournalLine> {
    ground.inputs.records.iter().map(|record| line(ground, record)).collect()
}

fn line(ground: &Ground, record: &Record) -> JournalLine {
    let (who, said) = said(ground, record);
    JournalLine {
        seq: record.seq,
        incident: record.incident.clone(),
        at: record.time(),
        recorded: record.happened.is_some_and(|happened| happened != record.recorded).then_some(record.recorded),
        who,
        text: format!("{said}{}", by_another_clock(ground, record)),
        loud: (ground.inputs.telling.is_loud)(&record.event),
    }
}

/// Who is said to have done it, and what is added: what consoles observe by themselves nobody did, its console's person
/// only recorded it.
fn teller(record: &Record) -> (String, String) {
    let who = clean(&record.who.name);
    match record.event {
        Event::GateHeld { .. }
        | Event::GateMissed { .. }
        | Event::ProofLost { .. }
        | Event::ProofRegained { .. }
        | Event::PartProgressed { .. }
        | Event::PartEnded { .. }
        | Event::ServiceDown { .. }
        | Event::ServiceRestored { by: RestoredBy::Observed | RestoredBy::Step(_), .. }
        | Event::ClockJumped { .. }
        | Event::ConsoleLost { .. } => ("Lifeboat".into(), format!(" (recorded at {who}'s)")),
        _ => (who, String::new()),
    }
}

/// Times of a console whose clock differs are said to be that (RULES R11).
fn by_another_clock(ground: &Ground, record: &Record) -> String {
    let skew = ground.skews.get(&record.who.console);
    skew.map_or_else(String::new, |skew| format!(" (by a clock about {})", skew.words()))
}

/// A record on one line: `Ben started step 7`.
pub fn told(ground: &Ground, record: &Record) -> String {
    let (who, said) = said(ground, record);
    format!("{who} {said}")
}

/// Who, and what. Where the name itself is what counts, it is said that nobody has proven it.
fn said(ground: &Ground, record: &Record) -> (String, String) {
    let (who, at) = teller(record);
    let unverified = if rests_on_a_name(&record.event) { format!("{UNVERIFIED} ") } else { String::new() };
    (who, format!("{unverified}{}{at}", sentence(ground, record)))
}

/// What a record says happened.
fn sentence(ground: &Ground, record: &Record) -> String {
    let title_of = |id: &StepId| {
        let Some(book) = ground.inputs.state.and_then(|state| state.book.as_ref()) else { return String::new() };
        let mut steps = book.runbook.steps().zip(1..);
        steps.find(|(step, _)| step.id == *id).map(|(step, n)| format!("step {n}, {}", step.title)).unwrap_or_default()
    };
    clean(&(ground.inputs.telling.sentence)(&record.event, &title_of))
}
