//! Rounds of asking whether actions could be done: one at a time, away from the loop; what comes of it arrives as news.

use std::{collections::BTreeSet, sync::Arc};

use tokio::{runtime::Handle, sync::mpsc::UnboundedSender};

use super::hands::News;
use crate::{
    model::{Clock, Digest, Duration},
    systems::{Doctor, Need, transport::within},
};

/// From the beginning of one round to that of the next.
const EVERY: Duration = Duration::from_mins(5);
/// The same after a connection came back: for one that comes and goes all are asked no more often than this.
const RETURNED: Duration = Duration::from_secs(30);
/// Longest for one connection; a round asks all of them at once.
const EACH: Duration = Duration::from_secs(20);
/// Longest for a round: what does not keep to `EACH` is given up.
const ROUND: Duration = Duration::from_mins(1);

/// A runbook, and what it is where it is open: another after it was changed.
pub type Counted = Vec<(String, Option<Digest>)>;

pub struct Rounds {
    doctor: Arc<dyn Doctor>,
    clock: Arc<dyn Clock>,
    runtime: Handle,
    news: UnboundedSender<News>,
    /// What the newest round is about, and when it began by the clock that nobody sets.
    newest: Option<(Counted, Duration)>,
    under_way: bool,
    /// A person wants to know now.
    wanted: bool,
    /// Connections that do not answer.
    dark: BTreeSet<String>,
    /// One of them has answered since the newest round began.
    returned: bool,
}

impl Rounds {
    pub fn new(doctor: Arc<dyn Doctor>, clock: Arc<dyn Clock>, runtime: Handle, news: UnboundedSender<News>) -> Self {
        Self {
            doctor,
            clock,
            runtime,
            news,
            newest: None,
            under_way: false,
            wanted: false,
            dark: BTreeSet::new(),
            returned: false,
        }
    }

    /// Asks at once, or when the round that is under way is over: what was mended meanwhile may be unknown to that one.
    pub fn want(&mut self) {
        self.wanted = true;
    }

    /// These connections do not answer now: what was asked of one that answers again is out of date.
    pub fn are_dark(&mut self, dark: &BTreeSet<String>) {
        self.returned |= !self.dark.is_subset(dark);
        self.dark.clone_from(dark);
    }

    pub fn is_under_way(&self) -> bool {
        self.under_way
    }

    pub fn is_due(&self, counted: &Counted) -> bool {
        let Some((about, began)) = &self.newest else { return true };
        let passed = self.clock.passed().saturating_sub(*began);
        self.wanted || about != counted || passed >= EVERY || (self.returned && passed >= RETURNED)
    }

    /// Asks for `needs`, those of the runbooks `about`.
    pub fn begin(&mut self, counted: Counted, about: Vec<String>, needs: Vec<Need>) {
        let (doctor, clock, news, began) = (self.doctor.clone(), self.clock.clone(), self.news.clone(), self.clock.passed());
        let round = self.runtime.spawn(async move { within(clock.as_ref(), ROUND, doctor.ask(&needs, EACH, &clock)).await });
        // A round that dies is over too.
        self.runtime.spawn(async move {
            let result = match round.await {
                Ok(Some(readiness)) => Ok(readiness),
                Ok(None) => Err(format!("no answer within {ROUND}")),
                Err(_) => Err("asking broke off inside Lifeboat".to_owned()),
            };
            let _ = news.send(News::Readiness { about, result });
        });
        (self.under_way, self.wanted, self.returned, self.newest) = (true, false, false, Some((counted, began)));
    }

    pub fn over(&mut self) {
        self.under_way = false;
    }
}
