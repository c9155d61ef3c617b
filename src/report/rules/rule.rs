//! One alert rule, and all that a plan comes to.

use std::collections::BTreeMap;

use promql_parser::parser::{self, value::ValueType};
use serde::Serialize;

use crate::{model::Duration, plan::Plan};

/// One alert rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    pub alert: String,
    pub expr: String,
    #[serde(rename = "for")]
    pub hold: Option<Duration>,
    pub labels: BTreeMap<String, String>,
    pub summary: String,
    /// What the plan promised.
    pub objective: Option<String>,
    /// Why it is as it is, for who reads the file.
    pub why: Option<String>,
}

/// What one Prometheus is to evaluate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The connection: only there the series are.
    pub via: String,
    pub rules: Vec<Rule>,
}

/// All that a plan comes to, and what it does not.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Rules {
    pub groups: Vec<Group>,
    /// What only Lifeboat itself watches, and why.
    pub left_out: Vec<String>,
    /// What stays as the plan has it, and may not mean what it says.
    pub doubts: Vec<String>,
}

/// What an alert says: something is wrong, or nobody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    Wrong,
    CannotTell,
}

impl Says {
    pub fn word(self) -> &'static str {
        match self {
            Says::Wrong => "wrong",
            Says::CannotTell => "cannot-tell",
        }
    }
}

impl Rule {
    /// `says` is the label `lifeboat`, to route by.
    pub fn new(plan: &Plan, alert: impl Into<String>, expr: impl Into<String>, says: Says, summary: impl Into<String>) -> Self {
        let labels = [("plan", plan.name.as_str()), ("lifeboat", says.word())];
        Self {
            alert: alert.into(),
            expr: expr.into(),
            hold: None,
            labels: labels.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            summary: summary.into(),
            objective: None,
            why: None,
        }
    }
    pub fn label(mut self, name: &str, value: Option<&str>) -> Self {
        self.labels.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        self
    }
    pub fn held(mut self, hold: Option<Duration>) -> Self {
        self.hold = hold;
        self
    }
    /// `said` is what the plan promised.
    pub fn promised(mut self, said: Option<String>) -> Self {
        self.objective = said;
        self
    }
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }
}

impl Rules {
    /// The groups, or only that of one connection.
    pub fn of(&self, via: Option<&str>) -> Vec<&Group> {
        self.groups.iter().filter(|group| via.is_none_or(|via| group.via == via)).collect()
    }
    /// Takes `rule` in, unless Prometheus would refuse its expression and all of the file with it.
    pub fn add(&mut self, via: &str, rule: Rule) {
        let refused = match parser::parse(&rule.expr).map(|expr| expr.value_type()) {
            Ok(ValueType::Vector | ValueType::Scalar) => None,
            Ok(_) => Some("it gives no samples of one moment".to_owned()),
            Err(why) => Some(why),
        };
        if let Some(why) = refused {
            self.left_out.push(format!("alert {}: no Prometheus would load its expression: {why}", rule.alert));
            return;
        }
        match self.groups.iter_mut().find(|group| group.via == via) {
            Some(group) => group.rules.push(rule),
            None => self.groups.push(Group { via: via.to_owned(), rules: vec![rule] }),
        }
    }
}
