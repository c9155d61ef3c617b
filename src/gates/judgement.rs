//! What a condition came to.

use crate::model::{Duration, Time, Value};

/// Three answers, never two: what cannot be told passes nothing (RULES R12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Holds,
    Fails,
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    pub state: Answer,
    /// `is 0`, `is 1, wanted == 0`, `stale: last measured 2m ago`, `prom-west does not answer: ...`.
    pub words: String,
    /// The one value it rests on, if it is one.
    pub value: Option<Value>,
    /// The oldest measurement that it rests on.
    pub measured: Option<Time>,
    /// For how long after its measurement the answer counts as fresh; the shortest of what it rests on.
    pub fresh_for: Option<Duration>,
}

impl Judgement {
    pub fn unknown(words: impl Into<String>) -> Self {
        Self { state: Answer::Unknown, words: words.into(), value: None, measured: None, fresh_for: None }
    }
    pub fn told(holds: bool, words: impl Into<String>, measured: Time) -> Self {
        let state = if holds { Answer::Holds } else { Answer::Fails };
        Self { state, words: words.into(), value: None, measured: Some(measured), fresh_for: None }
    }
    pub fn of(mut self, value: &Value) -> Self {
        self.value = Some(value.clone());
        self
    }
    pub fn holds(&self) -> bool {
        self.state == Answer::Holds
    }
}
