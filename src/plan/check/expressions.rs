//! Expressions of the plan's alerts that say less than they seem to.

use promql_parser::parser::{
    self, BinaryExpr, Expr, VectorSelector,
    token::{T_COUNT, T_EQLC, T_GTE, T_GTR, T_LAND, T_LOR, T_LSS, T_LTE, T_LUNLESS, T_MUL, T_NEQ, T_SUB},
};
use promql_parser::{
    label::{MatchOp, Matcher},
    util::{ExprVisitor, walk_expr},
};

use super::names::Index;
use crate::{
    model::{Duration, loss::LossKind},
    plan::{
        decode::context::Sort,
        findings::{Finding, Findings, Place},
        types::{AlertRule, Plan, Probe},
    },
};

pub fn check(plan: &Plan, index: &Index<'_>, findings: &mut Findings) {
    for rule in &plan.alerts {
        let Some(expr) = &rule.expr else { continue };
        let Some(place) = index.place(Sort::Alert, &rule.name, "expr") else { continue };
        // What does not parse is Prometheus' to refuse: it may know more than this parser.
        let Ok(parsed) = parser::parse(expr) else { continue };
        let parsed = bare(&parsed);
        if let Some(why) = one_for_many(rule, plan).filter(|_| loses_a_place(rule, plan)) {
            let help = "compare `max by (region) (...)` of it, with the label that tells what shall be lost as a whole";
            findings.push(Finding::warning("fires-for-one", &place, format!("it {why}")).help(help));
        }
        if let Expr::Binary(binary) = parsed {
            let found = [says_not_which(binary, &place), age_and_hold(binary, rule.hold, &place)];
            found.into_iter().flatten().for_each(|finding| findings.push(finding));
        }
        if compares_with_its_own_average(parsed) {
            let message =
                "the average contains the value that it is compared with: what lasts becomes the average, and the alert ends";
            let help = "end the average before now (`avg_over_time(...[7d] offset 1d)`); sizes that the recovery source's `size` asks for \
                        are compared with the runs before";
            findings.push(Finding::warning("average-includes-now", &place, message).help(help));
        }
    }
    stanza_says_ok(plan, index, findings);
}

/// Why `rule` fires for less than its scenario is about; `None` when it does not.
pub fn one_for_many(rule: &AlertRule, plan: &Plan) -> Option<&'static str> {
    let each = rule.expr.as_ref().is_some_and(|expr| each_by_itself(expr));
    (each && means_many(rule, plan)).then_some("fires for one dead target among living ones")
}

/// Whether the loss of one target is less than what its scenario is about.
fn means_many(rule: &AlertRule, plan: &Plan) -> bool {
    let scenario = rule.scenario.as_ref().and_then(|name| plan.scenarios.get(name));
    scenario.is_some_and(|scenario| scenario.loses.as_ref().is_none_or(|loss| loss.kind() != LossKind::Node))
}

/// Whether its scenario is surely about more than one target: not what one exporter may stand for, as for a database.
fn loses_a_place(rule: &AlertRule, plan: &Plan) -> bool {
    let loses = rule.scenario.as_ref().and_then(|name| plan.scenarios.get(name)?.loses.as_ref());
    loses.is_some_and(|loss| matches!(loss.kind(), LossKind::Region | LossKind::Zone | LossKind::Cluster))
}

/// Whether `expr` holds of each target by itself that is not alive, as `up == 0` does.
fn each_by_itself(expr: &str) -> bool {
    let Ok(Expr::Binary(binary)) = parser::parse(expr) else { return false };
    match compared(&binary) {
        Some((Expr::VectorSelector(series), op, number)) if may_be_many(series) => match op {
            T_EQLC | T_LTE => number == 0.0,
            T_NEQ | T_LSS => number == 1.0,
            _ => false,
        },
        _ => false,
    }
}

/// Not what one target names, nor what a recording rule has made one of.
fn may_be_many(series: &VectorSelector) -> bool {
    let one = |matcher: &Matcher| matcher.name == "instance" && matcher.op == MatchOp::Equal;
    let recorded = series.name.as_ref().is_some_and(|name| name.contains(':'));
    !recorded && !series.matchers.matchers.iter().any(one)
}

/// `count(up == 0) > 2`: a number that has lost whose it is.
fn says_not_which(binary: &BinaryExpr, place: &Place) -> Option<Finding> {
    let (Expr::Aggregate(counted), T_GTR | T_GTE, _) = compared(binary)? else { return None };
    let nameless = counted.modifier.as_ref().is_none_or(|by| by.is_include() && by.labels().is_empty());
    let of_some = matches!(bare(&counted.expr), Expr::Binary(_));
    (counted.op.id() == T_COUNT && nameless && of_some).then(|| {
        let message = "it fires with a number only: which ones are meant is lost";
        let help = format!("keep the names: `({}) and on () ({binary})`", bare(&counted.expr));
        Finding::warning("says-not-which", place, message).help(help)
    })
}

/// `time() - x > 21600` that waits an hour more.
fn age_and_hold(binary: &BinaryExpr, hold: Option<Duration>, place: &Place) -> Option<Finding> {
    let hold = hold.filter(|hold| *hold > Duration::ZERO)?;
    let (Expr::Binary(age), T_GTR | T_GTE, seconds) = compared(binary)? else { return None };
    let is_now = matches!(bare(&age.lhs), Expr::Call(call) if call.func.name == "time");
    // A few minutes are there against flapping.
    if age.op.id() != T_SUB || !is_now || seconds < 0.0 || hold < Duration::from_mins(15) {
        return None;
    }
    let age = Duration::from_millis((seconds * 1_000.0) as u64);
    let message = format!("it fires at an age of {}: {age} of the expression and {hold} of `for`", age + hold);
    Some(Finding::warning("age-and-for", place, message).help("let `for` be a few scrapes long, or the age smaller"))
}

/// The side that is no number, the comparison as read from there, and the number.
fn compared(binary: &BinaryExpr) -> Option<(&Expr, u16, f64)> {
    let op = binary.op.id();
    match (number(&binary.lhs), number(&binary.rhs)) {
        (None, Some(number)) => Some((bare(&binary.lhs), op, number)),
        (Some(number), None) => Some((bare(&binary.rhs), turned(op), number)),
        _ => None,
    }
}

/// `21600`, and `6 * 3600` as people write it.
fn number(expr: &Expr) -> Option<f64> {
    match bare(expr) {
        Expr::NumberLiteral(number) => Some(number.val),
        Expr::Binary(binary) if binary.op.id() == T_MUL => Some(number(&binary.lhs)? * number(&binary.rhs)?),
        _ => None,
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

/// Series as they are now, and those whose average up to now is taken.
#[derive(Default)]
struct Compared {
    now: Vec<String>,
    averaged: Vec<String>,
}

impl ExprVisitor for Compared {
    type Error = std::convert::Infallible;

    fn pre_visit(&mut self, expr: &Expr) -> Result<bool, Self::Error> {
        let ends_now = |series: &VectorSelector| series.offset.is_none() && series.at.is_none();
        match expr {
            Expr::VectorSelector(series) if ends_now(series) => self.now.push(series.to_string()),
            Expr::Call(call) if call.func.name == "avg_over_time" => {
                for argument in &call.args.args {
                    if let Expr::MatrixSelector(range) = argument.as_ref()
                        && ends_now(&range.vs)
                    {
                        self.averaged.push(range.vs.to_string());
                    }
                }
            }
            _ => {}
        }
        Ok(true)
    }
}

/// Whether one comparison is about a series as it is now and its average up to now.
fn compares_with_its_own_average(expr: &Expr) -> bool {
    match bare(expr) {
        Expr::Binary(binary) if matches!(binary.op.id(), T_LAND | T_LOR | T_LUNLESS) => {
            compares_with_its_own_average(&binary.lhs) || compares_with_its_own_average(&binary.rhs)
        }
        compared => {
            let mut found = Compared::default();
            let Ok(_) = walk_expr(&mut found, compared);
            found.averaged.iter().any(|averaged| found.now.contains(averaged))
        }
    }
}

/// pgBackRest's own word on an archive, without what PostgreSQL says of its archiver.
fn stanza_says_ok(plan: &Plan, index: &Index<'_>, findings: &mut Findings) {
    let asks = |rule: &AlertRule, word: &str| rule.expr.as_ref().is_some_and(|expr| expr.contains(word));
    let sources = plan.datasets.iter().flat_map(|dataset| &dataset.sources);
    let mut points = sources.filter_map(|source| source.at.as_ref()).flat_map(|at| at.leaves());
    let asked = points.any(|at| match at {
        Probe::Sql(sql) => sql.query.contains("archiver"),
        Probe::Query(query) => query.expr.contains("archiver"),
        _ => false,
    });
    if asked || plan.alerts.iter().any(|rule| asks(rule, "archiver")) {
        return;
    }
    for rule in plan.alerts.iter().filter(|rule| asks(rule, "pgbackrest_stanza_status")) {
        if let Some(place) = index.place(Sort::Alert, &rule.name, "expr") {
            let message = "pgBackRest says ok while the archive takes nothing: this alone proves nothing";
            let help = "add an alert on pg_stat_archiver_failed_count, or ask pg_stat_archiver by `at` of the recovery source";
            findings.push(Finding::warning("stanza-says-ok", &place, message).help(help));
        }
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
        let others = ["max by (region) (up) == 0", "errors > 0", "free < 0.1", "1 < up", "up", "up ==", "region:up:max == 0"];
        for other in others.into_iter().chain(["up{instance=\"a:9100\"} == 0"]) {
            assert!(!each_by_itself(other), "{other}");
        }
    }

    #[test]
    fn an_average_up_to_now_is_told_from_one_that_ends_before() {
        let hides = |expr: &str| compares_with_its_own_average(&parser::parse(expr).unwrap());
        assert!(hides("abs(a - avg_over_time(a[7d])) > 0.3 * avg_over_time(a[7d])"));
        assert!(hides("a{x=\"1\"} < avg_over_time(a{x=\"1\"}[1h])"));
        for other in [
            "abs(a - avg_over_time(a[7d] offset 1d)) > 1",
            "a < avg_over_time(b[1h])",
            "avg_over_time(a[1h]) > 1",
            "a{x=\"1\"} < avg_over_time(a[1h])",
        ] {
            assert!(!hides(other), "{other}");
        }
    }
}
