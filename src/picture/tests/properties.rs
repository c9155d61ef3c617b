//! Whatever is observed, at whatever moment of an incident: a Picture comes out, and its green rests on fresh answers.

use proptest::prelude::*;

use super::{
    orders::{Look, good_answer, plan, t},
    unseen::greens,
};
use crate::{
    gates::questions,
    model::{Duration, Freshness, Reading, Sample, Signals, Value, Verdict},
};

/// How one question stands.
#[derive(Clone, Debug)]
enum Known {
    Absent,
    Failing,
    /// Answered so long ago, with the good answer or with odd values.
    Answered {
        age: i64,
        values: Option<Vec<Value>>,
        warns: bool,
    },
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::num::f64::ANY.prop_map(Value::Number),
        any::<bool>().prop_map(Value::Truth),
        prop_oneof![Just("primary"), Just("standby"), Just("streaming"), Just("\u{1b}[31m")].prop_map(|t| Value::Text(t.into())),
    ]
}

fn known() -> impl Strategy<Value = Known> {
    let odd = prop::option::weighted(0.4, prop::collection::vec(value(), 0..5));
    prop_oneof![
        1 => Just(Known::Absent),
        1 => Just(Known::Failing),
        4 => (-20i64..40, odd, prop::bool::weighted(0.1)).prop_map(|(age, values, warns)| Known::Answered { age, values, warns }),
    ]
}

const FACTS: [&str; 7] = ["role", "system", "lsn", "receiver", "receipt_age", "replay_age", "gaudi_capacity"];

fn look(n: usize, later: i64, known: &[Known]) -> Look {
    let mut look = if n == 0 { Look::peace() } else { Look::after(n) };
    look.now += chrono::TimeDelta::seconds(later);
    look.signals = Signals::default();
    for (question, known) in questions(&look.plan).iter().zip(known) {
        look.signals.expect(question);
        match known {
            Known::Absent => {}
            Known::Failing => look.signals.record(question, Err("refused".into()), look.now),
            Known::Answered { age, values, warns } => {
                let at = look.now - chrono::TimeDelta::seconds(*age);
                let odd = |values: &Vec<Value>| -> Vec<Sample> {
                    let named = values.iter().zip(FACTS);
                    named.map(|(v, fact)| Sample::bare(v.clone(), at).label("fact", fact).label("node", "a")).collect()
                };
                let samples = values.as_ref().map_or_else(|| good_answer(question, at), odd);
                let warnings = if *warns { vec!["partial".to_owned()] } else { vec![] };
                look.signals.record(question, Ok(Reading { samples, read: at, warnings, cards: Default::default() }), look.now);
            }
        }
    }
    look
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn r29_no_signals_whatever_make_green_without_fresh(
        n in 0usize..=17,
        later in 0i64..20_000,
        known in prop::collection::vec(known(), questions(&plan()).len()),
    ) {
        let look = look(n, later, &known);
        let picture = look.picture();
        prop_assert!(!picture.sentences.is_empty());
        let clean = picture.sentences.iter().all(|s| !s.text.is_empty() && !s.text.contains('\u{1b}'));
        prop_assert!(clean);
        // Fresh by the signal's own word, for the connection that a row rests on.
        let fresh = |via: &str| look.signals.0.values().any(|s| s.via == via && s.freshness(look.now) == Freshness::Fresh);
        for green in greens(&picture) {
            let rests_on: &[&str] = match green.split(' ').next().unwrap_or_default() {
                "tier" | "service" | "health" | "alert" => &["prom-west"],
                "cluster" => &["west"],
                "link" | "region" => continue,
                "source" if green.ends_with("replica") => &["db-west"],
                "source" => &["prom-west"],
                "gate" => &["prom-west", "db-west"],
                _ => &["prom-west", "db-west"],
            };
            prop_assert!(rests_on.iter().any(|via| fresh(via)), "{green} is green without a fresh answer");
        }
        for link in &picture.links {
            let answered = look.signals.0.values().filter(|s| s.via == link.name).all(|s| {
                s.failure.is_none() && s.reading.as_ref().is_some_and(|r| Duration::between(r.read, look.now) <= s.max_age)
            });
            prop_assert!(link.known != Freshness::Fresh || answered, "{}", link.name);
        }
        if picture.sentences[0].text == "All objectives hold." {
            prop_assert!(picture.tiers.iter().all(|tier| tier.verdict == Verdict::Met));
            prop_assert!(picture.datasets.iter().all(|data| data.verdict == Verdict::Met && data.sources.iter().any(|s| s.known == Freshness::Fresh)));
            prop_assert!(look.signals.0.values().all(|s| s.failure.is_none()));
        }
    }

    #[test]
    fn the_same_inputs_give_the_same_picture(n in 0usize..=17, known in prop::collection::vec(known(), questions(&plan()).len())) {
        let look = look(n, 3, &known);
        prop_assert_eq!(format!("{:?}", look.picture()), format!("{:?}", look.picture()));
    }
}

#[test]
fn moments_far_away_do_no_harm() {
    for seconds in [-1_000_000_000, -1, 0, 7_000_000_000] {
        let mut look = Look::after(12);
        look.now = t(seconds);
        assert!(!look.picture().sentences.is_empty());
    }
}
