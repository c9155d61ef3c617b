//! Where one looks in the list of alerts: the name under the cursor, and once it is opened, the one of its alerts.

use crate::picture::{AlertRow, AlertState, Picture};

/// A row by who tells of it and its name.
pub type Key = (Option<String>, String);

pub fn key(row: &AlertRow) -> Key {
    (row.via.clone(), row.name.clone())
}

#[derive(Clone, Debug, Default)]
pub struct Alerting {
    /// The row under the cursor; `None`: the first, as the list goes.
    pub(super) at: Option<Key>,
    /// Its alerts are listed.
    pub(super) opened: bool,
    /// The one of them under the cursor; `None`: the first.
    pub(super) member: Option<String>,
    /// How the rows stood when the cursor came in: they hold still while it is there.
    pub(super) order: Vec<Key>,
}

impl Alerting {
    /// All rows but those that are quiet: as the picture has them, or as they stood when the cursor came in.
    pub fn rows<'p>(&self, picture: &'p Picture) -> Vec<&'p AlertRow> {
        let mut rows: Vec<&AlertRow> = picture.alerts.iter().filter(|row| row.state != AlertState::Quiet).collect();
        if self.at.is_some() {
            rows.sort_by_key(|row| self.order.iter().position(|held| *held == key(row)).unwrap_or(usize::MAX));
        }
        rows
    }

    /// Whether the row under the cursor is no longer there.
    pub fn is_gone(&self, picture: &Picture) -> Option<&str> {
        let (_, name) = self.at.as_ref()?;
        (!self.rows(picture).iter().any(|row| Some(key(row)) == self.at)).then_some(name.as_str())
    }

    /// Leaves one thing: the opened row, then the cursor. Whether there was one.
    pub fn leave(&mut self) -> bool {
        if std::mem::take(&mut self.opened) {
            self.member = None;
            return true;
        }
        self.order.clear();
        self.at.take().is_some()
    }
}
