//! Uses of actions, each against the catalogue.

use crate::{
    model::{ActionSpec, Catalogue, Duration, Field, FieldKind, ReadsOnly},
    plan::{
        check::{
            bodies,
            names::{Index, some},
            requests,
        },
        decode::{
            context::{CallForm, CallSite, Context, Sort},
            later, scalar,
        },
        findings::{Finding, Findings, Place, quoted},
        nearest::nearest,
        source::{
            masking::looks_secret,
            node::{Entry, Node, Plain},
        },
    },
};

/// A `{result: id}`: who uses the result of which step.
#[derive(Debug)]
pub struct ResultUse<'a> {
    pub runbook: usize,
    pub step: Option<&'a str>,
    pub of: &'a str,
    pub place: &'a Place,
}

struct Checker<'a, 'c> {
    call: &'c CallSite<'a>,
    index: &'c Index<'a>,
    findings: &'c mut Findings,
    results: &'c mut Vec<ResultUse<'a>>,
}

/// Checks all uses of actions; returns the results that they use.
pub fn check<'a>(cx: &mut Context<'a>, index: &Index<'a>, catalogue: &Catalogue) -> Vec<ResultUse<'a>> {
    let calls = std::mem::take(&mut cx.calls);
    let mut results = Vec::new();
    for call in &calls {
        let Some(name) = call.action.text() else { continue };
        let mut checker = Checker { call, index, findings: &mut cx.findings, results: &mut results };
        match catalogue.get(name) {
            Some(spec) => {
                checker.against(spec);
                if name == requests::REQUEST {
                    requests::check(call, spec.reads_only_if, index, &mut cx.findings);
                }
            }
            None => checker.unknown(name, catalogue),
        }
    }
    results
}

impl<'a> Checker<'a, '_> {
    fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
    fn error(&mut self, code: &'static str, node: &Node, message: String, expected: &str) {
        self.push(Finding::error(code, &node.place, message).expected(expected));
    }

    fn unknown(&mut self, name: &str, catalogue: &Catalogue) {
        let place = &self.call.action.place;
        let system = name.split('.').next().unwrap_or_default();
        let is_built = catalogue.names().any(|known| known.split('.').next() == Some(system));
        if !is_built && later::SYSTEMS.contains(&system) {
            let message = format!("this version does not know the actions of `{system}` yet");
            let help = "make it a check that a person confirms: say in `how` what they do";
            self.push(Finding::error(later::CODE, place, message).help(help));
            return;
        }
        let names: Vec<&str> = catalogue.names().collect();
        let close = if self.findings.is_full() { None } else { nearest(name, names.iter().copied()) };
        let finding = Finding::error("unknown-action", place, format!("there is no action {}", quoted(name)));
        let finding = if close.is_some() { finding.nearest(close) } else { finding.expected(format!("one of {}", some(&names))) };
        self.push(finding);
    }

    fn against(&mut self, spec: &ActionSpec) {
        let entries = self.call.with.and_then(Node::entries).unwrap_or_default();
        for entry in entries {
            if entry.key == "via" && spec.via.is_some() {
                continue;
            }
            match spec.fields.iter().find(|field| field.name == entry.key) {
                Some(field) => self.value(field, &entry.value),
                None => self.unknown_field(spec, entry),
            }
        }
        let via = self.via(spec);
        self.missing(spec, entries);
        self.flags(spec, via);
    }

    fn unknown_field(&mut self, spec: &ActionSpec, entry: &Entry) {
        let known: Vec<&str> = spec.fields.iter().map(|field| field.name).chain(spec.via.map(|_| "via")).collect();
        let message = format!("{} is no field of {}", quoted(&entry.key), spec.name);
        let finding = Finding::error("unknown-field", &entry.place, message);
        let close = if self.findings.is_full() { None } else { nearest(&entry.key, known.iter().copied()) };
        let finding = if spec.via.is_none() && entry.key == "via" {
            finding.help(format!("{} runs here and reaches nothing by a connection", spec.name))
        } else if close.is_some() {
            finding.nearest(close)
        } else if known.is_empty() {
            finding.help("it takes no fields")
        } else {
            finding.expected(format!("one of {}", known.join(", ")))
        };
        self.push(finding);
    }

    /// The connection's name, if it is one of the right system.
    fn via(&mut self, spec: &ActionSpec) -> Option<&'a str> {
        let system = spec.via?;
        let Some(node) = self.call.with.and_then(|with| with.get("via")) else {
            let place = self.call.with.unwrap_or(self.call.action);
            self.error(
                "missing-field",
                place,
                format!("{} needs `via`", spec.name),
                &format!("the name of a {system} connection"),
            );
            return None;
        };
        self.connection(node, system)
    }

    fn connection(&mut self, node: &'a Node, system: &str) -> Option<&'a str> {
        let expected = format!("the name of a {system} connection");
        let Some(name) = node.text() else {
            self.error("wrong-type", node, format!("{} names no connection", node.described()), &expected);
            return None;
        };
        let Some(named) = self.index.get(Sort::Connection, name) else {
            let words = self.index.names(Sort::Connection);
            let fitting: Vec<&str> = words
                .iter()
                .copied()
                .filter(|word| self.index.get(Sort::Connection, word).is_some_and(|named| named.system == Some(system)))
                .take(100)
                .collect();
            let close = nearest(name, fitting.iter().copied());
            let finding = Finding::error("dangling-reference", &node.place, format!("there is no connection {}", quoted(name)));
            let finding = match close {
                Some(_) => finding.nearest(close),
                None if fitting.is_empty() => finding.expected(expected),
                None => finding.expected(format!("one of {}", some(&fitting))),
            };
            self.push(finding);
            return None;
        };
        if let Some(other) = named.system.filter(|other| *other != system) {
            self.error("wrong-system", node, format!("{} is a {other} connection", quoted(name)), &expected);
            return None;
        }
        Some(name)
    }

    fn missing(&mut self, spec: &ActionSpec, entries: &[Entry]) {
        let has = |name: &str| entries.iter().any(|entry| entry.key == name);
        let place = self.call.with.unwrap_or(self.call.action);
        for field in spec.fields.iter().filter(|field| field.required && !has(field.name)) {
            self.error("missing-field", place, format!("{} needs `{}`", spec.name, field.name), field.about);
        }
        if spec.one_of.is_empty() {
            return;
        }
        let list = spec.one_of.join(", ");
        match spec.one_of.iter().filter(|name| has(name)).count() {
            1 => {}
            0 => self.error(
                "missing-field",
                place,
                format!("{} needs one of {list}", spec.name),
                &format!("exactly one of {list}"),
            ),
            _ => {
                self.error("one-of", place, format!("{} takes only one of {list}", spec.name), &format!("exactly one of {list}"))
            }
        }
    }

    fn flags(&mut self, spec: &ActionSpec, via: Option<&str>) {
        let call = self.call;
        let place = &call.action.place;
        let does_the_step = matches!(call.form, CallForm::Step | CallForm::Instead);
        if spec.irreversible && !does_the_step {
            let what = if call.form == CallForm::Drill { "a drill" } else { "taking something back" };
            let finding =
                Finding::error("irreversible", place, format!("{} cannot be taken back, so it cannot be {what}", spec.name));
            self.push(finding.help("use an action that only looks, or leave the key out"));
        }
        if spec.irreversible && does_the_step && !call.irreversible {
            let finding = Finding::error(
                "irreversible",
                place,
                format!("{} cannot be taken back, and the step does not say so", spec.name),
            );
            self.push(finding.help("add `irreversible: true`: the target's name is then typed before it runs"));
        }
        if spec.fences
            && does_the_step
            && let Some(condition) = call.condition
        {
            let finding = Finding::error(
                "conditional-fence",
                condition,
                format!("{} is a fence, and a fence is never left out", spec.name),
            );
            self.push(finding.help("take the `if` away; who cannot fence signs an outside fence off or waives the need by name"));
        }
        if call.form == CallForm::Step
            && let Some(undo) = call.holder.get("undo").filter(|undo| undo.text() == Some("remembered") && !spec.undoes)
        {
            let finding =
                Finding::error("cannot-undo", &undo.place, format!("{} remembers nothing that could be put back", spec.name));
            self.push(finding.help("name the action that takes it back, or say `undo: none`"));
        }
        self.drill(spec, via);
    }

    /// RULES R31: a drill changes only what is marked for drills.
    fn drill(&mut self, spec: &ActionSpec, via: Option<&str>) {
        let call = self.call;
        let same = call.holder.get("drill").filter(|drill| call.form == CallForm::Step && drill.text() == Some("same"));
        let is_drill = call.form == CallForm::Drill || same.is_some();
        let reads = spec.reads_only_if.is_some_and(|reads| self.only_reads(reads));
        if !is_drill || !spec.mutating || reads {
            return;
        }
        let place = same.map_or(&call.action.place, |same| &same.place);
        match via {
            Some(via) => {
                let named = self.index.get(Sort::Connection, via);
                let is_marked =
                    named.is_some_and(|n| n.node.get("drill").is_some_and(|d| d.meaning() == Some(Plain::Truth(true))));
                if !is_marked {
                    let message =
                        format!("in a drill {} would change {}, which is not marked for drills", spec.name, quoted(via));
                    let finding = Finding::error("drill-on-production", place, message);
                    self.push(finding.help("say `drill: talk`, an action that only looks, or mark the connection `drill: true`"));
                }
            }
            None if spec.via.is_none() => {
                let message = format!("in a drill {} changes things that no connection marks for drills", spec.name);
                let finding = Finding::warning("drill-on-production", place, message);
                self.push(finding.help("say `reads_only: true` if it only looks, or `drill: talk`"));
            }
            None => {}
        }
    }

    fn only_reads(&self, reads: ReadsOnly) -> bool {
        let said = |field: &str| self.call.with.and_then(|with| with.get(field));
        match reads {
            ReadsOnly::True(field) => said(field).is_some_and(|said| said.meaning() == Some(Plain::Truth(true))),
            ReadsOnly::Word(field, words) => said(field).and_then(Node::text).is_some_and(|word| words.contains(&word)),
        }
    }

    /// One field's value. `{result: id}` may stand for any but a connection and a word.
    fn value(&mut self, field: &Field, node: &'a Node) {
        if node.is_refused() || node.is_empty() {
            return;
        }
        if let FieldKind::Connection(system) = field.kind {
            let named = self.connection(node, system);
            let via = self.call.with.and_then(|with| with.get("via")).and_then(Node::text);
            if named.is_some() && named == via {
                let message = format!("`{}` and `via` are the same server", field.name);
                self.error("itself", node, message, "two servers: each connection names one");
            }
            return;
        }
        if let FieldKind::Word(words) = field.kind {
            if let Some(finding) = bodies::word(field.name, words, node, self.findings.is_full()) {
                self.push(finding);
            }
            return;
        }
        if self.result(node) {
            return;
        }
        let expected = expected(field.kind);
        let fits = match field.kind {
            FieldKind::Text => node.text().is_some_and(|text| !text.trim().is_empty()),
            FieldKind::Integer => matches!(node.meaning(), Some(Plain::Integer(_))),
            FieldKind::Truth => {
                matches!(node.scalar(), Some("true" | "false")) && matches!(node.meaning(), Some(Plain::Truth(_)))
            }
            FieldKind::Duration => node.text().is_some_and(|text| text.parse::<Duration>().is_ok()),
            FieldKind::Replicas => match node.meaning() {
                Some(Plain::Integer(n)) => (0..=10_000).contains(&n),
                _ => matches!(node.text(), Some("remembered" | "planned")),
            },
            FieldKind::Texts | FieldKind::NamesOrAll => return self.texts(field, node),
            FieldKind::TextMap => return self.text_map(field, node),
            FieldKind::Json => return self.json(node),
            FieldKind::Comparisons => return bodies::comparisons(field.name, node).into_iter().for_each(|one| self.push(one)),
            FieldKind::Connection(_) | FieldKind::Word(_) => true,
        };
        if !fits {
            self.wrong(field, node, expected);
        }
    }

    fn wrong(&mut self, field: &Field, node: &Node, expected: &str) {
        let finding = Finding::error("wrong-type", &node.place, format!("`{}` cannot be {}", field.name, node.described()));
        let finding = finding.expected(expected);
        let wants_text = matches!(field.kind, FieldKind::Text | FieldKind::Texts | FieldKind::NamesOrAll | FieldKind::TextMap);
        let is_bare = wants_text && node.scalar().is_some() && node.text().is_none();
        self.push(if is_bare { finding.help("a text that looks so needs quotes") } else { finding });
    }

    fn texts(&mut self, field: &Field, node: &'a Node) {
        let Some(items) = node.items() else {
            if node.text().is_none_or(|text| text.trim().is_empty()) {
                self.wrong(field, node, expected(field.kind));
            }
            return;
        };
        if items.is_empty() {
            self.error("nothing-said", node, format!("`{}` is an empty list", field.name), expected(field.kind));
        }
        for item in items {
            if item.text().is_none() && !item.is_refused() && !item.is_empty() && !self.result(item) {
                self.wrong(field, item, expected(field.kind));
            }
            if field.kind == FieldKind::NamesOrAll && item.text() == Some("all") {
                let finding = Finding::error("reserved-word", &item.place, "`all` stands alone, not in a list");
                self.push(finding.help("write all without brackets"));
            }
        }
    }

    fn text_map(&mut self, field: &Field, node: &'a Node) {
        let Some(entries) = node.entries() else {
            self.wrong(field, node, expected(field.kind));
            return;
        };
        for entry in entries {
            let value = &entry.value;
            if value.text().is_none() && !value.is_refused() && !value.is_empty() && !self.result(value) {
                // Not its value: it may be a secret.
                let message = format!("{} is {}, expected a text", quoted(&entry.key), value.kind());
                let finding = Finding::error("wrong-type", &value.place, message);
                self.push(finding.help("a number or truth value that is meant as a text needs quotes"));
            } else if value.text().is_some() && looks_secret(&entry.key) {
                let message = format!("{} looks like a secret, and its value stands in the plan", quoted(&entry.key));
                let finding = Finding::warning("secret-literal", &value.place, message);
                self.push(finding.help("let the program or the deployment read it from a file or a secret store"));
            }
        }
    }

    /// Results may stand anywhere in a body.
    fn json(&mut self, node: &'a Node) {
        for inner in node.items().unwrap_or_default().iter().chain(node.entries().unwrap_or_default().iter().map(|e| &e.value)) {
            if !self.result(inner) {
                self.json(inner);
            }
        }
    }

    /// Whether it is `{result: id}`; remembers and checks it.
    fn result(&mut self, node: &'a Node) -> bool {
        let Some([entry]) = node.entries() else { return false };
        if entry.key == "planned" {
            self.push(Finding::error(later::CODE, &entry.place, later::message("{planned: …}", "a value")).help(later::HELP));
            return true;
        }
        if entry.key != "result" {
            return false;
        }
        let id = entry.value.text().map(|text| text.split_once('/').map_or(text, |(id, _)| id));
        let Some(of) = id.filter(|id| scalar::is_word(id)) else {
            self.error("wrong-type", &entry.value, format!("{} is no step", entry.value.described()), "the id of a step");
            return true;
        };
        let sort = Sort::Step(self.call.runbook);
        if self.index.get(sort, of).is_none() {
            let ids = self.index.names(sort);
            let message = format!("there is no step of this runbook {}", quoted(of));
            let finding = Finding::error("dangling-reference", &entry.value.place, message);
            self.push(finding.expected(format!("one of {}", some(ids))).nearest(nearest(of, ids.iter().copied())));
        } else {
            self.results.push(ResultUse { runbook: self.call.runbook, step: self.call.step, of, place: &entry.value.place });
        }
        true
    }
}

fn expected(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "a text",
        FieldKind::Texts => "a text or a list of texts",
        FieldKind::NamesOrAll => "a name, a list of names, or the word all",
        FieldKind::Replicas => "a whole number, or one of remembered, planned",
        FieldKind::TextMap => "a map of names to texts",
        FieldKind::Connection(_) => "the name of a connection",
        FieldKind::Integer => "a whole number",
        FieldKind::Truth => "true or false",
        FieldKind::Duration => crate::model::duration::EXPECTED,
        FieldKind::Word(_) => "one of its words",
        FieldKind::Json => "anything that JSON can say",
        FieldKind::Comparisons => bodies::COMPARISONS,
    }
}
