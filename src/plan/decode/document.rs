//! Whole documents: what kind each is, and the plan itself.

use super::{
    context::{Context, Sort},
    fields::{Fields, by_name, list},
    later,
    scalar::{prose, word},
};
use crate::plan::{
    findings::{Finding, quoted},
    nearest::nearest,
    source::node::Node,
    types::{
        About, Accelerators, AlertRule, Connection, Dataset, Escalation, Kpi, Objectives, Person, Plan, Reference, Region, Role,
        Scenario, Service, Tier,
    },
};

/// The version of the vocabulary.
pub const API_VERSION: &str = "lifeboat/v1";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plan,
    Runbook,
}

impl Kind {
    pub const WORDS: [&'static str; 2] = ["Plan", "Runbook"];
}

/// What kind a document says it is; checks its `apiVersion` too.
pub fn kind<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Kind> {
    let mut f = Fields::of(node, cx, "a document")?;
    f.required(cx, "apiVersion", |node, cx| {
        if node.text() != Some(API_VERSION) {
            cx.error("bad-version", node, format!("{} is no version that is known", node.described()), API_VERSION);
        }
        Some(())
    });
    f.required(cx, "kind", |node, cx| match node.text() {
        Some("Plan") => Some(Kind::Plan),
        Some("Runbook") => Some(Kind::Runbook),
        said => {
            let close = said.and_then(|s| nearest(s, Kind::WORDS));
            let finding = Finding::error("unknown-kind", &node.place, format!("{} is no kind of document", node.described()));
            cx.push(finding.expected("one of Plan, Runbook").nearest(close));
            None
        }
    })
}

impl Plan {
    /// Without its runbooks.
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a plan")?;
        f.knows(&["apiVersion", "kind"]);
        let name = f.required(cx, "name", word);
        let out = Self {
            name: String::new(),
            about: f.optional(cx, "about", About::decode).unwrap_or_default(),
            objectives: f.optional(cx, "objectives", Objectives::decode).unwrap_or_default(),
            tiers: f.optional(cx, "tiers", by_name("a map of tiers", Tier::decode)).unwrap_or_default(),
            regions: f.optional(cx, "regions", list(Region::decode)).unwrap_or_default(),
            connections: f.optional(cx, "connections", by_name("a map of connections", Connection::decode)).unwrap_or_default(),
            services: f.optional(cx, "services", list(Service::decode)).unwrap_or_default(),
            accelerators: f.optional(cx, "accelerators", list(Accelerators::decode)).unwrap_or_default(),
            datasets: f.optional(cx, "datasets", list(Dataset::decode)).unwrap_or_default(),
            severities: f.optional(cx, "severities", list(severity)).unwrap_or_default(),
            scenarios: f.optional(cx, "scenarios", by_name("a map of scenarios", Scenario::decode)).unwrap_or_default(),
            alerts: f.optional(cx, "alerts", list(AlertRule::decode)).unwrap_or_default(),
            roles: f.optional(cx, "roles", by_name("a map of roles", Role::decode)).unwrap_or_default(),
            people: f.optional(cx, "people", list(Person::decode)).unwrap_or_default(),
            escalation: f.optional(cx, "escalation", list(Escalation::decode)).unwrap_or_default(),
            kpis: f.optional(cx, "kpis", list(Kpi::decode)).unwrap_or_default(),
            runbooks: Vec::new(),
        };
        if let Some(said) = node.get("escalation").filter(|_| !out.escalation.is_empty()) {
            cx.push(later::by_hand(&said.place, "this version checks the escalation, and does not call anybody by it yet"));
        }
        if let Some(said) = node.get("runbooks") {
            f.knows(&["runbooks"]);
            let finding = Finding::error("unknown-field", &said.place, "runbooks are not fields of a plan");
            cx.push(finding.help("each is a document of its own, in runbooks/NAME.yaml or after a line ---"));
        }
        f.finish(cx, later::PLAN);
        Some(Self { name: name?, ..out })
    }
}

fn severity<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    let name = super::scalar::name(node, cx)?;
    if let Some(text) = node.text() {
        cx.declare(Sort::Severity, text, &node.place, node);
    }
    Some(name)
}

impl About {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "about")?;
        let out = Self {
            title: f.optional(cx, "title", prose),
            summary: f.optional(cx, "summary", prose),
            version: f.optional(cx, "version", prose),
            status: f.optional(cx, "status", prose),
            owners: f.optional(cx, "owners", list(prose)).unwrap_or_default(),
            updated: f.optional(cx, "updated", date),
            review_by: f.optional(cx, "review_by", date),
            source: f.optional(cx, "source", prose),
            references: f.optional(cx, "references", list(Reference::decode)).unwrap_or_default(),
        };
        f.finish(cx, later::NONE);
        Some(out)
    }
}

impl Reference {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a reference")?;
        let title = f.required(cx, "title", prose);
        let at = f.optional(cx, "at", prose);
        f.finish(cx, later::NONE);
        Some(Self { title: title?, at })
    }
}

fn date<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    let text = prose(node, cx)?;
    if text.len() == 10 && chrono::NaiveDate::parse_from_str(&text, "%Y-%m-%d").is_ok() {
        return Some(text);
    }
    cx.error("bad-date", node, format!("{} is no date", quoted(&text)), "a date such as 2026-11-20");
    None
}
