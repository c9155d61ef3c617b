//! Scenarios of the simulated platform: small files that say what goes wrong when.

use serde::Deserialize;

use super::fault::Fault;
use crate::model::Duration;

/// One fault and its moment.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// Since the platform began.
    pub at: Duration,
    pub happens: Fault,
}

/// What unfolds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// As `--scenario` takes it.
    pub name: String,
    pub title: String,
    /// What a person will see, in a sentence or two.
    pub about: String,
    /// The scenario of the plan that it should be declared as.
    pub scenario: Option<String>,
    #[serde(default)]
    pub turns: Vec<Turn>,
}

/// Embedded files by name.
const FILES: &[(&str, &str)] = &[
    ("regional-outage.yaml", include_str!("../../assets/scenarios/regional-outage.yaml")),
    ("node-failure.yaml", include_str!("../../assets/scenarios/node-failure.yaml")),
    ("data-corruption.yaml", include_str!("../../assets/scenarios/data-corruption.yaml")),
    ("security-breach.yaml", include_str!("../../assets/scenarios/security-breach.yaml")),
    ("quiet.yaml", include_str!("../../assets/scenarios/quiet.yaml")),
];

impl Story {
    /// The one a demo shows unless told otherwise.
    pub const DEFAULT: &'static str = "regional-outage";

    /// Reads one; the error names `file` and the place in it.
    pub fn read(file: &str, text: &str) -> Result<Story, String> {
        let options = serde_saphyr::options! { strict_booleans: true };
        let mut story: Story = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| format!("{file}: {}", crate::model::text::clean_lines(&error.to_string())))?;
        story.turns.sort_by_key(|turn| turn.at);
        Ok(story)
    }

    /// All that are built in, the default one first. One that cannot be read is left out; a test sees that none is.
    pub fn shipped() -> Vec<Story> {
        FILES.iter().filter_map(|(file, text)| Story::read(file, text).ok()).collect()
    }

    /// One that is built in.
    pub fn named(name: &str) -> Result<Story, String> {
        let mut all = Story::shipped();
        match all.iter().position(|story| story.name == name) {
            Some(place) => Ok(all.swap_remove(place)),
            None => {
                let names: Vec<_> = all.iter().map(|story| story.name.as_str()).collect();
                Err(format!("there is no scenario `{}`: choose one of {}", crate::model::text::clean(name), names.join(", ")))
            }
        }
    }

    /// Nothing goes wrong.
    pub fn quiet() -> Story {
        Story { name: "quiet".into(), title: "Nothing happens".into(), about: String::new(), scenario: None, turns: vec![] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_story_reads_and_is_found_by_its_name() {
        for (file, text) in FILES {
            let story = Story::read(file, text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(format!("{}.yaml", story.name), *file);
            assert!(!story.title.is_empty() && !story.about.is_empty(), "{file}");
            assert_eq!(Story::named(&story.name).unwrap(), story);
        }
        assert_eq!(Story::shipped()[0].name, Story::DEFAULT);
    }

    #[test]
    fn an_unknown_name_or_word_says_what_there_is() {
        assert!(Story::named("flood").unwrap_err().contains("regional-outage"));
        let error = Story::read(
            "x.yaml",
            "name: x\ntitle: x\nabout: x\nscenario: null\nturns:\n  - {at: 5s, happens: {earthquake: {}}}\n",
        )
        .unwrap_err();
        assert!(error.contains("x.yaml") && error.contains("earthquake"), "{error}");
    }
}
