//! The series that an expression rests on, to ask whether they are there at all.

use promql_parser::parser::{self, Expr, token::T_LUNLESS};

/// The selectors of `expr`, each once; `None` when there are none.
fn selectors(expr: &str) -> Option<Vec<String>> {
    let parsed = parser::parse(expr).ok()?;
    let mut found = Vec::new();
    collect(&parsed, &mut found);
    (!found.is_empty()).then_some(found)
}

fn collect(expr: &Expr, found: &mut Vec<String>) {
    let selector = match expr {
        Expr::VectorSelector(selector) => selector,
        Expr::MatrixSelector(matrix) => &matrix.vs,
        Expr::Aggregate(of) => return collect(&of.expr, found),
        Expr::Unary(of) => return collect(&of.expr, found),
        Expr::Paren(of) => return collect(&of.expr, found),
        Expr::Subquery(of) => return collect(&of.expr, found),
        Expr::Call(call) => return call.args.args.iter().for_each(|argument| collect(argument, found)),
        Expr::Binary(binary) => {
            collect(&binary.lhs, found);
            // What stands behind `unless` takes samples away: without it there are more of them, not fewer.
            if binary.op.id() != T_LUNLESS {
                collect(&binary.rhs, found);
            }
            return;
        }
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => return,
    };
    let text = selector.to_string();
    if !found.contains(&text) {
        found.push(text);
    }
}

/// PromQL that returns a sample where one of the series in `expr` has fewer members than in the hour before: those that are left
/// may look well only because the others are gone.
pub fn fewer_of(expr: &str) -> Option<String> {
    let fewer = |selector: &String| format!("count({selector}) < max_over_time(count({selector})[1h:1m])");
    Some(selectors(expr)?.iter().map(fewer).collect::<Vec<_>>().join(" or "))
}

/// PromQL that returns a sample exactly when one of the series in `expr` is absent; `None` when it names none.
/// An alert rule is silent both when all is well and when its series is gone: this tells the two apart.
pub fn absence_of(expr: &str) -> Option<String> {
    Some(selectors(expr)?.iter().map(|selector| format!("absent({selector})")).collect::<Vec<_>>().join(" or "))
}
