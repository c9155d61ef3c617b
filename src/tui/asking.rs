//! Asking where a value comes from: what is meant by it on which screen, and what can be asked about.

use super::{
    view::{Screen, View},
    why::{Meant, Why},
};
use crate::picture::{Origin, OriginKind, Picture};

/// What one who asks on the present screen means.
pub fn meant(view: &View, picture: &Picture) -> Why {
    Why::about(match view.screen {
        Screen::Data => Meant::First(OriginKind::Data),
        Screen::Gaudi => Meant::First(OriginKind::Cards),
        Screen::Alerts => Meant::First(OriginKind::Alert),
        Screen::Runbook => view.chosen_step(picture).map_or(Meant::Worst, |step| Meant::Step(step.number)),
        _ => Meant::Worst,
    })
}

/// Those that the filter lets through.
pub fn listed<'p>(picture: &'p Picture, view: &View) -> Vec<&'p Origin> {
    let passes = |origin: &&Origin| {
        let asked = origin.asks.iter().map(|asked| format!(" {} {}", asked.via, asked.question)).collect::<String>();
        view.passes(&format!("{} {}{asked}", origin.what, origin.says))
    };
    picture.origins.iter().filter(passes).collect()
}
