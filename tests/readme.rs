//! What the README shows is true: its plan loads, its commands are commands, its pictures and links are there.

use std::{fs, path::Path};

use clap::Parser;
use lifeboat::{cli::args::Cli, plan::load_embedded, systems::catalogue};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let text = readme();
    let opening = format!("\n```{language}\n");
    let blocks: Vec<_> =
        text.split(&opening).skip(1).map(|rest| rest.split("\n```").next().unwrap_or_default().to_owned()).collect();
    assert!(!blocks.is_empty(), "the README has no block of {language}");
    blocks
}

#[test]
fn its_plan_has_the_one_finding_that_it_tells() {
    let files: Vec<_> = blocks("yaml");
    let named: Vec<(&str, &str)> =
        files.iter().map(|text| (text.lines().next().unwrap().trim_start_matches("# "), text.as_str())).collect();
    let loaded = load_embedded("README", &named, &catalogue());
    let codes: Vec<_> = loaded.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["observers-inside"], "{:#?}", loaded.findings);
    assert_eq!(loaded.plan.unwrap().runbooks.len(), 1);
}

#[test]
fn its_commands_are_commands() {
    let mut seen = 0;
    for line in blocks("sh").iter().flat_map(|block| block.lines()) {
        let command = line.split('#').next().unwrap_or_default().split('>').next().unwrap_or_default().trim();
        let words: Vec<_> = command.split_whitespace().collect();
        let said = match words.as_slice() {
            ["cargo", "run", "--release", "--", rest @ ..] => rest,
            ["lifeboat", rest @ ..] => rest,
            ["cargo", "bench", "--bench", name] => {
                assert!(root().join(format!("benches/{name}/main.rs")).is_file(), "there is no bench {name}");
                continue;
            }
            [program, ..] => {
                assert!(root().join(program).is_file(), "{program} is not there");
                continue;
            }
            [] => continue,
        };
        let parsed = Cli::try_parse_from(std::iter::once("lifeboat").chain(said.iter().copied()));
        assert!(parsed.is_ok(), "{command}: {}", parsed.unwrap_err());
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} commands were recognized");
}

#[test]
fn its_links_lead_somewhere() {
    let text = readme();
    let targets: Vec<_> = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(targets.len() > 8);
    for target in targets.iter().filter(|target| !target.starts_with('#')) {
        assert!(root().join(target).exists(), "{target} is not there");
    }
}

#[test]
fn commands_it_calls_not_built_are_not() {
    for said in ["init", "rehearse", "drill", "plan import", "plan print"] {
        assert!(readme().contains(&format!("`{said}`")), "the README no longer says that `{said}` is missing");
        let parsed = Cli::try_parse_from(std::iter::once("lifeboat").chain(said.split(' ')));
        assert!(parsed.is_err(), "`{said}` is built: take it from the README's list of what is not");
    }
}
