//! What each verb does: moves the view, opens a dialog, or says why not. Only hold and asking again act at once.

use super::{
    alert_list,
    asking::{listed, meant},
    available::{moves_on, step_next, watched},
    dialogs::{Ask, Consent, Form, TextField, YesNo, declaring, questions},
    effect::Effect,
    prompt::Prompt,
    screens::why,
    theme::Role,
    verbs::{Group, Verb},
    view::{Dialog, Screen, View},
};
use crate::{
    console::Request,
    incident::{Command, Refusal, RunKind, Status},
    model::text::clean,
    picture::{FromAlert, Picture, StepPicture, from_alert},
};

/// `rest` is what was typed behind the verb's name.
pub fn perform(view: &mut View, verb: Verb, rest: &str, picture: &Picture) -> Vec<Effect> {
    let mut rest = rest;
    if verb.group() == Group::Step || verb == Verb::Runbook {
        match named_step(rest, picture) {
            Ok(Some((at, left))) => {
                choose(view, picture, at);
                rest = left;
            }
            Ok(None) => {}
            Err(why) => return refuse(view, verb, &why),
        }
    }
    view.forget_refusals();
    let step = view.chosen_step(picture);
    if let Err(refusal) = verb.available(picture, step) {
        return refuse(view, verb, &refusal);
    }
    match verb {
        Verb::Quit => view.quitting = Some(YesNo::default()),
        Verb::Suspend => return suspend(view, picture),
        Verb::AskNow => return send(Request::AskNow),
        Verb::Hold => return hold(rest, picture),
        Verb::Command => view.prompt = Some(Prompt::default()),
        Verb::Find => {
            let words = view.filters.get(&view.screen).map_or("", String::as_str);
            view.find = Some(TextField::with(if rest.is_empty() { words } else { rest }));
        }
        Verb::Board => show(view, Screen::Board),
        Verb::Runbook => show(view, Screen::Runbook),
        Verb::Journal => show(view, Screen::Journal),
        Verb::Data => show(view, Screen::Data),
        Verb::Systems => show(view, Screen::Systems),
        Verb::Why if view.screen == Screen::Why => show(view, Screen::Board),
        Verb::Why => {
            view.why = meant(view, picture);
            view.scroll.remove(&Screen::Why);
            show(view, Screen::Why);
        }
        Verb::Copy => return vec![Effect::Copy(read(view, picture))],
        Verb::Gaudi => show(view, Screen::Gaudi),
        Verb::Alerts => show(view, Screen::Alerts),
        Verb::Members => {
            show(view, Screen::Alerts);
            alert_list::open(view, picture);
        }
        Verb::Measure => {
            view.heat.another_measure();
            show(view, Screen::Gaudi);
        }
        Verb::Help if view.screen == Screen::Help => show(view, Screen::Board),
        Verb::Help => show(view, Screen::Help),
        Verb::Up
        | Verb::Down
        | Verb::Left
        | Verb::Right
        | Verb::PageUp
        | Verb::PageDown
        | Verb::First
        | Verb::Last
        | Verb::Follow => step_to(view, verb, picture),
        _ => match step.filter(|_| verb.group() == Group::Step) {
            Some(step) => return on_step(view, verb, rest, step, picture),
            None => on_incident(view, verb, rest, picture),
        },
    }
    vec![]
}

/// What a person would copy here: all about the value they ask about, else the verdict.
fn read(view: &View, picture: &Picture) -> String {
    let asked = listed(picture, view);
    match view.why.chosen(&asked).filter(|_| view.screen == Screen::Why) {
        Some((_, origin)) => why::text(origin, picture.now),
        None => picture.sentences.iter().map(|sentence| clean(&sentence.text)).collect::<Vec<_>>().join(" "),
    }
}

fn send(request: Request) -> Vec<Effect> {
    vec![Effect::Send(Box::new(request))]
}

/// Says why not, and what would make it possible.
pub fn refuse(view: &mut View, verb: Verb, refusal: &Refusal) -> Vec<Effect> {
    view.say(Role::Warn, format!(":{} is refused: {}", verb.name(), refusal.in_words()));
    vec![]
}

/// Stopping this console stops what it carries out, too: with an action under way it takes a second wish.
pub fn suspend(view: &mut View, picture: &Picture) -> Vec<Effect> {
    let own = |step: &StepPicture| step.who.as_ref().is_none_or(|who| *who == picture.place.you);
    let runs = picture.book.iter().flat_map(|book| &book.steps).any(|step| step.status == Status::Running && own(step));
    if runs && !view.warned_of_suspending {
        view.warned_of_suspending = true;
        view.say(Role::Warn, "an action runs, and suspending stops this console with it: once more does it");
        return vec![];
    }
    view.warned_of_suspending = false;
    vec![Effect::Suspend]
}

/// One key, any screen, nothing asked (RULES R5).
fn hold(rest: &str, picture: &Picture) -> Vec<Effect> {
    let why = if rest.is_empty() { format!("{} pressed hold", picture.place.you) } else { rest.to_owned() };
    send(Request::Do(Command::Hold { why }))
}

fn show(view: &mut View, screen: Screen) {
    view.screen = screen;
    view.find = None;
}

/// A step's number or id before the rest of what was typed: `5 vendor says so`.
fn named_step<'t>(rest: &'t str, picture: &Picture) -> Result<Option<(usize, &'t str)>, Refusal> {
    let (word, left) = rest.split_once(' ').unwrap_or((rest, ""));
    let steps = picture.book.as_ref().map(|book| book.steps.as_slice()).unwrap_or_default();
    if let Some(at) = steps.iter().position(|step| step.id.as_str() == word) {
        return Ok(Some((at, left.trim())));
    }
    let Ok(number) = word.parse::<usize>() else { return Ok(None) };
    match steps.iter().position(|step| step.number == number) {
        Some(at) => Ok(Some((at, left.trim()))),
        None => Err(Refusal::new(format!("there is no step {number}"), format!("the runbook has {} steps", steps.len()))),
    }
}

fn choose(view: &mut View, picture: &Picture, at: usize) {
    let step = picture.book.as_ref().and_then(|book| book.steps.get(at));
    if view.chosen.as_ref() != step.map(|step| &step.id) {
        view.scroll.remove(&Screen::Runbook);
    }
    view.chosen = step.map(|step| step.id.clone());
}

fn step_to(view: &mut View, verb: Verb, picture: &Picture) {
    let screen = view.screen;
    if screen == Screen::Gaudi && verb != Verb::Follow {
        let page = view.extent.page.max(1);
        return view.heat.step(verb, page, picture);
    }
    if screen == Screen::Alerts && !matches!(verb, Verb::Left | Verb::Right | Verb::Follow) {
        return alert_list::step(view, verb, picture);
    }
    if screen == Screen::Why && matches!(verb, Verb::Up | Verb::Down | Verb::First | Verb::Last) {
        view.scroll.remove(&Screen::Why);
        let mut why = view.why.clone();
        why.step(verb, &listed(picture, view));
        view.why = why;
        return;
    }
    if verb == Verb::Follow {
        view.heat.leave();
        while view.alerts.leave() {}
        view.chosen = None;
        view.scroll.remove(&screen);
        return;
    }
    let scrolls = match screen {
        Screen::Board => false,
        // The cursor goes through the steps, pages through the chosen step's text.
        Screen::Runbook => matches!(verb, Verb::PageUp | Verb::PageDown),
        _ => true,
    };
    if !scrolls {
        let count = picture.book.as_ref().map_or(0, |book| book.steps.len());
        let Some(at) = view.chosen_index(picture) else { return };
        let last = count.saturating_sub(1);
        let to = match verb {
            Verb::Up => at.saturating_sub(1),
            Verb::Down => (at + 1).min(last),
            Verb::PageUp => at.saturating_sub(8),
            Verb::PageDown => (at + 8).min(last),
            Verb::First => 0,
            _ => last,
        };
        return choose(view, picture, to);
    }
    let (page, most) = (view.extent.page.max(1), view.extent.most);
    let from = view.scrolled().min(most);
    // The journal counts from its end, where the newest is.
    let verb = match (screen, verb) {
        (Screen::Journal, Verb::Up) => Verb::Down,
        (Screen::Journal, Verb::Down) => Verb::Up,
        (Screen::Journal, Verb::PageUp) => Verb::PageDown,
        (Screen::Journal, Verb::PageDown) => Verb::PageUp,
        (Screen::Journal, Verb::First) => Verb::Last,
        (Screen::Journal, Verb::Last) => Verb::First,
        (_, verb) => verb,
    };
    let to = match verb {
        Verb::Up | Verb::Left => from.saturating_sub(1),
        Verb::Down | Verb::Right => from + 1,
        Verb::PageUp => from.saturating_sub(page),
        Verb::PageDown => from + page,
        Verb::First => 0,
        _ => most,
    };
    view.scroll.insert(screen, to.min(most));
}

fn on_incident(view: &mut View, verb: Verb, rest: &str, picture: &Picture) {
    if verb == Verb::Declare {
        let form = declaring::declare(picture, under_cursor(view, picture));
        open_form(view, form, rest);
        if let Some(Dialog::Form(form)) = &mut view.dialog {
            declaring::follow(form, picture);
        }
        return;
    }
    if let Some(form) = questions::about_incident(verb, picture) {
        return open_form(view, form, rest);
    }
    let ask = match verb {
        Verb::Release => {
            let held = picture.incident.as_ref().and_then(|incident| incident.hold.as_ref());
            let words = held.map_or_else(String::new, |(who, why, _)| format!("{who} holds: {why}. Steps may start again."));
            Ask::new("Release the hold", words, "yes, release", Request::Do(Command::Release))
        }
        Verb::ResumeDrill => {
            let suspended = picture.incident.as_ref().and_then(|incident| incident.suspended.as_ref());
            let words = suspended.map_or_else(String::new, |(why, _)| format!("It waits since: {why}. Steps may start again."));
            Ask::new("Resume the drill", words, "yes, resume", Request::Do(Command::ResumeDrill))
        }
        Verb::Automate => {
            let own = picture.book.iter().flat_map(|book| &book.by_itself);
            let list: Vec<_> = own.clone().map(|step| step.words.as_str()).collect();
            let words = format!(
                "These start by themselves when their turn comes, and stop at the first that does not succeed:\n{}",
                list.join("\n")
            );
            let steps = own.map(|step| step.id.clone()).collect();
            let consent = Request::Do(Command::ConsentToAutomation { steps, by: None });
            Ask::new("Consent to what runs by itself", words, "yes, I consent", consent)
        }
        Verb::Adopt => {
            let differs = picture.book.as_ref().and_then(|book| book.changed_on_disk.clone()).unwrap_or_default();
            let words = format!("{differs}\nSteps that are started stay as they are.");
            Ask::new("Adopt the runbook as it is on disk", words, "yes, adopt", Request::AdoptRunbook)
        }
        _ => return,
    };
    view.dialog = Some(Dialog::Ask(Box::new(ask)));
}

/// What the alert under the cursor says, where alerts are listed.
fn under_cursor(view: &View, picture: &Picture) -> Option<FromAlert> {
    let (row, member) = alert_list::meant(view, picture).filter(|_| view.screen == Screen::Alerts)?;
    from_alert(picture, row, member)
}

fn open_form(view: &mut View, mut form: Form, rest: &str) {
    form.prefill(rest);
    view.dialog = Some(Dialog::Form(Box::new(form)));
}

fn on_step(view: &mut View, verb: Verb, rest: &str, step: &StepPicture, picture: &Picture) -> Vec<Effect> {
    let name = format!("{}. {}", step.number, step.title);
    let look = |view: &mut View, kind: RunKind| {
        view.dialog = Some(Dialog::Consent(Box::new(Consent::looking(step, kind))));
        send(Request::Preview { step: step.id.clone(), kind })
    };
    let ask = match verb {
        Verb::Do => {
            if let Some(sees) = watched(step) {
                let text = format!("Lifeboat watches step {} itself, and sees: {sees}. It passes by itself", step.number);
                view.say(Role::Accent, text);
                // What would prove it stands in full on the runbook.
                show(view, Screen::Runbook);
                return vec![];
            }
            if let Some(next) = moves_on(step, picture) {
                view.say(Role::Text, format!("step {} {}: on to step {}", step.number, step.status.words(), next.number));
                // Followed again, not chosen: what is next stays under the cursor.
                view.chosen = None;
                view.scroll.remove(&Screen::Runbook);
                return vec![];
            }
            // Availability was checked: there is a next act.
            return match step_next(step) {
                Ok(next) => on_step(view, next, rest, step, picture),
                Err(refusal) => refuse(view, verb, &refusal),
            };
        }
        Verb::Start => return look(view, RunKind::First),
        Verb::Retry => return look(view, RunKind::Retry),
        Verb::Undo => return look(view, RunKind::Undo),
        Verb::Approve => {
            match &step.approval_asked {
                Some(asked) => view.dialog = Some(Dialog::Consent(Box::new(Consent::approving(step, asked)))),
                None => {
                    let refusal = Refusal::new("nobody asked for it", "have it asked with :ask-approval");
                    return refuse(view, verb, &refusal);
                }
            }
            return vec![];
        }
        Verb::AskApproval => Ask::new(
            format!("Ask for approval of {name}"),
            "Looks at what would be sent now, and asks another person to approve exactly that. Nothing is carried out.",
            "yes, ask",
            Request::AskApproval { step: step.id.clone() },
        ),
        Verb::ReadBack => Ask::new(
            format!("Read back {name}"),
            "Asks the servers whether the unknown parts happened. Sends nothing that changes.",
            "yes, read back",
            Request::ReadBack { step: step.id.clone() },
        ),
        Verb::WatchAgain => Ask::new(
            format!("Watch again the gate of {name}"),
            "The gate gets its full time once more, from now on.",
            "yes, watch",
            Request::Do(Command::WatchGateAgain { step: step.id.clone() }),
        ),
        _ => {
            if let Some(form) = questions::about_step(verb, step, picture) {
                open_form(view, form, rest);
            }
            return vec![];
        }
    };
    view.dialog = Some(Dialog::Ask(Box::new(ask)));
    vec![]
}
