//! The rules as a file that Prometheus loads. Strings are written as JSON, which YAML reads the same.

use std::fmt::Write;

use super::{
    alerts::alerts,
    cards::cards,
    data::data,
    rule::{Rule, Rules},
    services::services,
};
use crate::{model::text::clean, plan::Plan};

/// Everything of `plan` that a Prometheus can judge.
pub fn rules(plan: &Plan) -> Rules {
    let mut rules = Rules::default();
    alerts(plan, &mut rules);
    services(plan, &mut rules);
    data(plan, &mut rules);
    cards(plan, &mut rules);
    rules
}

/// One group a connection; only those of `via`, where one is named.
pub fn yaml(plan: &Plan, rules: &Rules, via: Option<&str>) -> String {
    let mut page = String::new();
    let mut line = |text: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "{text}");
    };
    line(&format!("# The objectives of the plan {}, by `lifeboat plan rules`.", clean(&plan.name)));
    line("# Each group belongs to the Prometheus that its name ends with. Route by the label lifeboat: wrong, cannot-tell.");
    if !rules.left_out.is_empty() {
        line("# What these rules do not watch:");
        rules.left_out.iter().for_each(|left| line(&format!("# - {}", clean(left))));
    }
    let groups = rules.of(via);
    line(if groups.is_empty() { "groups: []" } else { "groups:" });
    for group in groups {
        line(&format!("  - name: {}", quoted(&clean(&format!("lifeboat-{}-{}", plan.name, group.via)))));
        line("    rules:");
        group.rules.iter().for_each(|rule| one(rule, &mut line));
    }
    page
}

fn one(rule: &Rule, line: &mut impl FnMut(&str)) {
    if let Some(why) = &rule.why {
        line(&format!("      # {}", clean(why)));
    }
    line(&format!("      - alert: {}", quoted(&clean(&rule.alert))));
    line(&format!("        expr: {}", quoted(&rule.expr)));
    if let Some(hold) = rule.hold {
        line(&format!("        for: {}s", hold.up_to_secs().as_secs()));
    }
    line("        labels:");
    for (name, value) in &rule.labels {
        line(&format!("          {name}: {}", quoted(&literal(value))));
    }
    line("        annotations:");
    line(&format!("          summary: {}", quoted(&literal(&rule.summary))));
    if let Some(objective) = &rule.objective {
        line(&format!("          objective: {}", quoted(&literal(objective))));
    }
}

/// As YAML reads it back to the letter: an expression's line breaks end its comments, and what a terminal would obey is escaped.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for c in serde_json::Value::from(text).to_string().chars() {
        let mut alone = [0; 4];
        let alone = &*c.encode_utf8(&mut alone);
        match clean(alone) == alone {
            true => out.push(c),
            false => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out
}

/// Prometheus takes labels and annotations for templates: what a plan says stays what it says.
fn literal(text: &str) -> String {
    clean(text).replace("{{", r#"{{ "{{" }}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_read_back_to_the_letter() {
        for text in ["up{a=\"x\\\\y\"} # one\n== 1", "tab\t, bell\u{7}, next line\u{85}, turned\u{202e}, \u{e0041}, é, 'a': #"] {
            let quoted = quoted(text);
            assert!(!quoted.chars().any(|c| clean(&c.to_string()) != c.to_string()), "{quoted}");
            assert_eq!(serde_saphyr::from_str::<String>(&quoted).unwrap(), text);
        }
    }
}
