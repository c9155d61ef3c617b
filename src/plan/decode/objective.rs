//! Objectives, tiers, regions, and where something comes from.

use super::{
    context::{Context, Sort},
    fields::{Fields, list, one_or_many},
    later,
    scalar::{self, duration, one_of, prose},
};
use crate::plan::{
    source::node::{Entry, Node},
    types::{Objectives, Origin, Region, RegionRole, Tier},
};

impl Objectives {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "objectives")?;
        let out = Self {
            rto: f.optional(cx, "rto", duration),
            rpo: f.optional(cx, "rpo", duration),
            why: f.optional(cx, "why", prose),
            origin: f.optional(cx, "origin", Origin::decode),
        };
        f.finish(cx, later::OBJECTIVES);
        Some(out)
    }
}

impl Tier {
    pub fn decode<'a>(entry: &'a Entry, cx: &mut Context<'a>) -> Option<Self> {
        scalar::key(&entry.key, &entry.value, cx);
        cx.declare(Sort::Tier, &entry.key, &entry.place, &entry.value);
        let mut f = Fields::of(&entry.value, cx, "a tier")?;
        let out = Self {
            title: f.optional(cx, "title", prose),
            rto: f.optional(cx, "rto", duration),
            rpo: f.optional(cx, "rpo", duration),
            origin: f.optional(cx, "origin", Origin::decode),
        };
        f.finish(cx, later::TIER);
        Some(out)
    }
}

impl Region {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        cx.declare_by(Sort::Region, "name", node);
        let mut f = Fields::of(node, cx, "a region")?;
        let name = f.required(cx, "name", scalar::name);
        let title = f.optional(cx, "title", prose);
        let roles = one_of(
            "role of a region",
            &["primary", "standby", "cold"],
            &[RegionRole::Primary, RegionRole::Standby, RegionRole::Cold],
        );
        let role = f.optional(cx, "role", roles);
        let zones = f.optional(cx, "zones", list(zone)).unwrap_or_default();
        let origin = f.optional(cx, "origin", Origin::decode);
        f.finish(cx, later::REGION);
        Some(Self { name: name?, title, role, zones, origin })
    }
}

fn zone<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    let name = scalar::name(node, cx)?;
    if let Some(text) = node.text() {
        cx.declare(Sort::Zone, text, &node.place, node);
    }
    Some(name)
}

impl Origin {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let is_list = node.items().is_some();
        let mut lines = one_or_many(prose)(node, cx)?;
        if is_list { Some(Origin::Many(lines)) } else { lines.pop().map(Origin::One) }
    }
}
