//! Jumps of this machine's clock: wall time against a clock that nobody sets (RULES R11).

use crate::{
    incident::{Event, Record},
    model::{Duration, Time},
};

/// A time that the clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// By how many milliseconds wall time went another way than it should; negative when set back.
    pub by_ms: i64,
    /// By the new time, as the journal tells it too.
    pub at: Time,
    /// By the clock that nobody sets.
    pub steady: Duration,
    /// The newest record that was known then.
    pub newest: u64,
}

/// Compares the two from look to look.
#[derive(Debug, Default)]
pub struct Jumps {
    last: Option<(Time, Duration)>,
    seen: Vec<Jump>,
}

impl Jumps {
    /// Smaller ones are everyday corrections.
    const WORTH_TELLING: Duration = Duration::from_secs(5);
    /// So long a jump is shown.
    const SHOWN: Duration = Duration::from_mins(10);
    /// A console that sees the same jump tells it by then.
    const TOLD_BY: Duration = Duration::from_mins(1);

    /// The jump since the last look, if there was one. `newest`: the newest record that is known.
    pub fn look(&mut self, now: Time, steady: Option<Duration>, newest: u64) -> Option<Jump> {
        let steady = steady?;
        let (before, steady_before) = self.last.replace((now, steady))?;
        let by_ms = (now - before - steady.saturating_sub(steady_before).delta()).num_milliseconds();
        if by_ms.unsigned_abs() <= Self::WORTH_TELLING.as_millis() {
            return None;
        }
        let jump = Jump { by_ms, at: now, steady, newest };
        self.seen.push(jump);
        Some(jump)
    }

    /// What is said of the newest jump while it is news.
    pub fn told(&self, steady: Option<Duration>, now: Time) -> Option<String> {
        let steady = steady?;
        let Jump { by_ms, at, .. } = self.seen.last().filter(|jump| steady.saturating_sub(jump.steady) <= Self::SHOWN)?;
        let (way, by) = (if *by_ms < 0 { "back" } else { "ahead" }, Duration::from_millis(by_ms.unsigned_abs()).about());
        let at = crate::model::time::clock(*at, now);
        Some(format!(
            "this machine's clock was set {way} by {by} at {at}: what has elapsed goes on, records keep their order, \
             their times differ by that much"
        ))
    }

    /// By how much the times of an incident with these records have to be moved, because jumps are not in the journal:
    /// it cannot be written, or nobody is there to write it.
    pub fn untold(&self, records: &[Record]) -> i64 {
        let Some(first) = records.first().map(|record| record.seq) else { return 0 };
        let told = |jump: &Jump| {
            // Another console of this machine may have told it a moment before it was seen here.
            records.iter().rev().take_while(|record| record.seq + 64 > jump.newest).any(|record| match record.event {
                Event::ClockJumped { by_ms } => {
                    by_ms.abs_diff(jump.by_ms) <= Self::WORTH_TELLING.as_millis()
                        && (record.recorded - jump.at).num_milliseconds().unsigned_abs() <= Self::TOLD_BY.as_millis()
                }
                _ => false,
            })
        };
        self.seen.iter().filter(|jump| first <= jump.newest && !told(jump)).map(|jump| jump.by_ms).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Actor;

    fn at(secs: i64) -> Time {
        Time::from_timestamp(1_700_000_000 + secs, 0).unwrap()
    }

    #[test]
    fn r11_a_jump_of_more_than_five_seconds_is_told_once_either_way() {
        let mut jumps = Jumps::default();
        let mut look = |wall, steady| jumps.look(at(wall), Some(Duration::from_secs(steady)), 0).map(|jump| jump.by_ms);
        assert_eq!(look(0, 100), None, "there is nothing to compare with yet");
        assert_eq!(look(1, 101), None);
        assert_eq!(look(7, 102), None, "5s is not worth telling");
        assert_eq!(look(3_608, 103), Some(3_600_000));
        assert_eq!(look(3_609, 104), None, "once");
        assert_eq!(look(9, 105), Some(-3_601_000), "set back");
        assert_eq!(look(609, 705), None, "a pause of ten minutes is no jump");
    }

    #[test]
    fn simulated_time_never_jumps() {
        let mut jumps = Jumps::default();
        assert_eq!((jumps.look(at(0), None, 0), jumps.look(at(9_000), None, 0)), (None, None));
    }

    #[test]
    fn r11_it_is_shown_for_ten_minutes() {
        let mut jumps = Jumps::default();
        let steady = |secs| Some(Duration::from_secs(secs));
        jumps.look(at(0), steady(0), 0);
        jumps.look(at(3_601), steady(1), 0);
        let told = jumps.told(steady(300), at(3_900)).unwrap();
        assert!(told.contains("set ahead by 1h at 23:13:21Z"), "{told}");
        assert_eq!(jumps.told(steady(700), at(4_300)), None);
    }

    #[test]
    fn r11_what_the_journal_does_not_say_moves_the_incident_here_until_it_does() {
        let record = |seq: u64, secs: i64, event| {
            let (incident, who) = ("INC-0001".into(), Actor::new("Ada", "a"));
            Record { seq, incident, recorded: at(secs), happened: None, who, event }
        };
        let note = |seq, secs| record(seq, secs, Event::Noted { text: "x".into() });
        let mut jumps = Jumps::default();
        let steady = |secs| Some(Duration::from_secs(secs));
        jumps.look(at(0), steady(0), 7);
        jumps.look(at(3_601), steady(1), 7);
        let mut records = vec![note(5, 0), note(7, 1)];
        assert_eq!(jumps.untold(&records), 3_600_000);
        records.push(record(8, 3_603, Event::ClockJumped { by_ms: 3_600_050 }));
        assert_eq!(jumps.untold(&records), 0);
        assert_eq!(jumps.untold(&[note(9, 3_700)]), 0, "declared since");
        // An earlier jump that is told stays told when the clock goes back.
        jumps.look(at(11), steady(11), 8);
        assert_eq!(jumps.untold(&records), -3_600_000);
    }
}
