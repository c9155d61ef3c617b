//! The other ways of a step: each has a name of its own, and does what the step is for.

use super::names::Index;
use crate::{
    model::Catalogue,
    plan::{
        findings::{Finding, Findings, quoted},
        types::{Runbook, Step},
    },
};

/// A way that is not told from another one, and a fence that is replaced by something that proves nothing (RULES R19).
pub fn check(runbook: &Runbook, index: &Index<'_>, catalogue: &Catalogue, findings: &mut Findings) {
    let fences = |action: &str| catalogue.get(action).is_some_and(|spec| spec.fences);
    for step in runbook.steps() {
        let Some(place) = index.step_place(&runbook.name, step.id.as_str(), "instead") else { continue };
        if let Some(title) = named_twice(step) {
            let message = format!("two ways of this step are called {}", quoted(title));
            findings.push(Finding::error("duplicate-name", &place, message).help("give one of the two another title"));
        }
        let is_fence = step.action.as_deref().is_some_and(fences);
        if let Some(way) = step.instead.iter().find(|way| fences(&way.action) != is_fence) {
            let message = if is_fence {
                format!("the step is a fence, and {} gives no proof that writes are refused", way.action)
            } else {
                format!("{} is a fence, and the step is none", way.action)
            };
            let help = "a fence by other means is an outside fence, which a person signs; a fence is a step of its own";
            findings.push(Finding::error("way-and-fence", &place, message).help(help));
        }
    }
}

fn named_twice(step: &Step) -> Option<&str> {
    let titles: Vec<&str> = step.instead.iter().map(|way| way.title.as_str()).collect();
    titles.iter().enumerate().find(|(n, title)| titles[..*n].contains(*title)).map(|(_, title)| *title)
}
