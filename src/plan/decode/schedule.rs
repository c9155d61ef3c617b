//! When something comes again.

use super::{context::Context, fields::Fields, later, scalar::exact};
use crate::{
    model::{Schedule, schedule::EXPECTED, text::clean},
    plan::{
        findings::Finding,
        source::node::{Node, Plain},
    },
};

/// `6h`, `day at 02:00`, `{cron: "0 2 * * *"}`.
pub fn schedule<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Schedule> {
    if node.entries().is_some() {
        let mut f = Fields::of(node, cx, "a schedule")?;
        let said = f.raw("cron").is_some().then(|| f.required(cx, "cron", exact));
        f.finish(cx, later::NONE);
        let Some(cron) = said else {
            cx.error("bad-schedule", node, "nothing says when", EXPECTED);
            return None;
        };
        return read(Schedule::cron(&cron?), node.get("cron").unwrap_or(node), cx);
    }
    if let Some(text) = node.text() {
        return read(text.parse(), node, cx);
    }
    if !node.is_refused() {
        let finding = Finding::error("bad-schedule", &node.place, format!("{} is no schedule", node.described()));
        let finding = finding.expected(EXPECTED);
        cx.push(match node.meaning() {
            Some(Plain::Integer(n)) => finding.help(format!("an interval carries its unit: {n}s, {n}m, {n}h")),
            _ => finding,
        });
    }
    None
}

fn read<'a>(read: Result<Schedule, String>, node: &'a Node, cx: &mut Context<'a>) -> Option<Schedule> {
    match read {
        Ok(schedule) => Some(schedule),
        Err(why) => {
            // Where nothing of it was understood, what was expected is said once.
            let message = if why.starts_with("expected") { format!("{} is no schedule", node.described()) } else { clean(&why) };
            cx.error("bad-schedule", node, message, EXPECTED);
            None
        }
    }
}
