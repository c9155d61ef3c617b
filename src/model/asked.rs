//! How far a console is with asking whether actions could be done.

use super::{readiness::Readiness, time::Time};

/// What a console asked of its connections, and what came back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// This console asks at all; one that only looks does not.
    pub asks: bool,
    /// The round that is under way, since then.
    pub since: Option<Time>,
    /// The newest answer, and the runbooks that it is about.
    pub answer: Option<(Vec<String>, Readiness)>,
    /// Why the newest round brought no answer, and when that was seen.
    pub broke: Option<(String, Time)>,
}

impl Asked {
    /// A round about `books` is over.
    pub fn take(&mut self, books: Vec<String>, result: Result<Readiness, String>, now: Time) {
        self.since = None;
        match result {
            Ok(readiness) => (self.answer, self.broke) = (Some((books, readiness)), None),
            Err(why) => self.broke = Some((why, now)),
        }
    }

    /// The machine's clock was set: what was asked keeps its age (RULES R11).
    pub fn shift(&mut self, by_ms: i64) {
        let times = self.since.iter_mut().chain(self.answer.iter_mut().map(|(_, answer)| &mut answer.asked));
        for time in times.chain(self.broke.iter_mut().map(|(_, at)| at)) {
            *time += chrono::TimeDelta::milliseconds(by_ms);
        }
    }
}
