//! Whether what an action needs is there now: asked before anybody needs it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    duration::Duration,
    ids::StepId,
    text::{brief, clean},
    time::{self, Time},
};

/// The answer to one question, from best to worst, so that `max` is the one to say first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ready {
    /// It is there.
    Yes,
    /// It is there, and something about it should be mended before it is needed.
    Warned,
    /// It cannot be told: nothing answers, or it may not be asked.
    CannotTell,
    /// It is not: an action that needs it would fail now.
    No,
}

impl Ready {
    /// `✓`, `!`, `?` or `✗`.
    pub const fn mark(self) -> char {
        match self {
            Ready::Yes => '✓',
            Ready::Warned => '!',
            Ready::CannotTell => '?',
            Ready::No => '✗',
        }
    }
}

/// What a question is about, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// Whether the step can be understood without what an incident brings.
    Step,
    /// Whether a secret is where the plan says.
    Secret,
    /// Whether the server answers.
    Reachable,
    /// Whether its certificate holds, and how long.
    Tls,
    /// How long a token or a client's certificate holds.
    Expiry,
    /// Whether the login is let in, and is fit for what it is used for.
    Login,
    /// Whether the login may do what the action does.
    Permission,
    /// Whether what the action is about is there: a role, a deployment, a quorum.
    Target,
    /// Whether the program and its folder are there.
    Program,
}

impl Aspect {
    pub const fn word(self) -> &'static str {
        match self {
            Aspect::Step => "step",
            Aspect::Secret => "secret",
            Aspect::Reachable => "reachable",
            Aspect::Tls => "TLS",
            Aspect::Expiry => "expiry",
            Aspect::Login => "login",
            Aspect::Permission => "permission",
            Aspect::Target => "target",
            Aspect::Program => "program",
        }
    }
}

/// A step of a runbook.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct StepRef {
    pub runbook: String,
    pub step: StepId,
}

/// One question and its answer. All texts are safe to draw and hold no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    pub aspect: Aspect,
    /// What was asked: `lifeboat may promote`.
    pub what: String,
    pub ready: Ready,
    /// What came back.
    pub words: String,
    /// What makes it good.
    pub mend: Option<String>,
    /// When what it is about ends: a certificate, a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Time>,
    /// The steps that need it.
    pub steps: Vec<StepRef>,
}

impl Check {
    pub fn new(aspect: Aspect, what: impl AsRef<str>, ready: Ready, words: impl AsRef<str>) -> Self {
        Self {
            aspect,
            what: clean(what.as_ref()),
            ready,
            words: brief(words.as_ref()),
            mend: None,
            ends: None,
            steps: Vec::new(),
        }
    }
    /// About something that ends at `ends`, which is worth a warning `soon` before.
    pub fn ending(aspect: Aspect, what: impl AsRef<str>, ends: Time, soon: Duration, now: Time) -> Self {
        let ready = if Duration::between(now, ends) < soon { Ready::Warned } else { Ready::Yes };
        let check = Self { ends: Some(ends), ..Self::new(aspect, what, ready, "") }.at(now);
        if check.ready == Ready::Yes { check } else { check.mend("renew it before it is needed") }
    }
    /// As it reads at `now`: what was to end may be over since it was asked.
    pub fn at(&self, now: Time) -> Self {
        let mut check = self.clone();
        if let Some(ends) = self.ends {
            (check.ready, check.words) = if ends <= now {
                (Ready::No, format!("expired {}, at {}", Duration::between(ends, now).ago(), time::full(ends)))
            } else {
                let left = Duration::between(now, ends).whole();
                (self.ready, format!("expires in {left}, at {}", time::full(ends)))
            };
        }
        check
    }
    pub fn mend(mut self, mend: impl AsRef<str>) -> Self {
        self.mend = Some(brief(mend.as_ref()));
        self
    }
}

/// All that was asked of one connection, or of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spot {
    /// The connection's name, or `this machine`.
    pub name: String,
    /// `postgres`, `kubernetes`, ..; `command` for this machine.
    pub system: String,
    /// In the order of [`Aspect`].
    pub checks: Vec<Check>,
}

impl Spot {
    /// The worst of its answers.
    pub fn ready(&self) -> Ready {
        self.checks.iter().map(|check| check.ready).max().unwrap_or(Ready::Yes)
    }
}

/// Whether every action that was asked about could be done at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// When it was asked.
    pub asked: Time,
    pub took: Duration,
    /// The worst first, then by name.
    pub spots: Vec<Spot>,
}

impl Readiness {
    /// The worst of all answers; nothing asked is nothing amiss.
    pub fn ready(&self) -> Ready {
        self.spots.iter().map(Spot::ready).max().unwrap_or(Ready::Yes)
    }
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.spots.iter().flat_map(|spot| &spot.checks)
    }
    /// How many answers are so.
    pub fn count(&self, ready: Ready) -> usize {
        self.checks().filter(|check| check.ready == ready).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_answer_is_the_one_of_its_spot() {
        let check = |ready| Check::new(Aspect::Login, "x", ready, "y");
        let spot =
            |checks: &[Ready]| Spot { name: "a".into(), system: "b".into(), checks: checks.iter().map(|r| check(*r)).collect() };
        assert_eq!(spot(&[Ready::Yes, Ready::Warned]).ready(), Ready::Warned);
        assert_eq!(spot(&[Ready::No, Ready::CannotTell]).ready(), Ready::No, "what would fail is worse than what is not known");
        assert_eq!(spot(&[]).ready(), Ready::Yes);
    }

    #[test]
    fn what_a_server_says_loses_its_control_characters() {
        let check = Check::new(Aspect::Login, "a\u{202e}b", Ready::No, "\x1b[2J").mend("x\ny");
        assert_eq!(
            (check.what.as_str(), check.words.as_str(), check.mend.as_deref()),
            ("a\\u{202e}b", "\\u{1b}[2J", Some("x y"))
        );
    }
}
