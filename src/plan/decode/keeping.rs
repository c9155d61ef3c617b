//! Retention, and the proof that a recovery source can be restored from.

use super::{
    context::{Context, Sort},
    fields::Fields,
    later,
    probe::{Purpose, decode_probe},
    scalar::{at_least, refers},
    schedule::schedule,
};
use crate::{
    model::Duration,
    plan::{
        findings::Finding,
        source::node::Node,
        types::{Keep, KeepTiers, Probe, Runs, Verify},
    },
};

/// What is kept for no time is not kept.
const LEAST: Duration = Duration::from_secs(1);

/// A duration for all, or one for each of several frequencies.
pub fn decode_keep<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Keep> {
    if node.entries().is_none() {
        return at_least(LEAST)(node, cx).map(Keep::For);
    }
    let mut f = Fields::of(node, cx, "a retention")?;
    let mut of = |field| f.optional(cx, field, at_least(LEAST));
    let tiers =
        KeepTiers { pitr: of("pitr"), hourly: of("hourly"), daily: of("daily"), weekly: of("weekly"), monthly: of("monthly") };
    f.finish(cx, later::NONE);
    if node.entries().is_some_and(<[_]>::is_empty) {
        cx.error("nothing-said", node, "nothing is kept by this", "a duration, or some of pitr, hourly, daily, weekly, monthly");
        return None;
    }
    Some(Keep::Tiers(tiers))
}

impl Verify {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a proof that it restores")?;
        let runbook = f.optional(cx, "runbook", refers(Sort::Runbook));
        let at = f.optional(cx, "at", decode_probe(Purpose::Figure, "the time of a proof"));
        let every = f.optional(cx, "every", schedule);
        if !f.has("runbook") && !f.has("at") {
            let finding = Finding::error("missing-field", &node.place, "nothing says what proves it, or when it was proven");
            cx.push(finding.expected("`at` with a probe of the time of the last proof, or `runbook`"));
        }
        f.finish(cx, later::NONE);
        Some(Self { runbook, at, every })
    }
}

impl Runs {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "the runs of a recovery source")?;
        let succeeded = f.optional(cx, "succeeded", counter);
        let failed = f.optional(cx, "failed", counter);
        let error = f.optional(cx, "error", decode_probe(Purpose::Figure, "whether the newest recovery point is no good"));
        f.finish(cx, later::NONE);
        if node.entries().is_some_and(<[_]>::is_empty) {
            cx.error("nothing-said", node, "nothing is told of its runs", "some of succeeded, failed, error");
            return None;
        }
        Some(Self { succeeded, failed, error })
    }
}

/// A series that only grows: Prometheus reckons by how much it did, over each start anew.
fn counter<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Probe> {
    let probe = decode_probe(Purpose::Figure, "a counter")(node, cx)?;
    let is_plain = |expr: &str| {
        use promql_parser::parser::{Expr, parse};
        matches!(parse(expr), Ok(Expr::VectorSelector(series)) if series.offset.is_none() && series.at.is_none())
    };
    match &probe {
        Probe::Query(query) if is_plain(&query.expr) => Some(probe),
        _ => {
            let expected = "a query of a plain series, such as velero_backup_failure_total{schedule=\"daily\"}";
            cx.error("no-counter", node, "by how much this grew cannot be told over a start anew", expected);
            None
        }
    }
}
