//! Which sources are worth choosing between: one loses least, another may be faster.

use super::sight::SourceExposure;
use crate::model::{Duration, Time, Verdict};

/// Marks the best of `sources`, and each that restores faster than all that lose no more than it does. `eligible`: what
/// can be chosen at all. What is only known from before counts behind everything that is known now.
pub fn mark(sources: &mut [SourceExposure], eligible: impl Fn(&SourceExposure) -> bool) {
    let rank = |s: &SourceExposure| {
        let most = s.loses.map(|loses| loses.most);
        (s.verdict == Verdict::CannotTell, most, s.restore.unwrap_or(Duration::from_millis(u64::MAX)))
    };
    let mut order: Vec<usize> = (0..sources.len()).filter(|at| eligible(&sources[*at])).collect();
    order.sort_by_key(|at| rank(&sources[*at]));
    let Some((&best, rest)) = order.split_first() else { return };
    sources[best].best = true;
    let mut fastest = sources[best].restore;
    let all_guessed = sources[best].verdict == Verdict::CannotTell;
    for &at in rest {
        let known = all_guessed || sources[at].verdict != Verdict::CannotTell;
        if let (Some(own), Some(least)) = (sources[at].restore, fastest)
            && own < least
            && known
        {
            sources[at].faster = true;
            fastest = Some(own);
        }
    }
}

/// Why the best one is the best, what it costs, and what is not proven of it: the reason beside the star.
pub fn why_best(sources: &[SourceExposure], now: Time) -> Option<String> {
    let best = sources.iter().find(|s| s.best)?;
    let why = why_chosen(best, sources);
    let doubt = best.proof.words(now).filter(|_| best.proof.verdict() > Verdict::OnTrack);
    Some(doubt.map_or(why.clone(), |doubt| format!("{why}; {doubt}")))
}

fn why_chosen(best: &SourceExposure, sources: &[SourceExposure]) -> String {
    if let Some(faster) = sources.iter().filter(|s| s.faster).min_by_key(|s| s.restore) {
        let loses = faster.loses.map(|loses| format!(", and loses {}", loses.words())).unwrap_or_default();
        let sooner = match (best.restore, faster.restore) {
            (Some(own), Some(other)) => format!("~{} faster", own.saturating_sub(other).about()),
            _ => "faster".to_owned(),
        };
        return format!("loses least; {} is {sooner}{loses}", faster.name);
    }
    let others: Vec<&SourceExposure> = sources.iter().filter(|s| !s.best && s.usable && s.loses.is_some()).collect();
    let most = best.loses.map(|loses| loses.most);
    match others.iter().find(|s| s.loses.map(|loses| loses.most) == most) {
        _ if others.is_empty() && sources.len() == 1 => "the only one".to_owned(),
        _ if others.is_empty() => "the only one that can be used".to_owned(),
        Some(equal) => format!("loses as little as {}, and is back no later", equal.name),
        None => "loses least, and none is faster".to_owned(),
    }
}
