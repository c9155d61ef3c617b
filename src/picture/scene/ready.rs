//! Whether the actions that count now could be done: asked before anybody needs them.

use serde::Serialize;

use crate::model::{Aspect, Ready, Time};

/// How far the asking has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadyState {
    /// A console that only looks.
    #[default]
    DoesNotAsk,
    NotAskedYet,
    /// The first round is under way: nothing is known.
    BeingAsked,
    Answered,
    /// Asked too long ago to count.
    Stale,
    /// It was asked, and no answer came.
    CannotTell,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ReadyPicture {
    /// The runbooks that count now: the open one, those that answer what was declared or what fires, else all.
    pub about: Vec<String>,
    pub state: ReadyState,
    /// `asked 41s ago`, `not asked yet`, `cannot tell: no answer within 1m`.
    pub words: String,
    /// When it was asked.
    pub asked: Option<Time>,
    /// What would fail first, then what cannot be told, then what should be mended.
    pub rows: Vec<ReadyRow>,
}

/// One connection, or this machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadyRow {
    pub name: String,
    pub system: String,
    /// The worst of its answers; `CannotTell` of what was asked too long ago.
    pub ready: Ready,
    /// `12 of 12 permissions`, `lifeboat may promote`.
    pub count: String,
    /// What is not as it should be, the worst first.
    pub lacks: Vec<ReadyLack>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadyLack {
    pub ready: Ready,
    pub aspect: Aspect,
    /// `lifeboat may promote: it may not execute pg_promote`.
    pub words: String,
    pub mend: Option<String>,
}

/// Whether a step of the open runbook could be done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepReady {
    pub state: ReadyState,
    /// The worst answer; `None` while there is none.
    pub ready: Option<Ready>,
    /// How many of its answers are good, of how many.
    pub good: usize,
    pub of: usize,
    /// Each with its connection.
    pub lacks: Vec<(String, ReadyLack)>,
    /// As [`ReadyPicture::words`].
    pub words: String,
}
