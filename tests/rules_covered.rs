//! Each rule of an incident has a test that carries its number (`r07_...`); this names those that have none.

use std::{collections::BTreeMap, fs, path::Path};

/// How many rules there are.
const RULES: u8 = 32;

/// The numbers of the rules that test functions in `text` are named after, with the functions.
fn rules_tested(text: &str) -> Vec<(u8, String)> {
    let mut found = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        // The attribute may stand some lines above its function: others, or comments, in between.
        if line.starts_with("#[") {
            is_test |= line.contains("test]") || line.contains("test(");
        } else if let Some(rest) = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn ")) {
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if is_test && let Some(number) = rule_of(&name) {
                found.push((number, name));
            }
            is_test = false;
        } else if !line.starts_with("//") && !line.is_empty() {
            is_test = false;
        }
    }
    found
}

/// `r07_late_outcomes` is rule 7.
fn rule_of(name: &str) -> Option<u8> {
    let (number, words) = name.strip_prefix('r')?.split_once('_')?;
    (number.len() == 2 && !words.is_empty()).then(|| number.parse().ok())?
}

fn rust_files(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            rust_files(&entry, into);
        } else if entry.extension().is_some_and(|e| e == "rs") {
            into.push(entry);
        }
    }
}

#[test]
fn every_rule_has_a_test_of_its_number() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests"] {
        rust_files(&root.join(folder), &mut files);
    }
    let mut tests: BTreeMap<u8, usize> = BTreeMap::new();
    for file in files {
        for (rule, _) in rules_tested(&fs::read_to_string(file).unwrap()) {
            *tests.entry(rule).or_default() += 1;
        }
    }
    let missing: Vec<_> = (1..=RULES).filter(|rule| !tests.contains_key(rule)).map(|r| format!("R{r}")).collect();
    assert!(missing.is_empty(), "no test is named after {}; there are {tests:?}", missing.join(", "));
    let unknown: Vec<_> = tests.keys().filter(|rule| !(1..=RULES).contains(*rule)).collect();
    assert!(unknown.is_empty(), "there are no rules {unknown:?}");
}

#[test]
fn only_tests_count_not_functions_that_are_named_alike() {
    let sample = "
        #[test]
        // why it matters
        fn r07_late() {}
        fn r08_helper() {}
        #[tokio::test(start_paused = true)]
        #[allow(clippy::unwrap_used)]
        async fn r21_range() {}
        #[derive(Debug)]
        struct A;
        fn r09_no() {}
        #[test]
        fn r1_no() {}
        #[test]
        fn rabbit_7() {}
        // #[test] fn r30_commented() {}
    ";
    let numbers: Vec<_> = rules_tested(sample).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(numbers, [7, 21]);
}
