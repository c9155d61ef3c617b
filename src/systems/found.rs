//! Answers of one spot as they come, so that what was found stands also when the rest never comes.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use super::secret;
use crate::{
    model::{Aspect, Check, Clock, Ready, StepRef},
    plan::SecretRef,
};

/// Longest for one question.
pub const LIMIT: crate::model::Duration = crate::model::Duration::from_secs(5);

/// The steps that need something.
pub type Steps = BTreeSet<StepRef>;

#[derive(Default)]
pub struct Found(Mutex<Vec<(Check, Steps)>>);

impl Found {
    /// Takes an answer in; the same one for other steps is still one.
    pub fn add(&self, steps: &Steps, check: Check) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.iter_mut().find(|(known, _)| *known == check) {
            Some((_, known)) => known.extend(steps.iter().cloned()),
            None => all.push((check, steps.clone())),
        }
    }
    /// What is wrong with something that has to be mended.
    pub fn no(&self, steps: &Steps, aspect: Aspect, what: &str, why: &str) {
        self.add(steps, Check::new(aspect, what, Ready::No, why));
    }
    /// That nothing tells.
    pub fn unknown(&self, steps: &Steps, aspect: Aspect, what: &str, why: &str) {
        self.add(steps, Check::new(aspect, what, Ready::CannotTell, why));
    }
    /// Whether the secret is where the plan says; what it is goes nowhere.
    pub async fn secret(&self, steps: &Steps, secret: Option<&SecretRef>, clock: &dyn Clock) -> bool {
        let Some(secret) = secret else { return true };
        let what = secret::place(secret);
        match secret::resolve(secret, clock).await {
            Ok(_) => {
                self.add(steps, Check::new(Aspect::Secret, what, Ready::Yes, "can be read"));
                true
            }
            Err(why) => {
                self.no(steps, Aspect::Secret, &what, &why);
                false
            }
        }
    }
    /// All answers, in the order of what they are about.
    pub fn checks(&self) -> Vec<Check> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut checks: Vec<Check> =
            all.iter().map(|(check, steps)| Check { steps: steps.iter().cloned().collect(), ..check.clone() }).collect();
        checks.sort_by_key(|check| check.aspect);
        checks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_equal_answer_stands_once_with_all_the_steps_that_need_it() {
        let step = |id: &str| Steps::from([StepRef { runbook: "r".into(), step: id.into() }]);
        let found = Found::default();
        for id in ["b", "a", "b"] {
            found.unknown(&step(id), Aspect::Login, "login", "why");
        }
        found.no(&step("c"), Aspect::Secret, "secret", "why");
        let checks = found.checks();
        assert_eq!(checks.iter().map(|check| check.aspect).collect::<Vec<_>>(), [Aspect::Secret, Aspect::Login]);
        assert_eq!(checks[1].steps.iter().map(|step| step.step.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }
}
