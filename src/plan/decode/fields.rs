//! Maps field by field: each is known, and what is left over is a finding.

use std::collections::BTreeMap;

use super::{context::Context, later};
use crate::plan::{
    findings::{Finding, quoted},
    nearest::nearest,
    source::node::{Entry, Node},
};

/// A map whose fields are being read.
pub struct Fields<'a> {
    pub node: &'a Node,
    entries: &'a [Entry],
    known: Vec<&'static str>,
    /// With its article: `a step`.
    what: &'static str,
}

impl<'a> Fields<'a> {
    /// `node` as a map; a finding if it is none. Never says the value: it may be a secret in the wrong place.
    pub fn of(node: &'a Node, cx: &mut Context<'a>, what: &'static str) -> Option<Self> {
        match node.entries() {
            Some(entries) => Some(Self { node, entries, known: Vec::new(), what }),
            None => {
                if !node.is_refused() {
                    let message = format!("{what} is a map, this is {}", node.kind());
                    cx.error("wrong-type", node, message, format!("the fields of {what}"));
                }
                None
            }
        }
    }

    /// Like [`Fields::of`] where it has been reported already that `node` is no map.
    pub fn quietly(node: &'a Node, what: &'static str) -> Option<Self> {
        Some(Self { node, entries: node.entries()?, known: Vec::new(), what })
    }

    /// The value of a field as it stands; the field counts as known.
    pub fn raw(&mut self, field: &'static str) -> Option<&'a Node> {
        self.known.push(field);
        self.entries.iter().find(|entry| entry.key == field).map(|entry| &entry.value)
    }
    /// Fields that are read elsewhere.
    pub fn knows(&mut self, fields: &[&'static str]) {
        self.known.extend(fields);
    }
    pub fn has(&self, field: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == field)
    }
    pub fn optional<T>(
        &mut self,
        cx: &mut Context<'a>,
        field: &'static str,
        decode: impl Fn(&'a Node, &mut Context<'a>) -> Option<T>,
    ) -> Option<T> {
        let node = self.raw(field)?;
        if node.is_refused() {
            return None;
        }
        if node.is_empty() {
            let finding = Finding::error("nothing-said", &node.place, format!("nothing is said for `{field}`"));
            cx.push(finding.help("give it a value or take the key away"));
            return None;
        }
        decode(node, cx)
    }
    /// A field that must stand. `None` has been reported.
    pub fn required<T>(
        &mut self,
        cx: &mut Context<'a>,
        field: &'static str,
        decode: impl Fn(&'a Node, &mut Context<'a>) -> Option<T>,
    ) -> Option<T> {
        if !self.has(field) {
            self.known.push(field);
            let finding = Finding::error("missing-field", &self.node.place, format!("{} needs `{field}`", self.what));
            cx.push(finding.help(format!("add `{field}`")));
            return None;
        }
        self.optional(cx, field, decode)
    }
    /// Reports every field that was not asked for. `later`: words that a later version will know.
    pub fn finish(self, cx: &mut Context<'a>, later: &[&'static str]) {
        for entry in self.entries.iter().filter(|entry| !self.known.contains(&entry.key.as_str())) {
            unknown(cx, entry, self.what, &self.known, later);
        }
    }
}

/// Reports a key that is not known.
fn unknown(cx: &mut Context<'_>, entry: &Entry, what: &str, known: &[&'static str], later: &[&'static str]) {
    if later.contains(&entry.key.as_str()) || entry.key == "origin" {
        cx.push(Finding::error(later::CODE, &entry.place, later::message(&entry.key, what)).help(later::HELP));
        return;
    }
    let close = if cx.findings.is_full() { None } else { nearest(&entry.key, known.iter().copied()) };
    let finding = Finding::error("unknown-field", &entry.place, format!("{} is no field of {what}", quoted(&entry.key)));
    let list = known.join(", ");
    cx.push(if close.is_some() { finding.nearest(close) } else { finding.expected(format!("one of {list}")) });
}

/// The one tag of a map such as `{query: ..}` and its content. Fields in `beside` may stand next to it.
pub fn tagged<'a>(
    node: &'a Node,
    cx: &mut Context<'a>,
    what: &'static str,
    tags: &'static [&'static str],
    later: &[&'static str],
    beside: &[&'static str],
) -> Option<(&'static str, &'a Node)> {
    let fields = Fields::of(node, cx, what)?;
    let mut found: Vec<(&'static str, &'a Entry)> = Vec::new();
    let mut others = 0;
    for entry in fields.entries.iter().filter(|entry| !beside.contains(&entry.key.as_str())) {
        match tags.iter().find(|tag| **tag == entry.key) {
            Some(tag) => found.push((tag, entry)),
            None => {
                others += 1;
                let known: Vec<_> = tags.iter().chain(beside).copied().collect();
                unknown(cx, entry, what, &known, later);
            }
        }
    }
    let list = tags.join(", ");
    match &found[..] {
        [(tag, entry)] if entry.value.is_empty() => {
            let finding = Finding::error("nothing-said", &entry.value.place, format!("nothing is said for `{tag}`"));
            cx.push(finding.help("give it a value or take the key away"));
            None
        }
        [(tag, entry)] => (!entry.value.is_refused()).then_some((*tag, &entry.value)),
        [] => {
            if others == 0 {
                cx.error(
                    "missing-tag",
                    node,
                    format!("{what} needs a key that says what it is"),
                    format!("exactly one of {list}"),
                );
            }
            None
        }
        [(one, _), (other, second), ..] => {
            let message = format!("{what} is one thing, but both `{one}` and `{other}` are said");
            cx.push(Finding::error("two-tags", &second.place, message).expected(format!("exactly one of {list}")));
            None
        }
    }
}

/// A list, item by item; broken items are reported and left out.
pub fn list<'a, T>(
    item: impl Fn(&'a Node, &mut Context<'a>) -> Option<T>,
) -> impl Fn(&'a Node, &mut Context<'a>) -> Option<Vec<T>> {
    move |node, cx| match node.items() {
        Some(items) => Some(items.iter().filter_map(|one| item(one, cx)).collect()),
        None => {
            if !node.is_refused() {
                cx.error(
                    "wrong-type",
                    node,
                    format!("this is {}, not a list", node.kind()),
                    "a list: [a, b] or lines that start with -",
                );
            }
            None
        }
    }
}

/// One thing, or a list of them.
pub fn one_or_many<'a, T>(
    item: impl Fn(&'a Node, &mut Context<'a>) -> Option<T>,
) -> impl Fn(&'a Node, &mut Context<'a>) -> Option<Vec<T>> {
    move |node, cx| match node.items() {
        Some(items) => Some(items.iter().filter_map(|one| item(one, cx)).collect()),
        None => item(node, cx).map(|one| vec![one]),
    }
}

/// A map by names.
pub fn by_name<'a, T>(
    what: &'static str,
    item: impl Fn(&'a Entry, &mut Context<'a>) -> Option<T>,
) -> impl Fn(&'a Node, &mut Context<'a>) -> Option<BTreeMap<String, T>> {
    move |node, cx| {
        let fields = Fields::of(node, cx, what)?;
        let mut out = BTreeMap::new();
        for entry in fields.entries {
            if entry.value.is_empty() {
                let finding = Finding::error("nothing-said", &entry.place, format!("nothing is said for {}", quoted(&entry.key)));
                cx.push(finding.help("give it fields, or {} for none"));
            } else if !entry.value.is_refused()
                && let Some(value) = item(entry, cx)
            {
                out.insert(entry.key.clone(), value);
            }
        }
        Some(out)
    }
}
