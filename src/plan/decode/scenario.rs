//! Scenarios, what they lose, and alert rules.

use super::{
    context::{Context, Sort},
    fields::{Fields, by_name, tagged},
    later,
    probe::{Purpose, decode_probe},
    scalar::{self, at_least, duration, exact, one_of, prose, range, refers, via},
};
use crate::{
    model::{
        Duration, Loss,
        loss::{LossKind, LossOf},
    },
    plan::{
        findings::Finding,
        nearest::nearest,
        source::node::{Entry, Node},
        types::{AbsentMeans, AlertRule, Automatic, Detect, Origin, Scenario},
    },
};

impl Scenario {
    pub fn decode<'a>(entry: &'a Entry, cx: &mut Context<'a>) -> Option<Self> {
        scalar::key(&entry.key, &entry.value, cx);
        if entry.key == "any" {
            let finding = Finding::error("reserved-word", &entry.place, "`any` means every scenario, so none can be called so");
            cx.push(finding.help("choose another name"));
        }
        cx.declare(Sort::Scenario, &entry.key, &entry.place, &entry.value);
        let mut f = Fields::of(&entry.value, cx, "a scenario")?;
        let out = Self {
            title: f.optional(cx, "title", prose),
            severity: f.optional(cx, "severity", refers(Sort::Severity)),
            impact: f.optional(cx, "impact", prose),
            loses: f.optional(cx, "loses", decode_loss),
            detect: f.optional(cx, "detect", Detect::decode),
            rto: f.optional(cx, "rto", duration),
            rpo: f.optional(cx, "rpo", duration),
            tiers: f.optional(cx, "tiers", by_name("a map of tiers", tier_rto)).unwrap_or_default(),
            expected: f.optional(cx, "expected", range),
            automatic: f.optional(cx, "automatic", Automatic::decode),
            origin: f.optional(cx, "origin", Origin::decode),
        };
        f.finish(cx, later::NONE);
        Some(out)
    }
}

fn tier_rto<'a>(entry: &'a Entry, cx: &mut Context<'a>) -> Option<Duration> {
    cx.used.push(super::context::Used { sort: Sort::Tier, name: &entry.key, place: &entry.place, systems: &[] });
    duration(&entry.value, cx)
}

impl Automatic {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "an automatic failover")?;
        let runbook = f.required(cx, "runbook", refers(Sort::Runbook));
        let when = f.required(cx, "when", decode_probe(Purpose::Gate, "a trigger"));
        let hold = f.required(cx, "for", at_least(Duration::from_secs(1)));
        f.finish(cx, later::NONE);
        Some(Self { runbook: runbook?, when: when?, hold: hold? })
    }
}

impl Detect {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "the detection of a scenario")?;
        let out = Self { by: f.optional(cx, "by", prose), within: f.optional(cx, "within", duration) };
        f.finish(cx, later::NONE);
        Some(out)
    }
}

/// `region`, or `{region: us-east-1}`.
pub fn decode_loss<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Loss> {
    if node.entries().is_none() {
        let said = node.text();
        if let Some(kind) = said.and_then(|text| text.parse::<LossKind>().ok()) {
            return Some(Loss::Any(kind));
        }
        if !node.is_refused() {
            let close = said.filter(|_| !cx.findings.is_full()).and_then(|s| nearest(s, Loss::WORDS));
            let finding =
                Finding::error("unknown-word", &node.place, format!("{} is nothing that can be lost", node.described()));
            cx.push(finding.expected(format!("one of {}, or with a name: {{region: …}}", Loss::WORDS.join(", "))).nearest(close));
        }
        return None;
    }
    let tags = &["node", "zone", "region", "cluster", "service", "data"];
    let (tag, content) = tagged(node, cx, "a loss", tags, later::NONE, &[])?;
    let name = scalar::name(content, cx)?;
    let of = match tag {
        "node" => LossOf::Node(name),
        "zone" => {
            cx.uses(Sort::Zone, content);
            LossOf::Zone(name)
        }
        "region" => {
            cx.uses(Sort::Region, content);
            LossOf::Region(name)
        }
        "cluster" => LossOf::Cluster(name),
        "service" => {
            cx.uses(Sort::Service, content);
            LossOf::Service(name)
        }
        _ => {
            cx.uses(Sort::Dataset, content);
            LossOf::Data(name)
        }
    };
    Some(Loss::Of(of))
}

impl AlertRule {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        cx.declare_by(Sort::Alert, "name", node);
        let mut f = Fields::of(node, cx, "an alert")?;
        let name = f.required(cx, "name", scalar::name);
        let system: &[&str] = if f.has("expr") { &["prometheus"] } else { &["alertmanager"] };
        let via = f.optional(cx, "via", via(system));
        let expr = f.optional(cx, "expr", exact);
        let hold = f.optional(cx, "for", at_least(Duration::ZERO));
        let means = &[AbsentMeans::Fires, AbsentMeans::Unknown, AbsentMeans::Quiet];
        let meanings = one_of("meaning of an absent series", &["fires", "unknown", "quiet"], means);
        let absent = f.optional(cx, "absent", meanings);
        let severity = f.optional(cx, "severity", refers(Sort::Severity));
        let scenario = f.optional(cx, "scenario", refers(Sort::Scenario));
        let summary = f.optional(cx, "summary", prose);
        let origin = f.optional(cx, "origin", Origin::decode);
        if f.has("expr") && !f.has("via") {
            let finding = Finding::error("missing-field", &node.place, "nobody is said to evaluate the alert's `expr`");
            cx.push(finding.expected("`via` with a prometheus connection"));
        }
        for field in ["for", "absent"] {
            if let Some(said) = node.get(field).filter(|_| !f.has("expr")) {
                let finding = Finding::error("needs-expr", &said.place, format!("`{field}` is for an alert with `expr`"));
                cx.push(finding.help("take it away: the Alertmanager's own rule decides when it fires"));
            }
        }
        f.finish(cx, later::NONE);
        Some(Self { name: name?, via, expr, hold, absent, severity, scenario, summary, origin })
    }
}
