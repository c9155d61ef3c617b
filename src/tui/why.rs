//! Which value one asks about: the cursor on the screen that says where values come from.

use super::verbs::Verb;
use crate::picture::{Origin, OriginKind};

#[derive(Clone, Debug, Default)]
pub struct Why {
    /// What is under the cursor, by kind and name.
    pub at: Option<(OriginKind, String)>,
    /// From which screen one came: it says what is meant.
    meant: Option<Meant>,
}

/// What a person means who asks without a cursor on a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Meant {
    /// What is worst.
    Worst,
    /// The first of a kind.
    First(OriginKind),
    /// The gate of the step with that number.
    Step(usize),
}

impl Why {
    /// Somebody asks, and means that.
    pub fn about(meant: Meant) -> Self {
        Self { at: None, meant: Some(meant) }
    }

    /// The value under the cursor.
    pub fn chosen<'p>(&self, origins: &[&'p Origin]) -> Option<(usize, &'p Origin)> {
        let named = |(kind, what): &(OriginKind, String)| origins.iter().position(|o| o.kind == *kind && o.what == *what);
        let at = self.at.as_ref().and_then(named).or_else(|| match self.meant.as_ref()? {
            Meant::Worst => {
                let worst = origins.iter().map(|origin| origin.verdict).max()?;
                origins.iter().position(|origin| origin.verdict == worst)
            }
            Meant::First(kind) => origins.iter().position(|origin| origin.kind == *kind),
            Meant::Step(number) => {
                let what = format!("gate of step {number}");
                origins.iter().position(|origin| origin.kind == OriginKind::Gate && origin.what == what)
            }
        });
        let at = at.unwrap_or(0);
        origins.get(at).map(|origin| (at, *origin))
    }

    pub fn step(&mut self, verb: Verb, origins: &[&Origin]) {
        let Some((now, _)) = self.chosen(origins) else { return };
        let last = origins.len() - 1;
        let to = match verb {
            Verb::Up => now.saturating_sub(1),
            Verb::Down => (now + 1).min(last),
            Verb::First => 0,
            Verb::Last => last,
            _ => now,
        };
        self.at = Some((origins[to].kind, origins[to].what.clone()));
    }
}
