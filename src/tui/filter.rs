//! The words that a list is filtered by, each of which must be found, whatever its case.

/// Words in lower case.
pub struct Filter(Vec<String>);

impl Filter {
    pub fn of(text: &str) -> Self {
        Self(text.to_lowercase().split_whitespace().map(str::to_owned).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn passes(&self, text: &str) -> bool {
        self.0.iter().all(|word| has(text, word))
    }

    /// The words that are still to be found where `text` has been read.
    pub fn beside(&self, text: &str) -> Self {
        Self(self.0.iter().filter(|word| !has(text, word)).cloned().collect())
    }

    /// Whether each word is in one of `texts`, or in one of `labels` by its name, its value or both as `name=value`. Plain
    /// letters are not copied: a storm has thousands of them at every key.
    pub fn finds<'a>(
        &self,
        texts: impl Iterator<Item = &'a str> + Clone,
        labels: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> bool {
        let labelled = |word: &str| match word.split_once('=') {
            Some((end, start)) => labels.clone().any(|(name, value)| ends(name, end) && starts(value, start)),
            None => false,
        };
        let named = |word: &str| labels.clone().any(|(name, value)| has(name, word) || has(value, word));
        self.0.iter().all(|word| texts.clone().any(|text| has(text, word)) || named(word) || labelled(word))
    }
}

/// Whether `text` contains `word`, which is in lower case.
fn has(text: &str, word: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(word);
    }
    word.is_empty() || text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

fn starts(text: &str, word: &str) -> bool {
    match text.get(..word.len()) {
        Some(start) if start.is_ascii() => start.eq_ignore_ascii_case(word),
        _ => text.to_lowercase().starts_with(word),
    }
}

fn ends(text: &str, word: &str) -> bool {
    match text.len().checked_sub(word.len()).and_then(|from| text.get(from..)) {
        Some(end) if end.is_ascii() => end.eq_ignore_ascii_case(word),
        _ => text.to_lowercase().ends_with(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [(&str, &str); 2] = [("region", "us-east-1"), ("Pod", "API-4711=b")];

    fn finds(words: &str) -> bool {
        Filter::of(words).finds(["Disk full", "Größe"].into_iter(), LABELS.into_iter())
    }

    #[test]
    fn each_word_is_found_in_some_place_whatever_its_case() {
        for words in
            ["", "disk", "FULL disk", "größe", "region", "east", "region=us", "gion=us-e", "pod=api-4711=b", "4711=B", "="]
        {
            assert!(finds(words), "{words}");
        }
        for words in ["disk empty", "region=east", "region=us-east-2", "pods", "d=api-5", "full disk!"] {
            assert!(!finds(words), "{words}");
        }
    }

    #[test]
    fn what_is_known_of_all_needs_not_be_found_in_each() {
        let rest = Filter::of("storm api").beside("Storm0001 firing");
        assert!(rest.finds(["api"].into_iter(), LABELS.into_iter()) && !rest.passes("storm"));
    }
}
