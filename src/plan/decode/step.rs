//! Steps.

use std::collections::BTreeMap;

use super::{
    context::{CallForm, CallSite, Chosen, Context, Sort},
    fields::{Fields, list, one_or_many, tagged},
    later,
    probe::{Purpose, decode_gate},
    scalar::{self, at_least, count, drawable, duration, one_of, prose, range, refers, truth, word},
};
use crate::{
    model::{Duration, StepId},
    plan::{
        findings::{Finding, quoted},
        source::node::{Node, Plain, Shape},
        types::{
            Check, Condition, Decision, DecisionValue, DrillForm, Due, Gate, Names, NoticeStep, Origin, OtherWay, Owner, Step,
            UndoForm, Way,
        },
    },
};

/// Keys that only an action has.
const OF_ACTIONS: [&str; 7] = ["with", "undo", "irreversible", "approvals", "drill", "timeout", "instead"];
/// Keys that say what kind of step it is, of which one may stand.
const KINDS: [&str; 5] = ["check", "action", "decision", "notice", "runbook"];

impl Step {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let inside = cx.inside;
        cx.declare_by(Sort::Step(inside), "id", node);
        cx.step = node.get("id").and_then(Node::text);
        let mut f = Fields::of(node, cx, "a step")?;
        let id = f.required(cx, "id", word).map(StepId::from);
        let title = f.required(cx, "title", prose);
        let how = f.optional(cx, "how", prose);
        let links = f.optional(cx, "links", list(prose)).unwrap_or_default();
        let check = f.optional(cx, "check", Check::decode);
        let action = f.optional(cx, "action", scalar::name);
        let with = f.optional(cx, "with", arguments).unwrap_or_default();
        let irreversible = f.optional(cx, "irreversible", truth).unwrap_or_default();
        let condition = f.optional(cx, "if", decode_condition);
        if let Some(said) = node.get("action").filter(|_| action.is_some()) {
            let condition = node.get("if").map(|said| &said.place);
            let step = cx.step;
            let with = node.get("with");
            cx.calls.push(CallSite {
                form: CallForm::Step,
                action: said,
                with,
                holder: node,
                runbook: inside,
                step,
                irreversible,
                condition,
            });
        }
        let undo = f.optional(cx, "undo", decode_undo);
        let approvals = f.optional(cx, "approvals", count(0, 9)).unwrap_or_default();
        let drill = f.optional(cx, "drill", decode_drill);
        let instead = f.optional(cx, "instead", list(|n, cx| Way::decode(n, cx, node, irreversible))).unwrap_or_default();
        let gate: Vec<Gate> =
            f.optional(cx, "gate", one_or_many(|n, cx| decode_gate(n, cx, Purpose::Gate, "a gate"))).unwrap_or_default();
        let decision = f.optional(cx, "decision", Decision::decode);
        let notice = f.optional(cx, "notice", NoticeStep::decode);
        let runbook = f.optional(cx, "runbook", refers(Sort::Runbook));
        let owner = f.optional(cx, "owner", decode_owner);
        let needs = f.optional(cx, "needs", list(step_id));
        let always = f.optional(cx, "always", truth).unwrap_or_default();
        let takes = f.optional(cx, "takes", range);
        let timeout = f.optional(cx, "timeout", at_least(Duration::from_secs(1)));
        let due = f.optional(cx, "due", decode_due);
        let freezes = f.optional(cx, "freezes", decode_names(Sort::Dataset, "all")).unwrap_or_default();
        let recovers = f.optional(cx, "recovers", decode_names(Sort::Dataset, "all")).unwrap_or_default();
        let restores = f.optional(cx, "restores", decode_names(Sort::Service, "all")).unwrap_or_default();
        let origin = f.optional(cx, "origin", Origin::decode);
        f.finish(cx, later::NONE);
        kind_is_clear(node, cx);
        cx.step = None;
        Some(Self {
            id: id?,
            title: title?,
            how,
            links,
            check,
            action,
            with,
            undo,
            irreversible,
            approvals,
            drill,
            instead,
            gate,
            decision,
            notice,
            runbook,
            owner,
            needs,
            condition,
            always,
            takes,
            timeout,
            due,
            freezes,
            recovers,
            restores,
            origin,
        })
    }
}

/// Exactly one kind, and nothing beside it that belongs to another.
fn kind_is_clear<'a>(node: &'a Node, cx: &mut Context<'a>) {
    let entries = node.entries().unwrap_or_default();
    let mut kinds = entries.iter().filter(|entry| KINDS.contains(&entry.key.as_str()));
    if let (Some(first), Some(second)) = (kinds.next(), kinds.next()) {
        let message = format!("a step is of one kind, but both `{}` and `{}` are said", first.key, second.key);
        cx.push(Finding::error("two-kinds", &second.place, message).help("make two steps of it, one needing the other"));
    }
    if node.get("action").is_some() {
        return;
    }
    for entry in entries.iter().filter(|entry| OF_ACTIONS.contains(&entry.key.as_str())) {
        let finding = Finding::error(
            "needs-action",
            &entry.place,
            format!("`{}` is for actions, and this step has no `action`", entry.key),
        );
        cx.push(finding.help("say the action, or take the key away"));
    }
}

fn step_id<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<StepId> {
    let id = word(node, cx)?;
    let inside = cx.inside;
    cx.uses(Sort::Step(inside), node);
    Some(id.into())
}

/// A role, `auto` or `platform`.
pub fn decode_owner<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Owner> {
    let name = scalar::name(node, cx)?;
    if !matches!(name.as_str(), "auto" | "platform") {
        cx.uses(Sort::Role, node);
    }
    Some(name)
}

/// One name, several, or the word for every one.
pub fn decode_names<'a>(sort: Sort, every: &'static str) -> impl Fn(&'a Node, &mut Context<'a>) -> Option<Names> {
    move |node, cx| {
        if node.items().is_none() {
            let name = scalar::name(node, cx)?;
            if name != every {
                cx.uses(sort, node);
            }
            return Some(Names::One(name));
        }
        let names = list(|one: &'a Node, cx: &mut Context<'a>| {
            let name = scalar::name(one, cx)?;
            if name == every {
                let finding = Finding::error("reserved-word", &one.place, format!("`{every}` stands alone, not in a list"));
                cx.push(finding.help(format!("write {every} without brackets")));
                return None;
            }
            cx.uses(sort, one);
            Some(name)
        })(node, cx)?;
        Some(if names.is_empty() { Names::None } else { Names::Many(names) })
    }
}

impl Check {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a check")?;
        let out = Self { see: f.optional(cx, "see", prose) };
        f.finish(cx, later::NONE);
        Some(out)
    }
}

impl Decision {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a decision")?;
        let ask = f.required(cx, "ask", prose);
        let options = f.optional(cx, "options", list(prose)).unwrap_or_default();
        let source_of = f.optional(cx, "source_of", refers(Sort::Dataset));
        let values = one_of(
            "kind of answer",
            &["time", "text", "number"],
            &[DecisionValue::Time, DecisionValue::Text, DecisionValue::Number],
        );
        let value = f.optional(cx, "value", values);
        let answers = ["options", "source_of", "value"].into_iter().filter(|field| f.has(field)).count();
        if answers != 1 && !f.has("from") {
            let said = if answers == 0 { "nothing says what may be answered" } else { "the answer is said in several ways" };
            let finding = Finding::error("decision-answer", &node.place, said);
            cx.push(finding.expected("exactly one of options, source_of, value"));
        }
        f.finish(cx, later::DECISION);
        if let Some(said) = node.get("options").filter(|said| said.items().is_some_and(|items| items.len() < 2)) {
            cx.error("nothing-said", said, "that leaves nothing to decide", "at least two options");
        }
        Some(Self { ask: ask?, options, source_of, value })
    }
}

impl NoticeStep {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a notice")?;
        let out = Self {
            audience: f.optional(cx, "audience", one_or_many(scalar::name)).unwrap_or_default(),
            channels: f.optional(cx, "channels", one_or_many(scalar::name)).unwrap_or_default(),
            template: f.optional(cx, "template", scalar::name),
        };
        f.finish(cx, later::NOTICE);
        Some(out)
    }
}

pub fn decode_condition<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Condition> {
    let (tag, content) = tagged(node, cx, "a condition", &["ask", "failed", "chosen"], later::CONDITIONS, &[])?;
    match tag {
        "ask" => prose(content, cx).map(Condition::Ask),
        "failed" => step_id(content, cx).map(Condition::Failed),
        _ => {
            let inside = cx.inside;
            let entries = Fields::of(content, cx, "a choice").and(content.entries())?;
            let mut chosen = BTreeMap::new();
            for entry in entries {
                cx.used.push(super::context::Used {
                    sort: Sort::Step(inside),
                    name: &entry.key,
                    place: &entry.place,
                    systems: &[],
                });
                cx.chosen.push(Chosen { runbook: inside, step: &entry.key, option: &entry.value });
                if let Some(option) = prose(&entry.value, cx) {
                    chosen.insert(StepId::from(entry.key.as_str()), option);
                }
            }
            if entries.is_empty() {
                cx.error("nothing-said", content, "no decision is named", "{decision: option}");
            }
            (!chosen.is_empty()).then_some(Condition::Chosen(chosen))
        }
    }
}

fn decode_undo<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<UndoForm> {
    if node.entries().is_some() {
        return other_way(node, cx, CallForm::Undo).map(UndoForm::Other);
    }
    #[derive(Clone, Copy)]
    enum Word {
        Remembered,
        None,
    }
    let word = one_of("way to undo (or an action)", &["remembered", "none"], &[Word::Remembered, Word::None])(node, cx)?;
    Some(match word {
        Word::Remembered => UndoForm::Remembered,
        Word::None => UndoForm::None,
    })
}

fn decode_drill<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<DrillForm> {
    if node.entries().is_some() {
        return other_way(node, cx, CallForm::Drill).map(DrillForm::Other);
    }
    #[derive(Clone, Copy)]
    enum Word {
        Same,
        Talk,
    }
    let word = one_of("form of a drill (or an action)", &["same", "talk"], &[Word::Same, Word::Talk])(node, cx)?;
    Some(match word {
        Word::Same => DrillForm::Same,
        Word::Talk => DrillForm::Talk,
    })
}

fn other_way<'a>(node: &'a Node, cx: &mut Context<'a>, form: CallForm) -> Option<OtherWay> {
    let mut f = Fields::of(node, cx, "another action")?;
    let title = f.optional(cx, "title", prose);
    let action = f.required(cx, "action", scalar::name);
    let with = f.optional(cx, "with", arguments).unwrap_or_default();
    f.finish(cx, later::NONE);
    if let Some(said) = node.get("action").filter(|_| action.is_some()) {
        let (runbook, step, with) = (cx.inside, cx.step, node.get("with"));
        cx.calls.push(CallSite { form, action: said, with, holder: node, runbook, step, irreversible: false, condition: None });
    }
    Some(OtherWay { title, action: action?, with })
}

impl Way {
    /// One of the `instead` of `step`, which says `irreversible` or not.
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>, step: &'a Node, irreversible: bool) -> Option<Self> {
        let mut f = Fields::of(node, cx, "another way")?;
        let title = f.required(cx, "title", prose);
        let action = f.required(cx, "action", scalar::name);
        let with = f.optional(cx, "with", arguments).unwrap_or_default();
        let gate = f.optional(cx, "gate", one_or_many(|n, cx| decode_gate(n, cx, Purpose::Gate, "a gate"))).unwrap_or_default();
        f.finish(cx, later::NONE);
        if let Some(said) = node.get("action").filter(|_| action.is_some()) {
            let condition = step.get("if").map(|said| &said.place);
            let (form, runbook, with) = (CallForm::Instead, cx.inside, node.get("with"));
            cx.calls.push(CallSite { form, action: said, with, holder: node, runbook, step: cx.step, irreversible, condition });
        }
        Some(Self { title: title?, action: action?, with, gate })
    }
}

fn decode_due<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Due> {
    let (tag, content) = tagged(node, cx, "a deadline", &["impact", "declared", "restored", "closed"], later::NONE, &[])?;
    let after = duration(content, cx)?;
    Some(match tag {
        "impact" => Due::Impact(after),
        "declared" => Due::Declared(after),
        "restored" => Due::Restored(after),
        _ => Due::Closed(after),
    })
}

/// `with`: its shape is checked against the catalogue later, by place.
fn arguments<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<BTreeMap<String, serde_json::Value>> {
    let entries = Fields::of(node, cx, "`with`").and(node.entries())?;
    let mut out = BTreeMap::new();
    for entry in entries {
        if let Some(value) = json(&entry.value, cx) {
            out.insert(entry.key.clone(), value);
        }
    }
    Some(out)
}

fn json<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<serde_json::Value> {
    use serde_json::Value;
    Some(match &node.shape {
        Shape::Refused => return None,
        Shape::List(items) => Value::Array(items.iter().filter_map(|item| json(item, cx)).collect()),
        Shape::Map(entries) => {
            let mut out = serde_json::Map::new();
            for entry in entries {
                out.insert(entry.key.clone(), json(&entry.value, cx)?);
            }
            Value::Object(out)
        }
        Shape::Scalar { text, .. } => match node.meaning() {
            Some(Plain::Truth(truth)) => Value::Bool(truth),
            Some(Plain::Integer(n)) => Value::from(n),
            Some(Plain::Float(n)) => match serde_json::Number::from_f64(n) {
                Some(number) => Value::Number(number),
                None => {
                    cx.error("bad-number", node, format!("{} is no number to send", quoted(text)), "a finite number");
                    return None;
                }
            },
            Some(Plain::Null) => {
                let finding = Finding::error("nothing-said", &node.place, "nothing is said here");
                cx.push(finding.help("give it a value, \"\" for an empty text, or take the key away"));
                return None;
            }
            Some(Plain::Text) | None => {
                if !drawable(node, cx, text) {
                    return None;
                }
                Value::String(text.clone())
            }
        },
    })
}
