//! The lines above and below every screen: where you are, the verdict, the newest event, the keys that work.

use ratatui::{
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::{
    alert_list,
    aside::{Aside, Kind},
    available::{moves_on, step_next, watched},
    fit,
    keymap::Key,
    theme::{Role, Theme},
    verbs::Verb,
    view::{Screen, View},
};
use crate::{
    model::{text::clean, time},
    picture::{Picture, UNDECLARED, World},
};

/// A piece of line 1. The highest `spare` goes first when there is no room; 0 stays.
struct Piece {
    spare: u8,
    /// May be cut to this many columns before others go.
    least: Option<usize>,
    text: String,
    style: Style,
    right: bool,
    cut: Option<usize>,
}

impl Piece {
    fn columns(&self) -> usize {
        let all = fit::width(&self.text);
        self.cut.map_or(all, |cut| cut.min(all))
    }
}

/// Line 1: the world, plan, incident; who you are, who else looks on, the time.
pub fn place(picture: &Picture, width: usize, theme: &Theme) -> Line<'static> {
    let place = &picture.place;
    let drill = picture.incident.as_ref().is_some_and(|i| i.drill);
    let world = if drill && place.world == World::Production { World::Drill } else { place.world };
    let badge = match (world, drill) {
        (World::Simulated, true) => "SIMULATED DRILL",
        (world, _) => world.word(),
    };
    let piece = |spare, text: String, style| Piece { spare, least: None, text: clean(&text), style, right: false, cut: None };
    let (strong, dim, plain) = (theme.style(Role::Strong), theme.style(Role::Dim), Style::new());
    let mut pieces = vec![
        piece(7, "LIFEBOAT".into(), theme.style(Role::Title)),
        piece(0, format!(" {badge} "), theme.world(world)),
        piece(if picture.incident.is_some() { 9 } else { 4 }, place.plan.clone(), plain),
    ];
    match &picture.incident {
        None => pieces.push(piece(2, "no incident".into(), dim)),
        Some(incident) => {
            pieces.push(piece(3, incident.id.to_string(), strong));
            pieces.push(piece(4, incident.severity.to_string(), strong));
            pieces.push(Piece { least: Some(12), ..piece(5, incident.title.clone(), plain) });
            if !incident.broken_glass.is_empty() {
                let at = incident.broken_glass.join(", ");
                pieces.push(piece(1, format!("GLASS BROKEN {at}"), theme.style(Role::Bad)));
            }
            if let Some(closed) = &incident.closed {
                pieces.push(piece(2, format!("CLOSED, {closed}"), theme.style(Role::Good)));
            }
        }
    }
    let right = |spare, text: String, style| Piece { right: true, ..piece(spare, text, style) };
    if place.read_only {
        pieces.push(right(2, "READ ONLY".into(), theme.style(Role::Warn)));
    }
    let roles = if place.roles.is_empty() { String::new() } else { format!(", {}", place.roles.join(", ")) };
    pieces.push(right(6, format!("{}{roles}", place.you), plain));
    if !place.others.is_empty() {
        pieces.push(right(8, format!("{} more", place.others.len()), dim));
    }
    pieces.push(right(1, time::clock(picture.now, picture.now), plain));
    // One column before the first piece, two between the rest. The title is cut first, but gets back what others leave.
    let needed = |pieces: &[Piece]| 1 + pieces.iter().map(|p| p.columns() + 2).sum::<usize>();
    while needed(&pieces) > width.max(1) {
        let over = needed(&pieces) - width;
        if let Some(piece) = pieces.iter_mut().find(|p| p.least.is_some_and(|least| p.columns() > least)) {
            piece.cut = Some(piece.columns().saturating_sub(over).max(piece.least.unwrap_or(0)));
            continue;
        }
        let Some(at) = (0..pieces.len()).filter(|&i| pieces[i].spare > 0).max_by_key(|&i| pieces[i].spare) else { break };
        pieces.remove(at);
    }
    let left = width.saturating_sub(needed(&pieces));
    if let Some(piece) = pieces.iter_mut().find(|piece| piece.cut.is_some()) {
        piece.cut = Some(piece.columns() + left);
    }
    let gap = width.saturating_sub(needed(&pieces)) + 2;
    let mut spans = vec![Span::raw(" ")];
    let mut before_right = true;
    for (nth, piece) in pieces.into_iter().enumerate() {
        if piece.right && before_right {
            spans.push(Span::raw(" ".repeat(gap)));
            before_right = false;
        } else if nth > 0 {
            spans.push(Span::raw("  "));
        }
        spans.push(Span::styled(fit::cut_middle(&piece.text, piece.columns()), piece.style));
    }
    Line::from(spans)
}

/// What holds everything up: the console's own trouble, and a hold.
pub fn stops(picture: &Picture, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let loud = |role: Role, text: String| Line::styled(fit::cut_end(&format!(" {}", clean(&text)), width), theme.style(role));
    let mut lines: Vec<_> = picture.trouble.iter().take(2).map(|text| loud(Role::Bad, format!("TROUBLE: {text}"))).collect();
    if let Some((who, why, since)) = picture.incident.as_ref().and_then(|incident| incident.hold.as_ref()) {
        let since = time::clock(*since, picture.now);
        lines.push(loud(Role::Warn, format!("HOLD by {who} since {since}, nothing new starts (:release): {why}")));
    }
    lines
}

/// In place of the verdict: that this is not now, how old it is, and the way back (RULES R17).
pub fn aside(aside: &Aside, now: &Picture, view: &View, width: usize, theme: &Theme) -> Line<'static> {
    let (word, age) = (aside.kind.word(), aside.age(view.uptime).whole());
    let (back, hold) = (view.keys.shown(aside.kind.left_by()), view.keys.shown(Verb::Hold));
    if aside.kind == Kind::WhatIf {
        let lost = now.supposed.as_ref().map(|supposed| clean(&supposed.loss.to_string())).unwrap_or_default();
        let holds = if Verb::Hold.available(now, None).is_ok() {
            format!("{hold} holds, nothing else acts")
        } else {
            "nothing acts".into()
        };
        let forms = [
            format!(" {word} {lost} were lost, for {age}. {back} goes back to now, {holds}"),
            format!(" {word} {lost} were lost, for {age}. {back}: back to now"),
            format!(" {word} {lost} were lost, for {age}"),
            format!(" {word}"),
        ];
        return loud(&forms, width, theme);
    }
    let shown = aside.shown(now);
    let at = time::clock(shown.now, now.now);
    let seq = |picture: &Picture| picture.journal_head.as_ref().map_or(0, |(seq, _)| *seq);
    let news = match seq(now).saturating_sub(seq(shown)) {
        0 => String::new(),
        1 => ", 1 record since".to_owned(),
        n => format!(", {n} records since"),
    };
    let forms = [
        format!(" {word} for {age}, as it was at {at}{news}. {back} goes back to now, {hold} holds, nothing else acts"),
        format!(" {word} for {age}, as of {at}{news}. {back}: back to now, {hold}: hold"),
        format!(" {word} for {age}{news}. {back}: back"),
        format!(" {word} {age}"),
    ];
    loud(&forms, width, theme)
}

/// The longest form that fits, over the whole line, so that nobody takes it for the world as it is.
fn loud(forms: &[String; 4], width: usize, theme: &Theme) -> Line<'static> {
    let fits = forms.iter().find(|words| fit::width(words) <= width).unwrap_or(&forms[3]);
    let style = theme.style(Role::Warn).patch(theme.style(Role::Strong)).add_modifier(Modifier::REVERSED);
    Line::styled(fit::pad(&fit::cut_end(fits, width), width), style)
}

/// What must be read first: the verdict in sentences, on at most `most` lines.
/// `declare`: the key that declares, where it can be pressed.
pub fn verdict(picture: &Picture, width: usize, most: usize, declare: Option<Key>, theme: &Theme) -> Vec<Line<'static>> {
    let first = picture.sentences.first().is_some_and(|first| is_timing(&first.text, picture));
    let told = |text: &str| !first && is_timing(text, picture);
    let words = picture.sentences.iter().filter(|s| !told(&s.text)).enumerate().flat_map(|(nth, sentence)| {
        let said = clean(&sentence.text);
        let style = if nth == 0 {
            theme.verdict(sentence.verdict).patch(theme.style(Role::Strong))
        } else {
            theme.verdict(sentence.verdict)
        };
        let mut words: Vec<_> = said.split_whitespace().map(|word| (word.to_owned(), style)).collect();
        // What mends it stands with it.
        if said == UNDECLARED
            && let (Some(last), Some(key)) = (words.last_mut(), declare)
        {
            last.0 = format!("{}:", last.0.trim_end_matches('.'));
            words.push((format!("{key} declares."), style));
        }
        words
    });
    flow(words.collect(), width, most)
}

/// By when to decide, or how the way ahead stands to the deadline (RULES R25): in as many words as there is room for.
pub fn timing(picture: &Picture, width: usize, theme: &Theme) -> Option<Line<'static>> {
    let timing = picture.timing.as_ref()?;
    let forms = [&timing.words, &timing.brief, &timing.shortest].map(|words| format!(" {}", clean(words)));
    let fits = forms.iter().find(|words| fit::width(words) <= width).unwrap_or(&forms[2]);
    let style = theme.verdict(timing.verdict).patch(theme.style(Role::Strong));
    Some(Line::styled(fit::cut_end(fits, width), style))
}

/// Whether the line of [`timing`] says it already.
fn is_timing(sentence: &str, picture: &Picture) -> bool {
    let said = |words: &str| sentence.strip_suffix('.').is_some_and(|said| said.eq_ignore_ascii_case(words));
    picture.timing.as_ref().is_some_and(|timing| said(&timing.words))
}

/// Styled words on at most `most` lines; what does not fit ends in `…`.
fn flow(words: Vec<(String, Style)>, width: usize, most: usize) -> Vec<Line<'static>> {
    let room = width.saturating_sub(1);
    let mut lines: Vec<Vec<Span<'static>>> = Vec::new();
    let mut used = room + 1;
    for (word, style) in words {
        let columns = fit::width(&word);
        if used + 1 + columns > room {
            if lines.len() == most {
                if let Some(line) = lines.last_mut() {
                    // The sign that there is more takes the place of the last word if it must.
                    if used + 2 > room {
                        line.pop();
                    }
                    line.push(Span::styled(" …", style));
                }
                break;
            }
            lines.push(vec![Span::raw(" ")]);
            used = 0;
        }
        let text = if used == 0 { fit::cut_end(&word, room) } else { format!(" {word}") };
        used += fit::width(&text);
        if let Some(line) = lines.last_mut() {
            line.push(Span::styled(text, style));
        }
    }
    lines.into_iter().map(Line::from).collect()
}

/// The newest event of the journal.
pub fn newest(picture: &Picture, width: usize, theme: &Theme) -> Line<'static> {
    match picture.journal.last() {
        None => Line::styled(" nothing is journaled yet", theme.style(Role::Dim)),
        Some(line) => {
            let role = if line.loud { Role::Strong } else { Role::Text };
            let at = format!(" {}  ", time::clock(line.at, picture.now));
            let text = fit::cut_end(&clean(&format!("{} {}", line.who, line.text)), width.saturating_sub(fit::width(&at)));
            Line::from(vec![Span::styled(at, theme.style(Role::Dim)), Span::styled(text, theme.style(role))])
        }
    }
}

/// Verbs for the footer here and now: the most useful first, each of them possible.
pub fn useful(picture: &Picture, view: &View) -> Vec<Verb> {
    if let Some(aside) = &view.aside {
        let verbs = [aside.kind.left_by(), Verb::Hold];
        return verbs.into_iter().filter(|verb| verb.available(picture, None).is_ok()).collect();
    }
    let step = view.chosen_step(picture);
    let on_steps = matches!(view.screen, Screen::Board | Screen::Runbook);
    let mut verbs = Vec::new();
    if on_steps && step.is_some() {
        verbs.extend([
            Verb::Do,
            Verb::Approve,
            Verb::ReadBack,
            Verb::Retry,
            Verb::OutsideFence,
            Verb::Override,
            Verb::Undo,
            Verb::Skip,
            Verb::Resolve,
        ]);
    }
    if picture.incident.as_ref().is_none_or(|incident| incident.closed.is_some()) {
        verbs.push(Verb::Declare);
    }
    if picture.incident.is_some() && picture.book.is_none() {
        verbs.push(Verb::Open);
    }
    let is_over = picture.incident.as_ref().is_some_and(|incident| incident.outage_over);
    if is_over && picture.book.as_ref().is_none_or(|book| book.done == book.total) {
        verbs.push(Verb::Close);
    }
    verbs.extend([Verb::Release, Verb::Hold, Verb::Note]);
    if view.screen == Screen::Why {
        verbs.push(Verb::Copy);
    }
    if view.screen == Screen::Alerts && alert_list::meant(view, picture).is_some_and(|(row, _)| !row.members.is_empty()) {
        verbs.insert(0, Verb::Members);
    }
    if view.screen == Screen::Gaudi {
        verbs.push(Verb::Measure);
    }
    if matches!(view.screen, Screen::Journal | Screen::Systems | Screen::Gaudi | Screen::Alerts | Screen::Why | Screen::Help) {
        verbs.push(Verb::Find);
    }
    if picture.incident.is_none() && !picture.incidents.is_empty() {
        verbs.push(Verb::Incident);
    }
    verbs.push(Verb::AskNow);
    // In peace it is the question; in an incident the world as it is comes first.
    let looks = [Verb::WhatIf, Verb::Freeze];
    verbs.extend(if picture.incident.is_none() { looks } else { [Verb::Freeze, Verb::WhatIf] });
    verbs.retain(|verb| verb.available(picture, step).is_ok());
    // What Enter opens has its own key too: one of them is enough.
    if verbs.contains(&Verb::Do)
        && let Some(Ok(next)) = step.map(step_next)
    {
        verbs.retain(|verb| *verb != next);
    }
    verbs
}

/// The last line.
pub fn footer(picture: &Picture, view: &View, width: usize, theme: &Theme) -> Line<'static> {
    let keys = &view.keys;
    let entry = |verb: Verb| {
        let words = match (verb, view.chosen_step(picture)) {
            (Verb::Do, Some(step)) if watched(step).is_some() => format!("see proof {}", step.number),
            (Verb::Do, Some(step)) if moves_on(step, picture).is_some() => {
                format!("to step {}", moves_on(step, picture).map_or(step.number, |next| next.number))
            }
            (Verb::Do, Some(step)) => match step_next(step) {
                Ok(next) => format!("{} {}", next.short(), step.number),
                Err(_) => format!("step {}", step.number),
            },
            (verb, _) if view.aside.as_ref().is_some_and(|aside| aside.kind.left_by() == verb) => "back to now".to_owned(),
            (Verb::Members, _) if alert_list::opened(view, picture).is_some() => "close".to_owned(),
            _ => verb.short().to_owned(),
        };
        // There Enter means the list.
        (keys.shown(if verb == Verb::Members { Verb::Do } else { verb }), words)
    };
    let tail: Vec<_> = [Verb::Command, Verb::Help].into_iter().map(entry).collect();
    let screens = {
        let (first, last) = (keys.keys(Verb::Board).first(), keys.keys(Verb::Alerts).first());
        first.zip(last).map(|(first, last)| (format!("{first}-{last}"), "screens".to_owned()))
    };
    let columns = |(key, words): &(String, String)| fit::width(key) + 1 + fit::width(words) + 2;
    let mut room = width.saturating_sub(1 + tail.iter().map(columns).sum::<usize>());
    let mut entries = Vec::new();
    // Hold is never the one that has no room.
    let wanted = useful(picture, view);
    let reserved = if wanted.contains(&Verb::Hold) { columns(&entry(Verb::Hold)) } else { 0 };
    let mut held = false;
    for verb in wanted {
        let entry = entry(verb);
        let need = columns(&entry) + if held || verb == Verb::Hold { 0 } else { reserved };
        if need <= room {
            room -= columns(&entry);
            held |= verb == Verb::Hold;
            entries.push(entry);
        }
    }
    entries.extend(screens.filter(|screens| columns(screens) <= room));
    entries.extend(tail);
    let mut spans = vec![Span::raw(" ")];
    for (nth, (key, words)) in entries.into_iter().enumerate() {
        if nth > 0 {
            spans.push(Span::raw("  "));
        }
        spans.push(Span::styled(key, theme.style(Role::Key)));
        spans.push(Span::styled(format!(" {words}"), theme.style(Role::Dim)));
    }
    Line::from(spans)
}
