//! The journal's lines, the newest last. A record never changes: each is told once.

use std::{collections::BTreeMap, sync::Arc};

use super::{scene::JournalLine, skew::Skew};
use crate::{
    incident::{Event, Record, RestoredBy, State, UNVERIFIED, event::rests_on_a_name},
    model::{ConsoleId, StepId, Time, text::clean, time::clock},
};

/// Writes an event as a sentence; the closure gives a step's title.
pub type TellEvent = fn(&Event, &dyn Fn(&StepId) -> String) -> String;

/// How an event reads, and whether it is shown strong.
#[derive(Clone, Copy)]
pub struct Telling {
    /// `started step 7, Promote the us-west-2 replica`; `incident::sentence` and `incident::is_loud`.
    pub sentence: TellEvent,
    pub is_loud: fn(&Event) -> bool,
}

/// The records of an incident in words, as far as they were told.
#[derive(Default)]
pub struct Told {
    /// How its steps are called: by that the records were told.
    titles: Vec<(StepId, String)>,
    /// The last record that was told.
    last: Option<Record>,
    skews: BTreeMap<ConsoleId, Skew>,
    lines: Arc<Vec<JournalLine>>,
    /// When each step's own records happened, and what they say.
    by_step: BTreeMap<StepId, Vec<(Time, String)>>,
}

impl Told {
    /// Tells what of `records` was not told yet; all of it, when they are of something else or their words have changed.
    pub fn hear(&mut self, records: &[Record], state: Option<&State>, skews: &BTreeMap<ConsoleId, Skew>, telling: Telling) {
        let titles = titles(state);
        let known = self.lines.len();
        let goes_on = match (known, &self.last) {
            (0, _) => true,
            (known, last) => records.get(known - 1) == last.as_ref(),
        };
        if !goes_on || titles != self.titles || *skews != self.skews {
            *self = Self { titles, skews: skews.clone(), ..Self::default() };
        }
        let Some(new) = records.get(self.lines.len()..).filter(|new| !new.is_empty()) else { return };
        let lines = Arc::make_mut(&mut self.lines);
        for record in new {
            let (who, said) = said(record, &self.titles, telling);
            if let Some(step) = record.event.step() {
                self.by_step.entry(step.clone()).or_default().push((record.time(), format!("{who} {said}")));
            }
            lines.push(line(record, who, &said, self.skews.get(&record.who.console), telling));
        }
        self.last = new.last().cloned();
    }

    /// The newest last.
    pub fn lines(&self) -> Arc<Vec<JournalLine>> {
        self.lines.clone()
    }

    /// What happened to a step, oldest first: `02:31:00Z Ben started step 7`.
    pub fn of_step(&self, step: &StepId, now: Time) -> Vec<String> {
        let own = self.by_step.get(step).into_iter().flatten();
        own.map(|(at, said)| format!("{} {said}", clock(*at, now))).collect()
    }
}

fn titles(state: Option<&State>) -> Vec<(StepId, String)> {
    let steps = state.and_then(|state| state.book.as_ref()).into_iter().flat_map(|book| book.runbook.steps());
    (1..).zip(steps).map(|(n, step)| (step.id.clone(), format!("step {n}, {}", step.title))).collect()
}

/// `by_another`: times of a console whose clock differs are said to be that (RULES R11).
fn line(record: &Record, who: String, said: &str, by_another: Option<&Skew>, telling: Telling) -> JournalLine {
    let by_another = by_another.map_or_else(String::new, |skew| format!(" (by a clock about {})", skew.words()));
    JournalLine {
        seq: record.seq,
        incident: record.incident.clone(),
        at: record.time(),
        recorded: record.happened.is_some_and(|happened| happened != record.recorded).then_some(record.recorded),
        who,
        text: format!("{said}{by_another}"),
        loud: (telling.is_loud)(&record.event),
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

/// Who, and what. Where the name itself is what counts, it is said that nobody has proven it.
fn said(record: &Record, titles: &[(StepId, String)], telling: Telling) -> (String, String) {
    let (who, at) = teller(record);
    let unverified = if rests_on_a_name(&record.event) { format!("{UNVERIFIED} ") } else { String::new() };
    let title_of = |id: &StepId| titles.iter().find(|(step, _)| step == id).map(|(_, title)| title.clone()).unwrap_or_default();
    let sentence = clean(&(telling.sentence)(&record.event, &title_of));
    (who, format!("{unverified}{sentence}{at}"))
}
