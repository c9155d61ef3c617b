//! What a demo needs: the shipped plan, the scenarios to choose from, and who sits at the console.

use super::{clock::SimClock, story::Story};
use crate::model::Time;

/// The shipped plan's name.
pub const PLAN: &str = "gaudi3-scale";

/// The shipped plan's files, by their path inside its folder.
pub const GAUDI3_SCALE: &[(&str, &str)] = &[
    ("plan.yaml", include_str!("../../assets/plans/gaudi3-scale/plan.yaml")),
    ("runbooks/data-corruption.yaml", include_str!("../../assets/plans/gaudi3-scale/runbooks/data-corruption.yaml")),
    ("runbooks/node-failure.yaml", include_str!("../../assets/plans/gaudi3-scale/runbooks/node-failure.yaml")),
    ("runbooks/regional-outage.yaml", include_str!("../../assets/plans/gaudi3-scale/runbooks/regional-outage.yaml")),
    ("runbooks/security-breach.yaml", include_str!("../../assets/plans/gaudi3-scale/runbooks/security-breach.yaml")),
];

/// How a demo is played.
#[derive(Clone, Debug, PartialEq)]
pub struct Demo {
    pub story: Story,
    /// The same seed tells the same story.
    pub seed: u64,
    /// Simulated seconds a second.
    pub speed: f64,
    /// Who sits at the console.
    pub who: &'static str,
    /// The role to join as.
    pub role: &'static str,
}

impl Demo {
    pub const SEED: u64 = 42;
    pub const SPEED: f64 = 1.0;

    /// From what the command line says. Errors name the option and say what it takes.
    pub fn new(scenario: Option<&str>, seed: Option<u64>, speed: Option<f64>) -> Result<Self, String> {
        let story = Story::named(scenario.unwrap_or(Story::DEFAULT)).map_err(|why| format!("--scenario: {why}"))?;
        let speed = speed.unwrap_or(Self::SPEED);
        let (least, most) = SimClock::SPEEDS;
        if !(least..=most).contains(&speed) {
            return Err(format!("--speed: expected a number from {least} to {most}, found {speed}"));
        }
        Ok(Self { story, seed: seed.unwrap_or(Self::SEED), speed, who: "Ada", role: "commander" })
    }

    /// Its clock, from `start` on.
    pub fn clock(&self, start: Time) -> SimClock {
        SimClock::scaled(start, self.speed)
    }

    /// Names and titles of all scenarios, the default one first: what `--list` prints.
    pub fn list() -> Vec<(String, String)> {
        Story::shipped().into_iter().map(|story| (story.name, story.title)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_taken_or_refused_with_what_it_takes() {
        let demo = Demo::new(None, None, None).unwrap();
        assert_eq!((demo.story.name.as_str(), demo.seed), (Story::DEFAULT, Demo::SEED));
        assert!(Demo::new(Some("flood"), None, None).unwrap_err().starts_with("--scenario: there is no scenario `flood`"));
        for speed in [0.0, f64::NAN, 1e6, -1.0] {
            assert!(Demo::new(None, None, Some(speed)).unwrap_err().starts_with("--speed: expected a number from 0.1"));
        }
        assert_eq!(Demo::list()[0].0, Story::DEFAULT);
    }

    #[test]
    fn every_file_of_the_shipped_plan_is_embedded() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/plans").join(PLAN);
        let mut there: Vec<String> = std::fs::read_dir(folder.join("runbooks"))
            .unwrap()
            .map(|entry| format!("runbooks/{}", entry.unwrap().file_name().to_string_lossy()))
            .collect();
        there.push("plan.yaml".into());
        there.sort();
        let embedded: Vec<_> = GAUDI3_SCALE.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(embedded, there);
    }
}
