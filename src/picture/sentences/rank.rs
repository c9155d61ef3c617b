//! Which sentence comes before which, and how names are said.

use crate::{model::Verdict, picture::scene::Sentence};

/// One sentence and its place: lower is said earlier.
pub struct Said {
    pub rank: u8,
    pub sentence: Sentence,
}

/// The console's own trouble, a hold, and acts over the rules come before everything.
pub const FIRST: u8 = 0;
/// An objective that is missed, or cannot be met any more.
pub const LOST: u8 = 10;
/// A done step that holds no more.
pub const UNDONE: u8 = 14;
/// A step that may or may not have happened comes before what is only at risk.
pub const UNKNOWN_STEP: u8 = 15;
/// What fails while nothing is declared.
pub const FAILING: u8 = 16;
pub const UNDECLARED: u8 = 17;
/// The tier that is worst off, however well it is.
pub const WORST_TIER: u8 = 20;
/// A step that went wrong, or that waits for a person.
pub const STEP: u8 = 25;
pub const ALERT: u8 = 28;
/// Data that this incident, or in peace any loss, puts at risk.
pub const DATA: u8 = 30;
/// What is still to come, and would be refused.
pub const NOT_READY: u8 = 33;
pub const DECIDE: u8 = 35;
pub const SILENCE: u8 = 40;
pub const OTHER_TIER: u8 = 45;
/// What was so before this outage, and has nothing to do with it.
pub const BESIDE: u8 = 50;
pub const UNTOLD: u8 = 60;
pub const WELL: u8 = 80;
/// What the plan itself leaves unobserved is said once, and last.
pub const UNSEEN: u8 = 95;

pub fn said(rank: u8, verdict: Verdict, text: impl Into<String>) -> Said {
    Said { rank, sentence: Sentence { text: sentence_case(&text.into()), verdict } }
}

/// Within a rank the worse verdict first.
pub fn order(said: &Said) -> (u8, std::cmp::Reverse<Verdict>) {
    (said.rank, std::cmp::Reverse(said.sentence.verdict))
}

/// A name at the start of a sentence keeps its spelling where it has digits or dashes in it, as names of systems do.
pub fn sentence_case(text: &str) -> String {
    let first_word = text.split(' ').next().unwrap_or_default();
    if first_word.contains(|c: char| c == '-' || c == '_' || c.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// `a`, `a and b`, `a, b and c`, `a, b and 4 more`.
pub fn names<S: AsRef<str>>(all: &[S]) -> String {
    match all {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [one, two] => format!("{} and {}", one.as_ref(), two.as_ref()),
        [one, two, three] => format!("{}, {} and {}", one.as_ref(), two.as_ref(), three.as_ref()),
        [one, two, rest @ ..] => format!("{}, {} and {} more", one.as_ref(), two.as_ref(), rest.len()),
    }
}

/// A reason without the text of an error: that stands with its connection.
pub fn brief(words: &str) -> &str {
    let ends = [" does not answer", " answers only in part"].map(|mark| words.find(mark).map(|at| at + mark.len()));
    match ends.into_iter().flatten().min() {
        Some(end) => &words[..end],
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_said_as_on_a_call() {
        let said = |n: usize| names(&["api", "eval", "batch", "notes", "docs"][..n]);
        assert_eq!([1, 2, 3, 5].map(said), ["api", "api and eval", "api, eval and batch", "api, eval and 3 more"]);
        assert_eq!(sentence_case("critical 5m left"), "Critical 5m left");
        assert_eq!(sentence_case("us-east-1 is silent"), "us-east-1 is silent");
    }

    #[test]
    fn an_errors_text_is_not_read_aloud() {
        assert_eq!(brief("west does not answer: kubernetes west at 10.0.0.1: no answer within 3s"), "west does not answer");
        assert_eq!(brief("stale: last measured 2m ago"), "stale: last measured 2m ago");
    }
}
