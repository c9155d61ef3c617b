//! The console that acts: one loop over requests, news from running actions, and what is observed. Nothing in it waits on the
//! outside. `answering` says what people's requests come to, `carrying` what comes of actions, `tending` what needs no person.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    armed::triggers,
    commit::{Commit, NotDone},
    core::{Core, asks_anew},
    hands::{Hands, News, RunOf},
    impact::Impacts,
    looks::Look,
    owes::Owes,
    port::{Reply, Request},
    rounds::Rounds,
    sources::Observing,
};
use crate::{
    incident::{Actor, Command, Event, Record, State, needs::step_words, sentence},
    model::{IncidentId, StepId, Time},
};

/// Speaks for a simulated colleague.
pub type Colleague = Box<dyn Fn(&State, Time) -> Vec<(Actor, Command)> + Send>;

/// The pulse of the loop: what was observed is looked at this often.
pub(super) const PULSE: std::time::Duration = std::time::Duration::from_millis(100);

pub struct Acting {
    pub core: Core,
    pub commit: Commit,
    pub hands: Hands,
    pub observing: Observing,
    pub(super) rounds: Rounds,
    pub colleague: Option<Colleague>,
    pub(super) impacts: Impacts,
    /// Previews that were shown, the newest last.
    pub(super) looks: VecDeque<Look>,
    /// The progress of a part that was last journaled, and when.
    pub(super) told: BTreeMap<(RunOf, String), (Time, String)>,
    /// Steps that are looked at so as to go on by themselves.
    pub(super) looking: BTreeSet<(IncidentId, StepId)>,
    /// When it was last looked what goes on by itself.
    pub(super) automated: Option<Time>,
    /// Outcomes that could not be journaled yet.
    pub(super) unsaid: Vec<(IncidentId, Command)>,
    pub(super) dirty: bool,
    /// Others wrote what is not read yet.
    pub(super) behind: bool,
    /// What a task said and is not taken in yet.
    pub(super) in_hand: Option<News>,
    ending: bool,
    pub(super) owes: Owes,
}

impl Acting {
    pub fn new(
        core: Core,
        commit: Commit,
        hands: Hands,
        observing: Observing,
        rounds: Rounds,
        colleague: Option<Colleague>,
        owes: Owes,
    ) -> Self {
        Self {
            core,
            commit,
            hands,
            observing,
            rounds,
            colleague,
            impacts: Impacts::default(),
            looks: VecDeque::new(),
            told: BTreeMap::new(),
            looking: BTreeSet::new(),
            automated: None,
            unsaid: Vec::new(),
            dirty: true,
            behind: false,
            in_hand: None,
            ending: false,
            owes,
        }
    }

    /// Until asked to end; actions that run then are finished first (RULES R9).
    pub async fn run(&mut self, requests: &mut UnboundedReceiver<Request>, news: &mut UnboundedReceiver<News>) {
        self.core.follow(&self.commit.ledger);
        self.look_at_clock();
        self.core.publish(&self.commit.ledger);
        self.find_lost_runs();
        self.observe_anew();
        let mut pulse = tokio::time::interval(PULSE);
        // After a pause of the machine, one beat tells as much as the hundred that were missed.
        pulse.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut beat: u64 = 0;
        let sink = self.core.sink.clone();
        loop {
            tokio::select! {
                biased;
                Some(news) = news.recv() => {
                    self.look_at_clock();
                    self.take(news);
                }
                request = requests.recv(), if !self.ending => match request {
                    Some(Request::Quit) | None => self.ending = true,
                    Some(request) => {
                        self.look_at_clock();
                        self.answer(request);
                    }
                },
                _ = pulse.tick() => {
                    beat += 1;
                    self.beat(beat);
                }
                () = sink.changed() => {
                    self.dirty = true;
                    continue;
                }
            }
            if self.ending {
                if self.hands.running() == 0 && !self.owes_outcomes() {
                    break;
                }
                self.owes.tell();
            }
        }
        self.observing.stop();
        self.core.reply(Reply::Ended);
    }

    fn beat(&mut self, beat: u64) {
        // What others did is on screen well within half a second.
        if beat.is_multiple_of(2) {
            self.hear_others();
            self.dirty |= self.core.hear_audit();
        }
        // Before anything is read off it, decided or written; after others may have told of a jump.
        self.look_at_clock();
        if beat.is_multiple_of(10) {
            self.dirty |= self.core.look_at_disk();
        }
        if beat.is_multiple_of(20) {
            self.look_for_others();
        }
        if beat.is_multiple_of(50) {
            self.find_lost_runs();
        }
        if beat.is_multiple_of(600) {
            self.tidy();
        }
        self.list_closed();
        if self.dirty || beat.is_multiple_of(10) {
            self.observe();
            self.dirty = false;
            self.publish();
        }
    }

    /// What came in, from here or from others, takes effect; then everything is shown as it is now.
    pub(super) fn publish(&mut self) {
        // What was written meanwhile may tell of a jump.
        self.look_at_clock();
        let fresh = self.commit.ledger.take_fresh();
        self.heed_stops(&fresh);
        if fresh.iter().any(asks_anew) {
            self.observe_anew();
        }
        self.core.heed(&fresh, &self.commit.ledger);
        self.core.follow(&self.commit.ledger);
        self.core.publish(&self.commit.ledger);
        // What counts now is known by now.
        if !self.ending {
            self.ask_whether_ready();
        }
    }

    pub(super) fn heed_stops(&self, fresh: &[Record]) {
        for record in fresh {
            if let Event::StopAsked { step, run, .. } = &record.event {
                self.hands.stop(&RunOf { incident: record.incident.clone(), step: step.clone(), run: run.clone() });
            }
        }
    }

    /// Says how a command went. Whether it was done.
    pub(super) fn say(&mut self, done: Result<Vec<Record>, NotDone>) -> bool {
        match done {
            Ok(records) => {
                self.written();
                let what = records.first().map(|record| self.sentence(record)).unwrap_or_default();
                self.core.reply(Reply::Done { what });
                return true;
            }
            Err(NotDone::Refused(refusal)) => self.core.refuse("not done", refusal),
            Err(error) => {
                let reason = self.not_written(&error);
                self.core.reply(Reply::Fault { what: "write to the journal".into(), reason });
            }
        }
        false
    }

    pub(super) fn sentence(&self, record: &Record) -> String {
        let undeclared = State::default();
        let state = self.commit.ledger.get(&record.incident).map_or(&undeclared, |kept| &kept.state);
        let title_of = |id: &StepId| step_words(state, id);
        sentence(&record.event, &title_of)
    }

    pub(super) fn written(&mut self) {
        self.core.trouble.remove("journal");
    }

    /// Keeps for the screen why nothing was written, and says it.
    pub(super) fn not_written(&mut self, error: &NotDone) -> String {
        let why = match error {
            NotDone::Journal(error) => error.to_string(),
            NotDone::Overtaken => "other consoles write to it all the time: try again".to_owned(),
            NotDone::Refused(refusal) => return refusal.to_string(),
        };
        self.core.trouble.insert("journal", format!("the journal could not be written, so nothing can be done: {why}"));
        why
    }

    pub(super) fn observe_anew(&mut self) {
        let books: Vec<_> = self.commit.ledger.open_ones().filter_map(|(_, kept)| kept.state.book.clone()).collect();
        let triggers: Vec<_> = self.commit.ledger.standing().map(|kept| triggers(&kept.state)).unwrap_or_default();
        self.observing.start(&self.core.plan, books.iter().map(|book| &book.runbook), triggers.iter(), &self.core.sink);
    }
}
