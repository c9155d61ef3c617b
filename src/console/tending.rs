//! What a console that acts does by itself: takes in what is observed, hears other consoles, finds what dead ones left.

use super::{acting::Acting, commit::NotDone};
use crate::{
    incident::{Command, State, offers::due_answers},
    journal::Read,
    model::{IncidentId, Time},
};

impl Acting {
    pub(super) fn observe(&mut self) {
        let (signals, now) = (self.core.sink.observed(), self.core.now());
        self.impacts.look(&self.core.plan, &signals, now);
        // What could not be said comes first: what is seen now is judged by it.
        let said = self.say_unsaid();
        let mut found: Vec<(IncidentId, Command)> = self.core.look(&self.commit.ledger);
        let open: Vec<(IncidentId, State)> =
            self.commit.ledger.open_ones().map(|(id, kept)| (id.clone(), kept.state.clone())).collect();
        for (id, state) in &open {
            let mut commands = due_answers(state);
            if !state.is_drill() {
                commands.extend(self.impacts.news(&self.core.plan, state, &signals, now));
            }
            found.extend(commands.into_iter().map(|command| (id.clone(), command)));
        }
        if said && self.submit_observed(found) {
            self.automate();
            self.hear_colleague(&open, now);
        }
    }

    /// Outcomes and jumps of the clock that the journal did not take, once more. Whether all of it is said.
    pub(super) fn say_unsaid(&mut self) -> bool {
        let unsaid = std::mem::take(&mut self.unsaid);
        self.submit_observed(unsaid)
    }

    /// Whether an outcome is still to be journaled. A jump of the clock keeps nobody here.
    pub(super) fn owes_outcomes(&self) -> bool {
        self.unsaid.iter().any(|(_, command)| matches!(command, Command::ReportPart { .. }))
    }

    /// Whether the journal can be written. If it cannot, waiting for it once is enough.
    fn submit_observed(&mut self, found: Vec<(IncidentId, Command)>) -> bool {
        let mut can_write = true;
        for (id, command) in found {
            let done =
                if can_write { self.commit.submit(&id, &command, &self.core.actor).map(drop) } else { Err(NotDone::Overtaken) };
            match done {
                Ok(()) => self.written(),
                // Another console was faster, or the rules say no by now: both are fine.
                Err(NotDone::Refused(_)) => {}
                Err(error) => {
                    if can_write {
                        self.not_written(&error);
                    }
                    can_write = false;
                    // What is observed is observed again; an outcome and a jump are said only once.
                    if matches!(command, Command::ReportPart { .. } | Command::ReportClockJump { .. }) {
                        self.unsaid.push((id, command));
                    }
                }
            }
        }
        can_write
    }

    fn hear_colleague(&mut self, open: &[(IncidentId, State)], now: Time) {
        let Some(colleague) = &self.colleague else { return };
        let said: Vec<_> =
            open.iter().flat_map(|(id, s)| colleague(s, now).into_iter().map(move |(who, c)| (id.clone(), who, c))).collect();
        for (id, who, command) in said {
            let _ = self.commit.submit(&id, &command, &who);
        }
    }

    /// Reads what other consoles wrote, if they did.
    pub(super) fn hear_others(&mut self) {
        let before = self.commit.ledger.newest();
        // That there is something to read is said once; until it was read, we are behind.
        let heard = self.commit.writer.changed().and_then(|changed| {
            self.behind |= changed;
            if self.behind { self.commit.catch_up() } else { Ok(()) }
        });
        match heard {
            Ok(()) => {
                self.behind = false;
                self.core.trouble.remove("reading");
            }
            Err(error) => drop(self.core.trouble.insert("reading", format!("the journal could not be read: {error}"))),
        }
        self.dirty |= self.commit.ledger.newest() != before;
    }

    pub(super) fn look_for_others(&mut self) {
        match self.commit.writer.alive() {
            Ok(alive) => {
                self.core.others = alive.into_iter().map(|(_, name)| name).collect();
                self.core.trouble.remove("consoles");
            }
            Err(error) => drop(self.core.trouble.insert("consoles", error.to_string())),
        }
    }

    /// Runs of consoles that are proven dead become unknown (RULES R7).
    pub(super) fn find_lost_runs(&mut self) {
        let mut lost = Vec::new();
        for (id, kept) in self.commit.ledger.open_ones() {
            for (step, at) in kept.state.books().flat_map(|(_, steps)| steps) {
                for run in at.runs.iter().filter(|run| run.ended.is_none() && run.console != self.core.actor.console) {
                    // What cannot be told is not proven.
                    if self.commit.writer.is_dead(&run.console).unwrap_or(false) {
                        let (step, run, console) = (step.clone(), run.id.clone(), run.console.clone());
                        lost.push((id.clone(), Command::ReportConsoleLost { step, run, console }));
                    }
                }
            }
        }
        self.dirty |= !lost.is_empty();
        self.submit_observed(lost);
    }

    /// A jump of the clock is shown, and journaled with every open incident (RULES R11): by it all its times are moved.
    pub(super) fn look_at_clock(&mut self) {
        let Some(jump) = self.core.look_at_clock(&self.commit.ledger) else { return };
        self.impacts.shift(jump.by_ms);
        // How long ago the last word was is not known by this clock any more: the next one may come at once.
        self.told.clear();
        let open = self.commit.ledger.open_ones().map(|(id, _)| id.clone());
        let jumped: Vec<_> = open.map(|id| (id, Command::ReportClockJump { by_ms: jump.by_ms })).collect();
        self.unsaid.extend(jumped);
        self.say_unsaid();
        self.dirty = true;
    }

    /// After the first Picture, closed incidents are told in a line each, a few at a time.
    pub(super) fn list_closed(&mut self) {
        for _ in 0..8 {
            match self.commit.ledger.list_one(&self.commit.writer) {
                Ok(true) => self.dirty = true,
                Ok(false) => return,
                Err(error) => {
                    return drop(self.core.trouble.insert("reading", format!("the journal could not be read: {error}")));
                }
            }
        }
    }

    /// Folds the journal's log into its file while nothing waits for it. It is tried again in any case.
    pub(super) fn tidy(&mut self) {
        if self.hands.running() == 0 {
            let _ = self.commit.writer.checkpoint();
        }
    }
}
