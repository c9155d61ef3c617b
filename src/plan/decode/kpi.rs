//! What a team measures itself by.

use super::{
    context::{Context, Sort},
    fields::Fields,
    later,
    scalar::{at_least, limit, one_of, prose, refers},
};
use crate::{
    model::{Duration, limit::Operand},
    plan::{
        findings::Finding,
        source::node::Node,
        types::{Kpi, KpiOf, Origin},
    },
};

/// Less tells nothing of how often something succeeds.
const LEAST: Duration = Duration::from_secs(60);

impl Kpi {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a kpi")?;
        let name = f.required(cx, "name", prose);
        let of = f.required(cx, "of", figure);
        let target = f.required(cx, "target", limit);
        let over = f.optional(cx, "over", at_least(LEAST));
        let tier = f.optional(cx, "tier", refers(Sort::Tier));
        let origin = f.optional(cx, "origin", Origin::decode);
        f.finish(cx, later::KPI);
        if let (Some(_), Some(Operand::Duration(_) | Operand::Text(_)), Some(said)) =
            (of, target.as_ref().map(|target| &target.operand), node.get("target"))
        {
            cx.error("bad-limit", said, "a share is compared with something else", "a percentage, such as \"> 99.9%\"");
            return None;
        }
        Some(Self { name: name?, of: of?, target: target?, over, tier, origin })
    }
}

fn figure<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<KpiOf> {
    if let Some(word) = node.scalar().filter(|word| later::KPIS.contains(word)) {
        cx.push(Finding::error(later::CODE, &node.place, later::message(word, "a kpi")).help(later::HELP));
        return None;
    }
    if node.entries().is_some() {
        let message = "this version does not take a kpi by a probe yet";
        cx.push(Finding::error(later::CODE, &node.place, message).help(later::HELP));
        return None;
    }
    one_of("figure of a kpi", &KpiOf::WORDS, &KpiOf::ALL)(node, cx)
}
