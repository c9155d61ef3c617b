//! The plan's own alerts, with what happens when their series are gone.

use super::{
    promql::inner,
    rule::{Rule, Rules, Says},
};
use crate::{
    gates::series::absence_of,
    plan::{AbsentMeans, AlertRule, Plan, check::expressions::one_for_many},
};

pub fn alerts(plan: &Plan, rules: &mut Rules) {
    for rule in &plan.alerts {
        let (Some(via), Some(expr)) = (&rule.via, &rule.expr) else {
            rules.left_out.push(format!("alert {}: it lives elsewhere, the plan has no expression of it", rule.name));
            continue;
        };
        let absent = absence_of(expr);
        let means = rule.absent.unwrap_or_default();
        let summary = rule.summary.clone().unwrap_or_else(|| rule.name.clone());
        let with = |made: Rule| {
            let made = made.label("severity", rule.severity.as_deref()).label("scenario", rule.scenario.as_deref());
            made.promised(promise(rule, plan)).held(rule.hold)
        };
        let whole = match (inner(expr), &absent) {
            (Ok(expr), Some(absent)) if means == AbsentMeans::Fires => format!("({expr}) or {absent}"),
            _ => expr.trim().to_owned(),
        };
        let mut made = with(Rule::new(plan, &rule.name, whole, Says::Wrong, &summary));
        if let Some(why) = one_for_many(rule, plan) {
            let why = format!("{why}: if it shall mean all of them, compare max by (...) of it");
            rules.doubts.push(format!("alert {} {why}", rule.name));
            made = made.because(format!("{why} in the plan"));
        }
        rules.add(via, made);
        if let Some(absent) = absent.filter(|_| means == AbsentMeans::Unknown) {
            let summary = format!("Whether {} would fire cannot be told: its series are gone", rule.name);
            rules.add(via, with(Rule::new(plan, format!("{}CannotTell", rule.name), absent, Says::CannotTell, summary)));
        }
    }
}

/// What its scenario promises.
fn promise(rule: &AlertRule, plan: &Plan) -> Option<String> {
    let scenario = plan.scenarios.get(rule.scenario.as_ref()?)?;
    let within = scenario.detect.as_ref().and_then(|detect| detect.within);
    let said = [("noticed within", within), ("out for at most", scenario.rto), ("loses at most", scenario.rpo)];
    let said: Vec<String> = said.iter().filter_map(|(what, span)| Some(format!("{what} {}", (*span)?))).collect();
    (!said.is_empty()).then(|| said.join(", "))
}
