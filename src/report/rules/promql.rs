//! How a condition of the plan becomes PromQL that says so when it has no samples, and when one is no number.

use promql_parser::parser::{self, value::ValueType};

use crate::{
    gates::series::absence_of,
    model::{Duration, Limit, limit::Operand},
    plan::QueryProbe,
};

/// An expression of the plan, fit to stand inside another one, or why Prometheus would not load it: one that is refused costs the
/// whole file.
pub fn inner(expr: &str) -> Result<String, String> {
    let kind = parser::parse(expr)?.value_type();
    let expr = expr.trim();
    // A comment would take what comes after it along.
    let ended = if expr.contains('#') { format!("{expr}\n") } else { expr.to_owned() };
    match kind {
        ValueType::Vector => Ok(ended),
        ValueType::Scalar => Ok(format!("vector({ended})")),
        ValueType::Matrix | ValueType::String => Err("it gives no samples of one moment".into()),
    }
}

/// A sample while `expr` says nothing: because series of it are gone, or because all that is left of them is filtered away, as by
/// `up == 1` of a target that is down. `expr` comes from [`inner`].
pub fn untold(expr: &str) -> String {
    match absence_of(expr) {
        Some(absent) if absent == format!("absent({expr})") => absent,
        Some(absent) => format!("{absent} or on () absent({expr})"),
        None => format!("absent({expr})"),
    }
}

/// Every sample of `expr` that does not meet `limit`: also NaN, which meets nothing and fails no comparison either. `None` where
/// the limit is a text, which no sample is.
pub fn not_met(expr: &str, limit: &Limit) -> Option<String> {
    let right = match &limit.operand {
        Operand::Number(number) => number.to_string(),
        Operand::Duration(span) => seconds(*span),
        Operand::Percent(percent) => (percent / 100.0).to_string(),
        Operand::Text(_) => return None,
    };
    Some(format!("({expr}) unless (({expr}) {} {right})", limit.op.sign()))
}

/// The same of a whole condition.
pub fn fails(query: &QueryProbe) -> Result<String, String> {
    let expr = inner(&query.expr)?;
    let expect = query.expect.as_ref().ok_or("the plan says not what it expects")?;
    not_met(&expr, expect).ok_or_else(|| "what it expects is no number".into())
}

/// Seconds as PromQL.
pub fn seconds(span: Duration) -> String {
    span.as_secs_f64().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_inside_another_expression_cannot_break_it() {
        assert_eq!(inner(" up # seen\n").unwrap(), "up # seen\n");
        assert_eq!(inner("scalar(up)").unwrap(), "vector(scalar(up))");
        for refused in ["up ==", "up[5m]", "\"up\"", "time() > 5"] {
            assert!(inner(refused).is_err(), "{refused}");
        }
        let limit: Limit = "> 95%".parse().unwrap();
        let whole = not_met(&inner("up # seen").unwrap(), &limit).unwrap();
        assert_eq!(whole, "(up # seen\n) unless ((up # seen\n) > 0.95)");
        assert!(parser::parse(&whole).is_ok());
        assert_eq!(not_met("up", &"t".parse().unwrap()), None);
    }

    #[test]
    fn a_filter_that_leaves_nothing_is_no_silence() {
        assert_eq!(untold("up"), "absent(up)");
        assert_eq!(untold("up == 1"), "absent(up) or on () absent(up == 1)");
        assert_eq!(untold("vector(1)"), "absent(vector(1))");
    }
}
