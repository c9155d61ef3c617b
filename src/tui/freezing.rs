//! Freezing the screen, supposing a loss, and what each verb does meanwhile (RULES R17).

use std::sync::Arc;

use super::{
    aside::{Aside, Kind, Meaning},
    effect::Effect,
    perform,
    verbs::Verb,
    view::{Screen, View},
};
use crate::{console::Request, incident::Refusal, model::time, picture::Picture};

/// Performs `verb` on `newest`, or as it is meant on what the screen shows instead. `rest` is what was typed behind it.
pub fn perform(view: &mut View, verb: Verb, rest: &str, newest: &Arc<Picture>) -> Vec<Effect> {
    // Where alerts are listed, Enter means them and no step.
    let verb = if verb == Verb::Do && view.screen == Screen::Alerts { Verb::Members } else { verb };
    let Some(aside) = view.aside.clone() else {
        if verb != Verb::Freeze {
            return perform::perform(view, verb, rest, newest);
        }
        view.forget_refusals();
        view.aside = Some(Aside::frozen(newest.clone(), view.uptime));
        return vec![];
    };
    let shown = aside.shown(newest);
    match aside.meaning(verb, view.chosen_step(shown)) {
        Meaning::Looks => perform::perform(view, verb, rest, shown),
        Meaning::Console => perform::perform(view, verb, rest, newest),
        Meaning::Holds => hold(view, rest, shown, newest),
        Meaning::Leaves => {
            view.forget_refusals();
            leave(view)
        }
        Meaning::Consents => {
            // The step that was looked at, whichever comes next by now.
            view.chosen = view.chosen_step(shown).map(|step| step.id.clone());
            let mut effects = leave(view);
            effects.extend(perform::perform(view, verb, rest, newest));
            effects
        }
        Meaning::Refused => {
            let why = match aside.kind {
                Kind::Frozen => format!("this is FROZEN, as it was at {}", time::clock(shown.now, newest.now)),
                Kind::WhatIf => "this is WHAT IF, not how it is".to_owned(),
            };
            let key = view.keys.shown(aside.kind.left_by());
            perform::refuse(view, verb, &Refusal::new(why, format!("go back to now with {key}, and look again")))
        }
    }
}

/// Back to now. What was supposed is supposed no more.
pub fn leave(view: &mut View) -> Vec<Effect> {
    view.supposing = None;
    match view.aside.take().map(|aside| aside.kind) {
        Some(Kind::WhatIf) => vec![Effect::Send(Box::new(Request::Suppose(None)))],
        Some(Kind::Frozen) | None => vec![],
    }
}

/// The newest Picture holds the world that was asked for, or no longer does.
pub fn see(view: &mut View, newest: &Picture) {
    let held = newest.supposed.as_ref().map(|supposed| &supposed.loss);
    match &view.aside {
        None if held.is_some() && held == view.supposing.as_ref() => view.aside = Some(Aside::what_if(view.uptime)),
        Some(aside) if aside.kind == Kind::WhatIf && held.is_none() => view.aside = None,
        _ => {}
    }
}

/// What a person sees is what they mean to hold, also when another incident took the screen meanwhile.
fn hold(view: &mut View, rest: &str, shown: &Picture, newest: &Picture) -> Vec<Effect> {
    let id = |picture: &Picture| picture.incident.as_ref().map(|incident| incident.id.clone());
    match id(shown).filter(|seen| id(newest).as_ref() != Some(seen)) {
        None => perform::perform(view, Verb::Hold, rest, newest),
        Some(incident) => {
            let held = perform::perform(view, Verb::Hold, rest, shown);
            let of = |effect: Effect| match effect {
                Effect::Send(request) => Effect::Send(Box::new(Request::For { incident: incident.clone(), request })),
                other => other,
            };
            held.into_iter().map(of).collect()
        }
    }
}

/// Esc on a screen: the filter goes first, then the cursor, then the screen, and at last what is shown instead of now.
pub fn back(view: &mut View) -> Vec<Effect> {
    view.messages.clear();
    if view.filters.remove(&view.screen).is_some_and(|words| !words.is_empty()) {
        return vec![];
    }
    if view.screen == Screen::Alerts && view.alerts.leave() {
        return vec![];
    }
    if view.screen == Screen::Gaudi && view.heat.leave() {
        return vec![];
    }
    if view.chosen.take().is_some() {
        return vec![];
    }
    if view.scroll.remove(&view.screen).is_some_and(|from| from > 0) {
        return vec![];
    }
    if view.screen == Screen::Board {
        return leave(view);
    }
    view.screen = Screen::Board;
    vec![]
}
