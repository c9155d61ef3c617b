//! People, roles and the escalation ladder.

use super::{
    context::{Context, Sort},
    fields::{Fields, list},
    later,
    scalar::{self, duration, exact, one_of, prose, refers},
};
use crate::plan::{
    findings::Finding,
    source::node::{Entry, Node},
    types::{Escalation, Origin, Person, Power, Role},
};

impl Role {
    pub fn decode<'a>(entry: &'a Entry, cx: &mut Context<'a>) -> Option<Self> {
        scalar::key(&entry.key, &entry.value, cx);
        if matches!(entry.key.as_str(), "auto" | "platform") {
            let message = format!("`{}` is no role: as an owner it already means something", entry.key);
            cx.push(Finding::error("reserved-word", &entry.place, message).help("choose another name"));
        }
        cx.declare(Sort::Role, &entry.key, &entry.place, &entry.value);
        let mut f = Fields::of(&entry.value, cx, "a role")?;
        let powers = one_of("power of a role", &Power::WORDS, &[Power::Declare, Power::Approve, Power::Override, Power::Send]);
        let out = Self {
            title: f.optional(cx, "title", prose),
            duties: f.optional(cx, "duties", list(prose)).unwrap_or_default(),
            may: f.optional(cx, "may", list(powers)).unwrap_or_default(),
            phone: f.optional(cx, "phone", prose),
            email: f.optional(cx, "email", prose),
            origin: f.optional(cx, "origin", Origin::decode),
        };
        f.finish(cx, later::ROLE);
        Some(out)
    }
}

impl Person {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        cx.declare_by(Sort::Person, "name", node);
        let mut f = Fields::of(node, cx, "a person")?;
        let name = f.required(cx, "name", scalar::name);
        let roles = f.optional(cx, "roles", list(refers(Sort::Role))).unwrap_or_default();
        let org = f.optional(cx, "org", prose);
        let phone = f.optional(cx, "phone", prose);
        let email = f.optional(cx, "email", prose);
        let ssh_key = f.optional(cx, "ssh_key", public_key);
        let origin = f.optional(cx, "origin", Origin::decode);
        f.finish(cx, later::PERSON);
        Some(Self { name: name?, roles, org, phone, email, ssh_key, origin })
    }
}

/// A public key; a private one is a secret in the wrong place.
fn public_key<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<String> {
    if node.text().is_some_and(|text| text.contains("PRIVATE KEY")) {
        let finding = Finding::error("secret-literal", &node.place, "this is a private key");
        cx.push(
            finding
                .expected("the public key, which starts with ssh- or ecdsa-")
                .help("make a new key pair: this one is known now"),
        );
        return None;
    }
    exact(node, cx)
}

impl Escalation {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a rung of the escalation")?;
        let role = f.required(cx, "role", refers(Sort::Role));
        let after = f.required(cx, "after", duration);
        let severities = f.optional(cx, "severities", list(refers(Sort::Severity))).unwrap_or_default();
        let origin = f.optional(cx, "origin", Origin::decode);
        f.finish(cx, later::NONE);
        Some(Self { role: role?, after: after?, severities, origin })
    }
}
