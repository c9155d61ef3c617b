//! The console that only looks: it has no journal writer and nothing that acts, so it cannot (DESIGN, what never happens).

use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    armed::triggers,
    core::{Core, asks_anew},
    ledger::Ledger,
    port::{Reply, Request},
    sources::Observing,
};
use crate::{
    incident::Refusal,
    journal::{JournalError, Read, Reader, continued_in},
    model::IncidentId,
};

const PULSE: std::time::Duration = std::time::Duration::from_millis(100);
/// Closed incidents that are read to be told in a line each.
const LISTED_AT_ONCE: usize = 24;

pub struct Watching {
    pub core: Core,
    /// `None` while nobody has written a journal yet, or it cannot be read.
    pub journal: Option<Reader>,
    /// `None` when no journal is waited for.
    pub path: Option<std::path::PathBuf>,
    pub ledger: Ledger,
    /// Something was written that is not read yet.
    pub behind: bool,
    pub observing: Observing,
}

impl Watching {
    pub async fn run(mut self, mut requests: UnboundedReceiver<Request>) {
        self.core.follow(&self.ledger);
        self.core.look_at_clock(&self.ledger);
        self.core.publish(&self.ledger);
        self.observe_anew();
        let mut pulse = tokio::time::interval(PULSE);
        pulse.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut beat, mut dirty) = (0u64, false);
        let sink = self.core.sink.clone();
        loop {
            tokio::select! {
                biased;
                request = requests.recv() => match request {
                    None | Some(Request::Quit) => break,
                    Some(request) => {
                        self.answer(request);
                        dirty = true;
                    }
                },
                _ = pulse.tick() => {
                    beat += 1;
                    if beat.is_multiple_of(2) {
                        dirty |= self.hear();
                        dirty |= self.core.hear_audit();
                    }
                    // After others may have told of a jump.
                    dirty |= self.core.look_at_clock(&self.ledger).is_some();
                    if beat.is_multiple_of(10) {
                        dirty |= self.core.look_at_disk();
                    }
                    if dirty || beat.is_multiple_of(10) {
                        dirty = false;
                        self.publish();
                    }
                }
                () = sink.changed() => dirty = true,
            }
        }
        self.observing.stop();
        self.core.reply(Reply::Ended);
    }

    fn publish(&mut self) {
        // What gates came to is for a console that acts to journal.
        self.core.look(&self.ledger);
        self.core.look_at_triggers(&self.ledger);
        let fresh = self.ledger.take_fresh();
        if fresh.iter().any(asks_anew) {
            self.observe_anew();
        }
        self.core.heed(&fresh, &self.ledger);
        self.core.follow(&self.ledger);
        self.core.publish(&self.ledger);
    }

    fn answer(&mut self, request: Request) {
        match request {
            Request::Show(incident) => self.show(incident),
            Request::AskNow => self.observe_anew(),
            Request::Suppose(loss) => self.core.supposed = loss,
            Request::Explain(on) => self.core.explain = on,
            Request::For { request, .. } => self.answer(*request),
            _ => {
                let refusal = Refusal::new("this console only looks", "start one without --read-only to act");
                self.core.refuse("not done", refusal);
            }
        }
    }

    fn show(&mut self, incident: IncidentId) {
        let read = self.journal.as_ref().map_or(Ok(()), |journal| self.ledger.load(&incident, journal));
        match read {
            Err(error) => self.core.reply(Reply::Fault { what: format!("read {incident}"), reason: error.to_string() }),
            Ok(()) if self.ledger.get(&incident).is_some_and(|kept| kept.state.head.is_some()) => self.core.choose(incident),
            Ok(()) => {
                let refusal = Refusal::new(format!("there is no incident {incident} in this journal"), "choose one of its list");
                self.core.refuse("not shown", refusal);
            }
        }
    }

    fn observe_anew(&mut self) {
        let books: Vec<_> = self.ledger.open_ones().filter_map(|(_, kept)| kept.state.book.clone()).collect();
        let triggers: Vec<_> = self.ledger.standing().map(|kept| triggers(&kept.state)).unwrap_or_default();
        self.observing.start(&self.core.plan, books.iter().map(|book| &book.runbook), triggers.iter(), &self.core.sink);
    }

    /// Reads on when something was written. Whether there is news.
    fn hear(&mut self) -> bool {
        match self.read_on() {
            Ok(news) => {
                self.core.trouble.remove("reading");
                news
            }
            Err(error) => {
                self.core.trouble.insert("reading", format!("the journal could not be read: {error}"));
                true
            }
        }
    }

    fn read_on(&mut self) -> Result<bool, JournalError> {
        let Some(journal) = &mut self.journal else {
            let Some(path) = &self.path else { return Ok(false) };
            if !path.exists() {
                let path = path.display();
                self.core.trouble.insert("journal", format!("there is no journal {path} yet: this console waits for one"));
                return Ok(false);
            }
            let journal = Reader::open(path)?;
            self.ledger = Ledger::open(&journal)?;
            self.core.audit_soon(journal.path().to_owned());
            self.journal = Some(journal);
            self.core.trouble.remove("journal");
            self.observe_anew();
            return Ok(true);
        };
        if let Some(to) = continued_in(journal.path()) {
            let told = format!("this journal was continued in {}: look at that one, by --journal", to.display());
            self.core.trouble.insert("journal", told);
        }
        let before = self.ledger.newest();
        self.behind |= journal.changed()?;
        if self.behind {
            self.ledger.catch_up(journal)?;
            self.behind = false;
        }
        let mut listed = false;
        for _ in 0..LISTED_AT_ONCE {
            listed |= self.ledger.list_one(journal)?;
        }
        Ok(listed || self.ledger.newest() != before)
    }
}
