//! Runbooks and their phases.

use super::{
    context::{Context, Named, Sort},
    fields::{Fields, list},
    later,
    scalar::{duration, one_of, prose, range, truth, word},
    step::{decode_condition, decode_names, decode_owner},
};
use crate::plan::{
    findings::Finding,
    source::node::Node,
    types::{Origin, Phase, Runbook, Step, Use},
};

impl Runbook {
    pub fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let inside = cx.enter();
        let errors = cx.findings.errors();
        let mut f = Fields::of(node, cx, "a runbook")?;
        f.knows(&["apiVersion", "kind"]);
        let name = f.required(cx, "name", word);
        let title = f.optional(cx, "title", prose);
        let about = f.optional(cx, "about", prose);
        let scenario = f.optional(cx, "scenario", decode_names(Sort::Scenario, "any")).unwrap_or_default();
        let uses = one_of("use of a runbook", &Use::WORDS, &[Use::Prepare, Use::Respond, Use::Return, Use::Review, Use::Verify]);
        let purpose = f.optional(cx, "use", uses).unwrap_or_default();
        if let (Some(said), Use::Review) = (node.get("use"), purpose) {
            cx.push(later::by_hand(
                &said.place,
                "this version does not open a review by itself when the incident is restored yet",
            ));
        }
        let rto = f.optional(cx, "rto", duration);
        let rpo = f.optional(cx, "rpo", duration);
        let owner = f.optional(cx, "owner", decode_owner);
        let phases = match (f.has("phases"), f.has("steps")) {
            (true, false) => f.optional(cx, "phases", list(Phase::decode)),
            (false, true) => {
                let steps = f.optional(cx, "steps", list(Step::decode));
                steps.map(|steps| vec![Phase { steps, ..Phase::default() }])
            }
            (both, _) => {
                let said = if both { "both `phases` and `steps`" } else { "neither `phases` nor `steps`" };
                let finding = Finding::error("steps-or-phases", &node.place, format!("a runbook has steps, this has {said}"));
                cx.push(finding.expected("exactly one of steps, phases"));
                None
            }
        };
        f.knows(&["phases", "steps"]);
        let origin = f.optional(cx, "origin", Origin::decode);
        f.finish(cx, later::NONE);
        for list in [node.get("steps"), node.get("phases")].into_iter().flatten() {
            if list.items().is_some_and(<[Node]>::is_empty) {
                cx.error("nothing-said", list, "a runbook without steps does nothing", "at least one step");
            }
        }
        if let Some(said) = node.get("name")
            && let Some(text) = said.text()
        {
            let (place, whole) = (&said.place, cx.findings.errors() == errors);
            cx.named.push(Named { sort: Sort::Runbook, name: text, place, node, system: None, inside, whole });
        }
        Some(Self { name: name?, title, about, scenario, purpose, rto, rpo, owner, phases: phases?, origin })
    }
}

impl Phase {
    fn decode<'a>(node: &'a Node, cx: &mut Context<'a>) -> Option<Self> {
        let mut f = Fields::of(node, cx, "a phase")?;
        let name = f.optional(cx, "name", prose);
        let window = f.optional(cx, "window", range);
        let takes = f.optional(cx, "takes", range);
        let condition = f.optional(cx, "if", decode_condition);
        let alongside = f.optional(cx, "alongside", truth).unwrap_or_default();
        let owner = f.optional(cx, "owner", decode_owner);
        let first = cx.calls.len();
        let steps = f.required(cx, "steps", list(Step::decode));
        if let Some(said) = node.get("if") {
            for call in &mut cx.calls[first..] {
                call.condition.get_or_insert(&said.place);
            }
        }
        if let Some(list) = node.get("steps").filter(|list| list.items().is_some_and(<[Node]>::is_empty)) {
            cx.error("nothing-said", list, "a phase without steps does nothing", "at least one step");
        }
        let origin = f.optional(cx, "origin", Origin::decode);
        f.finish(cx, later::NONE);
        Some(Self { name, window, takes, condition, alongside, owner, steps: steps?, origin })
    }
}
