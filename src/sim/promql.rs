//! As much of PromQL as plans use, over the series of the simulated platform: selectors, min, max, sum, avg, count (by, without),
//! comparisons, arithmetic with numbers, `time()`, `and`, `or`, `unless`, `absent`. What it does not know it names.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use promql_parser::parser::{self, AggregateExpr, BinaryExpr, Expr, LabelModifier, VectorSelector};

use crate::model::{Sample, Time, Value};

type Labels = BTreeMap<String, String>;

/// One series with its newest sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub name: &'static str,
    /// Shared by all series of one target's thing, such as a card.
    pub labels: Arc<Labels>,
    pub value: f64,
    pub measured: Time,
}

/// Everything that was scraped, and the names that could be.
pub struct Scrape<'a> {
    pub series: &'a [Series],
    /// A name outside this list is an error, so that a typing mistake does not read as silence.
    pub known: &'a [&'static str],
}

#[derive(Clone, Debug)]
struct Item {
    labels: Labels,
    value: f64,
    measured: Time,
}

enum Found {
    Number(f64),
    Items(Vec<Item>),
}

/// The samples of `expr` at `now`. Each is measured at the oldest sample that it rests on.
pub fn evaluate(expr: &str, scrape: &Scrape<'_>, now: Time) -> Result<Vec<Sample>, String> {
    evaluate_read(&read(expr)?, expr, scrape, now)
}

/// Reads `expr`, which then can be evaluated at many moments.
pub fn read(expr: &str) -> Result<Expr, String> {
    parser::parse(expr).map_err(|error| format!("`{expr}` is no PromQL: {error}"))
}

/// The same of an expression that was read.
pub fn evaluate_read(parsed: &Expr, expr: &str, scrape: &Scrape<'_>, now: Time) -> Result<Vec<Sample>, String> {
    let found = Evaluation { scrape, now, expr }.eval(parsed)?;
    Ok(match found {
        Found::Number(n) => vec![Sample::bare(n, now)],
        Found::Items(items) => {
            items.into_iter().map(|i| Sample { value: Value::Number(i.value), labels: i.labels, measured: i.measured }).collect()
        }
    })
}

struct Evaluation<'a> {
    scrape: &'a Scrape<'a>,
    now: Time,
    expr: &'a str,
}

impl Evaluation<'_> {
    fn unknown(&self, what: impl std::fmt::Display) -> String {
        format!("the simulated Prometheus cannot answer `{}`: {what}", self.expr)
    }

    fn eval(&self, expr: &Expr) -> Result<Found, String> {
        match expr {
            Expr::NumberLiteral(number) => Ok(Found::Number(number.val)),
            Expr::Paren(inner) => self.eval(&inner.expr),
            Expr::VectorSelector(selector) => self.select(selector).map(Found::Items),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate).map(Found::Items),
            Expr::Binary(binary) => self.binary(binary),
            Expr::Call(call) => match (call.func.name, call.args.args.as_slice()) {
                ("time", []) => Ok(Found::Number(self.now.timestamp_millis() as f64 / 1_000.0)),
                ("absent", [inner]) => match self.eval(inner)? {
                    Found::Items(items) if items.is_empty() => {
                        Ok(Found::Items(vec![Item { labels: Labels::new(), value: 1.0, measured: self.now }]))
                    }
                    _ => Ok(Found::Items(vec![])),
                },
                (name, _) => Err(self.unknown(format!("it does not know the function {name}"))),
            },
            _ => Err(self.unknown("it knows instant values only, no ranges and no texts")),
        }
    }

    fn items(&self, expr: &Expr) -> Result<Vec<Item>, String> {
        match self.eval(expr)? {
            Found::Items(items) => Ok(items),
            Found::Number(_) => Err(self.unknown("a number stands where series are needed")),
        }
    }

    fn select(&self, selector: &VectorSelector) -> Result<Vec<Item>, String> {
        let Some(name) = selector.name.as_deref() else { return Err(self.unknown("a selector needs a name")) };
        if !self.scrape.known.contains(&name) {
            return Err(self.unknown(format!("it has no metric {name}")));
        }
        if selector.offset.is_some() || selector.at.is_some() {
            return Err(self.unknown("it knows no offset and no @"));
        }
        let fits = |series: &&Series| {
            let label = |name: &str| series.labels.get(name).map_or("", String::as_str);
            series.name == name && selector.matchers.matchers.iter().all(|m| m.name == "__name__" || m.is_match(label(&m.name)))
        };
        let item = |s: &Series| Item { labels: Labels::clone(&s.labels), value: s.value, measured: s.measured };
        Ok(self.scrape.series.iter().filter(fits).map(item).collect())
    }

    fn aggregate(&self, aggregate: &AggregateExpr) -> Result<Vec<Item>, String> {
        let mut groups: BTreeMap<Labels, Vec<Item>> = BTreeMap::new();
        for item in self.items(&aggregate.expr)? {
            groups.entry(group(&item.labels, aggregate.modifier.as_ref())).or_default().push(item);
        }
        let op = aggregate.op.to_string();
        let mut found = Vec::new();
        for (labels, items) in groups {
            let values = items.iter().map(|item| item.value);
            let count = items.len() as f64;
            let value = match op.as_str() {
                "min" => values.fold(f64::INFINITY, f64::min),
                "max" => values.fold(f64::NEG_INFINITY, f64::max),
                "sum" => values.sum(),
                "avg" => values.sum::<f64>() / count,
                "count" => count,
                "group" => 1.0,
                other => return Err(self.unknown(format!("it does not know {other}"))),
            };
            let measured = items.iter().map(|item| item.measured).min().unwrap_or(self.now);
            found.push(Item { labels, value, measured });
        }
        Ok(found)
    }

    fn binary(&self, binary: &BinaryExpr) -> Result<Found, String> {
        let op = binary.op.to_string();
        if matches!(op.as_str(), "and" | "or" | "unless") {
            return self.set_operation(binary, &op).map(Found::Items);
        }
        let keep_all = binary.return_bool();
        match (self.eval(&binary.lhs)?, self.eval(&binary.rhs)?) {
            (Found::Number(left), Found::Number(right)) => match self.arithmetic(&op, left, right) {
                Some(value) => Ok(Found::Number(value)),
                None => self.compare(&op, left, right).map(|holds| Found::Number(f64::from(u8::from(holds)))),
            },
            (Found::Items(items), Found::Number(right)) => {
                self.each(items, &op, keep_all, |item| (item, right)).map(Found::Items)
            }
            (Found::Number(left), Found::Items(items)) => self.each(items, &op, keep_all, |item| (left, item)).map(Found::Items),
            (Found::Items(left), Found::Items(right)) => self.joined(left, right, binary, &op).map(Found::Items),
        }
    }

    fn each(&self, items: Vec<Item>, op: &str, keep_all: bool, sides: impl Fn(f64) -> (f64, f64)) -> Result<Vec<Item>, String> {
        let mut found = Vec::new();
        for item in items {
            let (left, right) = sides(item.value);
            match self.arithmetic(op, left, right) {
                Some(value) => found.push(Item { value, ..item }),
                None => {
                    let holds = self.compare(op, left, right)?;
                    if keep_all {
                        found.push(Item { value: f64::from(u8::from(holds)), ..item });
                    } else if holds {
                        found.push(item);
                    }
                }
            }
        }
        Ok(found)
    }

    fn joined(&self, left: Vec<Item>, right: Vec<Item>, binary: &BinaryExpr, op: &str) -> Result<Vec<Item>, String> {
        let matching = binary.modifier.as_ref().and_then(|m| m.matching.as_ref());
        let mut found = Vec::new();
        for one in left {
            let key = matched(&one.labels, matching);
            for other in right.iter().filter(|other| matched(&other.labels, matching) == key) {
                let measured = one.measured.min(other.measured);
                match self.arithmetic(op, one.value, other.value) {
                    Some(value) => found.push(Item { labels: key.clone(), value, measured }),
                    None if self.compare(op, one.value, other.value)? => found.push(Item { measured, ..one.clone() }),
                    None => {}
                }
            }
        }
        Ok(found)
    }

    fn set_operation(&self, binary: &BinaryExpr, op: &str) -> Result<Vec<Item>, String> {
        let matching = binary.modifier.as_ref().and_then(|m| m.matching.as_ref());
        let (mut left, right) = (self.items(&binary.lhs)?, self.items(&binary.rhs)?);
        let keys = |items: &[Item]| items.iter().map(|i| matched(&i.labels, matching)).collect::<BTreeSet<_>>();
        let (ours, theirs) = (keys(&left), keys(&right));
        match op {
            "and" => left.retain(|item| theirs.contains(&matched(&item.labels, matching))),
            "unless" => left.retain(|item| !theirs.contains(&matched(&item.labels, matching))),
            _ => left.extend(right.into_iter().filter(|item| !ours.contains(&matched(&item.labels, matching)))),
        }
        Ok(left)
    }

    fn arithmetic(&self, op: &str, left: f64, right: f64) -> Option<f64> {
        Some(match op {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            _ => return None,
        })
    }

    fn compare(&self, op: &str, left: f64, right: f64) -> Result<bool, String> {
        Ok(match op {
            "==" => left == right,
            "!=" => left != right,
            "<" => left < right,
            "<=" => left <= right,
            ">" => left > right,
            ">=" => left >= right,
            other => return Err(self.unknown(format!("it does not know {other}"))),
        })
    }
}

/// The labels that an aggregation leaves.
fn group(labels: &Labels, modifier: Option<&LabelModifier>) -> Labels {
    match modifier {
        None => Labels::new(),
        Some(modifier) => matched(labels, Some(modifier)),
    }
}

/// The labels that two sides are matched by.
fn matched(labels: &Labels, modifier: Option<&LabelModifier>) -> Labels {
    let said = |name: &String| modifier.is_some_and(|m| m.labels().labels.contains(name));
    let includes = modifier.is_some_and(LabelModifier::is_include);
    labels.iter().filter(|(name, _)| said(name) == includes).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Time {
        crate::model::time::parse("2026-11-20T02:00:10Z", Time::MIN_UTC).unwrap()
    }

    fn series(name: &'static str, labels: &[(&str, &str)], value: f64, age: i64) -> Series {
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Series { name, labels: Arc::new(labels), value, measured: now() - chrono::TimeDelta::seconds(age) }
    }

    fn values(expr: &str) -> Result<Vec<f64>, String> {
        let all = [
            series("up", &[("job", "gaudi"), ("instance", "w01")], 1.0, 1),
            series("up", &[("job", "gaudi"), ("instance", "w02")], 1.0, 4),
            series("up", &[("job", "node"), ("instance", "w01")], 0.0, 2),
            series("cards", &[("instance", "w01"), ("id", "0")], 1.0, 2),
            series("cards", &[("instance", "w01"), ("id", "1")], 1.0, 2),
        ];
        let scrape = Scrape { series: &all, known: &["up", "cards", "empty"] };
        evaluate(expr, &scrape, now()).map(|samples| samples.iter().filter_map(|s| s.value.number()).collect())
    }

    #[test]
    fn the_forms_that_plans_use_are_answered() {
        for (expr, expected) in [
            ("min(up)", vec![0.0]),
            (r#"max by (instance) (up{job="gaudi"})"#, vec![1.0, 1.0]),
            (r#"up{job=~"no.*"} == 0"#, vec![0.0]),
            ("count by (instance) (cards) < 8", vec![2.0]),
            (r#"up{job="gaudi"} == 1 unless on (instance) cards"#, vec![1.0]),
            (r#"count(up{job="gaudi"} == 1) >= bool 3"#, vec![0.0]),
            ("absent(empty)", vec![1.0]),
            ("empty == 0 or absent(empty)", vec![1.0]),
        ] {
            assert_eq!(values(expr), Ok(expected), "{expr}");
        }
        assert_eq!(values("time() - 10"), Ok(vec![now().timestamp() as f64 - 10.0]));
        assert_eq!(values("empty == 0"), Ok(vec![]), "an empty answer is an answer");
    }

    #[test]
    fn what_is_not_known_is_named() {
        for (expr, named) in [("pg_upp == 0", "pg_upp"), ("rate(up[5m])", "rate"), ("topk(2, up)", "topk"), ("up{", "up{")] {
            let error = values(expr).unwrap_err();
            assert!(error.contains(named), "{expr}: {error}");
        }
    }

    #[test]
    fn r12_a_sample_is_as_old_as_the_oldest_it_rests_on() {
        let all = [series("up", &[("i", "1")], 1.0, 1), series("up", &[("i", "2")], 1.0, 4)];
        let samples = evaluate("min(up)", &Scrape { series: &all, known: &["up"] }, now()).unwrap();
        assert_eq!(samples[0].measured, now() - chrono::TimeDelta::seconds(4));
    }
}
