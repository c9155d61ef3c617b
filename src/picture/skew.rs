//! Consoles whose clocks differ from this one's, told by the order of records alone (RULES R11).

use std::collections::BTreeMap;

use crate::{
    incident::{Event, Record},
    model::{ConsoleId, Duration, Time},
};

/// Consoles differ by less without a word.
const UNTOLD: Duration = Duration::from_secs(5);

/// Another console's clock, as seen from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skew {
    /// Whose console it is.
    pub who: String,
    /// By how much at least.
    pub by: Duration,
    pub ahead: bool,
}

impl Skew {
    /// `10m ahead of this console's clock`.
    pub fn words(&self) -> String {
        let way = if self.ahead { "ahead of" } else { "behind" };
        format!("{} {way} this console's clock", self.by.about())
    }
}

/// What the records so far allow another console's clock to be, in milliseconds ahead of ours.
#[derive(Default)]
struct Bounds {
    least: Option<i64>,
    most: Option<i64>,
}

/// By console. A record is written after the one before it, whatever their times say: one that seems older than its
/// forerunner, or lies ahead of now, was written by another clock. Only what came since this machine's clock was last set
/// is compared.
pub fn skews(records: &[Record], own: &ConsoleId, now: Time) -> BTreeMap<ConsoleId, Skew> {
    let from = records.iter().rposition(|record| matches!(record.event, Event::ClockJumped { .. })).map_or(0, |at| at + 1);
    let mut bounds: BTreeMap<&ConsoleId, (&str, Bounds)> = BTreeMap::new();
    let (mut own_before, mut unanswered): (Option<Time>, Vec<&Record>) = (None, Vec::new());
    for record in &records[from..] {
        if record.who.console == *own {
            // Those that came before ours were written no later than it.
            for other in unanswered.drain(..) {
                at_least(&mut bounds, other, record.recorded);
            }
            own_before = Some(record.recorded);
            continue;
        }
        unanswered.push(record);
        if let Some(before) = own_before {
            let known = &mut bounds.entry(&record.who.console).or_insert((&record.who.name, Bounds::default())).1;
            let most = (record.recorded - before).num_milliseconds();
            known.most = Some(known.most.map_or(most, |known| known.min(most)));
        }
        // Whatever was written was written by now.
        at_least(&mut bounds, record, now);
    }
    let told = bounds.into_iter().filter_map(|(console, (who, Bounds { least, most }))| {
        let ahead = least.filter(|ms| *ms > UNTOLD.as_millis() as i64);
        let behind = most.filter(|ms| *ms < -(UNTOLD.as_millis() as i64));
        let ms = ahead.or(behind)?;
        let by = Duration::from_millis(ms.unsigned_abs());
        Some((console.clone(), Skew { who: who.to_owned(), by, ahead: ms > 0 }))
    });
    told.collect()
}

fn at_least<'a>(bounds: &mut BTreeMap<&'a ConsoleId, (&'a str, Bounds)>, record: &'a Record, written_by: Time) {
    let known = &mut bounds.entry(&record.who.console).or_insert((&record.who.name, Bounds::default())).1;
    let least = (record.recorded - written_by).num_milliseconds();
    known.least = Some(known.least.map_or(least, |known| known.max(least)));
}
