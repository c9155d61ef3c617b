//! What is wrong with a plan, or worth knowing about it: where, what was expected, and the nearest valid word.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use serde::{Serialize, Serializer};

use crate::model::text::{clean, clean_lines};

/// A place in a file. `line` and `column` count from 1, in characters; line 0 means the file as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The file as it was named on the command line, free of control characters.
    #[serde(serialize_with = "as_text")]
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
    /// How many characters it covers, on its first line.
    #[serde(skip)]
    pub length: u32,
}

fn as_text<S: Serializer>(file: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(file)
}

impl Place {
    /// The file as a whole.
    pub fn whole(file: &Arc<str>) -> Self {
        Self { file: Arc::clone(file), line: 0, column: 0, length: 0 }
    }
}

/// How much a finding weighs. Only an error keeps a plan from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Error,
    Warning,
    Note,
}

impl Level {
    pub const fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        }
    }
}

/// One thing that is wrong or worth knowing. Holds no secret: its source line is masked before it is set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Finding {
    pub severity: Level,
    /// A word for scripts, such as `unknown-field`.
    pub code: &'static str,
    #[serde(flatten)]
    pub place: Place,
    pub message: String,
    /// What would be right here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The valid word that is closest to what was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_line: Option<String>,
    /// Where in `source_line` the place starts and how wide it is, in terminal cells.
    #[serde(skip)]
    pub caret: (usize, usize),
}

impl Finding {
    fn new(severity: Level, code: &'static str, place: &Place, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            place: place.clone(),
            message: message.into(),
            expected: None,
            nearest: None,
            help: None,
            source_line: None,
            caret: (0, 0),
        }
    }
    pub fn error(code: &'static str, place: &Place, message: impl Into<String>) -> Self {
        Self::new(Level::Error, code, place, message)
    }
    pub fn warning(code: &'static str, place: &Place, message: impl Into<String>) -> Self {
        Self::new(Level::Warning, code, place, message)
    }
    pub fn note(code: &'static str, place: &Place, message: impl Into<String>) -> Self {
        Self::new(Level::Note, code, place, message)
    }
    pub fn expected(mut self, what: impl Into<String>) -> Self {
        self.expected = Some(what.into());
        self
    }
    pub fn nearest(mut self, word: Option<String>) -> Self {
        self.nearest = word;
        self
    }
    pub fn help(mut self, what: impl Into<String>) -> Self {
        self.help = Some(what.into());
        self
    }
}

/// Findings as they are gathered. Keeps the first [`Findings::KEPT`]; the rest is counted, so that a hostile file costs little.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
    seen: HashSet<u64>,
    errors: usize,
    dropped: usize,
    dropped_errors: usize,
}

impl Findings {
    /// More than anyone reads at once.
    pub const KEPT: usize = 500;

    pub fn push(&mut self, mut finding: Finding) {
        // Words of the file stand in each of them.
        finding.message = clean_lines(&finding.message);
        for text in [&mut finding.expected, &mut finding.nearest, &mut finding.help].into_iter().flatten() {
            *text = clean_lines(text);
        }
        let is_error = finding.severity == Level::Error;
        self.errors += usize::from(is_error);
        if self.is_full() {
            self.dropped += 1;
            self.dropped_errors += usize::from(is_error);
            return;
        }
        let mut hasher = DefaultHasher::new();
        finding.hash(&mut hasher);
        if self.seen.insert(hasher.finish()) {
            self.list.push(finding);
        }
    }
    /// Whether more would only be counted: costly searches for a nearest word can be spared.
    pub fn is_full(&self) -> bool {
        self.list.len() >= Self::KEPT
    }
    pub fn errors(&self) -> usize {
        self.errors
    }
    pub fn list(&self) -> &[Finding] {
        &self.list
    }

    /// All that were kept, by place; if some were not, a last one at `file` says so.
    pub fn into_sorted(mut self, file: &Arc<str>) -> Vec<Finding> {
        self.list.sort_by(|a, b| (&a.place, a.severity, a.code).cmp(&(&b.place, b.severity, b.code)));
        if self.dropped > 0 {
            let message = format!("{} more findings are not shown, {} of them errors", self.dropped, self.dropped_errors);
            let level = if self.dropped_errors > 0 { Level::Error } else { Level::Warning };
            let last = Finding::new(level, "too-many-findings", &Place::whole(file), message);
            self.list.push(last.help("mend the ones above and check again"));
        }
        self.list
    }
}

/// `text` as it may stand in a message: on one line, safe to draw, not too long, in backticks.
pub fn quoted(text: &str) -> String {
    let short: String = text.chars().take(200).collect();
    format!("`{}`", crate::model::text::cut_middle(&clean(&short), 60))
}
