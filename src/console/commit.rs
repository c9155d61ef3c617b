//! From a command to durable records: decide, append by compare-and-set, decide again when somebody was faster.

use std::sync::Arc;

use super::{armed::Seen, ledger::Ledger};
use crate::{
    incident::{Actor, Armed, Command, Declaration, Impact, Record, Refusal, State, decide, decide::fold},
    journal::{AppendError, Draft, JournalError, Writer},
    model::{Clock, ConsoleId, IncidentId, Severity, Time},
};

/// Why a command left no record.
#[derive(Debug)]
pub enum NotDone {
    Refused(Refusal),
    /// Nothing was written: acting stops until it can be (RULES R32).
    Journal(JournalError),
    /// Other consoles were faster each time.
    Overtaken,
}

/// The journal with what it says, so that no append is decided on old news.
pub struct Commit {
    pub writer: Writer,
    pub ledger: Ledger,
    pub clock: Arc<dyn Clock>,
}

impl Commit {
    /// How often somebody else may be faster before we say so.
    const TRIES: usize = 64;

    pub fn new(writer: Writer, clock: Arc<dyn Clock>) -> Result<Self, JournalError> {
        let ledger = Ledger::open(&writer)?;
        Ok(Self { writer, ledger, clock })
    }

    /// Carries `command` out on `incident`, as `actor`. What comes back is durable.
    pub fn submit(&mut self, incident: &IncidentId, command: &Command, actor: &Actor) -> Result<Vec<Record>, NotDone> {
        self.load(incident)?;
        self.append(|ledger, now| drafts_of(ledger, incident, command, actor, now))
    }

    /// Declares: the incident's number is taken anew whenever somebody was faster. A real one suspends every open drill
    /// in the same append (RULES R31). `more` is said of it in the same breath.
    pub fn declare(&mut self, declaration: &Declaration, more: &[Command], actor: &Actor) -> Result<Vec<Record>, NotDone> {
        let mut commands = vec![Command::Declare(Box::new(declaration.clone()))];
        commands.extend_from_slice(more);
        // What is open is asked of the journal, not of what was heard last.
        self.catch_up().map_err(NotDone::Journal)?;
        self.append(|ledger, now| {
            let incident = ledger.next_incident();
            let mut drafts = drafts_of_all(State::default(), &incident, &commands, actor, now)?;
            if declaration.drill {
                no_real_one(ledger, "before you begin a drill")?;
            } else {
                drafts.extend(suspensions(ledger, &incident, actor, now)?);
            }
            Ok(drafts)
        })
    }

    /// Carries several commands out on `incident` in one append: all of them, or none.
    pub fn submit_all(&mut self, incident: &IncidentId, commands: &[Command], actor: &Actor) -> Result<Vec<Record>, NotDone> {
        self.load(incident)?;
        self.append(|ledger, now| {
            let state = ledger.get(incident).map(|kept| kept.state.clone()).unwrap_or_default();
            drafts_of_all(state, incident, commands, actor, now)
        })
    }

    /// Starts the armed failover whose trigger `seen` holds, in one append: by compare-and-set, so that of several
    /// consoles one does (RULES R4). Where the scenario is declared already, in that incident; where people have a runbook
    /// of it open, nothing is taken out of their hands.
    pub fn trigger(&mut self, seen: &Seen, impacts: &[Impact], console: &ConsoleId) -> Result<Vec<Record>, NotDone> {
        let lifeboat = Actor::lifeboat(console);
        self.append(|ledger, now| {
            let standing = ledger.standing().map(|kept| kept.state.clone()).unwrap_or_default();
            let nobody = || Refusal::new(format!("nobody armed {}", seen.scenario), "nothing is needed");
            let armed = standing.armed.get(&seen.scenario).cloned().ok_or_else(nobody)?;
            let same = |state: &State| {
                let head = state.head.as_ref();
                head.is_some_and(|head| !head.drill && head.scenario.as_ref() == Some(&seen.scenario))
            };
            let open = ledger.open_ones().find(|(_, kept)| same(&kept.state));
            let incident = open.map_or_else(|| ledger.next_incident(), |(id, _)| id.clone());
            let started =
                Command::Trigger { scenario: seen.scenario.clone(), incident: incident.clone(), proof: seen.proof.clone() };
            let mut drafts = drafts_of_all(standing, &IncidentId::standing(), &[started], &lifeboat, now)?;
            let commands = match open {
                Some((_, kept)) if kept.state.book.is_some() => vec![in_hand(&seen.scenario)],
                Some(_) => opening(&armed),
                None => [declaring(seen, &armed, impacts), opening(&armed)].concat(),
            };
            let state = open.map(|(_, kept)| kept.state.clone()).unwrap_or_default();
            drafts.extend(drafts_of_all(state, &incident, &commands, &lifeboat, now)?);
            if open.is_none() {
                drafts.extend(suspensions(ledger, &incident, &lifeboat, now)?);
            }
            Ok(drafts)
        })
    }

    /// Goes on with a drill, as long as nothing real is open.
    pub fn resume_drill(&mut self, drill: &IncidentId, actor: &Actor) -> Result<Vec<Record>, NotDone> {
        self.catch_up().map_err(NotDone::Journal)?;
        self.load(drill)?;
        self.append(|ledger, now| {
            no_real_one(ledger, "before you go on with the drill")?;
            drafts_of(ledger, drill, &Command::ResumeDrill, actor, now)
        })
    }

    fn load(&mut self, incident: &IncidentId) -> Result<(), NotDone> {
        self.ledger.load(incident, &self.writer).map_err(NotDone::Journal)
    }

    /// What `decide` makes of the ledger of the moment is written, or decided anew when somebody was faster.
    fn append(&mut self, decide: impl Fn(&Ledger, Time) -> Result<Vec<Draft>, Refusal>) -> Result<Vec<Record>, NotDone> {
        for _ in 0..Self::TRIES {
            let now = self.clock.now();
            let drafts = decide(&self.ledger, now).map_err(NotDone::Refused)?;
            match self.writer.append(self.ledger.newest(), &drafts, now) {
                Ok(records) => {
                    self.ledger.appended(&records, &self.writer);
                    return Ok(records);
                }
                Err(AppendError::Conflict { .. }) => self.catch_up().map_err(NotDone::Journal)?,
                Err(AppendError::Failed(error)) => return Err(NotDone::Journal(error)),
            }
        }
        Err(NotDone::Overtaken)
    }

    /// Reads what other consoles wrote.
    pub fn catch_up(&mut self) -> Result<(), JournalError> {
        self.ledger.catch_up(&self.writer)
    }
}

/// What `command` comes to on `incident`, as it stands in the ledger.
fn drafts_of(ledger: &Ledger, incident: &IncidentId, command: &Command, actor: &Actor, now: Time) -> Result<Vec<Draft>, Refusal> {
    let undeclared = State::default();
    let state = ledger.get(incident).map_or(&undeclared, |kept| &kept.state);
    let draft = |event| Draft { incident: incident.clone(), who: actor.clone(), happened: command.happened(), event };
    Ok(decide(state, command, actor, now)?.into_iter().map(draft).collect())
}

/// What `commands` come to one after the other, each on what the one before it left.
fn drafts_of_all(
    mut state: State,
    incident: &IncidentId,
    commands: &[Command],
    actor: &Actor,
    now: Time,
) -> Result<Vec<Draft>, Refusal> {
    let mut drafts = Vec::new();
    for command in commands {
        let events = decide(&state, command, actor, now)?;
        state = fold(&state, &events, actor, now);
        let draft = |event| Draft { incident: incident.clone(), who: actor.clone(), happened: command.happened(), event };
        drafts.extend(events.into_iter().map(draft));
    }
    Ok(drafts)
}

/// Declares in nobody's name, and puts who armed it in command: others take command as they come.
fn declaring(seen: &Seen, armed: &Armed, impacts: &[Impact]) -> Vec<Command> {
    let scenario = armed.facts.scenarios.get(&seen.scenario);
    let severity = scenario.and_then(|scenario| armed.facts.severity(scenario.severity.as_ref()?));
    let declaration = Declaration {
        title: scenario.and_then(|scenario| scenario.title.clone()).unwrap_or_else(|| seen.scenario.clone()),
        drill: false,
        scenario: Some(seen.scenario.clone()),
        severity: severity.unwrap_or(Severity::new(1)),
        began: seen.proof.first,
        impacts: impacts.to_vec(),
        facts: armed.facts.clone(),
    };
    vec![Command::Declare(Box::new(declaration)), Command::HandOver { to: armed.by.clone() }]
}

/// Opens the runbook as it was armed, with the consent that was given then.
fn opening(armed: &Armed) -> Vec<Command> {
    let open = Command::OpenRunbook {
        runbook: Box::new(armed.runbook.clone()),
        traits: armed.traits.clone(),
        drill_traits: armed.drill_traits.clone(),
    };
    let consent = Command::ConsentToAutomation { steps: armed.steps.clone(), by: Some(armed.by.clone()) };
    if armed.steps.is_empty() { vec![open] } else { vec![open, consent] }
}

/// People work on it: their runbook is not taken out of their hands.
fn in_hand(scenario: &str) -> Command {
    let text = format!("the automatic failover of {scenario} was triggered; a runbook is open, so people go on with it by hand");
    Command::Note { text, happened: None }
}

/// What makes every open drill wait for the incident `real`.
fn suspensions(ledger: &Ledger, real: &IncidentId, actor: &Actor, now: Time) -> Result<Vec<Draft>, Refusal> {
    let why = format!("{real} is real and was declared: the drill waits");
    let command = Command::SuspendDrill { real: Some(real.clone()), why };
    let drills = ledger.open_ones().filter(|(_, kept)| kept.state.is_drill() && kept.state.suspended.is_none());
    let drafts: Result<Vec<_>, _> = drills.map(|(drill, _)| drafts_of(ledger, drill, &command, actor, now)).collect();
    Ok(drafts?.concat())
}

/// Refused while a real incident is open.
fn no_real_one(ledger: &Ledger, when: &str) -> Result<(), Refusal> {
    match ledger.open_ones().find(|(_, kept)| !kept.state.is_drill()) {
        Some((real, _)) => Err(Refusal::new(format!("{real} is open and no drill"), format!("close it {when}"))),
        None => Ok(()),
    }
}
