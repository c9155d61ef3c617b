//! Single values: texts of several kinds, numbers, truth values, durations, comparisons, words of a list, names of things.

use crate::{
    model::{
        Duration, Limit, Range,
        duration::EXPECTED,
        text::{clean, clean_lines},
    },
    plan::{
        findings::{Finding, quoted},
        nearest::nearest,
        source::node::{Node, Plain, Shape},
    },
};

use super::context::{Context, Sort};

/// Longest name of a thing, in characters: it must fit on a screen.
const NAME: usize = 80;
/// No plan needs more; beyond it, sums of times would leave the calendar.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

fn text<'a>(node: &'a Node, cx: &mut Context<'a>, expected: &str) -> Option<&'a str> {
    if let Some(text) = node.text() {
        return Some(text);
    }
    match node.meaning() {
        None if node.is_refused() => {}
        Some(Plain::Null) | None => cx.error("wrong-type", node, format!("expected {expected}, found {}", node.kind()), expected),
        Some(_) => {
            let finding = Finding::error("wrong-type", &node.place, format!("expected {expected}, found {}", node.described()));
            let said = node.scalar().unwrap_or_default();
            cx.push(finding.help(format!("a text that looks so needs quotes: \"{}\"", clean(said))));
        }
    }
    None
}

/// Sentences for people, made safe to draw.
pub fn prose<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    let text = text(node, cx, "a text")?;
    if text.trim().is_empty() {
        cx.error("nothing-said", node, "the text is empty", "a text");
        return None;
    }
    Some(clean_lines(text.trim_end()))
}

/// Text that is handed to a system as it is: an expression, a query, an argument.
pub fn exact<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    let text = text(node, cx, "a text")?;
    if text.trim().is_empty() {
        cx.error("nothing-said", node, "the text is empty", "a text");
        return None;
    }
    drawable(node, cx, text).then(|| text.to_owned())
}

/// Whether everything in it can be seen; what cannot would be read otherwise than it is sent.
pub fn drawable<'a>(node: &'a Node, cx: &mut Context<'a>, text: &str) -> bool {
    let hidden = text.chars().find(|c| !matches!(c, '\n' | '\t') && clean(&c.to_string()) != c.to_string());
    if let Some(c) = hidden {
        let message = format!("it holds the invisible character U+{:04X}, so it is not what it seems", c as u32);
        cx.push(Finding::error("unsafe-character", &node.place, message).help("take that character out"));
    }
    hidden.is_none()
}

/// The name of a thing, as it is shown and may be typed: one line.
pub fn name<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    let text = text(node, cx, "a name")?;
    named(node, cx, text).then(|| text.to_owned())
}

fn named<'a>(node: &'a Node, cx: &mut Context<'a>, text: &str) -> bool {
    let wrong = if text.trim().is_empty() {
        "is empty"
    } else if text != text.trim() {
        "starts or ends with a space"
    } else if text.chars().count() > NAME {
        "is longer than 80 characters"
    } else if clean(text) != text {
        "holds a line break or an invisible character"
    } else {
        return true;
    };
    cx.error("bad-name", node, format!("the name {} {wrong}", quoted(text)), "a name on one line of at most 80 characters");
    false
}

/// A word that is also used in files, addresses and commands: letters, digits, `-`, `_` and `.`.
pub fn word<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    let text = text(node, cx, "a name")?;
    if is_word(text) {
        return Some(text.to_owned());
    }
    let message = format!("{} cannot be a name here", quoted(text));
    cx.error("bad-name", node, message, "letters, digits, -, _ and . (at most 64, a letter or digit first)");
    None
}

pub fn is_word(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// A key that names a thing.
pub fn key<'a>(key: &'a str, node: &'a Node, cx: &mut Context<'a>) -> bool {
    named(node, cx, key)
}

pub fn truth<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<bool> {
    match node.scalar() {
        Some(said @ ("true" | "false")) if matches!(node.meaning(), Some(Plain::Truth(_))) => return Some(said == "true"),
        _ if node.is_refused() => return None,
        _ => {}
    }
    let lower = node.scalar().unwrap_or_default().to_lowercase();
    let meant = match lower.as_str() {
        "yes" | "on" | "y" | "true" => Some("true".to_owned()),
        "no" | "off" | "n" | "false" => Some("false".to_owned()),
        _ => None,
    };
    let finding = Finding::error("bad-boolean", &node.place, format!("expected true or false, found {}", node.described()));
    cx.push(finding.expected("true or false, in small letters and without quotes").nearest(meant));
    None
}

/// A whole number from `least` to `most`.
pub fn count<'a>(least: u32, most: u32) -> impl Fn(&'a Node, &mut Context<'a>) -> Option<u32> {
    move |node, cx| {
        let plain_digits =
            node.scalar().is_some_and(|t| t.bytes().all(|b| b.is_ascii_digit()) && !(t.len() > 1 && t.starts_with('0')));
        if let Some(Plain::Integer(n)) = node.meaning()
            && plain_digits
            && let Ok(n) = u32::try_from(n)
            && (least..=most).contains(&n)
        {
            return Some(n);
        }
        if !node.is_refused() {
            let expected = format!("a whole number from {least} to {most}");
            let finding = Finding::error("bad-number", &node.place, format!("expected {expected}, found {}", node.described()));
            let in_quotes = node.text().is_some_and(|t| t.parse::<u32>().is_ok());
            cx.push(if in_quotes {
                finding.help("take the quotes away")
            } else {
                finding.help("write it in digits, without leading zeros")
            });
        }
        None
    }
}

pub fn duration<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Duration> {
    at_least(Duration::ZERO)(node, cx)
}

/// A duration that is not shorter than `least`.
pub fn at_least<'a>(least: Duration) -> impl Fn(&'a Node, &mut Context<'a>) -> Option<Duration> {
    move |node, cx| {
        let read = node.text().map(str::parse::<Duration>);
        match read {
            Some(Ok(duration)) if duration < least => {
                cx.error("bad-duration", node, format!("{duration} is too short"), format!("at least {least}"));
            }
            Some(Ok(duration)) if duration > LONGEST => {
                cx.error("bad-duration", node, "that is longer than a hundred years", EXPECTED);
            }
            Some(Ok(duration)) => return Some(duration),
            _ => bad_duration(node, cx, "duration", EXPECTED),
        }
        None
    }
}

fn bad_duration<'a>(node: &'a Node, cx: &mut Context<'a>, what: &str, expected: &str) {
    if node.is_refused() {
        return;
    }
    let finding = Finding::error("bad-duration", &node.place, format!("{} is no {what}", node.described())).expected(expected);
    let finding = match node.meaning() {
        Some(Plain::Integer(0)) => finding.help("write 0s"),
        Some(Plain::Integer(n)) => finding.help(format!("a {what} carries its unit: {n}s, {n}m, {n}h")),
        _ => finding,
    };
    cx.push(finding);
}

pub fn range<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Range> {
    const RANGE: &str = "a duration, or two with .. between: 2m, 2m..3m, 60m..";
    match node.text().map(str::parse::<Range>) {
        Some(Ok(range)) if range.upper() > LONGEST => {
            cx.error("bad-range", node, "that is longer than a hundred years", RANGE);
            None
        }
        Some(Ok(range)) => Some(range),
        Some(Err(why)) if node.text().is_some_and(|t| t.contains("..")) => {
            let why = if why.starts_with("expected the shorter") { "the shorter end comes first" } else { "this is no range" };
            cx.error("bad-range", node, format!("{why}: {}", node.described()), RANGE);
            None
        }
        _ => {
            bad_duration(node, cx, "duration or range", RANGE);
            None
        }
    }
}

/// One comparison; a bare number or truth value means equal to it.
pub fn limit<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Limit> {
    const LIMIT: &str = "a comparison in quotes: \"== 1\", \"< 5m\", \"> 95%\", \"t\"";
    let Some(said) = node.scalar() else {
        if !node.is_refused() {
            cx.error("bad-limit", node, format!("{} is no comparison", node.kind()), LIMIT);
        }
        return None;
    };
    if !drawable(node, cx, said) {
        return None;
    }
    match said.parse() {
        Ok(limit) => Some(limit),
        Err(_) => {
            cx.error("bad-limit", node, format!("{} is no comparison", node.described()), LIMIT);
            None
        }
    }
}

/// One of a list of words.
pub fn one_of<'a, T: Copy>(
    what: &'static str,
    words: &'static [&'static str],
    values: &'static [T],
) -> impl Fn(&'a Node, &mut Context<'a>) -> Option<T> {
    move |node, cx| {
        let said = node.scalar().filter(|_| !matches!(node.shape, Shape::Refused));
        if let Some(at) = words.iter().position(|word| said == Some(word)) {
            return values.get(at).copied();
        }
        if !node.is_refused() {
            let close = said.filter(|_| !cx.findings.is_full()).and_then(|s| nearest(s, words.iter().copied()));
            let finding = Finding::error("unknown-word", &node.place, format!("{} is no {what}", node.described()));
            cx.push(finding.expected(format!("one of {}", words.join(", "))).nearest(close));
        }
        None
    }
}

/// The name of something declared elsewhere in the plan.
pub fn refers<'a>(sort: Sort) -> impl Fn(&'a Node, &mut Context<'a>) -> Option<String> {
    move |node, cx| {
        let name = name(node, cx)?;
        cx.uses(sort, node);
        Some(name)
    }
}

/// The name of a connection of one of these systems.
pub fn via<'a>(systems: &'static [&'static str]) -> impl Fn(&'a Node, &mut Context<'a>) -> Option<String> {
    move |node, cx| {
        let name = name(node, cx)?;
        cx.uses_of(Sort::Connection, node, systems);
        Some(name)
    }
}
