//! The plan's own alerts, with what happens when their series are gone.

use promql_parser::parser::{
    self, Expr,
    token::{T_EQLC, T_GTE, T_GTR, T_LSS, T_LTE, T_NEQ},
};

use super::{
    promql::inner,
    rule::{Rule, Rules, Says},
};
use crate::{
    gates::series::absence_of,
    model::loss::LossKind,
    plan::{AbsentMeans, AlertRule, Plan},
};

pub fn alerts(plan: &Plan, rules: &mut Rules) {
    for rule in &plan.alerts {
        let (Some(via), Some(expr)) = (&rule.via, &rule.expr) else {
            rules.left_out.push(format!("alert {}: it lives elsewhere, the plan has no expression of it", rule.name));
            continue;
        };
        let absent = absence_of(expr);
        let fires = rule.absent == Some(AbsentMeans::Fires);
        let summary = rule.summary.clone().unwrap_or_else(|| rule.name.clone());
        let with = |made: Rule| {
            let made = made.label("severity", rule.severity.as_deref()).label("scenario", rule.scenario.as_deref());
            made.promised(promise(rule, plan)).held(rule.hold)
        };
        let whole = match (inner(expr), &absent) {
            (Ok(expr), Some(absent)) if fires => format!("({expr}) or {absent}"),
            _ => expr.trim().to_owned(),
        };
        let mut made = with(Rule::new(plan, &rule.name, whole, Says::Wrong, &summary));
        if each_by_itself(expr) && means_many(rule, plan) {
            let why = "fires for one dead target among living ones: if it shall mean all of them, compare max by (...) of it";
            rules.doubts.push(format!("alert {} {why}", rule.name));
            made = made.because(format!("{why} in the plan"));
        }
        rules.add(via, made);
        if let Some(absent) = absent.filter(|_| !fires) {
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

/// Whether the loss of one target is less than what its scenario is about.
fn means_many(rule: &AlertRule, plan: &Plan) -> bool {
    let scenario = rule.scenario.as_ref().and_then(|name| plan.scenarios.get(name));
    scenario.is_some_and(|scenario| scenario.loses.as_ref().is_none_or(|loss| loss.kind() != LossKind::Node))
}

/// Whether `expr` holds of each target by itself that is not alive, as `up == 0` does. It is said, not mended: the plan may mean it.
fn each_by_itself(expr: &str) -> bool {
    let Ok(Expr::Binary(binary)) = parser::parse(expr) else { return false };
    let op = binary.op.id();
    match (bare(&binary.lhs), bare(&binary.rhs)) {
        (Expr::VectorSelector(_), Expr::NumberLiteral(n)) => dead(op, n.val),
        (Expr::NumberLiteral(n), Expr::VectorSelector(_)) => dead(turned(op), n.val),
        _ => false,
    }
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(inside) => bare(&inside.expr),
        other => other,
    }
}

/// The comparison with its sides changed.
fn turned(op: u16) -> u16 {
    match op {
        T_LSS => T_GTR,
        T_LTE => T_GTE,
        T_GTR => T_LSS,
        T_GTE => T_LTE,
        same => same,
    }
}

fn dead(op: u16, right: f64) -> bool {
    match op {
        T_EQLC | T_LTE => right == 0.0,
        T_NEQ | T_LSS => right == 1.0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_dead_target_is_seen_however_it_is_written() {
        for dead in ["up == 0", "(up{job=\"a\"}) != 1", "up < 1", "0 == up", "1 > (up)", "up <= 0"] {
            assert!(each_by_itself(dead), "{dead}");
        }
        for other in ["max by (region) (up) == 0", "errors > 0", "free < 0.1", "1 < up", "up", "up =="] {
            assert!(!each_by_itself(other), "{other}");
        }
    }
}
