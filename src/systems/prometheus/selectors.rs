//! What samples an expression rests on. Prometheus stamps every result with the moment of evaluation, so a result never
//! looks old: the age has to be asked of each plain selector in it.

use std::time::Duration;

use promql_parser::parser::{self, Expr, Offset, VectorSelector};

/// A plain selector in an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Rest {
    /// As PromQL, with all offsets around it in one.
    selector: String,
    /// Milliseconds that the expression looks back on purpose; they do not count as age.
    pub offset_ms: i64,
    range: Option<Duration>,
}

impl Rest {
    /// Asks for the time of the oldest of its newest samples.
    pub fn age_query(&self) -> String {
        format!("min(timestamp({}))", self.selector)
    }

    /// For a range: asks for its newest sample's time although the series has ended. Over a range such a series still
    /// counts, and would otherwise pass for new.
    pub fn ended_query(&self) -> Option<String> {
        let range = self.range?.as_millis();
        Some(format!("max(max_over_time(timestamp({})[{range}ms:]))", self.selector))
    }
}

/// All plain selectors of `expr`, each once. A selector at a fixed moment (`@`) has no age and is left out.
pub fn selectors(expr: &str) -> Result<Vec<Rest>, String> {
    let mut found = Vec::new();
    walk(&parser::parse(expr)?, 0, None, &mut found);
    Ok(found)
}

fn millis(offset: Option<&Offset>) -> i64 {
    let of = |span: &Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    match offset {
        None => 0,
        Some(Offset::Pos(span)) => of(span),
        Some(Offset::Neg(span)) => -of(span),
    }
}

fn walk(expr: &Expr, offset: i64, range: Option<Duration>, found: &mut Vec<Rest>) {
    match expr {
        Expr::Aggregate(of) => {
            walk(&of.expr, offset, range, found);
            if let Some(param) = &of.param {
                walk(param, offset, range, found);
            }
        }
        Expr::Unary(of) => walk(&of.expr, offset, range, found),
        Expr::Paren(of) => walk(&of.expr, offset, range, found),
        Expr::Binary(of) => {
            walk(&of.lhs, offset, range, found);
            walk(&of.rhs, offset, range, found);
        }
        Expr::Call(of) => of.args.args.iter().for_each(|arg| walk(arg, offset, range, found)),
        Expr::Subquery(of) => {
            if of.at.is_none() {
                let wider = range.unwrap_or_default().saturating_add(of.range);
                walk(&of.expr, offset.saturating_add(millis(of.offset.as_ref())), Some(wider), found);
            }
        }
        Expr::VectorSelector(one) => note(one, offset, range, found),
        Expr::MatrixSelector(of) => note(&of.vs, offset, Some(range.unwrap_or_default().saturating_add(of.range)), found),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
    }
}

fn note(one: &VectorSelector, offset: i64, range: Option<Duration>, found: &mut Vec<Rest>) {
    if one.at.is_some() {
        return;
    }
    let offset_ms = offset.saturating_add(millis(one.offset.as_ref()));
    let mut plain = one.clone();
    plain.offset = match offset_ms {
        0 => None,
        later @ ..0 => Some(Offset::Neg(Duration::from_millis(later.unsigned_abs()))),
        earlier => Some(Offset::Pos(Duration::from_millis(earlier.unsigned_abs()))),
    };
    let rest = Rest { selector: plain.to_string(), offset_ms, range };
    if !found.contains(&rest) {
        found.push(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queries(expr: &str) -> Vec<String> {
        selectors(expr).unwrap().iter().map(Rest::age_query).collect()
    }

    #[test]
    fn every_plain_selector_is_found_once() {
        assert_eq!(
            queries(r#"min(up{job="a"} == 1) or max(up{job="b"}) - up{job="a"}"#),
            [r#"min(timestamp(up{job="a"}))"#, r#"min(timestamp(up{job="b"}))"#]
        );
        assert_eq!(
            queries(r#"label_replace(topk(2, rate(x{p=~"a\\d+\""}[5m])), "k", "v", "", "")"#),
            [r#"min(timestamp(x{p=~"a\\d+\""}))"#]
        );
        assert_eq!(queries("time() - vector(1)"), Vec::<String>::new());
    }

    #[test]
    fn looking_back_on_purpose_is_no_age() {
        let found = selectors("max_over_time((x offset 1h)[10m:1m] offset 30m) / y @ 1700000000").unwrap();
        assert_eq!(found.len(), 1, "a fixed moment has no age");
        assert_eq!(found[0].age_query(), "min(timestamp(x offset 1h30m))");
        assert_eq!(found[0].offset_ms, 90 * 60 * 1000);
        assert_eq!(selectors("x offset -5m").unwrap()[0].offset_ms, -300_000);
    }

    #[test]
    fn a_range_can_be_dated_although_its_series_ended() {
        assert_eq!(selectors("rate(x[5m])").unwrap()[0].ended_query().unwrap(), "max(max_over_time(timestamp(x)[300000ms:]))");
        assert_eq!(selectors("sum(x)").unwrap()[0].ended_query(), None);
    }
}
