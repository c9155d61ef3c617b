//! Whether what counts now could be done: asked soon after the start, every few minutes, when something else counts, when a
//! connection that did not answer does so again, and when a person asks.

use super::{acting::Acting, rounds::Counted};
use crate::{model::Readiness, plan::Runbook, systems::needs};

impl Acting {
    /// Begins a round if one is due and none is under way.
    pub(super) fn ask_whether_ready(&mut self) {
        self.rounds.are_dark(&self.core.dark);
        if self.rounds.is_under_way() {
            return;
        }
        let state = self.core.shown.as_ref().and_then(|id| self.commit.ledger.get(id)).map(|kept| &kept.state);
        let open = state.filter(|state| state.is_open()).and_then(|state| state.book.as_ref());
        let of_open = |name: &String| open.filter(|book| book.runbook.name == *name);
        let names = self.core.counted.iter();
        let counted: Counted = names.map(|name| (name.clone(), of_open(name).map(|book| book.digest.clone()))).collect();
        if !self.rounds.is_due(&counted) {
            return;
        }
        let book = |name| of_open(name).map(|book| &book.runbook).or_else(|| self.core.plan.runbook(name));
        let books: Vec<&Runbook> = self.core.counted.iter().filter_map(book).collect();
        let needs = needs(&self.core.plan, &books, &self.core.catalogue);
        self.rounds.begin(counted, self.core.counted.clone(), needs);
        self.core.asked.since = Some(self.core.now());
        self.dirty = true;
    }

    /// A round is over.
    pub(super) fn heard_whether_ready(&mut self, about: Vec<String>, result: Result<Readiness, String>) {
        self.rounds.over();
        let now = self.core.now();
        self.core.asked.take(about, result, now);
    }
}
