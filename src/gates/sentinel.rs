//! What a Sentinel sees of a master, read from its facts.

use super::judgement::Judgement;
use crate::model::{Reading, Value, text::clean};

/// Holds while the master is up in the Sentinel's eyes, a failover could be authorized and a replica could take over.
pub fn could_fail_over(reading: &Reading) -> Judgement {
    let Some(measured) = reading.samples.iter().map(|s| s.measured).min() else { return Judgement::unknown("no sample") };
    let fact = |name: &str| {
        let found = reading.samples.iter().find(|s| s.labels.get("fact").is_some_and(|f| f == name))?;
        Some(&found.value)
    };
    let truth = |name: &str| match fact(name) {
        Some(Value::Truth(is)) => Some(*is),
        _ => None,
    };
    let count = |name: &str| fact(name).and_then(Value::number);
    let primary = fact("primary").map_or_else(|| "a primary it does not name".to_owned(), |p| clean(&p.to_string()));
    let (Some(up), Some(quorum), Some(ok)) = (truth("up"), truth("quorum_ok"), count("ok_replicas")) else {
        return Judgement::unknown("the Sentinel does not say all that is needed");
    };
    let sentinels = match (count("quorum"), count("sentinels")) {
        (Some(quorum), Some(all)) => format!(", quorum {quorum} of {all} Sentinels"),
        _ => String::new(),
    };
    let words = match (up, quorum, ok > 0.0) {
        (false, ..) => format!("{primary} is down in its eyes"),
        (true, false, _) => format!("{primary} is up, but no failover could be authorized{sentinels}"),
        (true, true, false) => format!("{primary} is up, but no replica could take over"),
        (true, true, true) => format!("{primary} is up, {ok} could take over{sentinels}"),
    };
    Judgement::told(up && quorum && ok > 0.0, words, measured)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gates::judgement::Answer,
        model::{Sample, Time},
    };

    fn judged(up: bool, quorum: bool, ok: f64) -> Judgement {
        let at = Time::from_timestamp(1_700_000_000, 0).unwrap();
        let facts: [(&str, Value); 6] = [
            ("primary", "10.1.0.15:6379".into()),
            ("up", up.into()),
            ("quorum_ok", quorum.into()),
            ("ok_replicas", ok.into()),
            ("quorum", 2.0.into()),
            ("sentinels", 3.0.into()),
        ];
        let samples = facts.into_iter().map(|(fact, value)| Sample::bare(value, at).label("fact", fact)).collect();
        could_fail_over(&Reading { samples, read: at, warnings: Vec::new(), cards: Default::default() })
    }

    #[test]
    fn a_failover_needs_a_quorum_and_a_replica() {
        assert_eq!(judged(true, true, 1.0).words, "10.1.0.15:6379 is up, 1 could take over, quorum 2 of 3 Sentinels");
        assert!(judged(true, false, 1.0).words.contains("could be authorized"));
        assert!(judged(true, true, 0.0).words.contains("no replica"));
        assert_eq!(judged(false, true, 1.0).state, Answer::Fails);
        let empty = Reading {
            samples: Vec::new(),
            read: Time::from_timestamp(1_700_000_000, 0).unwrap(),
            warnings: Vec::new(),
            cards: Default::default(),
        };
        assert_eq!(could_fail_over(&empty).state, Answer::Unknown);
    }
}
