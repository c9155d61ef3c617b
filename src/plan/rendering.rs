//! Findings as text for people, in the manner of compilers: place, sentence, the line itself, what to do.

use std::fmt::Write as _;

use super::findings::{Finding, Level};

const RESET: &str = "\x1b[0m";
const BOLD: &str = "\x1b[1m";
const BLUE: &str = "\x1b[1;34m";

fn tint(level: Level) -> &'static str {
    match level {
        Level::Error => "\x1b[1;31m",
        Level::Warning => "\x1b[1;33m",
        Level::Note => "\x1b[1;36m",
    }
}

/// One finding on a few lines, the last ending in a line break. With `colour` in ANSI sequences.
pub fn render(finding: &Finding, colour: bool) -> String {
    let paint = |code: &str, text: &str| if colour { format!("{code}{text}{RESET}") } else { text.to_owned() };
    let place = &finding.place;
    let at = match (place.line, place.column) {
        (0, _) => place.file.to_string(),
        (line, 0) => format!("{}:{line}", place.file),
        (line, column) => format!("{}:{line}:{column}", place.file),
    };
    let mut out = String::new();
    let severity = paint(tint(finding.severity), finding.severity.word());
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}: {severity}: {} [{}]", paint(BOLD, &at), paint(BOLD, &finding.message), finding.code);
    let width = place.line.to_string().len().max(4);
    let bar = paint(BLUE, "|");
    if let Some(line) = &finding.source_line {
        let (start, wide) = finding.caret;
        let number = paint(BLUE, &format!("{:>width$}", place.line));
        let _ = writeln!(out, "{number} {bar} {line}");
        let carets = paint(tint(finding.severity), &"^".repeat(wide.max(1)));
        let _ = writeln!(out, "{:width$} {bar} {}{carets}", "", " ".repeat(start));
    }
    let mut help = |text: String| {
        let _ = writeln!(out, "{:width$} {} {text}", "", paint(BLUE, "="));
    };
    if let Some(word) = &finding.nearest {
        help(format!("did you mean `{word}`?"));
    }
    if let Some(expected) = &finding.expected {
        help(format!("expected {expected}"));
    }
    if let Some(what) = &finding.help {
        help(what.clone());
    }
    out
}

/// `2 errors, 1 warning`; `no findings` for none.
pub fn summary(findings: &[Finding]) -> String {
    let count = |level: Level| findings.iter().filter(|f| f.severity == level).count();
    let parts: Vec<String> = [Level::Error, Level::Warning, Level::Note]
        .into_iter()
        .filter_map(|level| match count(level) {
            0 => None,
            1 => Some(format!("1 {}", level.word())),
            n => Some(format!("{n} {}s", level.word())),
        })
        .collect();
    if parts.is_empty() { "no findings".into() } else { parts.join(", ") }
}
