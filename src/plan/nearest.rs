//! The valid word that somebody probably meant.

/// Words looked at, and the longest of them: a hostile plan must not make this slow.
const WORDS: usize = 500;
const LONGEST: usize = 64;

/// What people write instead, because another tool calls it so.
const HABITS: [(&str, &str); 14] = [
    ("on", "via"),
    ("connection", "via"),
    ("depends_on", "needs"),
    ("dependsOn", "needs"),
    ("after", "needs"),
    ("when", "if"),
    ("condition", "if"),
    ("description", "how"),
    ("duration", "takes"),
    ("params", "with"),
    ("args", "with"),
    ("arguments", "with"),
    ("interval", "every"),
    ("schedule", "every"),
];

/// The closest of `words` to `word`, if any is close enough to be meant.
pub fn nearest<'w>(word: &str, words: impl IntoIterator<Item = &'w str>) -> Option<String> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let habit = HABITS.iter().find(|(said, _)| *said == word).map(|(_, meant)| *meant);
    let lower = word.to_lowercase().replace('-', "_");
    let mut best: Option<(f64, &str)> = None;
    for candidate in words.into_iter().take(WORDS).filter(|w| w.len() <= LONGEST) {
        if Some(candidate) == habit {
            return Some(candidate.to_owned());
        }
        let other = candidate.to_lowercase().replace('-', "_");
        // Swapped letters and missing ends are what fingers do; jaro_winkler alone finds too much in short words.
        let score = strsim::normalized_damerau_levenshtein(&lower, &other).max(if other.starts_with(&lower) && lower.len() > 2 {
            0.7
        } else {
            0.0
        });
        if score >= 0.55 && best.is_none_or(|(top, _)| score > top) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, word)| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant_and_nothing_far_fetched() {
        let words = ["services", "scenarios", "severities", "via", "needs"];
        assert_eq!(nearest("servces", words).as_deref(), Some("services"));
        assert_eq!(nearest("Scenario", words).as_deref(), Some("scenarios"));
        assert_eq!(nearest("on", words).as_deref(), Some("via"));
        assert_eq!(nearest("depends_on", words).as_deref(), Some("needs"));
        assert_eq!(nearest("banana", words), None);
    }
}
