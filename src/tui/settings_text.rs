//! Reading a settings file in TOML: every mistake is named with its line and column, and what is right is kept.

use std::{fmt, ops::Range};

use toml::de::{DeTable, DeValue};

/// One mistake in a settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as the user named it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What was found, what was expected, what to do.
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.text)
    }
}

/// A value of the file with the place it stands at.
pub struct Entry {
    pub key: String,
    pub key_at: Range<usize>,
    pub value: toml::Value,
    pub value_at: Range<usize>,
}

/// A file under reading.
pub struct SettingsText<'t> {
    file: &'t str,
    text: &'t str,
    pub mistakes: Vec<Mistake>,
}

impl<'t> SettingsText<'t> {
    pub fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, mistakes: Vec::new() }
    }

    /// The entries of the table `name`; mistakes of syntax are noted, and what can be read around them is kept.
    pub fn table(&mut self, name: &str) -> Vec<Entry> {
        let (root, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let at = error.span().unwrap_or(0..0);
            self.mistake(&at, format!("this is not TOML: {}", error.message().trim()));
        }
        let mut entries = Vec::new();
        for (key, value) in root.get_ref() {
            match value.get_ref() {
                DeValue::Table(table) if key.get_ref() == name => entries.extend(table.iter().map(|(key, value)| Entry {
                    key: key.get_ref().to_string(),
                    key_at: key.span(),
                    value: plain(value.get_ref()),
                    value_at: value.span(),
                })),
                _ => self.mistake(&key.span(), format!("`{}` is not known here: expected [{name}]", key.get_ref())),
            }
        }
        entries
    }

    pub fn mistake(&mut self, at: &Range<usize>, text: impl Into<String>) {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        self.mistakes.push(Mistake { file: self.file.to_owned(), line, column, text: text.into() });
    }
}

fn plain(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Array(items) => toml::Value::Array(items.iter().map(|item| plain(item.get_ref())).collect()),
        DeValue::Table(table) => {
            toml::Value::Table(table.iter().map(|(k, v)| (k.get_ref().to_string(), plain(v.get_ref()))).collect())
        }
        DeValue::Boolean(truth) => toml::Value::Boolean(*truth),
        // No setting is a number or a date; as text they are refused where they stand.
        DeValue::Integer(n) => toml::Value::String(n.as_str().to_owned()),
        DeValue::Float(n) => toml::Value::String(n.as_str().to_owned()),
        DeValue::Datetime(d) => toml::Value::String(d.to_string()),
    }
}
