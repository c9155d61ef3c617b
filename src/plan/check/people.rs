//! Whether there is somebody to do it, to approve it, and a way to reach them.

use super::names::Index;
use crate::plan::{
    decode::context::Sort,
    findings::{Finding, Findings},
    types::{Person, Plan, Power},
};

pub fn check(plan: &Plan, index: &Index<'_>, findings: &mut Findings) {
    for person in plan.people.iter().filter(|p| !reachable(p)) {
        if let Some(place) = index.place(Sort::Person, &person.name, "name") {
            let finding = Finding::warning("contact-without-address", &place, "nothing says how to reach this contact");
            findings.push(finding.help("add `phone` or `email`"));
        }
    }
    for (name, role) in &plan.roles {
        let on_ladder = plan.escalation.iter().any(|rung| rung.role == *name);
        let own = role.phone.is_some() || role.email.is_some();
        let held = plan.people.iter().any(|person| person.roles.contains(name) && reachable(person));
        if on_ladder
            && !own
            && !held
            && let Some(named) = index.get(Sort::Role, name)
        {
            let finding = Finding::warning(
                "contact-without-address",
                named.place,
                "this role is called in the escalation, but nobody is reached by it",
            );
            findings.push(finding.help("give the role a `phone`, or a person with one this role"));
        }
    }
}

fn reachable(person: &Person) -> bool {
    person.phone.is_some() || person.email.is_some()
}

/// Steps that wait for an approval which nobody can give (RULES R16: another person than the one who executes).
pub fn check_approvals(plan: &Plan, index: &Index<'_>, findings: &mut Findings) {
    let guarded = plan.roles.values().any(|role| !role.may.is_empty());
    let may = |person: &&Person| {
        let has = |role: &String| plan.roles.get(role).is_some_and(|role| role.may.contains(&Power::Approve));
        !guarded || person.roles.iter().any(has)
    };
    let approvers = plan.people.iter().filter(may).count();
    for runbook in &plan.runbooks {
        for step in runbook.steps().filter(|step| step.approvals > 0 && step.action.is_some()) {
            let Some(place) = index.step_place(&runbook.name, step.id.as_str(), "approvals") else { continue };
            let wanted = step.approvals as usize;
            if approvers == 0 {
                let finding = Finding::error("approvals-without-people", &place, "nobody in the plan may approve");
                findings.push(finding.help("add `people`, with a role that says may: [approve] if roles say what they may"));
            } else if approvers < wanted || plan.people.len() <= wanted {
                let message = format!("{wanted} must approve beside the one who acts; the plan has {approvers} who may");
                let finding = Finding::warning("approvals-without-people", &place, message);
                findings.push(finding.help("add people, or ask for fewer; without them only break-glass is left"));
            }
        }
    }
}
