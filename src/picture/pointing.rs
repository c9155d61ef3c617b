//! What an alert points to in the plan: a scenario, a runbook, and by what.

use std::collections::BTreeMap;

use crate::plan::{Plan, Runbook};

/// Where an alert leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointed {
    pub scenario: Option<String>,
    pub runbook: Option<String>,
    /// `its label names the scenario`.
    pub by: String,
}

/// By its labels, the place where its runbook is written, or a rule of the plan with its name, in this order.
pub fn points_to(labels: &BTreeMap<String, String>, plan: &Plan) -> Option<Pointed> {
    let label = |name: &str| labels.get(name).map(String::as_str);
    let written = label("@runbook_url").and_then(|url| known(last_segment(url), plan));
    let named = label("runbook").and_then(|name| known(name, plan)).or_else(|| known(last_segment(label("runbook")?), plan));
    if let Some(scenario) = label("scenario").filter(|scenario| plan.scenarios.contains_key(*scenario)) {
        let runbook = named.or(written).map(|book| book.name.clone()).or_else(|| runbook_for(scenario, plan));
        return Some(Pointed { scenario: Some(scenario.to_owned()), runbook, by: "its label names the scenario".into() });
    }
    let found = [(named, "its label names the runbook"), (written, "its runbook_url names the runbook")];
    if let Some((book, how)) = found.into_iter().find_map(|(book, how)| Some((book?, how))) {
        let scenario = plan.scenarios.keys().find(|scenario| book.answers(scenario)).cloned();
        return Some(Pointed { scenario, runbook: Some(book.name.clone()), by: format!("{how} {}", book.name) });
    }
    let rule = plan.alerts.iter().find(|rule| Some(rule.name.as_str()) == label("alertname"))?;
    let scenario = rule.scenario.clone()?;
    let runbook = runbook_for(&scenario, plan);
    Some(Pointed { scenario: Some(scenario), runbook, by: "the plan has an alert of this name".into() })
}

/// The first runbook that answers `scenario`.
pub fn runbook_for(scenario: &str, plan: &Plan) -> Option<String> {
    plan.runbooks_for(scenario).next().map(|book| book.name.clone())
}

fn known<'a>(name: &str, plan: &'a Plan) -> Option<&'a Runbook> {
    plan.runbooks.iter().find(|book| book.name == name)
}

/// `failover` of `https://wiki.example/runbooks/failover.md?v=2#first`.
fn last_segment(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    [".md", ".html", ".yaml"].into_iter().find_map(|end| last.strip_suffix(end)).unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_segment_of_an_address_is_its_name() {
        for url in ["https://wiki.example/a/failover", "https://w/failover.md?v=2#x", "failover/", "/x/failover.html#top"] {
            assert_eq!(last_segment(url), "failover", "{url}");
        }
        assert_eq!(last_segment("https://wiki.example/?page=failover"), "wiki.example");
        assert_eq!(last_segment(""), "");
    }
}
