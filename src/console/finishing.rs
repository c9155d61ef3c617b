//! After the console's loop broke by a fault of ours: what runs is finished and journaled all the same (RULES R9).

use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    acting::{Acting, PULSE},
    hands::{News, RunOf},
    ledger::Ledger,
};

impl Acting {
    /// Until nothing runs. Other consoles can still ask it to stop; nothing new is begun, decided or shown.
    pub async fn finish(&mut self, news: &mut UnboundedReceiver<News>) {
        // What it held may be half changed; what is journaled is whole.
        if let Ok(ledger) = Ledger::open(&self.commit.writer) {
            self.commit.ledger = ledger;
        }
        self.stop_what_was_asked();
        if let Some(news) = self.in_hand.take() {
            self.journal_outcome(news);
        }
        let mut pulse = tokio::time::interval(PULSE);
        pulse.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while self.hands.running() > 0 || self.owes_outcomes() {
            self.owes.tell();
            tokio::select! {
                biased;
                Some(news) = news.recv() => self.journal_outcome(news),
                _ = pulse.tick() => {
                    self.hear_others();
                    let fresh = self.commit.ledger.take_fresh();
                    self.heed_stops(&fresh);
                    self.say_unsaid();
                }
            }
        }
    }

    fn journal_outcome(&mut self, news: News) {
        match news {
            News::Progressed { of, part, text } => self.progressed(of, part, text),
            News::PartEnded { of, report } => self.report(&of, report),
            News::Over { of, reports } => self.over(&of, &reports),
            // Nobody is there to whom it could be shown.
            News::Previewed { .. } | News::ReadBack { .. } | News::Readiness { .. } => {}
        }
    }

    /// Those that were asked for while the loop broke.
    fn stop_what_was_asked(&self) {
        for (incident, kept) in self.commit.ledger.open_ones() {
            for (step, at) in kept.state.books().flat_map(|(_, steps)| steps) {
                for run in at.runs.iter().filter(|run| run.stop_asked.is_some()) {
                    self.hands.stop(&RunOf { incident: incident.clone(), step: step.clone(), run: run.id.clone() });
                }
            }
        }
    }
}
