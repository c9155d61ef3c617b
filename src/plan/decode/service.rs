//! Services and accelerator clusters.

use super::{
    context::{Context, Sort},
    fields::{Fields, list},
    later,
    probe::{Purpose, decode_gate},
    scalar::{self, count, one_of, prose, refers, via},
};
use crate::plan::{
    findings::Finding,
    source::node::Node,
    types::{Accelerators, CardMetrics, Mode, Origin, Service},
};

const MANY: u32 = 1_000_000;

impl Service {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        cx.declare_by(Sort::Service, "name", node);
        let mut f = Fields::of(node, cx, "a service")?;
        let name = f.required(cx, "name", free_name);
        let title = f.optional(cx, "title", prose);
        let tier = f.optional(cx, "tier", refers(Sort::Tier));
        let region = f.optional(cx, "region", refers(Sort::Region));
        let instances = f.optional(cx, "instances", count(0, MANY));
        let cards = f.optional(cx, "cards", count(0, MANY));
        let needs = f.optional(cx, "needs", list(refers(Sort::Service))).unwrap_or_default();
        let stands_in_for = f.optional(cx, "stands_in_for", refers(Sort::Service));
        let modes = one_of("mode of a stand-in", &["hot", "warm", "cold"], &[Mode::Hot, Mode::Warm, Mode::Cold]);
        let mode = f.optional(cx, "mode", modes);
        let healthy = f.optional(cx, "healthy", |node, cx| decode_gate(node, cx, Purpose::Health, "the health of a service"));
        let origin = f.optional(cx, "origin", Origin::decode);
        f.finish(cx, later::SERVICE);
        stands_in_for_itself(node, cx, name.as_deref(), stands_in_for.as_deref());
        Some(Self { name: name?, title, tier, region, instances, cards, needs, stands_in_for, mode, healthy, origin })
    }
}

impl Accelerators {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        cx.declare_by(Sort::Accelerators, "name", node);
        let mut f = Fields::of(node, cx, "an accelerator cluster")?;
        let name = f.required(cx, "name", scalar::name);
        let region = f.optional(cx, "region", refers(Sort::Region));
        let nodes = f.required(cx, "nodes", count(0, MANY));
        let up_to = f.optional(cx, "up_to", count(1, MANY));
        let cards_per_node = f.required(cx, "cards_per_node", count(1, 1_000));
        let via = f.optional(cx, "via", via(&["prometheus", "kubernetes"]));
        let metrics = f.optional(cx, "metrics", CardMetrics::decode);
        let stands_in_for = f.optional(cx, "stands_in_for", refers(Sort::Accelerators));
        let origin = f.optional(cx, "origin", Origin::decode);
        f.finish(cx, later::NONE);
        if let (Some(nodes), Some(most), Some(said)) = (nodes, up_to, node.get("up_to"))
            && most < nodes
        {
            cx.error("bad-number", said, format!("it grows up to {most} nodes, but has {nodes}"), format!("at least {nodes}"));
        }
        stands_in_for_itself(node, cx, name.as_deref(), stands_in_for.as_deref());
        let (nodes, cards_per_node) = (nodes?, cards_per_node?);
        Some(Self { name: name?, region, nodes, up_to, cards_per_node, via, metrics, stands_in_for, origin })
    }
}

impl CardMetrics {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "the metrics of cards")?;
        let via = f.required(cx, "via", via(&["prometheus"]));
        let select = f.optional(cx, "select", matchers);
        f.finish(cx, later::NONE);
        Some(Self { via: via?, select })
    }
}

/// Label matchers as they stand between the braces of a selector.
fn matchers<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    let text = scalar::exact(node, cx)?;
    match promql_parser::parser::parse(&format!("up{{{text}}}")) {
        Ok(promql_parser::parser::Expr::VectorSelector(_)) => Some(text),
        _ => {
            cx.error(
                "bad-selector",
                node,
                "these are no label matchers",
                r#"what stands between the braces: region="us-west-2""#,
            );
            None
        }
    }
}

/// A name that is not the word `all`, which means every one.
pub fn free_name<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    let name = scalar::name(node, cx)?;
    if name == "all" {
        cx.push(
            Finding::error("reserved-word", &node.place, "`all` means every one, so nothing can be called so")
                .help("choose another name"),
        );
    }
    Some(name)
}

fn stands_in_for_itself<'a>(node: &'a Node, cx: &mut Context<'a>, name: Option<&str>, other: Option<&str>) {
    if name.is_some()
        && name == other
        && let Some(said) = node.get("stands_in_for")
    {
        cx.error("itself", said, "nothing can take its own place", "the name of another one");
    }
}
