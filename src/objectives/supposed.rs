//! What a supposed loss would mean for data: only what lives in the place can be lost with it.

use super::{
    loss::Span,
    reach::{Reach, of_data},
    sight::{Sight, SourceExposure},
};
use crate::{
    model::{Duration, Verdict},
    plan::Dataset,
};

/// What `would` says of `dataset`, once the supposed loss is known to spare it or perhaps to take it.
pub fn temper(
    would: (Option<Span>, Verdict, String),
    dataset: &Dataset,
    sources: &[SourceExposure],
    holding: Verdict,
    sight: &Sight,
) -> (Option<Span>, Verdict, String) {
    let Some(supposed) = sight.supposed else { return would };
    // What has happened already spares nothing by something else being lost too.
    if sight.loses.is_some_and(|lost| of_data(dataset, lost, sight.facts) != Reach::Spares) {
        return would;
    }
    match of_data(dataset, supposed, sight.facts) {
        Reach::Takes => would,
        Reach::Spares => {
            let left = sources.iter().any(|source| source.usable);
            let bare = if left { "" } else { "; until that is back it has no place to recover from" };
            (Some(Span::NONE), holding, format!("would lose nothing, it does not live there{bare}"))
        }
        Reach::CannotTell => {
            let (loses, verdict, words) = would;
            let loses = loses.map(|loses| Span::between(Duration::ZERO, loses.most));
            // It is lost only if it lives there.
            let verdict = verdict.min(Verdict::AtRisk).max(if verdict == Verdict::CannotTell { verdict } else { holding });
            (loses, verdict, format!("if it lives there, which the plan does not say: {words}"))
        }
    }
}
