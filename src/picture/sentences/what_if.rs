//! What a supposed loss would cost, in sentences that can be read aloud, the worst first.

use std::cmp::Reverse;

use super::rank::{names, sentence_case};
use crate::{
    model::Verdict,
    picture::{
        inputs::Ground,
        scene::{LossRow, Picture, Sentence, TierLoss},
    },
};

/// Never empty. `picture`: the world without it.
pub fn what_if(row: &LossRow, picture: &Picture, ground: &Ground) -> Vec<Sentence> {
    let mut all: Vec<Sentence> = Vec::new();
    let say = |all: &mut Vec<Sentence>, verdict: Verdict, text: String| all.push(Sentence { text, verdict });
    for tier in row.tiers.iter().filter(|tier| tier.hit || tier.short.is_some()) {
        say(&mut all, tier.verdict.max(if tier.short.is_some() { Verdict::AtRisk } else { tier.verdict }), of_tier(tier));
    }
    let bad: Vec<_> =
        picture.datasets.iter().filter(|dataset| dataset.verdict > Verdict::OnTrack && row.data.is_some()).collect();
    for dataset in &bad {
        say(&mut all, dataset.verdict, format!("{} {}.", dataset.name, dataset.words));
    }
    let gone = picture.datasets.iter().flat_map(|dataset| &dataset.sources).filter(|source| !source.usable).count();
    match (bad.is_empty() && row.data.is_some(), gone) {
        (true, 0) => say(&mut all, Verdict::Met, "No data would be lost beyond what is allowed.".into()),
        (true, 1) => say(
            &mut all,
            Verdict::Met,
            "No data would be lost beyond what is allowed; 1 place to recover from would be gone.".into(),
        ),
        (true, n) => {
            say(
                &mut all,
                Verdict::Met,
                format!("No data would be lost beyond what is allowed; {n} places to recover from would be gone."),
            );
        }
        (false, _) => {}
    }
    if !row.steps_there.is_empty() {
        let runbook = ground.supposed.as_ref().and_then(|supposed| supposed.runbook).map_or("the runbook", |r| r.name.as_str());
        let numbers: Vec<String> = row.steps_there.iter().map(ToString::to_string).collect();
        let (step, acts) = if numbers.len() == 1 { ("Step", "acts") } else { ("Steps", "act") };
        say(&mut all, Verdict::AtRisk, format!("{step} {} of {runbook} {acts} there: expect no answer.", names(&numbers)));
    }
    if all.is_empty() {
        say(&mut all, Verdict::Met, "Nothing in the plan would be missed.".into());
    }
    for sentence in &mut all {
        sentence.text = sentence_case(&sentence.text);
    }
    all.sort_by_key(|sentence| Reverse(sentence.verdict));
    all
}

fn of_tier(tier: &TierLoss) -> String {
    let name = &tier.tier;
    match (tier.short, tier.back, tier.rto) {
        (Some(short), ..) => format!("{name} would be {short} cards short."),
        (None, Some(back), Some(rto)) if back > rto => format!("{name} would be back in ~{}, {rto} is allowed.", back.about()),
        (None, Some(back), Some(rto)) => format!("{name} would be back in ~{} of {rto}.", back.about()),
        (None, Some(back), None) => format!("{name} would be back in ~{}.", back.about()),
        (None, None, _) => format!("{name}: {}.", tier.words),
    }
}
