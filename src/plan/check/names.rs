//! The names of a plan: declared once, used only where they are declared.

use std::collections::HashMap;

use crate::plan::{
    decode::context::{Context, Named, Sort, Used},
    findings::{Finding, Findings, Place, quoted},
    nearest::nearest,
};

/// Everything that is declared, by sort and name.
#[derive(Debug, Default)]
pub struct Index<'a> {
    by: HashMap<Sort, HashMap<&'a str, Named<'a>>>,
    words: HashMap<Sort, Vec<&'a str>>,
}

impl<'a> Index<'a> {
    /// Reports what is declared twice; the first declaration counts.
    pub fn of(named: &[Named<'a>], findings: &mut Findings) -> Self {
        let mut index = Self::default();
        for one in named {
            if let Some(first) = index.get(one.sort, one.name) {
                // The zones of two regions may well be called alike.
                if one.sort != Sort::Zone {
                    let what = one.sort.word();
                    let code = if matches!(one.sort, Sort::Step(_)) { "duplicate-id" } else { "duplicate-name" };
                    let at = &first.place;
                    let there = if at.file == one.place.file { String::new() } else { format!("{}:", at.file) };
                    let message = format!("there is another {what} {}, at {there}{}:{}", quoted(one.name), at.line, at.column);
                    findings.push(Finding::error(code, one.place, message).help("give one of the two another name"));
                }
                continue;
            }
            index.by.entry(one.sort).or_default().insert(one.name, *one);
            index.words.entry(one.sort).or_default().push(one.name);
        }
        index
    }

    pub fn get(&self, sort: Sort, name: &str) -> Option<&Named<'a>> {
        self.by.get(&sort)?.get(name)
    }
    pub fn names(&self, sort: Sort) -> &[&'a str] {
        self.words.get(&sort).map_or(&[], Vec::as_slice)
    }
    /// Where a field of a thing stands, or else the thing's name.
    pub fn place(&self, sort: Sort, name: &str, field: &str) -> Option<Place> {
        let named = self.get(sort, name)?;
        Some(named.node.get(field).map_or(named.place, |value| &value.place).clone())
    }
    /// Where a field of a step stands, or else its id.
    pub fn step_place(&self, runbook: &str, step: &str, field: &str) -> Option<Place> {
        self.place(Sort::Step(self.get(Sort::Runbook, runbook)?.inside), step, field)
    }
}

/// Reports every name that leads nowhere, and connections of the wrong system.
pub fn references(cx: &mut Context<'_>, index: &Index<'_>) {
    let used = std::mem::take(&mut cx.used);
    for one in used {
        match index.get(one.sort, one.name) {
            None => {
                let finding = dangling(&one, index, !cx.findings.is_full());
                cx.push(finding);
            }
            Some(named) => {
                if let Some(finding) = wrong_system(&one, named) {
                    cx.push(finding);
                }
            }
        }
    }
}

fn dangling(used: &Used<'_>, index: &Index<'_>, explain: bool) -> Finding {
    let what = used.sort.word();
    let finding = Finding::error("dangling-reference", used.place, format!("there is no {what} {}", quoted(used.name)));
    if !explain {
        return finding;
    }
    let names = index.names(used.sort);
    let close = nearest(used.name, names.iter().copied());
    if close.is_some() {
        return finding.nearest(close);
    }
    if names.is_empty() { finding.help(declare(used.sort)) } else { finding.expected(format!("one of {}", some(names))) }
}

/// The first names of a list, for a message.
pub fn some(names: &[&str]) -> String {
    let mut out: Vec<String> =
        names.iter().take(8).map(|name| crate::model::text::cut_middle(&crate::model::text::clean(name), 40)).collect();
    if names.len() > 8 {
        out.push(format!("… ({} in all)", names.len()));
    }
    out.join(", ")
}

fn declare(sort: Sort) -> String {
    match sort {
        Sort::Tier => "declare it: tiers: {NAME: {rto: 1h}}".into(),
        Sort::Region => "declare it: regions: [{name: NAME, role: primary}]".into(),
        Sort::Connection => "declare it: connections: {NAME: {prometheus: {url: …}}}".into(),
        Sort::Service => "declare it: services: [{name: NAME}]".into(),
        Sort::Dataset => "declare it: datasets: [{name: NAME}]".into(),
        Sort::Severity => "declare it: severities: [WORST, …, LEAST]".into(),
        Sort::Scenario => "declare it: scenarios: {NAME: {}}".into(),
        Sort::Role => "declare it: roles: {NAME: {}}".into(),
        other => format!("the plan declares no {}", other.word()),
    }
}

fn wrong_system(used: &Used<'_>, named: &Named<'_>) -> Option<Finding> {
    let system = named.system?;
    if used.systems.is_empty() || used.systems.contains(&system) {
        return None;
    }
    let message = format!("{} is a {system} connection", quoted(used.name));
    Some(Finding::error("wrong-system", used.place, message).expected(format!("a {} connection", used.systems.join(" or "))))
}
