//! The series that an expression rests on, to ask whether they are there at all.

use promql_parser::{
    parser::{self, Expr, VectorSelector},
    util::{ExprVisitor, walk_expr},
};

struct Selectors(Vec<String>);

impl Selectors {
    fn add(&mut self, selector: &VectorSelector) {
        let text = selector.to_string();
        if !self.0.contains(&text) {
            self.0.push(text);
        }
    }
}

impl ExprVisitor for Selectors {
    type Error = std::convert::Infallible;

    fn pre_visit(&mut self, expr: &Expr) -> Result<bool, Self::Error> {
        match expr {
            Expr::VectorSelector(selector) => self.add(selector),
            Expr::MatrixSelector(matrix) => self.add(&matrix.vs),
            _ => {}
        }
        Ok(true)
    }
}

fn selectors(expr: &str) -> Option<Vec<String>> {
    let parsed = parser::parse(expr).ok()?;
    let mut found = Selectors(Vec::new());
    let Ok(_) = walk_expr(&mut found, &parsed);
    (!found.0.is_empty()).then_some(found.0)
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
